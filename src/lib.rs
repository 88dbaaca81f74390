//! detc, the detection compiler.
//!
//! ```text
//! YAML ─parse→ schema::Detection ─resolve→ ir::Detection ─lower→ splunk::Search | kusto::Query | sigma::Rule ─render→ text
//!                                               ├─evaluate(events)→ matches
//!                                               └─lint→ diagnostics
//! ```
#![doc = include_str!("../ARCHITECTURE.md")]

pub mod attack;
pub mod catalogue;
pub mod cli;
pub mod diagnostics;
pub mod evaluate;
pub mod events;
pub mod import;
pub mod ir;
pub mod kept;
pub mod kql;
pub mod lints;
pub mod maps;
pub mod mutants;
pub mod mutation;
pub mod overlays;
pub mod packs;
pub mod portable;
pub mod proof;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod spl;
pub mod targets;
pub mod versions;
pub mod yaml;
