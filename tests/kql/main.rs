//! The KQL interpreter: held against the documented rules, against bad and hostile queries, against the queries that detc
//! ships, and against duckdb-kql, an engine that this project did not write.

mod differential;
mod generate;
mod hostile;
mod known;
#[path = "../common/kqlrun.rs"]
mod kqlrun;
mod problems;
mod rules;
#[path = "../common/say.rs"]
mod say;
mod shipped;
