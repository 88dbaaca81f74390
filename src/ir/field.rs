//! Fields as the compiler sees them after resolution.

use std::sync::Arc;

/// A field of the detection's data source, or one that the detection derives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The neutral name.
    pub name: Arc<str>,
    /// The type of its values.
    pub field_type: FieldType,
    /// Whether an event may hold several values of it. A test on such a field holds when *one* value satisfies it.
    pub many: bool,
    /// Where it comes from.
    pub kind: FieldKind,
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// The source's own, named as in Sigma's taxonomy.
    Native,
    /// The same in every source, named as in Splunk's CIM.
    Common,
    /// Computed by the detection.
    Derived,
}

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text, compared without regard to case unless a test says otherwise.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Real,
    /// True or false.
    Boolean,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A moment.
    Timestamp,
    /// A list of name/value pairs.
    Pairs,
}

impl FieldType {
    /// What it is called in a message and in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Integer => "integer",
            FieldType::Real => "real",
            FieldType::Boolean => "boolean",
            FieldType::Ip => "ip",
            FieldType::Timestamp => "timestamp",
            FieldType::Pairs => "pairs",
        }
    }

    /// Whether values are compared as text (patterns, regular expressions).
    pub fn is_textual(self) -> bool {
        matches!(self, FieldType::Text | FieldType::Ip)
    }

    /// Whether values are ordered numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, FieldType::Integer | FieldType::Real)
    }
}
