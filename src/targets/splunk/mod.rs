//! The splunk target: searches in SPL.
//!
//! In: `ir::Detection` and the catalogue's bindings `splunk`, `splunk:escu`, `splunk:cim`. Out: the text of a search,
//! or the findings that say why not. `lower` makes a syntax tree, the templates print it, tokens escape themselves.

mod ast;
mod binding;
mod expr;
mod lexer;
mod lookup;
mod lookup_calls;
mod lower;
mod macros;
mod pcre;
mod raw;
#[cfg(test)]
mod tests;
mod tokens;
mod written;

pub use lookup::LookupDefinition;
pub use lookup_calls::{LookupCall, lookup_calls};
pub use macros::{MacroCall, macro_calls, source_macros, source_places};

use std::sync::Arc;

use self::binding::Binding;
use super::bindings::Bindings;
use super::raw::{RawBlock, no_query};
use super::{Compiled, Options, Profile, Target};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;

/// The profile that follows the conventions of Splunk's ESCU.
const ESCU: &str = "splunk:escu";

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[
    Profile { id: "splunk", name: "Splunk, raw events", extension: "spl" },
    Profile { id: ESCU, name: "Splunk, ESCU conventions", extension: "spl" },
    Profile { id: "splunk:cim", name: "Splunk, CIM data models", extension: "spl" },
];

/// This target in one profile.
pub struct Splunk {
    profile: &'static Profile,
    bindings: Bindings<Binding>,
}

impl Splunk {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self {
            profile,
            bindings: Bindings::new(profile, catalogue, |source, profile| Binding::read(source, profile)),
        }
    }

    fn compile_correlation(
        &self,
        detection: &ir::Detection,
        correlation: &ir::Correlation,
        options: Options,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let mut bindings = Vec::new();
        let mut findings = Vec::new();
        for stage in &correlation.stages {
            match self.bindings.find(&stage.events.data_source, detection) {
                Ok((_, binding)) => bindings.push(binding),
                Err(found) => findings.extend(found),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let bindings: Vec<&Binding> = bindings.iter().map(Arc::as_ref).collect();
        let lowered = lower::correlation::lower(detection, correlation, self.profile, &bindings, options)?;
        render(lowered, self.profile, options)
    }
}

impl Target for Splunk {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, detection: &ir::Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        if let Some(block) = RawBlock::of(detection, self.profile) {
            return block.compiled(block.text().trim_end(), raw::check(&block));
        }
        match &detection.logic {
            ir::Logic::Events(events) => {
                let (_, binding) = self.bindings.find(&events.data_source, detection)?;
                compile_bound(detection, events, self.profile, &binding, options)
            }
            ir::Logic::Correlation(correlation) => self.compile_correlation(detection, correlation, options),
            ir::Logic::Raw(place) => Err(no_query(detection, self.profile, *place)),
        }
    }

    fn check_raw(&self, detection: &ir::Detection) -> Vec<Diagnostic> {
        RawBlock::of(detection, self.profile).map_or_else(Vec::new, |block| raw::check(&block))
    }
}

/// Lowers and renders a detection over a binding.
fn compile_bound(
    detection: &ir::Detection,
    events: &ir::EventSet,
    profile: &'static Profile,
    binding: &Binding,
    options: Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    render(lower::lower(detection, events, profile, binding, options)?, profile, options)
}

fn render(
    lowered: lower::Lowered,
    profile: &'static Profile,
    options: Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut text = lowered.search.render(profile.id == ESCU).map_err(|error| {
        vec![Diagnostic::new(Code::E0501, format!("{}: the query cannot be printed: {error}", profile.id))]
    })?;
    text.push('\n');
    let tree = options.with_tree.then(|| format!("{:#?}", lowered.search));
    Ok(Compiled {
        text,
        verdict: lowered.verdict,
        losses: lowered.losses,
        columns: lowered.columns,
        tree,
        needs: lowered.needs,
    })
}
