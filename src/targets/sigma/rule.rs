//! One set of events as a rule.
//!
//! In: a set of events with its source and binding, and what the rule is called. Out: the rule, the fields that it shows,
//! and the account of losses; or all findings. Must not know correlations.

use super::ast::{Body, Item, ItemValues, Rule};
use super::binding::Binding;
use super::fields::Fields;
use super::lower::{Draft, Joined, Lowering, Role};
use super::origin::Origins;
use super::{metadata, naming};
use crate::catalogue::{Logsource, Source};
use crate::diagnostics::Diagnostic;
use crate::ir;
use crate::targets::facts::{FactValue, Facts};
use crate::targets::{AcceptedLoss, Consent, NeededList, Polarity, Profile};
use crate::yaml::{Comment, YamlBlock, YamlScalar};

/// What a rule is called, and what else it says of itself.
pub(super) struct Identity {
    pub(super) title: String,
    pub(super) id: String,
    /// How a correlation refers to it.
    pub(super) name: Option<String>,
    pub(super) description: String,
    pub(super) level: &'static str,
    /// Whether it is a rule of its own, with references, tags and what else triggers it.
    pub(super) stands_alone: bool,
}

/// A rule, not yet printed.
pub(super) struct Built<'a> {
    pub(super) rule: Rule,
    /// The fields to show: neutral name and name here.
    pub(super) shown: Vec<(String, String)>,
    pub(super) consent: Consent<'a>,
    /// The lists whose values stand in it.
    pub(super) needed: Vec<NeededList>,
}

/// Builds a rule. `notes` are added by the caller, once the consents of all rules are known.
pub(super) fn build<'a>(
    detection: &'a ir::Detection,
    events: &'a ir::EventSet,
    (source, binding): (&'a Source, &'a Binding),
    profile: &'static Profile,
    identity: Identity,
) -> Result<Built<'a>, Vec<Diagnostic>> {
    let mut lowering = Lowering {
        fields: Fields::new(source, binding),
        origins: Origins(&events.selections),
        consent: Consent::new(detection, profile),
        drafts: Vec::new(),
        needed: Vec::new(),
        findings: metadata::beyond_limits(&detection.metadata, &detection.file),
    };
    let facts = (!binding.select.is_empty()).then(|| {
        let items = binding.select.iter().map(|(field, facts)| fact(field, facts)).collect();
        lowering.push(Draft { role: Role::Source, name: None, body: Body::Map(items) })
    });
    let joined = with_facts(facts, lowering.predicate(&events.condition, Polarity::Positive));
    let Lowering { fields, consent, drafts, needed, mut findings, .. } = lowering;
    if !findings.is_empty() {
        Diagnostic::sort(&mut findings);
        return Err(findings);
    }
    let (selections, condition) = naming::name(drafts, &joined);
    let shown = if identity.stands_alone { shown(detection, &events.derived, &fields) } else { Vec::new() };
    let metadata = &detection.metadata;
    let alone = |texts: Vec<YamlScalar>| if identity.stands_alone { texts } else { Vec::new() };
    let rule = Rule {
        title: YamlScalar::text(identity.title),
        id: YamlScalar::text(identity.id),
        name: identity.name.map(YamlScalar::text),
        status: YamlScalar::text(metadata::status(metadata.status)),
        description: YamlBlock { text: identity.description, indent: 4 },
        references: alone(metadata::texts(metadata.references.iter())),
        author: YamlScalar::text(metadata.author.as_str()),
        date: YamlScalar::Date(metadata.date.clone()),
        tags: alone(metadata::tags(metadata)),
        logsource: logsource(&binding.logsource, binding.definition.as_deref()),
        notes: Vec::new(),
        selections,
        condition,
        fields: metadata::texts(shown.iter().map(|(_, name)| name.as_str())),
        falsepositives: alone(metadata::texts(metadata.false_positives.iter())),
        level: YamlScalar::text(identity.level),
    };
    Ok(Built { rule, shown, consent, needed })
}

/// The facts of the source hold as well.
fn with_facts(facts: Option<Joined>, joined: Joined) -> Joined {
    match (facts, joined) {
        (None, joined) => joined,
        (Some(facts), Joined::All(members)) => Joined::All(std::iter::once(facts).chain(members).collect()),
        (Some(facts), joined @ (Joined::Draft(_) | Joined::Not(_) | Joined::Any(_))) => {
            Joined::All(vec![facts, joined])
        }
    }
}

fn fact(field: &str, facts: &Facts) -> Item {
    let mut values: Vec<YamlScalar> = facts
        .0
        .iter()
        .map(|fact| match fact {
            FactValue::Text(text) => YamlScalar::text(ir::Pattern::literal(text.as_str()).to_sigma()),
            FactValue::Integer(value) => YamlScalar::Integer(*value),
            FactValue::Boolean(value) => YamlScalar::Boolean(*value),
        })
        .collect();
    let values = if values.len() == 1 { ItemValues::One(values.remove(0)) } else { ItemValues::Many(values) };
    Item { key: YamlScalar::text(field), values }
}

/// The keys of a log source, and what must be collected for it.
pub(super) fn logsource(logsource: &Logsource, definition: Option<&str>) -> Vec<(&'static str, YamlScalar)> {
    [
        ("category", logsource.category.as_deref()),
        ("product", logsource.product.as_deref()),
        ("service", logsource.service.as_deref()),
        ("definition", definition),
    ]
    .into_iter()
    .filter_map(|(key, value)| value.map(|value| (key, YamlScalar::text(value))))
    .collect()
}

/// The fields to show, neutral name and name here: those of the output and, for a derived one, those that it is
/// computed from. Fields that Sigma does not have are left out: they are shown, not tested.
fn shown(detection: &ir::Detection, derived: &[ir::Derived], fields: &Fields) -> Vec<(String, String)> {
    let mut open: Vec<&ir::Field> = detection.output_fields();
    open.reverse();
    let mut seen: Vec<&ir::Field> = Vec::new();
    let mut shown = Vec::new();
    while let Some(field) = open.pop() {
        if seen.contains(&field) {
            continue;
        }
        seen.push(field);
        if let Some(derivation) = derived.iter().find(|derived| derived.field == *field) {
            let mut read = Vec::new();
            derivation.how.visit_fields(&mut |field| read.push(field));
            open.extend(read.into_iter().rev());
        } else if let Some(name) = fields.name(field) {
            shown.push((field.name.to_string(), name));
        }
    }
    shown
}

/// What the reader of a rule must know of a loss.
pub(super) fn note(loss: &AcceptedLoss) -> Comment {
    let field = loss.field.as_ref().map(|field| format!(" on {field}")).unwrap_or_default();
    Comment(format!(
        "{}: {}{field}: {}; accepted: {}",
        loss.verdict.name(),
        loss.name,
        loss.loss,
        loss.reason
    ))
}
