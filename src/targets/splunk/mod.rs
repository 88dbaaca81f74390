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
pub use macros::{MacroCall, macro_calls, place_definition, source_macros, source_places};

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

/// What the filter macro of a detection stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterMacro {
    /// A `search` command.
    pub definition: String,
    /// The exclusions that are in it, by index.
    pub exclusions: Vec<usize>,
}

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

    /// The exclusions of an environment that the filter macro of a search of ESCU can hold, because they mean the same
    /// there. `None` when there are none.
    pub fn filter_macro(&self, detection: &ir::Detection) -> Option<FilterMacro> {
        let tuning = detection.tuning.as_deref().filter(|_| self.profile.id == ESCU)?;
        let ir::Logic::Events(events) = &detection.logic else { return None };
        let (_, binding) = self.bindings.find(&events.data_source, detection).ok()?;
        let mut terms = Vec::new();
        let mut exclusions = Vec::new();
        for (index, exclusion) in tuning.exclusions.iter().enumerate() {
            let term = lower::result_filter::result_filter(detection, exclusion, self.profile, &binding);
            if let Some(term) = term {
                terms.push(term.to_string());
                exclusions.push(index);
            }
        }
        let definition = format!("search {}", terms.join(" "));
        (!terms.is_empty()).then_some(FilterMacro { definition, exclusions })
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
