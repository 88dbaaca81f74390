//! KQL, read and run: what an emitted query means, without Kusto.
//!
//! In: the text of a query, tables with typed columns, the time. Out: rows, or a reason why there are none. Must not know
//! detections, the catalogue, or how queries are printed: it shares no code with the `kusto` target, so that each can
//! show the other's mistakes.
//!
//! A construct outside of the interpreted subset is a [`Problem`] that names it; an answer that Kusto's documentation
//! leaves open, and that is not known otherwise, is [`Stop::Undetermined`]. Nothing is guessed.
//!
//! ```
//! use detc::kql::{self, Column, Context, Program, Schemas, Table, Tables, Type};
//!
//! let mut schemas = Schemas::default();
//! schemas.tables.insert("T".into(), vec![Column::new("user", Type::String), Column::new("n", Type::Long)]);
//! let query = kql::parse("T | where user =~ 'ALICE' | summarize total = sum(n)").expect("is KQL");
//! let program = Program::compile(&query, &schemas).expect("all names exist");
//!
//! let rows = serde_json::json!([{"user": "alice", "n": 1}, {"user": "bob", "n": 2}, {"user": "Alice", "n": 4}]);
//! let rows: Vec<_> = rows.as_array().into_iter().flatten().filter_map(|row| row.as_object().cloned()).collect();
//! let mut tables = Tables::default();
//! tables.tables.insert("T".into(), Table::from_json(schemas.tables["T"].clone(), &rows).expect("fits"));
//! let result = program.run(&tables, &Context::default()).expect("is determined");
//! assert_eq!(kql::json(&result.rows[0][0]), 5);
//! ```

pub mod ast;
mod bind;
mod clock;
mod functions;
mod json;
mod lex;
mod parse;
mod plan;
mod problem;
mod program;
mod run;
mod table;
mod types;
mod value;
mod words;

#[cfg(test)]
mod tests;

pub use json::{json, value};
pub use parse::parse;
pub use problem::{Kind, Problem, Stop};
pub use program::Program;
pub use table::{Column, Context, Row, Schemas, Table, Tables};
pub use types::Type;
pub use value::{Array, Bag, Value};
