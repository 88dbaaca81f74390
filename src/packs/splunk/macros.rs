//! The macros of a pack: their definitions, and that every call has one.
//!
//! In: the searches. Out: stanzas for `macros.conf`, or a finding for each call that would fail in Splunk.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic};
use crate::packs::{Content, Entry};
use crate::targets::splunk::{MacroCall, macro_calls, source_macros};

/// The definition of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct Macro {
    /// Its name, without the number of arguments.
    pub(in crate::packs) name: String,
    /// The names of its arguments.
    pub(in crate::packs) arguments: Vec<&'static str>,
    /// What it stands for.
    pub(in crate::packs) definition: String,
    /// What it is for.
    pub(in crate::packs) description: String,
}

impl Macro {
    fn call(&self) -> MacroCall {
        MacroCall { name: self.name.clone(), arguments: self.arguments.len() }
    }
}

/// The macros that the emitted searches may call beside those of data sources and filters.
const KNOWN: [(&str, &[&str], &str, &str); 1] = [(
    "security_content_ctime",
    &["field"],
    "convert timeformat=\"%Y-%m-%dT%H:%M:%S\" ctime($field$)",
    "Writes a time for people",
)];

/// The macros that the searches call, by stanza. A call without a definition, or with another number of arguments, is
/// a finding.
pub(in crate::packs) fn macros(content: &Content, findings: &mut Vec<Diagnostic>) -> Vec<Macro> {
    let defined = match definitions(content) {
        Ok(defined) => defined,
        Err(found) => {
            findings.extend(found);
            return Vec::new();
        }
    };
    let mut used: BTreeMap<String, Macro> = BTreeMap::new();
    for entry in &content.entries {
        let Some(calls) = macro_calls(&entry.compiled.text) else {
            findings.push(super::about(entry, Code::E1003, "the search has an unclosed quote or macro"));
            continue;
        };
        for call in calls {
            match defined.get(&call.name).into_iter().flatten().find(|known| known.call() == call) {
                Some(known) => {
                    used.insert(call.stanza(), known.clone());
                }
                None => findings.push(unknown(entry, &call, &defined)),
            }
        }
    }
    used.into_values().collect()
}

fn unknown(entry: &Entry, call: &MacroCall, defined: &BTreeMap<String, Vec<Macro>>) -> Diagnostic {
    let message = match defined.get(&call.name).and_then(|known| known.first()) {
        Some(known) => format!(
            "the macro `{}` takes {} arguments, not {}",
            call.name,
            known.arguments.len(),
            call.arguments
        ),
        None => format!("the macro `{}` is not defined", call.stanza()),
    };
    super::about(entry, Code::E1003, message).help(
        "macros come from the bindings of data sources (`macro`), and each detection has its filter; \
write anything else out in the raw block",
    )
}

/// Every macro that may be called, by name.
fn definitions(content: &Content) -> Result<BTreeMap<String, Vec<Macro>>, Vec<Diagnostic>> {
    let mut all: BTreeMap<String, Vec<Macro>> = BTreeMap::new();
    let mut add = |one: Macro| all.entry(one.name.clone()).or_default().push(one);
    for (name, definition) in source_macros(&content.catalogue)? {
        add(Macro {
            name,
            arguments: Vec::new(),
            definition,
            description: "Where the events are; write the index of your environment into a local copy"
                .to_owned(),
        });
    }
    for (name, arguments, definition, description) in KNOWN {
        add(Macro {
            name: name.to_owned(),
            arguments: arguments.to_vec(),
            definition: definition.to_owned(),
            description: description.to_owned(),
        });
    }
    for entry in &content.entries {
        let metadata = &entry.detection.metadata;
        add(Macro {
            name: filter_name(entry),
            arguments: Vec::new(),
            definition: "search *".to_owned(),
            description: format!("What to leave out of the results of: {}", metadata.name.value),
        });
    }
    Ok(all)
}

/// The name of a detection's filter macro.
pub(in crate::packs) fn filter_name(entry: &Entry) -> String {
    format!("{}_filter", entry.detection.metadata.slug)
}
