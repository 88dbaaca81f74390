//! Splunk's search language: read and run.
//!
//! In: the text of a search, macros, rows. Out: the rows that come through, or why that cannot be said. Shares no code
//! with what prints searches, so that the one can be held against the other. Must not know targets or detections.
//!
//! What Splunk documents, or what was measured on it, is done so. Where the documentation is silent or contradicts a
//! measurement, the answer is *undetermined*, with the rule: no side is picked. The rules are those of `tests/spl`:
//! S.. are of `search`, E.. of expressions, A.. of aggregates, K.. of other commands, T.. of time, C.. contested ones.

mod arguments;
pub mod ast;
mod context;
pub mod expr;
mod functions;
mod limits;
mod macros;
mod parse;
mod pcre;
mod problem;
mod run;
mod time;
mod value;
mod wildcard;

pub use context::{Context, Dataset, LookupTable, MatchType};
pub use macros::{Expanded, Macros, expand};
pub use parse::parse;
pub use problem::{Problem, Stop};
pub use run::Program;
pub use value::{Row, Value};
