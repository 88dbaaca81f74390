//! What becomes of a hit: summary, schedule, suppression, risk, entities, drilldowns, consents.

use super::Resolver;
use super::scope::Scope;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{
    Accept, Drilldown, Drilldowns, Entity, ExplainedMutant, Field, RecordedTest, Risk, RiskObject, Schedule,
    Summary, SummaryColumn, Suppression, TestCase, ThreatObject,
};
use crate::schema;
use crate::source::Spanned;

/// The parts of a detection that read its results.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) summary: Option<Summary>,
    pub(super) suppression: Option<Suppression>,
    pub(super) risk: Option<Risk>,
    pub(super) entities: Vec<Entity>,
    pub(super) drilldowns: Option<Drilldowns>,
    pub(super) tests: Vec<TestCase>,
    pub(super) recorded: Vec<RecordedTest>,
    pub(super) accepts: Vec<Accept>,
    pub(super) mutants: Vec<ExplainedMutant>,
}

impl Resolver<'_> {
    /// Resolves the summary.
    pub(super) fn summary(&mut self, summary: &Spanned<schema::Summarize>, scope: &Scope) -> Option<Summary> {
        let by = self.placed_fields(&summary.value.by, scope);
        let values = self.placed_fields(&summary.value.values, scope);
        if summary.value.by.is_empty() && !self.is_spoilt(summary.span) {
            self.report(self.error(
                Code::E0207,
                summary.span,
                "`summarize` needs at least one field under `by`",
            ));
        }
        let complete = by.len() == summary.value.by.len() && values.len() == summary.value.values.len();
        let summary = Summary { by, values, span: summary.span };
        self.distinct_columns(&summary);
        complete.then_some(summary)
    }

    /// Whether every column of the summary has a name of its own.
    pub(super) fn distinct_columns(&mut self, summary: &Summary) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let mut fine = true;
        for field in summary.by.iter().chain(&summary.values) {
            let name: &str = &field.value.name;
            if seen.contains(&name) || SummaryColumn::of(name).is_some() {
                self.report(self.error(
                    Code::E0306,
                    field.span,
                    format!("`{name}` stands twice in the summary"),
                ));
                fine = false;
            }
            seen.push(name);
        }
        fine
    }

    /// Resolves all that reads the results. `scope` is that of the events that results are made of, `scopes` are all.
    pub(super) fn outcome(
        &mut self,
        detection: &schema::Detection,
        summary: Option<Summary>,
        scope: &Scope,
        scopes: &[&Scope],
    ) -> Outcome {
        // A summary that failed has been reported; then fields are checked against the source alone.
        let results = Results { summary: summary.as_ref(), scope: Some(scope) };
        let readers = self.readers(detection, &results);
        let (tests, recorded) = self.tests(detection, summary.as_ref(), scope, scopes);
        let accepts = self.accepts(&detection.accept, scopes);
        let mutants = self.mutants(&detection.mutants);
        Outcome { summary, tests, recorded, accepts, mutants, ..readers }
    }

    /// Suppression, risk, entities and drilldowns over these results.
    pub(super) fn readers(&mut self, detection: &schema::Detection, results: &Results) -> Outcome {
        let suppression = detection.suppress.as_ref().and_then(|suppress| {
            let by = self.result_fields(&suppress.value.by, results);
            if suppress.value.by.is_empty() && !self.is_spoilt(suppress.span) {
                self.report(self.error(
                    Code::E0207,
                    suppress.span,
                    "`suppress` needs at least one field under `by`",
                ));
            }
            Some(Suppression { by, duration: self.duration(&suppress.value.duration)? })
        });
        let risk = detection.risk.as_ref().and_then(|risk| self.risk(&risk.value, results));
        let entities = detection
            .entities
            .iter()
            .filter_map(|entity| {
                let field = self.result_field(&entity.value.field, results)?;
                Some(Entity { field, entity_type: entity.value.entity_type.value })
            })
            .collect();
        let drilldowns = detection.drilldowns.as_ref().map(|drilldowns| match &drilldowns.value {
            schema::Drilldowns::Default => Drilldowns::Default,
            schema::Drilldowns::List(list) => Drilldowns::List(
                list.iter().filter_map(|item| self.drilldown(&item.value, results)).collect(),
            ),
        });
        Outcome { suppression, risk, entities, drilldowns, ..Outcome::default() }
    }

    fn drilldown(&mut self, drilldown: &schema::Drilldown, results: &Results) -> Option<Drilldown> {
        self.single_line("the name of a drilldown", &drilldown.name);
        let name = self.message("a drilldown's name", &drilldown.name, results);
        if drilldown.same.is_empty() && !self.is_spoilt(drilldown.name.span) {
            let finding = self.error(Code::E0207, drilldown.name.span, "the drilldown has no fields");
            self.report(finding.help("name at least one under `same`"));
        }
        let same = self.result_fields(&drilldown.same, results);
        let lookback = match &drilldown.lookback {
            Some(lookback) => Some(self.duration(lookback)?),
            None => None,
        };
        Some(Drilldown { name: name?, same, lookback })
    }

    fn risk(&mut self, risk: &schema::Risk, results: &Results) -> Option<Risk> {
        self.single_line("the risk message", &risk.message);
        let message = self.message("the risk message", &risk.message, results);
        let mut objects = Vec::new();
        for object in &risk.objects {
            let score = &object.value.score;
            if !(1..=100).contains(&score.value) {
                self.report(self.error(Code::E0408, score.span, "a risk score is 1 to 100"));
            }
            if let Some(field) = self.result_field(&object.value.field, results) {
                objects.push(RiskObject {
                    field,
                    object_type: object.value.object_type.value,
                    score: score.value,
                });
            }
        }
        let mut threat_objects = Vec::new();
        for object in &risk.threat_objects {
            self.single_line("the type of a threat object", &object.value.object_type);
            if let Some(field) = self.result_field(&object.value.field, results) {
                threat_objects
                    .push(ThreatObject { field, object_type: object.value.object_type.value.clone() });
            }
        }
        Some(Risk { message: message?, objects, threat_objects })
    }

    fn result_fields(&mut self, names: &[Spanned<String>], results: &Results) -> Vec<Spanned<Field>> {
        names.iter().filter_map(|name| self.result_field(name, results)).collect()
    }

    /// A field that the results have.
    pub(super) fn result_field(
        &mut self,
        name: &Spanned<String>,
        results: &Results,
    ) -> Option<Spanned<Field>> {
        let Some(scope) = results.scope else { return self.column(name) };
        let field = self.placed_field(name, scope)?;
        if !results.has(&name.value) {
            let near = self.near(&name.value, results.names());
            let finding = self
                .error(Code::E0312, name.span, format!("the summary drops `{}`", name.value))
                .help(near.unwrap_or_else(|| "add it to `summarize: by` or `values`".to_owned()));
            self.report(finding);
            return None;
        }
        Some(field)
    }

    /// Resolves the schedule.
    pub(super) fn schedule(&mut self, schedule: &Spanned<schema::Schedule>) -> Option<Schedule> {
        let every = self.duration(&schedule.value.every);
        let lookback = self.duration(&schedule.value.lookback);
        let delay = schedule.value.delay.as_ref().map(|delay| self.duration(delay));
        Some(Schedule {
            every: every?,
            lookback: lookback?,
            lookback_span: schedule.value.lookback.span,
            delay: match delay {
                Some(delay) => Some(delay?),
                None => None,
            },
        })
    }

    /// Resolves the consents.
    fn accepts(&mut self, accepts: &[Spanned<schema::Accept>], scopes: &[&Scope]) -> Vec<Accept> {
        accepts
            .iter()
            .map(|accept| {
                let accept = &accept.value;
                self.single_line("the reason of a consent", &accept.reason);
                if let Some(field) = &accept.field
                    && !scopes.iter().any(|scope| scope.field(&field.value).is_some())
                {
                    self.field(&field.value, field.span, scopes[0]);
                }
                self.target(&accept.target);
                Accept {
                    target: accept.target.clone(),
                    loss: accept.loss.clone(),
                    field: accept.field.clone(),
                    reason: accept.reason.value.clone(),
                }
            })
            .collect()
    }

    /// Resolves the explanations of mutants. Which kinds of mistakes there are is known to whoever makes them.
    fn mutants(&mut self, mutants: &[Spanned<schema::Mutant>]) -> Vec<ExplainedMutant> {
        mutants
            .iter()
            .map(|mutant| {
                let written = &mutant.value;
                self.single_line("the reason of a mutant", &written.reason);
                if let Some(target) = &written.target {
                    self.target(target);
                }
                ExplainedMutant {
                    target: written.target.as_ref().map(|target| target.value.clone()),
                    change: written.change.clone(),
                    of: written.of.as_ref().map(|of| of.value.clone()),
                    near: written.near.as_ref().map(|near| near.value.clone()),
                    reason: written.reason.value.clone(),
                    span: mutant.span,
                }
            })
            .collect()
    }

    /// A profile, or a target for all its profiles.
    pub(super) fn target(&mut self, written: &Spanned<String>) {
        let targets = self.context.profiles.iter().flat_map(|profile| [*profile, target_of(profile)]);
        if !targets.clone().any(|target| target == written.value) {
            let near = did_you_mean(&written.value, targets);
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no target `{}`", written.value);
            self.report(self.error(Code::E0311, written.span, message).maybe_help(help));
        }
    }
}

/// Which fields a result has: those of the summary, or all of the event's.
pub(super) struct Results<'a> {
    pub(super) summary: Option<&'a Summary>,
    /// The events; `None` for the results of raw queries, whose columns are not known.
    pub(super) scope: Option<&'a Scope<'a>>,
}

impl Results<'_> {
    pub(super) fn has(&self, name: &str) -> bool {
        match self.summary {
            Some(_) => self.names().any(|known| known == name),
            None => self.scope.is_none_or(|scope| scope.field(name).is_some()),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let summary = self.summary.into_iter().flat_map(|summary| {
            let fields = summary.by.iter().chain(&summary.values).map(|field| &*field.value.name);
            fields.chain(SummaryColumn::ALL.map(SummaryColumn::name))
        });
        let events = self.scope.filter(|_| self.summary.is_none()).map(Scope::names);
        summary.chain(events.into_iter().flatten())
    }
}

fn target_of(profile: &'static str) -> &'static str {
    profile.split(':').next().unwrap_or(profile)
}
