//! What a query finds, or why that cannot be said.

use std::collections::BTreeMap;

use thiserror::Error;

/// A result of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The event that it is, counted from 0; nothing where several events make a result, or the query does not say.
    pub event: Option<usize>,
    /// How many events it stands for, where the query counts them.
    pub count: Option<u64>,
    /// The fields that the detection names as its output, by neutral name, with their values as the target writes them.
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Stop {
    /// The text is not read, or is outside of the subset that is interpreted.
    #[error("the query is not read: {0}")]
    Unreadable(String),
    /// What the target does is contested or not documented.
    #[error("undetermined: {0}")]
    Undetermined(String),
    /// These rows lead to something that is not interpreted.
    #[error("outside of what is interpreted: {0}")]
    Outside(String),
    /// The target would fail.
    #[error("the target fails: {0}")]
    Fails(String),
    /// The run takes too much.
    #[error("the run takes too much: {0}")]
    Limit(String),
    /// The same events give other results in another table, or in another spelling.
    #[error("{0}")]
    Differs(String),
}
