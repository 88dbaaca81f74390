//! Queries that the author wrote in a target's own language.
//!
//! In: the `raw` block of a detection. Out: the queries by profile and, when nothing else says what the detection finds,
//! what reads their results. Must not know any query language: the targets read the queries.

use super::Resolver;
use super::logic::Resolved;
use super::outcome::{Outcome, Results};
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{Field, FieldKind, FieldType, Logic, RawQuery};
use crate::maps::IndexMap;
use crate::schema;
use crate::source::{Span, Spanned};
use crate::yaml::Value;

/// Keys that say what a detection finds.
const LOGIC_KEYS: [&str; 5] = ["data_source", "detection", "derive", "stages", "correlation"];

/// Whether a result of a raw query can be said to have a column of this name: letters, digits, `_` and single dots
/// within. Such a name needs no quotes in any target, and cannot end a query or a token.
pub fn is_column(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.split('.').all(part)
}

impl Resolver<'_> {
    /// Resolves the raw queries.
    pub(super) fn raw(&mut self, raw: &IndexMap<Spanned<String>, Spanned<schema::Raw>>) -> Vec<RawQuery> {
        let mut queries = Vec::new();
        for (profile, query) in raw {
            if !self.context.profiles.contains(&profile.value.as_str()) {
                let near = did_you_mean(&profile.value, self.context.profiles.iter().copied());
                let help = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("there is no profile `{}`", profile.value);
                self.report(self.error(Code::E0311, profile.span, message).maybe_help(help));
                continue;
            }
            self.single_line("the reason of a raw query", &query.value.reason);
            queries.push(RawQuery {
                profile: profile.clone(),
                query: query.value.query.clone(),
                reason: query.value.reason.value.clone(),
            });
        }
        queries
    }

    /// The place of `raw` when it alone says what the detection finds.
    pub(super) fn only_raw(&self) -> Option<Span> {
        let (key, value) = self.root.entry("raw")?;
        let has_queries = matches!(&value.value, Value::Map(queries) if !queries.is_empty());
        let has_logic = LOGIC_KEYS.iter().any(|key| self.root.get(key).is_some());
        (has_queries && !has_logic).then_some(key.span)
    }

    /// What reads the results of raw queries. Their columns are not known, so that they are taken at their word.
    pub(super) fn raw_results(&mut self, detection: &schema::Detection, place: Span) -> Resolved {
        let first = |test: &Spanned<schema::TestCase>| test.value.name.span;
        if let Some(span) = detection.tests.first().map(first) {
            let message = "tests need more than a raw query: there is nothing to run them by";
            let help = "add `data_source` and `detection`, or leave out the tests";
            self.report(self.error(Code::E0952, span, message).help(help));
        }
        let idle = [
            (
                detection.summarize.as_ref().map(|it| it.span),
                "`summarize`",
                "the query makes its own summary",
            ),
            (detection.accept.first().map(|it| it.span), "`accept`", "a raw query loses nothing"),
            (detection.mutants.first().map(|it| it.span), "`mutants`", "it has no tests"),
        ];
        for (span, what, help) in idle {
            if let Some(span) = span {
                let message = format!("{what} changes nothing in a detection that is only raw queries");
                self.report(self.error(Code::E0208, span, message).help(help));
            }
        }
        let outcome: Outcome = self.readers(detection, &Results { summary: None, scope: None });
        Resolved { logic: Some(Logic::Raw(place)), outcome }
    }

    /// A column of a raw query's result, which is text as far as is known.
    pub(super) fn column(&mut self, name: &Spanned<String>) -> Option<Spanned<Field>> {
        if !is_column(&name.value) {
            let message = format!("`{}` cannot name a column of a raw query", name.value.escape_debug());
            let help = "letters, digits and `_`, with dots between; rename the column in the query";
            self.report(self.error(Code::E0951, name.span, message).help(help));
            return None;
        }
        let field = Field {
            name: name.value.as_str().into(),
            field_type: FieldType::Text,
            many: false,
            kind: FieldKind::Derived,
        };
        Some(Spanned::new(field, name.span))
    }
}
