//! Correlations as the documents of specification 2.1: one rule a stage, and the correlation that refers to them.
//!
//! In: a correlation. Out: text with one document a rule, or all findings. Must not know how a rule is lowered.
//!
//! Sigma has one time span and one set of equal fields a correlation. What ties single steps is lost there, by consent:
//! then more chains are found. It computes no fields, so that a group by a derived field is refused, and it has neither
//! first sight nor absence. Readers take one comparison, with a whole number.

use std::sync::Arc;

use askama::Template;
use uuid::Uuid;

use super::ast::{self, Alias, Document};
use super::binding::Binding;
use super::fields::Fields;
use super::metadata;
use super::rule::{self, Built, Identity, note};
use super::{Compiled, Options, Sigma};
use crate::catalogue::Source;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{
    self, Aggregate, Correlation, CorrelationPattern, Detection, Duration, Field, Match, Number, Range,
};
use crate::source::Span;
use crate::targets::{AcceptedLoss, Consent, Loss, NeededList, Needs, Polarity, Verdict};
use crate::yaml::{YamlBlock, YamlScalar};

/// What a correlation asks of its rules.
struct Asked {
    kind: &'static str,
    /// The stages that are referred to, in order.
    stages: Vec<usize>,
    window: Duration,
    condition: Vec<(&'static str, YamlScalar)>,
    /// The first step counts so many events: a correlation of its own.
    first_count: Option<u32>,
}

/// The id of the rule of a stage.
pub(super) fn stage_id(detection: &Detection, correlation: &Correlation, stage: usize) -> String {
    id(detection, &reference(detection, correlation, stage))
}

/// What a correlation calls the rule of a stage.
fn reference(detection: &Detection, correlation: &Correlation, stage: usize) -> String {
    format!("{}_{}", detection.metadata.slug, correlation.stages[stage].name.value.to_lowercase())
}

/// An id for a document beside a correlation's own: the same for the same detection and name, ever.
fn id(detection: &Detection, name: &str) -> String {
    let namespace = Uuid::parse_str(&detection.metadata.id).unwrap_or_default();
    Uuid::new_v5(&namespace, name.as_bytes()).to_string()
}

/// Compiles a correlation.
pub(super) fn compile(
    target: &Sigma,
    detection: &Detection,
    correlation: &Correlation,
    options: Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut bindings: Vec<(Arc<Source>, Arc<Binding>)> = Vec::new();
    let mut findings = Vec::new();
    for stage in &correlation.stages {
        match target.bindings.find(&stage.events.data_source, detection) {
            Ok(bound) => bindings.push(bound),
            Err(found) => findings.extend(found),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut writing = Writing {
        detection,
        correlation,
        bindings: &bindings,
        consent: Consent::new(detection, target.profile),
        findings,
    };
    let asked = writing.asked();
    let built = writing.rules(asked.as_ref().map_or(&[], |asked| asked.stages.as_slice()), target);
    let document = asked.and_then(|asked| writing.document(asked, built));
    let Writing { consent, mut findings, .. } = writing;
    let Some((mut document, consents, needed)) = document.filter(|_| findings.is_empty()) else {
        Diagnostic::sort(&mut findings);
        return Err(findings);
    };
    let (mut verdict, mut losses) = consent.close();
    for consent in consents {
        let (own, lost): (Verdict, Vec<AcceptedLoss>) = consent.close();
        verdict = verdict.and(own);
        let new: Vec<_> = lost.into_iter().filter(|loss| !losses.contains(loss)).collect();
        losses.extend(new);
    }
    document.notes = losses.iter().map(note).collect();
    let mut text = String::new();
    // Writing to a string cannot fail, and no token reports an error of its own.
    if let Err(error) = document.render_into(&mut text) {
        return Err(vec![Diagnostic::new(
            Code::E0501,
            format!("sigma: the rule cannot be written: {error}"),
        )]);
    }
    text.push('\n');
    let tree = options.with_tree.then(|| format!("{document:#?}"));
    let needs = Needs { lists: needed, macros: Vec::new() };
    Ok(Compiled { text, verdict, losses, columns: Vec::new(), tree, needs })
}

struct Writing<'a> {
    detection: &'a Detection,
    correlation: &'a Correlation,
    bindings: &'a [(Arc<Source>, Arc<Binding>)],
    consent: Consent<'a>,
    findings: Vec<Diagnostic>,
}

impl<'a> Writing<'a> {
    fn refuse(&mut self, what: &str, reason: &str, span: Span) {
        let finding = Diagnostic::new(Code::E0501, format!("sigma: {what} cannot be said"))
            .at(&self.detection.file, span, reason)
            .help("compile for splunk or kusto, or write the rule under `raw: sigma:`");
        self.findings.push(finding);
    }

    /// The pattern in Sigma's words.
    fn asked(&mut self) -> Option<Asked> {
        let span = self.correlation.span;
        match &self.correlation.pattern {
            CorrelationPattern::Aggregate { aggregate, range, window } => {
                let mut condition = self.aggregated(aggregate, span)?;
                condition.extend(self.range(range, span)?);
                let kind = match aggregate {
                    Aggregate::EventCount => "event_count",
                    Aggregate::ValueCount(_) => "value_count",
                    Aggregate::Sum(_) => "value_sum",
                    Aggregate::Average(_) => "value_avg",
                    Aggregate::Percentile { .. } => "value_percentile",
                };
                Some(Asked { kind, stages: vec![0], window: *window, condition, first_count: None })
            }
            CorrelationPattern::Temporal { window } => {
                let stages = (0..self.correlation.stages.len()).collect();
                Some(Asked {
                    kind: "temporal",
                    stages,
                    window: *window,
                    condition: Vec::new(),
                    first_count: None,
                })
            }
            CorrelationPattern::Ordered { steps, window } => {
                let stages = steps.iter().map(|step| step.stage).collect();
                if steps.iter().any(|step| step.link.is_some()) {
                    let reason = "Sigma ties all rules of a correlation by the same fields; what ties single steps \
                                  is left out, so that more chains are found";
                    self.lose("step-ties", reason, span);
                }
                if steps.iter().any(|step| step.within.is_some()) {
                    let reason = "Sigma has one time span for the whole; the deadlines of single steps are left out, so \
                                  that slower chains are found";
                    self.lose("step-deadlines", reason, span);
                }
                let first_count = steps.first().map(|step| step.at_least).filter(|count| *count > 1);
                if first_count.is_some() {
                    let reason = "the count has a time span of its own in Sigma, so that the chain may take up to twice \
                                  the window";
                    self.lose("count-window", reason, span);
                }
                Some(Asked {
                    kind: "temporal_ordered",
                    stages,
                    window: *window,
                    condition: Vec::new(),
                    first_count,
                })
            }
            CorrelationPattern::NewValue { .. } => {
                self.refuse("the first sight of a value", "Sigma's correlations have no baseline", span);
                None
            }
            CorrelationPattern::Absent { .. } => {
                self.refuse(
                    "the absence of an event",
                    "Sigma's correlations find events, not their absence",
                    span,
                );
                None
            }
        }
    }

    fn lose(&mut self, name: &str, reason: &str, span: Span) {
        let loss =
            Loss { name, verdict: Verdict::Widened, field: None, reason, span, polarity: Polarity::Positive };
        if let Err(finding) = self.consent.lose(loss) {
            self.findings.push(*finding);
        }
    }

    /// The field of an aggregate, and which percentile.
    fn aggregated(
        &mut self,
        aggregate: &'a Aggregate,
        span: Span,
    ) -> Option<Vec<(&'static str, YamlScalar)>> {
        let mut condition = Vec::new();
        if let Some(field) = aggregate.field() {
            condition.push(("field", YamlScalar::text(self.name(0, field, span)?)));
        }
        if let Aggregate::Percentile { percent, .. } = aggregate {
            if percent.fract() != 0.0 {
                self.refuse("a percentile with a fraction", "readers take a whole number", span);
                return None;
            }
            let reason = "Sigma does not say how a percentile between two values is found; detc takes the nearest rank";
            let loss = Loss {
                name: "percentile-estimator",
                verdict: Verdict::Narrowed,
                field: None,
                reason,
                span,
                polarity: Polarity::Positive,
            };
            if let Err(finding) = self.consent.lose(loss) {
                self.findings.push(*finding);
            }
            condition.push(("percentile", YamlScalar::Integer(*percent as i64)));
        }
        Some(condition)
    }

    fn range(&mut self, range: &Range, span: Span) -> Option<Vec<(&'static str, YamlScalar)>> {
        let (operator, bound) = match (range.lower, range.upper) {
            (Some(lower), Some(upper)) if lower.value == upper.value => ("eq", lower),
            (Some(_), Some(_)) => {
                self.refuse(
                    "a range with two ends",
                    "readers of Sigma take one comparison a condition",
                    span,
                );
                return None;
            }
            (Some(bound), None) => (if bound.inclusive { "gte" } else { "gt" }, bound),
            (None, Some(bound)) => (if bound.inclusive { "lte" } else { "lt" }, bound),
            (None, None) => return None,
        };
        let Number::Integer(value) = bound.value else {
            self.refuse("a threshold with a fraction", "Sigma's thresholds are whole numbers", span);
            return None;
        };
        Some(vec![(operator, YamlScalar::Integer(value))])
    }

    /// The name of a field by which events are correlated. Its loss, if any, needs consent.
    fn name(&mut self, stage: usize, field: &'a Field, span: Span) -> Option<String> {
        let bindings = self.bindings;
        let (source, binding) = &bindings[stage];
        let any = Match::Text { pattern: ir::Pattern::parse("*"), case: ir::Case::Insensitive };
        let fields = Fields::new(source, binding);
        match fields.tested(field, &[any], span, Polarity::Positive, &mut self.consent) {
            Ok(place) => Some(place.name.to_owned()),
            Err(finding) => {
                self.findings.push(*finding);
                None
            }
        }
    }

    /// What a correlation calls the rule of a stage.
    fn reference(&self, stage: usize) -> String {
        reference(self.detection, self.correlation, stage)
    }

    /// An id for a document beside the correlation's own.
    fn id(&self, name: &str) -> String {
        id(self.detection, name)
    }

    /// The rules of the stages.
    fn rules(&mut self, stages: &[usize], target: &Sigma) -> Vec<Option<Built<'a>>> {
        let mut rules = Vec::new();
        for stage in stages {
            let of = &self.correlation.stages[*stage];
            let name = self.reference(*stage);
            let identity = Identity {
                title: format!("{}: {}", self.detection.metadata.name.value, of.name.value),
                id: self.id(&name),
                name: Some(name),
                description: format!(
                    "The events `{}` of the correlation `{}`. It is no alert of its own.",
                    of.name.value, self.detection.metadata.name.value
                ),
                level: "informational",
                stands_alone: false,
            };
            let bindings = self.bindings;
            let (source, binding) = &bindings[*stage];
            match rule::build(self.detection, &of.events, (source, binding), target.profile, identity) {
                Ok(built) => rules.push(Some(built)),
                Err(found) => {
                    self.findings.extend(found);
                    rules.push(None);
                }
            }
        }
        rules
    }

    fn document(
        &mut self,
        asked: Asked,
        built: Vec<Option<Built<'a>>>,
    ) -> Option<(ast::Correlation, Vec<Consent<'a>>, Vec<NeededList>)> {
        let mut names: Vec<String> = asked.stages.iter().map(|stage| self.reference(*stage)).collect();
        let mut aliases = Vec::new();
        let mut group_by = Vec::new();
        for key in &self.correlation.group_by {
            let there: Vec<Option<String>> = asked
                .stages
                .iter()
                .map(|stage| self.name(*stage, &key.in_stages[*stage], key.span))
                .collect();
            let there: Vec<String> = there.into_iter().collect::<Option<_>>()?;
            if there.iter().all(|name| *name == there[0]) {
                group_by.push(YamlScalar::text(there[0].clone()));
            } else {
                let name = YamlScalar::text(&*key.name);
                let fields = names.iter().zip(there);
                let fields = fields
                    .map(|(rule, field)| (YamlScalar::text(rule.clone()), YamlScalar::text(field)))
                    .collect();
                aliases.push(Alias { name: name.clone(), fields });
                group_by.push(name);
            }
        }
        let built: Vec<Built> = built.into_iter().collect::<Option<_>>()?;
        let mut rules = Vec::new();
        let mut consents = Vec::new();
        let mut needed: Vec<NeededList> = Vec::new();
        for Built { rule, consent, needed: lists, .. } in built {
            rules.push(rule);
            consents.push(consent);
            let new: Vec<_> = lists.into_iter().filter(|list| !needed.contains(list)).collect();
            needed.extend(new);
        }
        let mut stages: Vec<Document> =
            rules.into_iter().map(|rule| Document::Rule(Box::new(rule))).collect();
        if let Some(count) = asked.first_count {
            let counted = self.counted(&names[0], count, asked.window, &group_by, &aliases);
            names[0] = format!("{}_count", names[0]);
            stages.insert(1, Document::Correlation(Box::new(counted)));
        }
        let metadata = &self.detection.metadata;
        let identity = Identity {
            title: metadata.name.value.clone(),
            id: metadata.id.clone(),
            name: None,
            description: metadata::description(metadata),
            level: metadata::level(metadata.severity),
            stands_alone: true,
        };
        let mut document = self.correlation_of(identity);
        document.stages = stages;
        document.kind = asked.kind;
        document.rules = names.into_iter().map(YamlScalar::text).collect();
        document.aliases = aliases;
        document.group_by = group_by;
        document.timespan = YamlScalar::text(asked.window.to_string());
        document.condition = asked.condition;
        Some((document, consents, needed))
    }

    /// The count of a first step, by the fields that it has there.
    fn counted(
        &self,
        rule: &str,
        count: u32,
        window: Duration,
        group_by: &[YamlScalar],
        aliases: &[Alias],
    ) -> ast::Correlation {
        let name = format!("{rule}_count");
        let mut document = self.correlation_of(Identity {
            title: format!("{}: count", self.detection.metadata.name.value),
            id: self.id(&name),
            name: Some(name),
            description: "It is no alert of its own.".to_owned(),
            level: "informational",
            stands_alone: false,
        });
        document.kind = "event_count";
        document.rules = vec![YamlScalar::text(rule)];
        document.group_by = group_by.to_vec();
        document.aliases = aliases
            .iter()
            .map(|alias| Alias {
                name: alias.name.clone(),
                fields: alias
                    .fields
                    .iter()
                    .filter(|(of, _)| *of == YamlScalar::text(rule))
                    .cloned()
                    .collect(),
            })
            .collect();
        document.timespan = YamlScalar::text(window.to_string());
        document.condition = vec![("gte", YamlScalar::Integer(count.into()))];
        document
    }

    /// A correlation that says only what it is.
    fn correlation_of(&self, identity: Identity) -> ast::Correlation {
        let metadata = &self.detection.metadata;
        let alone = |texts: Vec<YamlScalar>| if identity.stands_alone { texts } else { Vec::new() };
        ast::Correlation {
            stages: Vec::new(),
            title: YamlScalar::text(identity.title),
            id: YamlScalar::text(identity.id),
            name: identity.name.map(YamlScalar::text),
            status: YamlScalar::text(metadata::status(metadata.status)),
            description: YamlBlock { text: identity.description, indent: 4 },
            references: alone(metadata::texts(metadata.references.iter())),
            author: YamlScalar::text(metadata.author.as_str()),
            date: YamlScalar::Date(metadata.date.clone()),
            tags: alone(metadata::tags(metadata)),
            notes: Vec::new(),
            kind: "",
            rules: Vec::new(),
            aliases: Vec::new(),
            group_by: Vec::new(),
            timespan: YamlScalar::Null,
            condition: Vec::new(),
            falsepositives: alone(metadata::texts(metadata.false_positives.iter())),
            level: YamlScalar::text(identity.level),
        }
    }
}
