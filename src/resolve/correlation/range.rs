//! The range that an aggregate must lie in.

use crate::diagnostics::Code;
use crate::ir::{Bound, Number, Range};
use crate::maps::IndexMap;
use crate::resolve::Resolver;
use crate::source::{Span, Spanned};

const COMPARISONS: [&str; 5] = ["gt", "gte", "lt", "lte", "eq"];

impl Resolver<'_> {
    /// Reads `{gte: 5}`, `{gt: 1, lte: 9}`, `{eq: 3}`.
    pub(in crate::resolve) fn range(
        &mut self,
        kind: &str,
        condition: &IndexMap<Spanned<String>, Spanned<f64>>,
        span: Span,
    ) -> Option<Range> {
        let mut range = Range { lower: None, upper: None };
        let mut fine = true;
        for (name, number) in condition {
            let bound = |inclusive| Some(Bound { value: exact(number.value), inclusive });
            let (lower, upper) = match name.value.as_str() {
                "gt" => (bound(false), None),
                "gte" => (bound(true), None),
                "lt" => (None, bound(false)),
                "lte" => (None, bound(true)),
                "eq" => (bound(true), bound(true)),
                other => {
                    let near = self.near(other, COMPARISONS);
                    let finding = self.error(Code::E0204, name.span, format!("`{other}` is no comparison"));
                    self.report(
                        finding.help(near.unwrap_or_else(|| "one of gt, gte, lt, lte, eq".to_owned())),
                    );
                    fine = false;
                    continue;
                }
            };
            if lower.is_some() && range.lower.is_some() || upper.is_some() && range.upper.is_some() {
                let finding = self.error(Code::E0413, name.span, "the range has two ends on one side");
                self.report(finding.help("one of gt, gte and one of lt, lte; or eq alone"));
                fine = false;
            }
            range = Range { lower: lower.or(range.lower), upper: upper.or(range.upper) };
        }
        let place = match (condition.first(), condition.last()) {
            (Some((first, _)), Some((_, last))) => first.span.to(last.span),
            _ => span,
        };
        if condition.is_empty() && !self.is_spoilt(span) {
            let finding = self.error(Code::E0207, span, "the condition of the correlation is empty");
            self.report(finding.help("for instance `condition: {gte: 10}`"));
            fine = false;
        }
        if !fine || condition.is_empty() {
            return None;
        }
        if !holds_something(&range) {
            self.report(self.error(Code::E0413, place, "no number lies in this range"));
            return None;
        }
        let counts = matches!(kind, "event_count" | "value_count");
        if counts && (range.contains(0.0) || range.lower.is_none()) {
            let message =
                format!("a threshold of zero: every event, alone in its window, satisfies this {kind}");
            let finding = self.error(Code::E0413, place, message);
            self.report(finding.help("give a lower end of at least 1, for instance `gte: 10`"));
            return None;
        }
        Some(range)
    }

    /// The percentile of `value_percentile`; 50 for the median.
    pub(super) fn percent(
        &mut self,
        kind: &str,
        percentile: Option<&Spanned<f64>>,
        span: Span,
    ) -> Option<f64> {
        match (kind, percentile) {
            ("value_percentile", Some(percent)) => {
                if !(percent.value > 0.0 && percent.value <= 100.0) {
                    let message = "a percentile lies above 0 and goes up to 100";
                    self.report(self.error(Code::E0408, percent.span, message));
                    return None;
                }
                Some(percent.value)
            }
            ("value_percentile", None) => {
                if !self.is_spoilt(span) {
                    let finding = self.error(Code::E0203, span, "`value_percentile` needs a `percentile`");
                    self.report(finding.help("for instance `percentile: 95`"));
                }
                None
            }
            (_, Some(percent)) => {
                let finding = self.error(Code::E0306, percent.span, format!("`{kind}` has no percentile"));
                self.report(finding.help("leave it out, or use `value_percentile`"));
                None
            }
            (_, None) => Some(50.0),
        }
    }
}

/// A number without fraction as a whole number.
fn exact(number: f64) -> Number {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        Number::Integer(number as i64)
    } else {
        Number::Real(number)
    }
}

fn holds_something(range: &Range) -> bool {
    let (Some(lower), Some(upper)) = (range.lower, range.upper) else { return true };
    let (least, most) = (lower.value.as_f64(), upper.value.as_f64());
    least < most || least == most && lower.inclusive && upper.inclusive
}
