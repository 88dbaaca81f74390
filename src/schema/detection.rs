//! The document.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Accept, Block, Correlation, Derivation, Drilldowns, Entity, Mutant, Raw, Risk, Schedule, Stage,
    Summarize, Suppress, TestCase,
};
use crate::maps::IndexMap;
use crate::source::Spanned;

/// One detection, as written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// A UUID that identifies this detection for life.
    #[schemars(required, extend("format" = "uuid"))]
    pub id: Option<Spanned<String>>,
    /// The name, one line. Files, saved searches and macros are named after it.
    #[schemars(required)]
    pub name: Option<Spanned<String>>,
    /// A whole number from 1, raised when the detection changes.
    #[schemars(required)]
    pub version: Option<Spanned<u32>>,
    /// How far it has come.
    #[schemars(required)]
    pub status: Option<Spanned<Status>>,
    /// What it is for: this decides what an alert becomes.
    #[serde(rename = "type")]
    #[schemars(required)]
    pub detection_type: Option<Spanned<DetectionType>>,
    /// How bad a true hit is.
    #[schemars(required)]
    pub severity: Option<Spanned<Severity>>,
    /// Who wrote it.
    #[schemars(required)]
    pub author: Option<Spanned<String>>,
    /// When this version was written, `YYYY-MM-DD`.
    #[schemars(required, extend("format" = "date"))]
    pub date: Option<Spanned<String>>,
    /// What it finds and why that matters.
    #[schemars(required)]
    pub description: Option<Spanned<String>>,
    /// What must be collected, and how.
    #[serde(default)]
    pub how_to_implement: Option<Spanned<String>>,
    /// What else triggers it.
    #[serde(default)]
    pub false_positives: Vec<Spanned<String>>,
    /// Web addresses.
    #[serde(default)]
    pub references: Vec<Spanned<String>>,
    /// ATT&CK techniques, `T1234` or `T1234.001`. Tactics follow from them.
    #[serde(default)]
    pub attack: Vec<Spanned<String>>,
    /// Names of analytic stories.
    #[serde(default)]
    pub analytic_stories: Vec<Spanned<String>>,
    /// What kind of thing is attacked.
    #[serde(default)]
    pub asset_type: Option<AssetType>,
    /// The security domain of the alert.
    #[serde(default)]
    pub security_domain: Option<Spanned<SecurityDomain>>,

    /// The data source, from the catalogue. Left out when `stages` name their own.
    #[serde(default)]
    pub data_source: Option<Spanned<String>>,
    /// Selections and the condition over them.
    #[serde(default)]
    pub detection: Option<Spanned<Block>>,
    /// Fields computed from fields.
    #[serde(default)]
    pub derive: IndexMap<Spanned<String>, Spanned<Derivation>>,
    /// Named stages, each over its own data source.
    #[serde(default)]
    pub stages: IndexMap<Spanned<String>, Spanned<Stage>>,
    /// Counting, order, first sight or absence over one stage or several.
    #[serde(default)]
    pub correlation: Option<Spanned<Correlation>>,
    /// One result per combination of fields.
    #[serde(default)]
    pub summarize: Option<Spanned<Summarize>>,

    /// When it runs and how far it looks back.
    #[serde(default)]
    pub schedule: Option<Spanned<Schedule>>,
    /// How long a repeated alert stays quiet.
    #[serde(default)]
    pub suppress: Option<Spanned<Suppress>>,
    /// Who gains risk by a hit, and the message.
    #[serde(default)]
    pub risk: Option<Spanned<Risk>>,
    /// The entities of an alert, beyond the risk objects.
    #[serde(default)]
    pub entities: Vec<Spanned<Entity>>,
    /// Searches that an analyst starts from an alert.
    #[serde(default)]
    pub drilldowns: Option<Spanned<Drilldowns>>,
    /// Events with what the detection must say of them.
    #[serde(default)]
    pub tests: Vec<Spanned<TestCase>>,
    /// Losses that the author consents to.
    #[serde(default)]
    pub accept: Vec<Spanned<Accept>>,
    /// Mutants that no test can notice, with the reason.
    #[serde(default)]
    pub mutants: Vec<Spanned<Mutant>>,
    /// Target text as the escape hatch, by profile. A detection that is only this needs no `data_source` and no
    /// `detection`: it exists in these profiles alone.
    #[serde(default)]
    pub raw: IndexMap<Spanned<String>, Spanned<Raw>>,
}

/// A kind of asset, free text.
pub type AssetType = Spanned<String>;

/// How far a detection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// New, little known.
    Experimental,
    /// Under test.
    Test,
    /// In use.
    Production,
    /// Kept for reference, not to be deployed.
    Deprecated,
}

/// What a detection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DetectionType {
    /// Tactic, technique or procedure: a hit is an alert and a risk.
    Ttp,
    /// Unusual: a hit is a risk.
    Anomaly,
    /// To be read by a hunter.
    Hunting,
    /// Joins other findings.
    Correlation,
}

/// How bad a true hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Act now.
    Critical,
}

/// The security domain of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecurityDomain {
    /// Logons and permissions.
    Access,
    /// Workstations and servers.
    Endpoint,
    /// Traffic.
    Network,
    /// Findings about findings.
    Threat,
    /// Accounts as such.
    Identity,
    /// Audit trails.
    Audit,
}
