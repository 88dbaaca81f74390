//! The catalogue of data sources: which fields exist, of which type, and where each is in each target; and of lists.
//!
//! In: `data_sources/*.yml` and `lists/*`, embedded in the binary, and a user's own folders. Out: [`Source`]s; a target
//! asks one for its binding and gives the type to read it as; and `ir::List`s. Must not know any target: a binding is a
//! tree until a target reads it.

mod check;
mod common;
mod lists;
mod load;
mod logsource;
mod source;
#[cfg(test)]
mod tests;
mod value_map;

pub use common::CommonFields;
pub use load::Catalogue;
pub use logsource::Logsource;
pub use source::{FieldSpec, Source};
pub use value_map::{ValueMap, ValueProblem};
