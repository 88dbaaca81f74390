//! YAML in: a file's text becomes a tree with spans, and the tree becomes typed values. YAML out: scalars and comments
//! for templates.
//!
//! In: a `SourceFile`. Out: a [`Node`], or any serde type by [`decode`], with *every* problem of the file, not only
//! the first; and tokens that escape themselves. This is the only module that knows the YAML crate and, beside
//! `build.rs`, the parser below it. Must not know what the keys mean.

mod decode;
mod deserializer;
mod node;
mod parse;
mod plain;
mod problem;
mod raw;
mod recorded;
mod scalar;
mod tag;
mod tokens;

pub use decode::decode;
pub use node::{Node, Value};
pub use parse::{parse, parse_all, parse_recorded};
pub use scalar::written_part;
pub use tokens::{Comment, YamlBlock, YamlProse, YamlScalar};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// Most values that one file may hold, aliases written out.
const MAX_NODES: usize = 200_000;
