//! Correlations of correlations: which of them are one chain.
//!
//! In: a correlation that names another one as its first rule. Out: the rule that the other counts, and how many of its
//! events the chain starts with; or why it cannot be said. Must not know how a chain is evaluated.
//!
//! The specification leaves open when a correlation "occurs". Here all the events of a chain, those that are counted
//! included, lie within the time span of the chain, which is what it says of the events of the rules that it names. So
//! the inner time span must not be shorter, since then it would bind the counted events more closely than the chain can
//! say; and both must be grouped alike.

use super::Correlation;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Duration;
use crate::source::{Span, Spanned};

impl Correlation {
    /// The rule that the first link of this chain counts, and how many of its events it takes, at the place that names
    /// the inner correlation.
    pub(super) fn counted<'c>(
        &self,
        place: Span,
        position: usize,
        inner: &'c Correlation,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<(&'c Spanned<String>, Spanned<u32>)> {
        let mut refuse = |message: &str, help: &str| {
            let finding = Diagnostic::new(Code::E0907, message).at(&self.file, place, "");
            findings.push(finding.at(&inner.file, inner.kind.span, "the one that is named").help(help));
            None
        };
        if self.kind.value != "temporal_ordered" || position > 0 {
            return refuse(
                "only the first rule of a chain can be a correlation here",
                "a `temporal_ordered` whose first rule is an `event_count` can be said",
            );
        }
        let [rule] = inner.rules.as_slice() else {
            return refuse("a correlation of several rules is no start of a chain", "count one rule");
        };
        if inner.kind.value != "event_count" {
            return refuse(
                "only a correlation that counts events can start a chain",
                "an `event_count` with `gte` or `gt` can",
            );
        }
        let Some(count) = inner.least() else {
            return refuse(
                "only at least so many events can start a chain",
                "write the condition with `gte` or `gt` alone",
            );
        };
        if !self.is_grouped_as(inner) {
            return refuse(
                "the two correlations are not grouped alike",
                "write the same fields under `group-by` of both",
            );
        }
        let span = |correlation: &Correlation| Duration::parse(&correlation.timespan.value).ok();
        if span(inner) < span(self) {
            return refuse(
                "the time span of the first rule is shorter than that of the chain",
                "write the same `timespan` in both",
            );
        }
        Some((rule, Spanned::new(count, place)))
    }

    /// The number that a condition asks for at least, and nothing else.
    fn least(&self) -> Option<u32> {
        let mut entries = self.condition.iter();
        let (Some((comparison, number)), None) = (entries.next(), entries.next()) else { return None };
        let least = match comparison.value.as_str() {
            "gte" => number.value,
            "gt" => number.value + 1.0,
            _ => return None,
        };
        let whole = least.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&least);
        whole.then_some(least as u32)
    }

    fn is_grouped_as(&self, other: &Correlation) -> bool {
        let fields = |correlation: &Correlation| {
            let mut fields: Vec<String> =
                correlation.group_by.iter().map(|field| field.value.clone()).collect();
            fields.sort();
            fields
        };
        // Names that stand for other fields would have to be followed through both.
        self.aliases.is_empty() && other.aliases.is_empty() && fields(self) == fields(other)
    }
}
