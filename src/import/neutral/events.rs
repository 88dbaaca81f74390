//! The events that a detection or one of its stages reads, as they are written.
//!
//! In: a data source, a block that is laid out, and derived fields. Out: tokens for the template. What an importer never
//! makes has no form here.

use crate::maps::IndexMap;
use crate::schema::Derivation;
use crate::source::Spanned;
use crate::yaml::{Comment, YamlScalar};

/// Selections and their condition as text, for a detection or for one of its stages.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// What stands above them, a line each.
    pub comments: Vec<String>,
    /// The lines below `detection:`, indented by two.
    pub block: String,
}

/// One set of events.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) comments: Vec<Comment>,
    pub(super) data_source: YamlScalar,
    /// Indented as it stands in the file.
    pub(super) block: String,
    /// A name, and the fields of which it is the first that is there.
    pub(super) derive: Vec<(YamlScalar, Vec<YamlScalar>)>,
}

impl Events {
    /// `by` is how far the keys of the events are indented.
    pub(super) fn of(
        data_source: &Spanned<String>,
        derive: &IndexMap<Spanned<String>, Spanned<Derivation>>,
        laid: &Laid,
        by: usize,
    ) -> Option<Self> {
        let derived = derive.iter().map(|(name, how)| match &how.value {
            Derivation::FirstOf(fields) => Some((scalar(name), fields.iter().map(scalar).collect())),
            Derivation::Case(_)
            | Derivation::Pair(_)
            | Derivation::Element(_)
            | Derivation::Lower(_)
            | Derivation::Split(_)
            | Derivation::Regex(_)
            | Derivation::Network(_)
            | Derivation::Replace(_) => None,
        });
        Some(Self {
            comments: laid.comments.iter().map(|line| Comment(line.clone())).collect(),
            data_source: scalar(data_source),
            block: indented(&laid.block, by),
            derive: derived.collect::<Option<_>>()?,
        })
    }
}

/// The lines, further to the right. Empty ones stay empty.
fn indented(text: &str, by: usize) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{:by$}{line}", "") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn scalar(text: &Spanned<String>) -> YamlScalar {
    YamlScalar::text(text.value.as_str())
}
