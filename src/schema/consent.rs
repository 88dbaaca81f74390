//! What the author consents to, and the escape hatch.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Spanned;

/// Consent to one loss in one target.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// A profile (`kusto:xdr`), or a target (`kusto`) for all its profiles.
    pub target: Spanned<String>,
    /// The loss, as the error that asks for the consent names it.
    pub loss: Spanned<String>,
    /// The field it is about; without it, every field.
    #[serde(default)]
    pub field: Option<Spanned<String>>,
    /// Why this is acceptable here. It is printed in the output.
    pub reason: Spanned<String>,
}

/// Target text in place of what detc would render.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// The whole query.
    pub query: Spanned<String>,
    /// Why the neutral form does not do.
    pub reason: Spanned<String>,
}

/// Mutants that no test notices, and why that is so. A mutant is a query with one small mistake, made by `detc test
/// --mutate`. What is left out holds for all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// A profile (`kusto:xdr`), or a target (`kusto`) for all its profiles.
    #[serde(default)]
    pub target: Option<Spanned<String>>,
    /// The kind of mistake, as the finding names it.
    #[serde(default)]
    pub change: Option<Spanned<String>>,
    /// What is changed, without commas and white space around it.
    #[serde(default)]
    pub of: Option<Spanned<String>>,
    /// A text of the query: in the changed part, or within 60 characters of it.
    #[serde(default)]
    pub near: Option<Spanned<String>>,
    /// Why no test can notice it.
    pub reason: Spanned<String>,
}
