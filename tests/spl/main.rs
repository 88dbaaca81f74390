//! The SPL reader and interpreter: Splunk's rules one by one, and real searches.

mod corpus;
mod limits;
mod refusals;
mod rules;
