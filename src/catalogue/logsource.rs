//! Which data source a Sigma log source means.
//!
//! In: the `logsource` of every source's `sigma` binding. Out: the source of a log source. Must not know rules.

use serde::Deserialize;

use super::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::maps::HashMap;
use crate::yaml;

/// Sigma's log source; at least one of the three is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logsource {
    /// A kind of event that several products have.
    #[serde(default)]
    pub category: Option<String>,
    /// The product.
    #[serde(default)]
    pub product: Option<String>,
    /// One of its logs.
    #[serde(default)]
    pub service: Option<String>,
}

impl Logsource {
    /// Whether it names nothing, which would be every log.
    pub fn is_empty(&self) -> bool {
        self.category.is_none() && self.product.is_none() && self.service.is_none()
    }
}

/// The id of the source of each log source.
pub(super) type Index = HashMap<Logsource, String>;

impl Catalogue {
    /// The id of the data source that rules of this log source are read as: the one whose `sigma` binding names it and
    /// is not `default: false`. A source of the user's wins over an embedded one. The findings are those of catalogue
    /// files that cannot be read.
    pub fn of_logsource(&self, logsource: &Logsource) -> Result<Option<&str>, Vec<Diagnostic>> {
        let index = self.logsources.get_or_init(|| self.index_logsources()).as_ref().map_err(Clone::clone)?;
        Ok(index.get(logsource).map(String::as_str))
    }

    /// The log sources whose rules are read as some data source, in no order; none when a file cannot be read.
    pub fn logsources(&self) -> impl Iterator<Item = &Logsource> {
        let index = self.logsources.get_or_init(|| self.index_logsources());
        index.as_ref().ok().into_iter().flat_map(HashMap::keys)
    }

    fn index_logsources(&self) -> Result<Index, Vec<Diagnostic>> {
        let mut index: HashMap<Logsource, (&str, bool)> = HashMap::default();
        let mut findings = Vec::new();
        // One after the other: whoever waits for the index may be part of parallel work, which must not be taken up here.
        for id in self.ids() {
            match self.logsource_of(id) {
                Ok(Some(logsource)) => {
                    let own = !self.is_embedded(id);
                    let known = index.entry(logsource).or_insert((id, own));
                    if own && !known.1 {
                        *known = (id, own);
                    }
                }
                Ok(None) => {}
                Err(found) => findings.extend(found),
            }
        }
        if findings.is_empty() {
            Ok(index.into_iter().map(|(logsource, (id, _))| (logsource, id.to_owned())).collect())
        } else {
            Err(findings)
        }
    }

    /// The log source whose rules are read as this data source.
    pub(super) fn logsource_of(&self, id: &str) -> Result<Option<Logsource>, Vec<Diagnostic>> {
        let Some(source) = self.source(id) else { return Ok(None) };
        let source = source?;
        let Some(binding) = source.tree("sigma") else { return Ok(None) };
        if binding.get("default").is_some_and(|node| node.value == yaml::Value::Boolean(false)) {
            return Ok(None);
        }
        let Some(node) = binding.get("logsource") else { return Ok(None) };
        let mut findings = Vec::new();
        let logsource = yaml::decode(source.file(), node, &mut findings);
        if findings.is_empty() { Ok(logsource) } else { Err(findings) }
    }
}
