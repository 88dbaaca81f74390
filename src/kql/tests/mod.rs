//! Tests of reading and running KQL.
