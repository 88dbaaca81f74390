//! The SPL reader and interpreter: Splunk's rules one by one, and real searches.

#[path = "../common/corpora.rs"]
mod corpora;
mod corpus;
mod limits;
mod refusals;
mod rules;
#[path = "../common/say.rs"]
mod say;
