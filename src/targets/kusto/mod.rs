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
mod expr;
mod fragment;
mod lexer;
mod lower;
mod precedence;
mod prepared;
mod reads;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use askama::Template;

use super::{Compiled, Options, Profile, Target, Verdict};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::source::Spanned;

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

/// A checked binding; `None` when the source does not exist in the profile; the findings when it is wrong.
type Bound = Result<Option<Arc<Prepared>>, Vec<Diagnostic>>;

/// This target in one profile.
pub struct Kusto {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
    bound: RwLock<HashMap<String, Bound>>,
}

impl Kusto {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, catalogue, bound: RwLock::default() }
    }

    /// The binding of a source, read and checked when first asked for. `None` when there is no such source.
    fn bound(&self, id: &str) -> Option<Bound> {
        if let Some(known) = self.bound.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Some(known.clone());
        }
        let bound = self.catalogue.source(id)?.and_then(|source| {
            let binding = source.binding::<Binding>(self.profile.id)?;
            binding.map(|binding| Prepared::new(&source, self.profile.id, binding).map(Arc::new)).transpose()
        });
        self.bound.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), bound.clone());
        Some(bound)
    }

    fn find(
        &self,
        id: &Spanned<String>,
        detection: &ir::Detection,
    ) -> Result<Arc<Prepared>, Vec<Diagnostic>> {
        let absent = |reason: &str, help: String| {
            let message = format!("{}: the data source `{}` does not exist there", self.profile.id, id.value);
            vec![Diagnostic::new(Code::E0502, message).at(&detection.file, id.span, reason).help(help)]
        };
        match self.bound(&id.value) {
            None => Err(absent("not in the catalogue", "`detc sources` lists all of them".to_owned())),
            Some(Err(findings)) => Err(findings),
            Some(Ok(Some(prepared))) => Ok(prepared),
            Some(Ok(None)) => {
                let others: Vec<String> = match self.catalogue.source(&id.value) {
                    Some(Ok(source)) => source.profiles().map(str::to_owned).collect(),
                    Some(Err(_)) | None => Vec::new(),
                };
                let raw = format!("write the query under `raw: {}:`", self.profile.id);
                let help = match others.as_slice() {
                    [] => raw,
                    others => format!("compile for {}, or {raw}", others.join(", ")),
                };
                Err(absent("the catalogue has no binding for it", help))
            }
        }
    }

    /// The query of a `raw` block, as it stands.
    fn raw(&self, raw: &ir::RawQuery, detection: &ir::Detection) -> Result<Compiled, Vec<Diagnostic>> {
        let query = raw.query.value.trim();
        if let Err(problem) = lexer::check_query(query) {
            let line = query[..problem.start.min(query.len())].matches('\n').count() + 1;
            return Err(vec![
                Diagnostic::new(
                    Code::E0505,
                    format!("{}: line {line} of the raw query: {}", self.profile.id, problem.message),
                )
                .at(&detection.file, raw.query.span, "")
                .help("write one whole query"),
            ]);
        }
        let text = format!("{query}\n");
        Ok(Compiled { text, verdict: Verdict::Raw, losses: Vec::new(), columns: Vec::new(), tree: None })
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

impl Target for Kusto {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, detection: &ir::Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        if let Some(raw) = detection.raw.iter().find(|raw| raw.profile.value == self.profile.id) {
            return self.raw(raw, detection);
        }
        let ir::Logic::Events { data_source, .. } = &detection.logic;
        let prepared = self.find(data_source, detection)?;
        let lowered = lower::lower(detection, &prepared, self.profile, options)?;
        let mut text = String::new();
        // Writing to a string cannot fail, and no token reports an error of its own.
        if let Err(error) = lowered.query.render_into(&mut text) {
            let message = format!("{}: the query cannot be written: {error}", self.profile.id);
            return Err(vec![Diagnostic::new(Code::E0501, message)]);
        }
        text.push('\n');
        let findings = self.beyond_limits(&text, detection);
        if findings.is_empty() {
            let (verdict, losses) = (lowered.verdict, lowered.losses);
            let tree = options.with_tree.then(|| format!("{:#?}", lowered.query));
            Ok(Compiled { text, verdict, losses, columns: lowered.columns, tree })
        } else {
            Err(findings)
        }
    }
}
