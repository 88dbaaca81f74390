//! The Sigma target: rules of the Sigma specification 2.1.0.
//!
//! In: `ir::Detection` and the catalogue's `sigma` bindings. Out: one YAML document. Sigma has no output, schedule or
//! summary: what it says is which events alert, and the fields to show beside them.

mod ast;
mod binding;
mod correlation;
mod fields;
mod lists;
mod lower;
mod metadata;
mod modifiers;
mod naming;
mod origin;
mod raw;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;

use super::bindings::Bindings;
use super::raw::{RawBlock, no_query};
use super::{Compiled, Needs, Options, Profile, Target};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;

use binding::Binding;
use rule::{Built, Identity, note};

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
        if let Some(block) = RawBlock::of(detection, self.profile) {
            return block.compiled(block.text().trim_end(), raw::check(&block));
        }
        let events = match &detection.logic {
            ir::Logic::Events(events) => events,
            ir::Logic::Correlation(correlation) => {
                return correlation::compile(self, detection, correlation, options);
            }
            ir::Logic::Raw(place) => return Err(no_query(detection, self.profile, *place)),
        };
        let (source, binding) = self.bindings.find(&events.data_source, detection)?;
        let metadata = &detection.metadata;
        let identity = Identity {
            title: metadata.name.value.clone(),
            id: metadata.id.clone(),
            name: None,
            description: metadata::description(metadata),
            level: metadata::level(metadata.severity),
            stands_alone: true,
        };
        let Built { mut rule, shown, consent, needed } =
            rule::build(detection, events, (&source, &binding), self.profile, identity)?;
        let (verdict, losses) = consent.close();
        rule.notes = losses.iter().map(note).collect();
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

    fn check_raw(&self, detection: &ir::Detection) -> Vec<Diagnostic> {
        RawBlock::of(detection, self.profile).map_or_else(Vec::new, |block| raw::check(&block))
    }
}

fn is_output(detection: &ir::Detection, name: &str) -> bool {
    detection.output_fields().iter().any(|field| *field.name == *name)
}
