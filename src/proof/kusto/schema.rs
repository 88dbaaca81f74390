//! The tables of Microsoft Sentinel and Defender XDR with their columns.
//!
//! In: the project's copy of Microsoft's schemas. Out: columns by table or function. Tables that are not in it, such as a
//! user's own, have the columns that their binding reads.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::kql::{Column, Schemas, Type};
use crate::maps::IndexMap;

/// The column that says which event a row stands for. No table of Microsoft's has it.
pub(super) const EVENT: &str = "detc_event";

type Tables = IndexMap<String, IndexMap<String, String>>;

#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    asim: Option<String>,
    #[serde(default)]
    columns: IndexMap<String, String>,
}

static TABLES: &str = include_str!("../../../oracles/schemas/kql-schemas.json");
static FUNCTIONS: &str = include_str!("../../../oracles/schemas/kql-functions.json");

/// The tables and functions of the environment that a profile runs in.
pub(super) fn of_profile(profile: &str) -> &'static Schemas {
    static SENTINEL: OnceLock<Schemas> = OnceLock::new();
    static XDR: OnceLock<Schemas> = OnceLock::new();
    if profile == "kusto:xdr" {
        XDR.get_or_init(|| read("xdr"))
    } else {
        SENTINEL.get_or_init(|| read("sentinel"))
    }
}

/// The files are part of the binary and checked by a test; what cannot be read is left out.
fn read(environment: &str) -> Schemas {
    let all: IndexMap<String, Tables> = serde_json::from_str(TABLES).unwrap_or_default();
    let functions: BTreeMap<String, Function> = serde_json::from_str(FUNCTIONS).unwrap_or_default();
    let mut schemas = Schemas::default();
    for (name, written) in all.get(environment).into_iter().flatten() {
        schemas.tables.insert(name.clone(), columns(written));
    }
    for (name, function) in &functions {
        let asim = function.asim.as_ref().and_then(|schema| all.get("asim")?.get(schema));
        schemas.functions.insert(name.clone(), columns(asim.unwrap_or(&function.columns)));
    }
    schemas
}

fn columns(written: &IndexMap<String, String>) -> Vec<Column> {
    let known = written.iter().filter_map(|(name, kind)| Some(Column::new(name, Type::parse(kind)?)));
    known.chain([Column::new(EVENT, Type::Long)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_known_and_every_environment_has_tables() {
        let all: IndexMap<String, Tables> = serde_json::from_str(TABLES).expect("reads");
        for (table, written) in all.values().flatten() {
            assert_eq!(columns(written).len(), written.len() + 1, "{table}");
        }
        let functions: BTreeMap<String, Function> = serde_json::from_str(FUNCTIONS).expect("reads");
        assert!(functions.contains_key("imProcessCreate"));
        assert!(of_profile("kusto:sentinel").tables.contains_key("SecurityEvent"));
        assert!(of_profile("kusto:asim").functions["imProcessCreate"].len() > 20);
        assert!(of_profile("kusto:xdr").tables.contains_key("DeviceProcessEvents"));
    }
}
