//! The same events give the same verdict in every language.

mod findings;
mod shipped;
