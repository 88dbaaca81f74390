//! The other files of the project: what detections name, and what contentctl needs to be told.
//!
//! In: data sources, macros, stories, the names of the pack. Out: the values of their YAML files.

use std::sync::Arc;

use askama::Template;

use crate::catalogue::Source;
use crate::diagnostics::Diagnostic;
use crate::packs::conf::one_line;
use crate::packs::names::derived_id;
use crate::packs::splunk::lookups::Lookup;
use crate::packs::splunk::macros::Macro;
use crate::packs::{Entry, Options};
use crate::targets::splunk::source_places;
use crate::yaml::YamlScalar;

/// Who may read and change what the app holds. contentctl writes a `[default]` stanza, which must not be exported.
pub(super) const DEFAULT_META: &str = include_str!("../../../templates/contentctl/default.meta");

/// `contentctl.yml`.
#[derive(Template)]
#[template(path = "contentctl/contentctl.yml")]
pub(super) struct Config {
    id: YamlScalar,
    label: YamlScalar,
    version: YamlScalar,
    author: YamlScalar,
}

impl Config {
    /// The names of the pack.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            id: YamlScalar::text(&options.id),
            label: YamlScalar::text(&options.label),
            version: YamlScalar::text(&options.version),
            author: YamlScalar::text(&options.author),
        }
    }
}

/// The text beside the app's own files.
pub(super) fn readme(options: &Options) -> String {
    format!(
        "# {}\n\nBuilt by contentctl from a project that is itself made from detections.\n",
        options.label
    )
}

/// A file of `macros/`.
#[derive(Template)]
#[template(path = "contentctl/macro.yml")]
pub(super) struct MacroFile {
    name: YamlScalar,
    arguments: Vec<YamlScalar>,
    definition: YamlScalar,
    description: YamlScalar,
}

impl MacroFile {
    /// The file of a macro.
    pub(super) fn new(of: &Macro) -> Self {
        Self {
            name: YamlScalar::text(&of.name),
            arguments: of.arguments.iter().map(|name| YamlScalar::text(*name)).collect(),
            definition: YamlScalar::text(&of.definition),
            description: YamlScalar::text(&of.description),
        }
    }
}

/// A file of `lookups/`, beside the table.
#[derive(Template)]
#[template(path = "contentctl/lookup.yml")]
pub(super) struct LookupFile {
    name: YamlScalar,
    id: YamlScalar,
    date: YamlScalar,
    author: YamlScalar,
    description: YamlScalar,
    match_type: Vec<YamlScalar>,
    case_sensitive_match: bool,
    min_matches: u32,
    max_matches: u32,
    is_six: bool,
}

impl LookupFile {
    /// The file of a lookup.
    pub(super) fn new(lookup: &Lookup, date: &str, options: &Options, is_six: bool) -> Self {
        let definition = &lookup.definition;
        Self {
            name: YamlScalar::text(&definition.name),
            id: YamlScalar::text(derived_id(&format!("lookup {}", definition.name))),
            date: YamlScalar::text(date),
            author: YamlScalar::text(&options.author),
            description: YamlScalar::text(one_line(&lookup.list.description)),
            match_type: definition.match_type.iter().map(YamlScalar::text).collect(),
            case_sensitive_match: definition.case_sensitive_match,
            min_matches: definition.min_matches,
            max_matches: definition.max_matches,
            is_six,
        }
    }
}

/// A file of `data_sources/`.
#[derive(Template)]
#[template(path = "contentctl/data_source.yml")]
pub(super) struct DataSource {
    name: YamlScalar,
    id: YamlScalar,
    date: YamlScalar,
    author: YamlScalar,
    description: YamlScalar,
    source: YamlScalar,
    sourcetype: YamlScalar,
    is_six: bool,
}

impl DataSource {
    /// The file of a source. Splunk's own wildcard stands for a place that the catalogue does not name.
    pub(super) fn new(
        source: &Arc<Source>,
        date: &str,
        options: &Options,
        is_six: bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let places = source_places(source)?;
        let place = |field: &str| {
            let values = places.iter().find(|(name, _)| name == field).map(|(_, values)| values.join(", "));
            YamlScalar::text(values.unwrap_or_else(|| "*".to_owned()))
        };
        Ok(Self {
            name: YamlScalar::text(&source.id),
            id: YamlScalar::text(derived_id(&format!("data source {}", source.id))),
            date: YamlScalar::text(date),
            author: YamlScalar::text(&options.author),
            description: YamlScalar::text(one_line(&format!("{}: {}", source.name, source.description))),
            source: place("source"),
            sourcetype: place("sourcetype"),
            is_six,
        })
    }
}

/// A file of `stories/`.
#[derive(Template)]
#[template(path = "contentctl/story.yml")]
pub(super) struct Story {
    name: YamlScalar,
    id: YamlScalar,
    date: YamlScalar,
    author: YamlScalar,
    description: YamlScalar,
    references: Vec<YamlScalar>,
    is_six: bool,
}

impl Story {
    /// The file of a story: what is known of it are its detections.
    pub(super) fn new(name: &str, entries: &[&Entry], options: &Options, is_six: bool) -> Self {
        let metadata = || entries.iter().map(|entry| &entry.detection.metadata);
        let mut references: Vec<&String> = metadata().flat_map(|one| &one.references).collect();
        references.sort_unstable();
        references.dedup();
        let names: Vec<&str> = metadata().map(|one| one.name.value.as_str()).collect();
        Self {
            name: YamlScalar::text(name),
            id: YamlScalar::text(derived_id(&format!("analytic story {name}"))),
            date: YamlScalar::text(metadata().map(|one| one.date.as_str()).max().unwrap_or_default()),
            author: YamlScalar::text(&options.author),
            description: YamlScalar::text(one_line(&format!("{name}: {}", names.join("; ")))),
            references: references.into_iter().map(YamlScalar::text).collect(),
            is_six,
        }
    }
}

/// A file of `deployments/`: every detection brings its own, but contentctl asks for one a type.
#[derive(Template)]
#[template(path = "contentctl/deployment.yml")]
pub(super) struct Deployment {
    word: &'static str,
    id: YamlScalar,
    author: YamlScalar,
    has_notable: bool,
    has_risk: bool,
}

impl Deployment {
    /// The deployment of a type.
    pub(super) fn new(word: &'static str, options: &Options) -> Self {
        Self {
            word,
            id: YamlScalar::text(derived_id(&format!("deployment {word}"))),
            author: YamlScalar::text(&options.author),
            has_notable: matches!(word, "TTP" | "Correlation"),
            has_risk: matches!(word, "TTP" | "Anomaly"),
        }
    }
}

/// The schedule that detections of format 6 have unless they name one.
#[derive(Template)]
#[template(path = "contentctl/schedule.yml")]
pub(super) struct Schedule {
    id: YamlScalar,
    author: YamlScalar,
}

impl Schedule {
    /// That schedule.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            id: YamlScalar::text(derived_id("schedule Default EventBasedDetection")),
            author: YamlScalar::text(&options.author),
        }
    }
}
