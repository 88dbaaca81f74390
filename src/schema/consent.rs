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
