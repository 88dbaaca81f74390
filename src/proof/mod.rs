//! Proof: the same events, the same verdict, in every language.
//!
//! In: detections, what they were compiled to, and events in neutral fields. Out: what the emitted text finds. Events are
//! turned into rows as a target sees them, by the catalogue's bindings read backwards; the emitted text alone is run,
//! by the interpreters `spl` and `kql` and, for Sigma, by `import::sigma` and the reference evaluator. Shares nothing with
//! the lowering, so that each can show the other's mistakes.
//!
//! A row is only used when the binding's own expressions, run by the interpreter, give the event's values back. What a
//! binding cannot carry is an [`Uncarried`] with its reason.

mod compare;
mod kusto;
mod mark;
mod prove;
mod reads;
mod recorded;
mod reference;
mod result;
mod rows;
mod runner;
mod sigma;
mod solve;
mod splunk;
mod values;
mod wanted;

pub use compare::{Difference, Expected, Shown, Slack};
pub use prove::{Proven, prove};
pub use reference::Reference;
pub use result::{Found, Stop};
pub use rows::Uncarried;
pub use runner::{Query, Rows, Runner};
pub use values::Values;
