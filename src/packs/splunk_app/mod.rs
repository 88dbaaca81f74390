//! `splunk-app`: an app for Splunk with Enterprise Security.
//!
//! In: searches of a Splunk profile. Out: correlation searches, the macros they call, analytic stories, and what an app
//! needs to be one. Every file of it is printed by a template in `templates/splunk_app/`.

mod documents;
mod saved_search;
mod stories;

use std::collections::BTreeMap;

use askama::Template;

use self::documents::{
    App, DefaultMeta, MacroStanza, Macros, Readme, SavedSearches, Server, Stories, Transforms,
};
use super::conf::{ConfValue, StanzaName};
use super::splunk::exclusions::into_macros;
use super::splunk::lookups::lookups;
use super::splunk::macros::macros;
use super::{Content, Kind, Options, Pack};
use crate::diagnostics::{Code, Diagnostic};

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "splunk-app",
    about: "an app for Splunk Enterprise Security, Enterprise and Cloud",
    profiles: &["splunk:escu", "splunk", "splunk:cim"],
    formats: &[],
    build,
};

fn build(content: &Content, options: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let (tuned, filters) = into_macros(content)?;
    let content = &tuned;
    let mut findings = Vec::new();
    let macros = macros(content, &filters, &mut findings);
    let lookups = lookups(content, &mut findings);
    let mut searches = Vec::new();
    for entry in &content.entries {
        searches.extend(saved_search::saved_search(entry, options, &mut findings));
    }
    findings.extend(same_names(&searches));
    let mut stanzas = Vec::new();
    for one in &macros {
        match MacroStanza::new(one) {
            Ok(stanza) => stanzas.push(stanza),
            Err(problem) => findings.push(Diagnostic::new(
                Code::E1006,
                format!("the macro `{}` cannot be written: {problem}", one.name),
            )),
        }
    }
    let stories = stories::stories(content, options, &mut findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    let id = &options.id;
    let mut pack = Pack::new(id);
    let mut add = |name: &str, text: askama::Result<String>| match text {
        Ok(text) => pack.add_text(&format!("{id}/{name}"), text),
        Err(error) => {
            findings.push(Diagnostic::new(Code::E1006, format!("`{name}` cannot be printed: {error}")));
        }
    };
    let settings = Settings::new(options);
    let settings = settings.map_err(|problem| {
        vec![Diagnostic::new(Code::E1006, format!("the names of the pack cannot be written: {problem}"))]
    })?;
    add("README.md", Readme { options, content }.render());
    add("default/app.conf", App { settings: &settings }.render());
    add("default/savedsearches.conf", SavedSearches { searches: &searches }.render());
    if !stanzas.is_empty() {
        add("default/macros.conf", Macros { macros: &stanzas }.render());
    }
    if !lookups.is_empty() {
        add("default/transforms.conf", Transforms { lookups: &lookups }.render());
        for lookup in &lookups {
            add(&format!("lookups/{}", lookup.definition.filename), Ok(lookup.csv.clone()));
        }
    }
    add("default/analyticstories.conf", Stories { stories: &stories }.render());
    add("default/server.conf", Server {}.render());
    add("metadata/default.meta", DefaultMeta {}.render());
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}

/// The names of the pack as values.
pub(super) struct Settings {
    id: ConfValue,
    label: ConfValue,
    version: ConfValue,
    author: ConfValue,
}

impl Settings {
    fn new(options: &Options) -> Result<Self, super::conf::ConfProblem> {
        Ok(Self {
            id: ConfValue::new(&options.id)?,
            label: ConfValue::new(&options.label)?,
            version: ConfValue::new(&options.version)?,
            author: ConfValue::new(&options.author)?,
        })
    }
}

/// Splunk compares names of saved searches without regard to case in some places: two must differ by more.
fn same_names(searches: &[saved_search::SavedSearch]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, &StanzaName> = BTreeMap::new();
    let mut findings = Vec::new();
    for search in searches {
        if let Some(first) = seen.insert(search.name.as_str().to_lowercase(), &search.name) {
            findings.push(
                Diagnostic::new(
                    Code::E1002,
                    format!("the saved searches `{first}` and `{}` differ by case alone", search.name),
                )
                .help("rename one of the two detections"),
            );
        }
    }
    findings
}
