//! The condition with its values as the target has them: the step before `search` and `where` part ways.
//!
//! In: an IR predicate. Out: the same structure over tests whose values went through the catalogue's value maps. What
//! cannot be translated, and what needs consent, is reported here, once.

use super::lists::can_hold;
use super::scope::{Access, Scope};
use crate::catalogue::ValueProblem;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Case, Field, FieldTest, Keyword, Match, Pattern, Predicate};
use crate::source::Span;
use crate::targets::Polarity;
use crate::targets::splunk::binding::Place;

/// A condition over translated tests.
pub(super) enum Condition<'a> {
    /// Every one holds.
    All(Vec<Condition<'a>>),
    /// One holds.
    Any(Vec<Condition<'a>>),
    /// It does not hold.
    Not(Box<Condition<'a>>),
    /// A test of a field.
    Test(Test<'a>),
    /// One of the patterns is somewhere in the event.
    Keyword(Vec<Pattern>),
}

/// One of the matches holds for the field.
pub(super) struct Test<'a> {
    /// The field.
    pub(super) field: &'a Field,
    /// The alternatives, in the target's values; not empty.
    pub(super) any_of: Vec<Match>,
    /// The place in the detection.
    pub(super) span: Span,
}

impl<'a> Condition<'a> {
    /// Whether every test of the field fails for this text, as it does for a missing value.
    pub(super) fn is_false_for(&self, field: &Field, text: &str) -> bool {
        match self {
            Condition::All(members) | Condition::Any(members) => {
                members.iter().all(|member| member.is_false_for(field, text))
            }
            Condition::Not(inner) => inner.is_false_for(field, text),
            Condition::Test(test) if test.field != field => !test
                .any_of
                .iter()
                .any(|alternative| matches!(alternative, Match::Field { other, .. } if other == field)),
            Condition::Test(test) => test.any_of.iter().all(|alternative| match alternative {
                Match::Text { pattern, case } => !pattern.matches(text, *case),
                Match::Regex(regex) => regex.compile().is_ok_and(|regex| !regex.is_match(text)),
                Match::Number { .. } | Match::Boolean(_) | Match::Network(_) => {
                    text.parse::<f64>().is_err() && text.parse::<bool>().is_err()
                }
                Match::InList(membership) => !can_hold(membership, text),
                Match::Missing | Match::Present | Match::Field { .. } | Match::TimePart { .. } => false,
            }),
            Condition::Keyword(_) => true,
        }
    }

    /// Every field that is tested or compared with.
    pub(super) fn fields(predicate: &'a Predicate) -> Vec<&'a Field> {
        let mut all = Vec::new();
        predicate.visit_fields(&mut |field| {
            if !all.contains(&field) {
                all.push(field);
            }
        });
        all
    }
}

impl<'a> Scope<'a> {
    /// Translates a predicate; a polarity when it decides about alerts, none when its result is only shown. `None` when a finding was reported for it; its other parts were checked too.
    pub(super) fn translate(
        &mut self,
        predicate: &'a Predicate,
        polarity: Option<Polarity>,
    ) -> Option<Condition<'a>> {
        match predicate {
            Predicate::All(members) => self.translate_all(members, polarity).map(Condition::All),
            Predicate::Any(members) => self.translate_all(members, polarity).map(alternatives),
            Predicate::Not(inner) => self
                .translate(inner, polarity.map(Polarity::flipped))
                .map(|inner| Condition::Not(Box::new(inner))),
            Predicate::Field(test) => self.translate_test(test, polarity).map(Condition::Test),
            Predicate::Keyword(keyword) => {
                if self.binding.data_model.is_some() {
                    self.refuse(
                        "a keyword",
                        "a data model does not hold the whole event",
                        keyword.span,
                        "test a field",
                    );
                    return None;
                }
                self.translate_keyword(keyword).map(Condition::Keyword)
            }
        }
    }

    fn translate_all(
        &mut self,
        members: &'a [Predicate],
        polarity: Option<Polarity>,
    ) -> Option<Vec<Condition<'a>>> {
        // Every member is visited, so that all findings come at once.
        let translated: Vec<_> = members.iter().map(|member| self.translate(member, polarity)).collect();
        translated.into_iter().collect()
    }

    fn translate_test(&mut self, test: &'a FieldTest, polarity: Option<Polarity>) -> Option<Test<'a>> {
        if let Some(polarity) = polarity {
            self.tested(&test.field, &test.any_of, test.span, polarity);
        }
        for alternative in &test.any_of {
            if let Match::Field { other, .. } = alternative {
                if let Some(polarity) = polarity {
                    self.tested(other, &test.any_of, test.span, polarity);
                }
                self.access(other, test.span)?;
            }
        }
        let access = self.access(&test.field, test.span)?;
        if let Access::Bound(bound) = &access
            && matches!(bound.place, Place::Pairs { .. })
            && !test.any_of.iter().all(|m| matches!(m, Match::Missing | Match::Present))
        {
            self.refuse(
                &format!("a test on the name/value list `{}`", test.field.name),
                "it is two fields in Splunk",
                test.span,
                "derive the value of one name with `pair` and test that",
            );
            return None;
        }
        let any_of = self.translate_matches(test, polarity.is_some())?;
        Some(Test { field: &test.field, any_of, span: test.span })
    }

    fn translate_keyword(&mut self, keyword: &Keyword) -> Option<Vec<Pattern>> {
        let Some(values) = &self.binding.keyword_values else { return Some(keyword.any_of.clone()) };
        let mut patterns = Vec::new();
        for pattern in &keyword.any_of {
            let test = Match::Text { pattern: pattern.clone(), case: Case::Insensitive };
            match values.apply(&test) {
                Ok(tests) => patterns.extend(tests.into_iter().filter_map(|test| match test {
                    Match::Text { pattern, .. } => Some(pattern),
                    Match::Regex(_)
                    | Match::Number { .. }
                    | Match::Boolean(_)
                    | Match::Network(_)
                    | Match::InList(_)
                    | Match::Missing
                    | Match::Present
                    | Match::Field { .. }
                    | Match::TimePart { .. } => None,
                })),
                Err(problem) => {
                    self.refuse("this keyword", &problem.to_string(), keyword.span, "test a field");
                    return None;
                }
            }
        }
        Some(patterns)
    }

    /// An alternative that no value here can satisfy is left out, unless it is the only one. Only what decides about
    /// alerts can look values up: what is shown is computed before.
    fn translate_matches(&mut self, test: &FieldTest, decides: bool) -> Option<Vec<Match>> {
        let map = self.value_map(&test.field);
        let mut translated = Vec::new();
        let mut failed = false;
        for alternative in self.with_rows(test, decides)? {
            // What is looked up is not translated.
            let Some(map) = map.filter(|_| !matches!(alternative, Match::InList(_))) else {
                translated.push(alternative);
                continue;
            };
            match map.apply(&alternative) {
                Ok(matches) => translated.extend(matches),
                Err(ValueProblem::NoValue) => {}
                Err(problem @ ValueProblem::Untranslatable(_)) => {
                    failed = true;
                    self.refuse(
                        &format!("this test on `{}`", test.field.name),
                        &problem.to_string(),
                        test.span,
                        "test whole values",
                    );
                }
            }
        }
        if translated.is_empty() && !failed {
            let finding = Diagnostic::new(
                Code::E0407,
                format!("{}: `{}` has no such value there", self.profile.id, test.field.name),
            )
            .at(&self.detection.file, test.span, ValueProblem::NoValue.to_string())
            .help("the catalogue lists the values: `detc sources ID`");
            self.report(finding);
        }
        failed |= self.confuses_missing(test, &translated);
        (!failed && !translated.is_empty()).then_some(translated)
    }

    /// A data model writes a word where the event has nothing; a test for that very word cannot tell the two apart.
    fn confuses_missing(&mut self, test: &FieldTest, translated: &[Match]) -> bool {
        let is_fill = |m: &Match| match m {
            Match::Text { pattern, .. } => {
                pattern.as_literal().is_some_and(|text| text.eq_ignore_ascii_case(self.binding.fill()))
            }
            Match::InList(membership) => can_hold(membership, self.binding.fill()),
            Match::Regex(_)
            | Match::Number { .. }
            | Match::Boolean(_)
            | Match::Network(_)
            | Match::Missing
            | Match::Present
            | Match::Field { .. }
            | Match::TimePart { .. } => false,
        };
        let confuses = self.binding.data_model.is_some() && translated.iter().any(is_fill);
        if confuses {
            self.refuse(
                &format!("that `{}` is `{}`", test.field.name, self.binding.fill()),
                "the data model writes that word where the event has no value",
                test.span,
                "test for `null`",
            );
        }
        confuses
    }
}

/// One of the conditions holds. Tests of one field become one test, so that their values stand in one list: a test
/// holds when one value satisfies one alternative, so nothing changes.
fn alternatives(members: Vec<Condition>) -> Condition {
    let mut merged: Vec<Condition> = Vec::with_capacity(members.len());
    for member in members {
        match member {
            Condition::Any(inner) => {
                inner.into_iter().for_each(|member| add_alternative(&mut merged, member))
            }
            member => add_alternative(&mut merged, member),
        }
    }
    if merged.len() == 1 { merged.remove(0) } else { Condition::Any(merged) }
}

fn add_alternative<'a>(merged: &mut Vec<Condition<'a>>, member: Condition<'a>) {
    let Condition::Test(test) = member else {
        merged.push(member);
        return;
    };
    let earlier = merged.iter_mut().find_map(|earlier| match earlier {
        Condition::Test(earlier) if earlier.field == test.field => Some(earlier),
        Condition::Test(_)
        | Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Keyword(_) => None,
    });
    match earlier {
        None => merged.push(Condition::Test(test)),
        Some(earlier) => {
            for alternative in test.any_of {
                if !earlier.any_of.contains(&alternative) {
                    earlier.any_of.push(alternative);
                }
            }
        }
    }
}
