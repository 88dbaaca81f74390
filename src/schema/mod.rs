//! The file format of a detection: serde types, no behaviour.
//!
//! In: nothing; these are types. Out: the shape that `yaml::decode` fills, that `detc schema` prints as JSON Schema,
//! and that `resolve` checks. Must not know the catalogue, the targets, or what any of it means.
//!
//! Keys that every detection must have are `Option`s marked `required` in the JSON Schema: so one missing key does
//! not hide the findings about the others.

mod consent;
mod correlation;
mod derive;
mod detection;
mod environment;
mod list;
mod outcome;
mod selection;
mod testcase;

pub use consent::{Accept, Mutant, Raw};
pub use correlation::{
    Absent, Correlation, EqualFields, Link, Links, NewValue, Stage, Step, Temporal, TemporalOrdered,
    Threshold,
};
pub use derive::{Branch, Case, Derivation, Element, NetworkOf, Pair, RegexCapture, Replace, Split};
pub use detection::{AssetType, Detection, DetectionType, SecurityDomain, Severity, Status};
pub use environment::{Environment, Exclusion, Names, Overlay};
pub use list::{Column, List};
pub use outcome::{
    Drilldown, Drilldowns, Entity, EntityType, Risk, RiskObject, RiskObjectType, Schedule, Summarize,
    Suppress, ThreatObject,
};
pub use selection::{Block, Condition, Item, Scalar, Selection, Values};
pub use testcase::{Event, EventValue, Expect, TestCase};

/// The JSON Schema of a detection file, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Detection).to_value()
}

/// The JSON Schema of a list file, for editors.
pub fn list_json_schema() -> serde_json::Value {
    schemars::schema_for!(List).to_value()
}

/// The JSON Schema of an environment file, for editors.
pub fn environment_json_schema() -> serde_json::Value {
    schemars::schema_for!(Environment).to_value()
}
