//! What detc has to say about an input: one type, stable codes.
//!
//! In: a code, a message, places in files. Out: a value that the command line renders for people or for machines.
//! Must not know which stage found it, and must not print.

#[macro_use]
mod declare;
mod code;
mod codes;
mod diagnostic;
mod suggest;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Label, Severity};
pub use suggest::did_you_mean;
