//! Tests of the Sigma target.
