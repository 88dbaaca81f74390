//! Fields computed from fields.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Scalar, Selection};
use crate::source::Spanned;

/// How a derived field is computed. The key says which way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Derivation {
    /// The first of these fields that is present and not empty.
    FirstOf(Vec<Spanned<String>>),
    /// The value of the first case whose condition holds.
    Case(Case),
    /// The value of a name/value list where the name is this.
    Pair(Pair),
    /// One element of a multivalue field.
    Element(Element),
    /// The field in lower case.
    Lower(Spanned<String>),
    /// One part of the field, split at a text.
    Split(Split),
    /// What a group of a regular expression captures.
    Regex(RegexCapture),
    /// The network that an IP address belongs to.
    Network(NetworkOf),
    /// The field with every match of a regular expression replaced.
    Replace(Replace),
}

/// `case`: branches in order, and what holds otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The branches.
    pub branches: Vec<Spanned<Branch>>,
    /// The value when no branch holds. Without it, the field is then missing.
    #[serde(default, rename = "else")]
    pub otherwise: Option<Spanned<Scalar>>,
}

/// One branch of a `case`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The condition, as a selection.
    pub when: Spanned<Selection>,
    /// The value: a text, or `$NAME` for the value of a field.
    pub then: Spanned<Scalar>,
}

/// `pair`: the value in a name/value list where the name equals `name`, without regard to case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// A field of type `pairs`.
    pub list: Spanned<String>,
    /// The name to look for.
    pub name: Spanned<String>,
}

/// `element`: the value at an index; negative counts from the end. Missing when out of range.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// A multivalue field.
    pub field: Spanned<String>,
    /// From 0, or from -1 backwards.
    pub index: Spanned<i64>,
}

/// `split`: the part at an index, from 0.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// A text field.
    pub field: Spanned<String>,
    /// Where to cut; a literal text, not empty.
    pub by: Spanned<String>,
    /// Which part, from 0. Missing when there are fewer.
    pub index: Spanned<u32>,
}

/// `regex`: what the capture group holds at the first match. Missing when nothing matches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegexCapture {
    /// A text field.
    pub field: Spanned<String>,
    /// The pattern; case-sensitive unless it says `(?i)`. Exactly one capture group.
    pub pattern: Spanned<String>,
}

/// `network`: the network address with prefix length, for instance `203.0.113.0/24`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkOf {
    /// A field of type `ip`.
    pub field: Spanned<String>,
    /// Prefix length for IPv4, 1 to 32.
    pub v4: Spanned<u8>,
    /// Prefix length for IPv6, 1 to 128.
    pub v6: Spanned<u8>,
}

/// `replace`: every match replaced by a literal text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// A text field.
    pub field: Spanned<String>,
    /// The pattern; case-sensitive unless it says `(?i)`.
    pub pattern: Spanned<String>,
    /// The literal text in its place.
    pub with: Spanned<String>,
}
