//! The Kusto target: KQL for Microsoft Sentinel, for Defender XDR and over ASIM's parsers.
//!
//! In: `ir::Detection` and the catalogue's `kusto:*` bindings. Out: one query.
//!
//! # What the target cannot tell apart
//! A string column of Kusto is never null: a value that an event lacks is stored as `''`. So for string columns an empty
//! value *is* a missing one:
//! - `null` is `isempty(…)` and `exists` is `isnotempty(…)`: exact over what Kusto stores;
//! - a test for the empty text alone also finds events that never had the field; that is the loss `missing-and-empty`,
//!   unless the same condition treats missing values alike;
//! - a regular expression that matches the empty text, and a comparison of two fields, ask for a value first.
//!
//! # Case
//! `=~`, `in~`, `contains` and their like fold ASCII letters only (so Microsoft's page of string operators). A text with
//! other letters is compared by `tolower()` on both sides; two fields always are.
//!
//! # Null
//! On columns that are no strings `<` and `>` give null for a missing value, and so do functions of addresses. Under a
//! negation that would drop the row, so tests there ask for a value first. `==`, `in` and their negations are two-valued.

mod ast;
mod binding;
mod each;
mod expr;
mod facts;
mod fragment;
mod lexer;
mod lower;
mod operators;
mod precedence;
mod prepared;
mod raw;
mod reads;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use askama::Template;

use super::bindings::Bindings;
use super::raw::{RawBlock, no_query};
use super::{Compiled, Needs, Options, Profile, Target};
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;

pub use facts::{SourceFacts, source_facts};

use binding::Binding;
use prepared::Prepared;

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[
    Profile { id: "kusto:sentinel", name: "Microsoft Sentinel", extension: "kql" },
    Profile { id: "kusto:xdr", name: "Microsoft Defender XDR", extension: "kql" },
    Profile { id: "kusto:asim", name: "Microsoft Sentinel, ASIM", extension: "kql" },
];

/// The longest query of a scheduled rule in Microsoft Sentinel, in characters. Source: "Scheduled analytics rules".
const SENTINEL_LIMIT: usize = 10_000;

/// More bytes than most queries have.
const USUAL: usize = 4_096;

/// This target in one profile.
pub struct Kusto {
    profile: &'static Profile,
    bindings: Bindings<Prepared>,
}

impl Kusto {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, bindings: Bindings::new(profile, catalogue, prepare) }
    }

    /// The bindings of all stages, in order.
    fn bindings_of(
        &self,
        correlation: &ir::Correlation,
        detection: &ir::Detection,
    ) -> Result<Vec<Arc<Prepared>>, Vec<Diagnostic>> {
        let mut bindings = Vec::new();
        let mut findings = Vec::new();
        for stage in &correlation.stages {
            match self.bindings.find(&stage.events.data_source, detection) {
                Ok((_, prepared)) => bindings.push(prepared),
                Err(found) => findings.extend(found),
            }
        }
        if findings.is_empty() { Ok(bindings) } else { Err(findings) }
    }

    /// What the product refuses of a finished query.
    fn beyond_limits(&self, text: &str, detection: &ir::Detection) -> Vec<Diagnostic> {
        if self.profile.id == "kusto:xdr" {
            return Vec::new();
        }
        let mut findings = Vec::new();
        let mut refuse = |message: String, reason: &str, help: &str| {
            findings.push(
                Diagnostic::new(Code::E0501, format!("{}: {message}", self.profile.id))
                    .at(&detection.file, detection.metadata.name.span, reason)
                    .help(help),
            );
        };
        let length = text.trim_end().chars().count();
        if length > SENTINEL_LIMIT {
            refuse(
                format!("the query has {length} characters; a scheduled rule takes at most {SENTINEL_LIMIT}"),
                "the length limit of Microsoft Sentinel",
                "split the detection, or move long lists of values into a list",
            );
        }
        let folded = text.to_ascii_lowercase();
        for banned in ["search *", "union *"] {
            if folded.contains(banned) {
                refuse(
                    format!("the query holds `{banned}`, which a scheduled rule must not"),
                    "Microsoft Sentinel looks for that text anywhere, also in values",
                    "test for another part of the value",
                );
            }
        }
        findings
    }
}

/// Reads a binding and checks every expression in it.
fn prepare(source: &Arc<Source>, profile: &str) -> Result<Option<Prepared>, Vec<Diagnostic>> {
    let binding = source.binding::<Binding>(profile)?;
    binding.map(|binding| Prepared::new(source, profile, binding)).transpose()
}

impl Target for Kusto {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, detection: &ir::Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        if let Some(block) = RawBlock::of(detection, self.profile) {
            // What its result returns is not known: packs ask for columns that are.
            let compiled = block.compiled(block.text().trim(), raw::check(&block))?;
            return Ok(Compiled { columns: Vec::new(), ..compiled });
        }
        let lowered = match &detection.logic {
            ir::Logic::Events(events) => {
                let (_, prepared) = self.bindings.find(&events.data_source, detection)?;
                lower::lower(detection, events, &prepared, self.profile, options)?
            }
            ir::Logic::Correlation(correlation) => {
                let bindings = self.bindings_of(correlation, detection)?;
                lower::lower_correlation(detection, correlation, &bindings, self.profile, options)?
            }
            ir::Logic::Raw(place) => return Err(no_query(detection, self.profile, *place)),
        };
        let mut text = String::with_capacity(USUAL);
        // Writing to a string cannot fail, and no token reports an error of its own.
        if let Err(error) = lowered.query.render_into(&mut text) {
            let message = format!("{}: the query cannot be written: {error}", self.profile.id);
            return Err(vec![Diagnostic::new(Code::E0501, message)]);
        }
        text.push('\n');
        text.shrink_to_fit();
        let findings = self.beyond_limits(&text, detection);
        if findings.is_empty() {
            let (verdict, losses) = (lowered.verdict, lowered.losses);
            let tree = options.with_tree.then(|| format!("{:#?}", lowered.query));
            let needs = Needs { lists: lowered.lists, macros: Vec::new() };
            Ok(Compiled { text, verdict, losses, columns: lowered.columns, tree, needs })
        } else {
            Err(findings)
        }
    }

    fn check_raw(&self, detection: &ir::Detection) -> Vec<Diagnostic> {
        RawBlock::of(detection, self.profile).map_or_else(Vec::new, |block| raw::check(&block))
    }
}
