//! Derived fields.

use super::{Field, Predicate, Regex};
use crate::source::Span;

/// A field that the detection computes. Later derivations may use earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The new field.
    pub field: Field,
    /// How it is computed.
    pub how: Derivation,
    /// The derivation in the detection, for messages.
    pub span: Span,
}

/// How a derived field is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Derivation {
    /// The first that is present and not the empty text; otherwise missing.
    FirstOf(Vec<Field>),
    /// The value of the first branch whose condition holds, else `otherwise`, else missing.
    Case {
        /// The branches.
        branches: Vec<(Predicate, Operand)>,
        /// The value when none holds.
        otherwise: Option<Operand>,
    },
    /// The value of the first pair whose name equals this one without regard to case; missing when there is none.
    Pair {
        /// A field of type pairs.
        list: Field,
        /// The name.
        name: String,
    },
    /// The value at an index, from 0, or from -1 backwards; missing when out of range.
    Element {
        /// A multivalue field.
        field: Field,
        /// The index.
        index: i64,
    },
    /// Lower case.
    Lower(Field),
    /// The part at an index, from 0, of the text cut at every `by`; missing when there are fewer parts.
    Split {
        /// The field.
        field: Field,
        /// Where to cut; not empty.
        by: String,
        /// Which part.
        index: u32,
    },
    /// What the single group captures at the first match; missing when nothing matches.
    Capture {
        /// The field.
        field: Field,
        /// The pattern, with exactly one group.
        regex: Regex,
    },
    /// The network of an address, as `address/length` of the masked address; missing when it is no address.
    Network {
        /// The field.
        field: Field,
        /// Prefix length for IPv4.
        v4: u8,
        /// Prefix length for IPv6.
        v6: u8,
    },
    /// Every match replaced by a literal text.
    Replace {
        /// The field.
        field: Field,
        /// The pattern.
        regex: Regex,
        /// The text.
        with: String,
    },
}

/// The value of a branch.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A constant text.
    Text(String),
    /// Another field's value.
    Field(Field),
}

impl Derivation {
    /// Visits every field that it reads.
    pub fn visit_fields<'a>(&'a self, visit: &mut impl FnMut(&'a Field)) {
        match self {
            Derivation::FirstOf(fields) => fields.iter().for_each(visit),
            Derivation::Case { branches, otherwise } => {
                for (when, then) in branches {
                    when.visit_fields(visit);
                    then.visit_fields(visit);
                }
                if let Some(operand) = otherwise {
                    operand.visit_fields(visit);
                }
            }
            Derivation::Pair { list: field, .. }
            | Derivation::Element { field, .. }
            | Derivation::Lower(field)
            | Derivation::Split { field, .. }
            | Derivation::Capture { field, .. }
            | Derivation::Network { field, .. }
            | Derivation::Replace { field, .. } => visit(field),
        }
    }
}

impl Operand {
    fn visit_fields<'a>(&'a self, visit: &mut impl FnMut(&'a Field)) {
        match self {
            Operand::Text(_) => {}
            Operand::Field(field) => visit(field),
        }
    }
}
