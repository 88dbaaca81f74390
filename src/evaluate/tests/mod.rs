//! The definition, case by case. Expectations come from ARCHITECTURE.md, sigma-specification 2.1.0 and the rules that
//! the doc comments state; none from what the evaluator answered.

mod accounts;
mod correlations;
mod derived;
mod fields;
mod fixture;
mod laws;
mod lists;
mod matches;
mod predicates;
mod reports;
mod streams;
mod summaries;
