//! The typed, target-free form of a detection.
//!
//! In: built by `resolve`. Out: read by `evaluate`, `lints` and every target. Smaller than the schema: lists of maps,
//! `1 of`, modifiers and defaults are gone. Must not know YAML, the catalogue's bindings, or any query language.

mod correlation;
mod derive;
mod detection;
mod event;
mod field;
mod list;
mod matcher;
mod matching;
mod message;
mod pattern;
mod predicate;
mod regex;
mod time;
mod tuning;

pub use correlation::{
    Aggregate, Bound, Correlation, CorrelationPattern, Link, Range, SharedField, Stage, Step,
};
pub use derive::{Derivation, Derived, Operand};
pub use detection::{
    Accept, Detection, DetectionType, Drilldown, Drilldowns, Entity, EntityType, EventSet, ExplainedMutant,
    Logic, Metadata, RawQuery, RecordedTest, Risk, RiskObject, RiskObjectType, Schedule, SecurityDomain,
    Severity, Status, Summary, Suppression, Technique, TestCase, ThreatObject,
};
pub use event::{Event, Observation, Time, Value};
pub use field::{Field, FieldKind, FieldType};
pub use list::{Cell, ColumnType, List, ListColumn, Membership};
pub use matcher::Matcher;
pub use matching::{Comparison, FieldComparison, Match, Number, TimePart};
pub use message::{Message, MessagePart, SummaryColumn};
pub use pattern::{Case, Pattern, Piece, TextShape};
pub use predicate::{FieldTest, Keyword, Predicate};
pub use regex::{Regex, RegexProblem};
pub use time::{Duration, DurationProblem};
pub use tuning::{Exclusion, Tuning};
