//! The documents of the app: one template a file.

use askama::Template;

use super::Settings;
use super::saved_search::SavedSearch;
use super::stories::All;
use crate::packs::conf::{ConfProblem, ConfValue, StanzaName};
use crate::packs::splunk::lookups::Lookup;
use crate::packs::splunk::macros::Macro;
use crate::packs::{Content, Options};

/// `default/app.conf`.
#[derive(Template)]
#[template(path = "splunk_app/app.conf")]
pub(super) struct App<'a> {
    pub(super) settings: &'a Settings,
}

/// `default/savedsearches.conf`.
#[derive(Template)]
#[template(path = "splunk_app/savedsearches.conf")]
pub(super) struct SavedSearches<'a> {
    pub(super) searches: &'a [SavedSearch],
}

/// `default/macros.conf`.
#[derive(Template)]
#[template(path = "splunk_app/macros.conf")]
pub(super) struct Macros<'a> {
    pub(super) macros: &'a [MacroStanza],
}

/// A stanza of it.
pub(super) struct MacroStanza {
    name: StanzaName,
    arguments: Option<ConfValue>,
    definition: ConfValue,
    description: ConfValue,
}

impl MacroStanza {
    /// The stanza of a macro.
    pub(super) fn new(of: &Macro) -> Result<Self, ConfProblem> {
        let name = match of.arguments.len() {
            0 => of.name.clone(),
            count => format!("{}({count})", of.name),
        };
        let arguments = if of.arguments.is_empty() { None } else { Some(of.arguments.join(", ")) };
        Ok(Self {
            name: StanzaName::new(&name)?,
            arguments: arguments.as_deref().map(ConfValue::new).transpose()?,
            definition: ConfValue::new(&of.definition)?,
            description: ConfValue::prose(&of.description)?,
        })
    }
}

/// `default/analyticstories.conf`.
#[derive(Template)]
#[template(path = "splunk_app/analyticstories.conf")]
pub(super) struct Stories<'a> {
    pub(super) stories: &'a All,
}

/// `default/transforms.conf`. Names of lists and columns are letters, digits and underscores: they need no escapes.
#[derive(Template)]
#[template(path = "splunk_app/transforms.conf")]
pub(super) struct Transforms<'a> {
    pub(super) lookups: &'a [Lookup],
}

/// `default/server.conf`: a search head cluster passes on only the files that it is told of.
#[derive(Template)]
#[template(path = "splunk_app/server.conf")]
pub(super) struct Server {}

/// `metadata/default.meta`.
#[derive(Template)]
#[template(path = "splunk_app/default.meta")]
pub(super) struct DefaultMeta {}

/// `README.md`.
#[derive(Template)]
#[template(path = "splunk_app/README.md")]
pub(super) struct Readme<'a> {
    pub(super) options: &'a Options,
    pub(super) content: &'a Content<'a>,
}
