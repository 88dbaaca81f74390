//! The macros of a pack: their definitions, and that every call has one.
//!
//! In: the searches, and what the user says that macros stand for. Out: stanzas for `macros.conf`, or a finding for each
//! call that would fail in Splunk.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exclusions::Filters;
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::packs::{Content, Entry};
use crate::source::{SourceFile, Spanned};
use crate::targets::splunk::{MacroCall, macro_calls, place_definition, source_macros};

/// What a macro stands for in the user's Splunk: where events are.
#[derive(Debug, Clone)]
pub struct MacroDefinition {
    /// The macro.
    pub name: Spanned<String>,
    /// Terms of `search`.
    pub text: Spanned<String>,
    /// The file that says so.
    pub file: Arc<SourceFile>,
}

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

/// Macros by name; one name may stand for several, with other numbers of arguments.
type Defined = BTreeMap<String, Vec<Macro>>;

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
pub(in crate::packs) fn macros(
    content: &Content,
    filters: &Filters,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Macro> {
    let (defined, undefined) = match definitions(content, filters) {
        Ok(found) => found,
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
                None if call.arguments == 0 && undefined.contains(&call.name) => {
                    findings.push(unsaid(entry, &call.name));
                }
                None => findings.push(unknown(entry, &call, &defined)),
            }
        }
    }
    used.into_values().collect()
}

/// What stands against definitions: a macro that no data source has (`E1104`), terms that cannot stand among others
/// (`E1105`).
pub fn check_macros(macros: &[MacroDefinition], catalogue: &Catalogue) -> Vec<Diagnostic> {
    if macros.is_empty() {
        // The question costs the reading of all data sources.
        return Vec::new();
    }
    let known = match source_macros(catalogue) {
        Ok(known) => known,
        Err(found) => return found,
    };
    let mut findings = Vec::new();
    for one in macros {
        if !known.contains_key(&one.name.value) {
            let near = did_you_mean(&one.name, known.keys().map(String::as_str));
            let message = format!("no data source is found by a macro `{}`", one.name.value);
            findings.push(Diagnostic::new(Code::E1104, message).at(&one.file, one.name.span, "").help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "only the macros that say where events are can be defined; `detc sources ID` shows them"
                    .to_owned(),
            }));
        }
        if let Err(problem) = place_definition(&one.text) {
            let message = format!("the macro `{}` cannot stand for this: {problem}", one.name.value);
            findings.push(
                Diagnostic::new(Code::E1105, message)
                    .at(&one.file, one.text.span, "")
                    .help("write terms of a search: index=app sourcetype=app:json"),
            );
        }
    }
    findings
}

/// A macro for events that no add-on gives a place.
fn unsaid(entry: &Entry, name: &str) -> Diagnostic {
    let message = format!("the macro `{name}` is not defined: only you know where these events are");
    super::about(entry, Code::E1003, message).help(format!(
        "say it under `macros:` in environments/NAME.yml, or under `[macros]` in detc.toml: \
{name} = \"index=… sourcetype=…\""
    ))
}

fn unknown(entry: &Entry, call: &MacroCall, defined: &Defined) -> Diagnostic {
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

/// Every macro that may be called, by name; and those that only the user can define.
fn definitions(content: &Content, filters: &Filters) -> Result<(Defined, Vec<String>), Vec<Diagnostic>> {
    let mut all = Defined::new();
    let mut undefined = Vec::new();
    let mut add = |one: Macro| all.entry(one.name.clone()).or_default().push(one);
    for (name, places) in source_macros(&content.catalogue)? {
        let said = content.macros.iter().rev().find(|one| one.name.value == name);
        let said = said.and_then(|one| place_definition(&one.text).ok());
        let description = match said {
            Some(_) => "Where the events are",
            None => "Where the events are; write the index of your environment into a local copy",
        };
        match said.or(places) {
            Some(definition) => {
                add(Macro { name, arguments: Vec::new(), definition, description: description.to_owned() });
            }
            None => undefined.push(name),
        }
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
            definition: filters.get(&metadata.slug).cloned().unwrap_or_else(|| "search *".to_owned()),
            description: format!("What to leave out of the results of: {}", metadata.name.value),
        });
    }
    Ok((all, undefined))
}

/// The name of a detection's filter macro.
pub(in crate::packs) fn filter_name(entry: &Entry) -> String {
    format!("{}_filter", entry.detection.metadata.slug)
}
