//! The Sigma target: rules of the Sigma specification 2.1.0.
//!
//! In: `ir::Detection` and the catalogue's `sigma` bindings. Out: one YAML document. Sigma has no output, schedule or
//! summary: what it says is which events alert, and the fields to show beside them.

mod ast;
mod binding;
mod fields;
mod lists;
mod lower;
mod metadata;
mod modifiers;
mod naming;
mod origin;
mod raw;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;

use super::bindings::Bindings;
use super::facts::{FactValue, Facts};
use super::{AcceptedLoss, Compiled, Consent, Needs, Options, Polarity, Profile, Target};
use crate::catalogue::{Catalogue, Logsource, Source};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::yaml::{Comment, YamlBlock, YamlScalar};

use ast::{Body, Item, ItemValues, Rule};
use binding::Binding;
use fields::Fields;
use lower::{Draft, Joined, Lowering, Role};
use origin::Origins;

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[Profile { id: "sigma", name: "Sigma", extension: "yml" }];

/// This target in one profile.
pub struct Sigma {
    profile: &'static Profile,
    bindings: Bindings<Binding>,
}

impl Sigma {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, bindings: Bindings::new(profile, catalogue, bind) }
    }
}

/// Reads a binding and checks what its types cannot.
fn bind(source: &Arc<Source>, profile: &str) -> Result<Option<Binding>, Vec<Diagnostic>> {
    let Some(binding) = source.binding::<Binding>(profile)? else { return Ok(None) };
    let wrong = |message: String| {
        vec![Diagnostic::new(Code::E0701, message).at(source.file(), crate::source::Span::default(), "")]
    };
    if binding.logsource.is_empty() {
        return Err(wrong("the `sigma` binding needs a category, product or service".to_owned()));
    }
    match binding.select.iter().find(|(key, facts)| key.contains('|') || facts.0.is_empty()) {
        Some((key, _)) => Err(wrong(format!("`select: {key}` must be a field's name with a value"))),
        None => Ok(Some(binding)),
    }
}

impl Target for Sigma {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, detection: &ir::Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        if let Some(raw) = detection.raw.iter().find(|raw| raw.profile.value == self.profile.id) {
            return raw::compile(raw, detection);
        }
        let ir::EventSet { data_source, derived, condition, selections } = match &detection.logic {
            ir::Logic::Events(events) => events,
            ir::Logic::Correlation(correlation) => {
                return Err(super::refuse_correlation(detection, correlation, self.profile));
            }
        };
        let (source, binding) = self.bindings.find(data_source, detection)?;
        let mut lowering = Lowering {
            fields: Fields::new(&source, &binding),
            origins: Origins(selections),
            consent: Consent::new(detection, self.profile),
            drafts: Vec::new(),
            needed: Vec::new(),
            findings: metadata::beyond_limits(&detection.metadata, &detection.file),
        };
        let facts = (!binding.select.is_empty()).then(|| {
            let items = binding.select.iter().map(|(field, facts)| fact(field, facts)).collect();
            lowering.push(Draft { role: Role::Source, name: None, body: Body::Map(items) })
        });
        let joined = with_facts(facts, lowering.predicate(condition, Polarity::Positive));
        let Lowering { fields, consent, drafts, needed, mut findings, .. } = lowering;
        if !findings.is_empty() {
            Diagnostic::sort(&mut findings);
            return Err(findings);
        }
        let (selections, condition) = naming::name(drafts, &joined);
        let (verdict, losses) = consent.close();
        let shown = shown(detection, derived, &fields);
        let metadata = &detection.metadata;
        let rule = Rule {
            title: YamlScalar::text(metadata.name.as_str()),
            id: YamlScalar::text(metadata.id.as_str()),
            status: YamlScalar::text(metadata::status(metadata.status)),
            description: YamlBlock { text: metadata::description(metadata), indent: 4 },
            references: metadata::texts(metadata.references.iter()),
            author: YamlScalar::text(metadata.author.as_str()),
            date: YamlScalar::Date(metadata.date.clone()),
            tags: metadata::tags(metadata),
            logsource: logsource(&binding.logsource, binding.definition.as_deref()),
            notes: losses.iter().map(note).collect(),
            selections,
            condition,
            fields: metadata::texts(shown.iter().map(|(_, name)| name.as_str())),
            falsepositives: metadata::texts(metadata.false_positives.iter()),
            level: YamlScalar::text(metadata::level(metadata.severity)),
        };
        let mut text = String::new();
        // Writing to a string cannot fail, and no token reports an error of its own.
        if let Err(error) = rule.render_into(&mut text) {
            return Err(vec![Diagnostic::new(
                Code::E0501,
                format!("sigma: the rule cannot be written: {error}"),
            )]);
        }
        text.push('\n');
        let columns = shown.into_iter().filter(|(field, _)| is_output(detection, field)).collect();
        let tree = options.with_tree.then(|| format!("{rule:#?}"));
        let needs = Needs { lists: needed, macros: Vec::new() };
        Ok(Compiled { text, verdict, losses, columns, tree, needs })
    }
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

fn logsource(logsource: &Logsource, definition: Option<&str>) -> Vec<(&'static str, YamlScalar)> {
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

fn note(loss: &AcceptedLoss) -> Comment {
    let field = loss.field.as_ref().map(|field| format!(" on {field}")).unwrap_or_default();
    Comment(format!(
        "{}: {}{field}: {}; accepted: {}",
        loss.verdict.name(),
        loss.name,
        loss.loss,
        loss.reason
    ))
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

fn is_output(detection: &ir::Detection, name: &str) -> bool {
    detection.output_fields().iter().any(|field| *field.name == *name)
}
