//! Embedded tests: events and expectations in neutral fields.

use super::Resolver;
use super::outcome::Results;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{Summary, SummaryColumn, TestCase};
use crate::schema;
use crate::source::Spanned;

impl Resolver<'_> {
    /// Resolves the tests. Those with findings are left out. `scope` is that of the results, `scopes` are all.
    pub(super) fn tests(
        &mut self,
        tests: &[Spanned<schema::TestCase>],
        summary: Option<&Summary>,
        scope: &Scope,
        scopes: &[&Scope],
    ) -> Vec<TestCase> {
        let results = Results { summary, scope: Some(scope) };
        tests.iter().map(|test| self.test(&test.value, &results, scopes)).collect()
    }

    fn test(&mut self, test: &schema::TestCase, results: &Results, scopes: &[&Scope]) -> TestCase {
        self.single_line("the name of a test", &test.name);
        if test.events.is_empty() && !self.is_spoilt(test.name.span.to(test.expect.span)) {
            let finding = self.error(Code::E0207, test.name.span, "the test has no events");
            self.report(finding.help("give at least one under `events`"));
        }
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
        TestCase { name: test.name.clone(), events, now, matches: test.expect.value.matches, with }
    }
}
