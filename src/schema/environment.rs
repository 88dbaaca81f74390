//! An environment: what one SIEM changes about detections.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Schedule, Selection, Severity};
use crate::maps::IndexMap;
use crate::source::Spanned;

/// One environment, as written in `environments/NAME.yml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Which SIEM, and whose.
    #[serde(default)]
    pub description: Option<String>,
    /// Other names there, by profile.
    #[serde(default)]
    pub names: IndexMap<Spanned<String>, Names>,
    /// What macros stand for that say where events are: a search by index, sourcetype and the like.
    #[serde(default)]
    pub macros: IndexMap<Spanned<String>, Spanned<String>>,
    /// What is changed, by the id of the detection.
    #[serde(default)]
    pub detections: IndexMap<Spanned<String>, Spanned<Overlay>>,
}

/// Names that the catalogue gives, and what stands there instead.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Macros that say where events are.
    #[serde(default)]
    pub macros: IndexMap<Spanned<String>, Spanned<String>>,
    /// Indexes.
    #[serde(default)]
    pub indexes: IndexMap<Spanned<String>, Spanned<String>>,
    /// Tables, and functions that give one.
    #[serde(default)]
    pub tables: IndexMap<Spanned<String>, Spanned<String>>,
    /// The index of a data source, by its id, whether the catalogue names one or not.
    #[serde(default)]
    pub index_of: IndexMap<Spanned<String>, Spanned<String>>,
}

/// What is changed about one detection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Whether it exists there.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How bad a true hit is there.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// When it runs there.
    #[serde(default)]
    pub schedule: Option<Spanned<Schedule>>,
    /// The range of a counting correlation: `gt`, `gte`, `lt`, `lte`, `eq`.
    #[serde(default)]
    pub threshold: Option<Spanned<IndexMap<Spanned<String>, Spanned<f64>>>>,
    /// How far a correlation reaches: `15m`.
    #[serde(default)]
    pub window: Option<Spanned<String>>,
    /// Events that do not count there.
    #[serde(default)]
    pub exclusions: Vec<Spanned<Exclusion>>,
}

/// Events that do not count, and who answers for that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Which events: a selection over the fields of the detection.
    pub when: Spanned<Selection>,
    /// The stage that they are left out of; for detections with several.
    #[serde(default)]
    pub stage: Option<Spanned<String>>,
    /// Who answers for it.
    pub owner: Spanned<String>,
    /// Why.
    pub reason: Spanned<String>,
    /// The last day on which it is wanted, `YYYY-MM-DD`. It stays in the queries until it is removed here.
    #[schemars(extend("format" = "date"))]
    pub expires: Spanned<String>,
}

fn yes() -> bool {
    true
}
