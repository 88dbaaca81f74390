//! Embedded tests: events and expectations in neutral fields.

use std::path::{Component, Path};

use super::Resolver;
use super::outcome::Results;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{RecordedTest, Summary, SummaryColumn, TestCase};
use crate::schema;
use crate::source::Spanned;

impl Resolver<'_> {
    /// Resolves the tests. `scope` is that of the results, `scopes` are all.
    pub(super) fn tests(
        &mut self,
        detection: &schema::Detection,
        summary: Option<&Summary>,
        scope: &Scope,
        scopes: &[&Scope],
    ) -> (Vec<TestCase>, Vec<RecordedTest>) {
        let results = Results { summary, scope: Some(scope) };
        let single = detection.correlation.is_none();
        let (mut tests, mut recorded) = (Vec::new(), Vec::new());
        for Spanned { value: test, .. } in &detection.tests {
            let whole = self.test(test, &results, single, scopes);
            recorded.extend(self.recorded(test, &whole));
            if !test.events.is_empty() || test.file.is_some() {
                tests.push(whole);
            } else if !test.raw.is_empty() {
                self.not_for_raw(test);
            }
        }
        (tests, recorded)
    }

    /// What would be passed over in silence in a test that has `raw` events alone.
    fn not_for_raw(&mut self, test: &schema::TestCase) {
        let common = test.common.as_ref().map(|common| ("common", common.span));
        let with = test.expect.value.with.keys().next().map(|name| ("with", name.span));
        for (key, span) in common.into_iter().chain(with) {
            let message = format!("`{key}` is about events in neutral fields, and this test has none");
            self.report(
                self.error(Code::E0208, span, message).help("give the events under `events` as well"),
            );
        }
    }

    /// The events of a test that are given as products have them, with what is expected of them.
    fn recorded(&mut self, test: &schema::TestCase, whole: &TestCase) -> Vec<RecordedTest> {
        let of_target = |(target, records): (&Spanned<String>, &Spanned<serde_json::Value>)| {
            self.target(target);
            RecordedTest {
                name: whole.name.clone(),
                target: target.clone(),
                records: records.clone(),
                now: whole.now,
                matches: whole.matches,
                which: whole.which.clone(),
            }
        };
        test.raw.iter().map(of_target).collect()
    }

    /// `single`: whether an event alone decides.
    fn test(
        &mut self,
        test: &schema::TestCase,
        results: &Results,
        single: bool,
        scopes: &[&Scope],
    ) -> TestCase {
        self.single_line("the name of a test", &test.name);
        let whole = test.name.span.to(test.expect.span);
        if let Some(file) = &test.file {
            self.beside(file);
            if let Some(more) =
                test.events.first().map(|event| event.span).or(test.common.as_ref().map(|it| it.span))
            {
                let message = "a test with a `file` has no other events, and no `common` ones";
                self.report(self.error(Code::E0208, more, message).help("each event of the file is whole"));
            }
        } else if test.events.is_empty() && test.raw.is_empty() && !self.is_spoilt(whole) {
            let finding = self.error(Code::E0207, test.name.span, "the test has no events");
            self.report(finding.help("give at least one under `events`, or a `file` of them, or `raw` ones"));
        }
        let which = self.which(test, single);
        let matches = self.expected_number(test, results, which.as_ref());
        let mut common = self.common(test.common.as_ref(), scopes);
        let events =
            test.events.iter().filter_map(|event| self.observation(event, &mut common, scopes)).collect();
        let now = test.now.as_ref().and_then(|now| self.time(&now.value, now.span));
        let mut with = Vec::new();
        for (name, value) in &test.expect.value.with {
            if results.summary.is_some() && SummaryColumn::of(&name.value).is_some() {
                let finding = self
                    .error(Code::E0312, name.span, format!("`{}` cannot be expected here", name.value))
                    .help("`matches` counts the results");
                self.report(finding);
                continue;
            }
            if let Some(field) = self.result_field(name, results)
                && let Some(converted) = self.scalar(&value.value, &field.value, value.span)
            {
                with.push((field, Spanned::new(converted, value.span)));
            }
        }
        let file = test.file.clone();
        TestCase { name: test.name.clone(), events, file, now, matches, which, with }
    }

    /// The file of events stands beside the detection or below, so that the two move together.
    fn beside(&mut self, file: &Spanned<String>) {
        let path = Path::new(&file.value);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || path.components().next().is_none() {
            let message = "the events stand in a file beside the detection, or in a folder there";
            self.report(
                self.error(Code::E1220, file.span, message).help("for instance `events/logons.ndjson`"),
            );
        }
    }

    /// The events that must match.
    fn which(&mut self, test: &schema::TestCase, single: bool) -> Option<Spanned<Vec<usize>>> {
        let events = test.expect.value.events.as_ref()?;
        if !single {
            let message =
                "the results of a correlation are of several events: none of them can be expected alone";
            self.report(
                self.error(Code::E0312, events.span, message).help("expect `matches`, the number of results"),
            );
            return None;
        }
        let mut which = Vec::new();
        for number in &events.value {
            match usize::try_from(number.value).ok().and_then(|number| number.checked_sub(1)) {
                Some(place) => which.push(place),
                None => self.report(self.error(Code::E0408, number.span, "events are counted from 1")),
            }
        }
        which.sort_unstable();
        which.dedup();
        Some(Spanned::new(which, events.span))
    }

    /// The number of results: as written or, where each event is one, that of the events.
    fn expected_number(
        &mut self,
        test: &schema::TestCase,
        results: &Results,
        which: Option<&Spanned<Vec<usize>>>,
    ) -> Spanned<u32> {
        let expect = &test.expect;
        if let Some(matches) = expect.value.matches {
            return matches;
        }
        match which.filter(|_| results.summary.is_none()) {
            Some(which) => Spanned::new(u32::try_from(which.value.len()).unwrap_or(u32::MAX), which.span),
            None => {
                if !self.is_spoilt(expect.span) {
                    let finding = self.error(Code::E0203, expect.span, "`matches` is missing");
                    self.report(finding.help("give the number of results; 0 when there must be none"));
                }
                Spanned::new(0, expect.span)
            }
        }
    }
}
