//! Microsoft's tables, columns and types, as `oracles/schemas` holds them.
//!
//! In: the two JSON files. Out: the columns of a table or function in an environment. Must not know the catalogue.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Column to type.
pub(super) type Columns = BTreeMap<String, String>;

/// The schemas of all environments.
pub(super) struct Schemas {
    environments: BTreeMap<String, BTreeMap<String, Columns>>,
    functions: BTreeMap<String, Value>,
}

impl Schemas {
    /// Reads both files.
    pub(super) fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/schemas");
        let text =
            |name: &str| fs::read_to_string(folder.join(name)).expect("the schemas are part of the project");
        Self {
            environments: serde_json::from_str(&text("kql-schemas.json")).expect("schemas"),
            functions: serde_json::from_str(&text("kql-functions.json")).expect("functions"),
        }
    }

    /// The columns of a table of Sentinel or Defender XDR; ASIM has no tables, only functions.
    pub(super) fn table(&self, environment: &str, table: &str) -> Option<&Columns> {
        self.environments.get(environment)?.get(table).filter(|_| environment != "asim")
    }

    /// The columns of what an ASIM function gives.
    pub(super) fn function(&self, function: &str) -> Option<&Columns> {
        let schema = self.functions.get(function)?.get("asim")?.as_str()?;
        self.environments.get("asim")?.get(schema)
    }
}
