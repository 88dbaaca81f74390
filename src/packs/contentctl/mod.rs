//! `contentctl`: a project that Splunk's contentctl builds into an app.
//!
//! In: searches that follow ESCU's conventions. Out: one YAML file a detection, with the data sources, macros and
//! stories that they name. Format 5 is that of contentctl 5; format 6 is that of ESCU 6, whose tool reads no other.

mod detection;
mod limits;
mod project;

use std::collections::BTreeMap;

use askama::Template;

use self::detection::{Detection5, Detection6, Document};
use self::project::{Config, DataSource, Deployment, LookupFile, MacroFile, Schedule, Story};
use super::splunk::exclusions::Filters;
use super::splunk::lookups::lookups;
use super::splunk::macros::macros;
use super::splunk::sources;
use super::{Content, Entry, Kind, Options, Pack, names};
use crate::diagnostics::{Code, Diagnostic};

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "contentctl",
    about: "a project for Splunk's contentctl 5, or in the shape of ESCU 6",
    profiles: &["splunk:escu"],
    formats: &["5", "6"],
    build,
};

/// The types that have a deployment of their own, in contentctl's words.
const TYPES: [&str; 4] = ["TTP", "Anomaly", "Hunting", "Correlation"];

/// Folders that contentctl wants to find, if only empty. Archives and git hold no empty ones: a file without an ending,
/// which contentctl passes over, keeps each.
const FOLDERS: [&str; 10] = [
    "baselines",
    "dashboards",
    "data_sources",
    "detections",
    "investigations",
    "lookups",
    "macros",
    "playbooks",
    "removed",
    "stories",
];

fn build(content: &Content, options: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let is_six = options.format == "6";
    let macros = macros(content, &Filters::new(), &mut findings);
    let lookups = lookups(content, &mut findings);
    let mut files = Files::default();
    let mut warnings = Vec::new();
    for entry in &content.entries {
        findings.extend(limits::check(entry, options, is_six));
        warnings.extend(limits::losses(entry, is_six));
        let Some(document) = Document::new(entry, &mut findings) else { continue };
        let folder =
            if is_six { format!("detections/{}", document.category) } else { "detections".to_owned() };
        let name = format!("{folder}/{}", names::file_name(&entry.detection.metadata.slug, "yml"));
        files.add(
            &name,
            if is_six {
                Detection6 { it: &document }.render()
            } else {
                Detection5 { it: &document }.render()
            },
        );
    }
    // The filter macros are made by contentctl itself.
    for one in macros.iter().filter(|one| !one.name.ends_with("_filter")) {
        files.add(&format!("macros/{}.yml", one.name), MacroFile::new(one).render());
    }
    for lookup in &lookups {
        let name = &lookup.definition.name;
        let date = latest_use(&content.entries, name);
        files.add(&format!("lookups/{name}.yml"), LookupFile::new(lookup, date, options, is_six).render());
        files.plain.insert(format!("lookups/{name}.csv"), lookup.csv.clone());
    }
    for (id, latest) in used_sources(&content.entries) {
        let Some(Ok(source)) = content.catalogue.source(id) else { continue };
        match DataSource::new(&source, latest, options, is_six) {
            Ok(file) => files.add(&format!("data_sources/{}.yml", file_stem(id)), file.render()),
            Err(found) => findings.extend(found),
        }
    }
    for (name, entries) in stories(&content.entries) {
        let file = Story::new(name, &entries, options, is_six);
        files.add(&format!("stories/{}.yml", file_stem(name)), file.render());
    }
    if is_six {
        files.add("schedules/default_eventbaseddetection.yml", Schedule::new(options).render());
    } else {
        files.add("contentctl.yml", Config::new(options).render());
        for word in TYPES {
            let name = format!("deployments/default_{}.yml", word.to_lowercase());
            files.add(&name, Deployment::new(word, options).render());
        }
        files.plain.insert("app_template/metadata/default.meta".to_owned(), project::DEFAULT_META.to_owned());
        for folder in FOLDERS {
            files.plain.insert(format!("{folder}/keep"), String::new());
        }
        files.plain.insert("app_template/README.md".to_owned(), project::readme(options));
    }
    findings.extend(files.problems);
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut pack = Pack::new("");
    files.plain.into_iter().for_each(|(name, text)| pack.add_text(&name, text));
    warnings.into_iter().for_each(|warning| pack.warn(warning));
    Ok(pack)
}

/// The files, and those that could not be printed.
#[derive(Default)]
struct Files {
    plain: BTreeMap<String, String>,
    problems: Vec<Diagnostic>,
}

impl Files {
    fn add(&mut self, name: &str, text: askama::Result<String>) {
        match text {
            Ok(text) => {
                if self.plain.insert(name.to_owned(), text).is_some() {
                    self.problems.push(
                        Diagnostic::new(Code::E1001, format!("contentctl: two files are named `{name}`"))
                            .help("two names differ by case or punctuation alone: write them alike"),
                    );
                }
            }
            Err(error) => self
                .problems
                .push(Diagnostic::new(Code::E1008, format!("`{name}` cannot be printed: {error}"))),
        }
    }
}

/// contentctl wants files named after their content, by this rule.
fn file_stem(name: &str) -> String {
    name.replace([' ', '-', '.', '/'], "_").to_lowercase()
}

/// The data sources in use, each with the day of the newest detection that reads it.
fn used_sources<'e>(entries: &'e [Entry]) -> BTreeMap<&'e str, &'e str> {
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in entries {
        let date = entry.detection.metadata.date.as_str();
        for id in sources(entry) {
            let latest = used.entry(id).or_insert(date);
            *latest = (*latest).max(date);
        }
    }
    used
}

/// The day of the newest detection that looks up a list.
fn latest_use<'e>(entries: &'e [Entry], list: &str) -> &'e str {
    let uses = |entry: &&Entry| entry.compiled.needs.lists.iter().any(|needed| needed.list.name == list);
    let dates = entries.iter().filter(uses).map(|entry| entry.detection.metadata.date.as_str());
    dates.max().unwrap_or_default()
}

fn stories<'e, 'd>(entries: &'e [Entry<'d>]) -> BTreeMap<&'e str, Vec<&'e Entry<'d>>> {
    let mut all: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        for story in &entry.detection.metadata.analytic_stories {
            all.entry(story).or_default().push(entry);
        }
    }
    all
}
