//! Environments: detections as one SIEM has them.
//!
//! In: `environments/NAME.yml`, and checked detections. Out: the detections with what the environment changes, or all
//! findings. Must not know any target: an exclusion becomes a part of the condition, so that every target says it as it
//! says any other.

mod apply;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::catalogue::{Catalogue, Named, Names};
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::Detection;
use crate::maps::HashSet;
use crate::resolve::{Context, resolve_overlay};
use crate::schema;
use crate::source::{SourceFile, Spanned};
use crate::yaml::{self, Node};

/// An environment, read.
pub struct Environment {
    file: Arc<SourceFile>,
    root: Node,
    written: schema::Environment,
}

/// What the detections are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// To be compiled.
    Queries,
    /// To run their tests, whose events are as many as a detection's own threshold and window ask for: they stay.
    Tests,
    /// To be checked, on this day (`YYYY-MM-DD`).
    Check(&'a str),
}

/// What came of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Laid {
    /// It is there, as the environment has it.
    Over,
    /// The environment does without it.
    Disabled,
    /// A finding was reported: it must not be used.
    Wrong,
}

impl Environment {
    /// Reads an environment. `None` when a finding is an error.
    pub fn read(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Option<Self> {
        let before = findings.len();
        let root = yaml::parse(file, findings)?;
        let written: schema::Environment = yaml::decode(file, &root, findings)?;
        (findings.len() == before).then(|| Self { file: Arc::clone(file), root, written })
    }

    /// The other names that it gives, for the catalogue.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        for (profile, named, old, new) in self.each_name() {
            names.add(&profile.value, named, &old.value, &new.value);
        }
        for (profile, source, index) in self.each_index() {
            names.put_in_index(&profile.value, &source.value, &index.value);
        }
        names
    }

    /// Its file.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// What macros stand for there, as written.
    pub fn macros(&self) -> impl Iterator<Item = (&Spanned<String>, &Spanned<String>)> {
        self.written.macros.iter()
    }

    fn each_index(&self) -> impl Iterator<Item = (&Spanned<String>, &Spanned<String>, &Spanned<String>)> {
        self.written.names.iter().flat_map(|(profile, names)| {
            names.index_of.iter().map(move |(source, index)| (profile, source, index))
        })
    }

    fn each_name(
        &self,
    ) -> impl Iterator<Item = (&Spanned<String>, Named, &Spanned<String>, &Spanned<String>)> {
        self.written.names.iter().flat_map(|(profile, names)| {
            let kinds = [
                (Named::Macro, &names.macros),
                (Named::Index, &names.indexes),
                (Named::Table, &names.tables),
            ];
            kinds.into_iter().flat_map(move |(named, pairs)| {
                pairs.iter().map(move |(old, new)| (profile, named, old, new))
            })
        })
    }

    /// Names that the catalogue does not give, and names that nothing can be called by.
    pub fn check_names(&self, catalogue: &Catalogue, profiles: &[&str]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for profile in self.written.names.keys().filter(|profile| !profiles.contains(&profile.as_str())) {
            let near = did_you_mean(profile, profiles.iter().copied());
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no profile `{}`", profile.value);
            findings.push(self.finding(Code::E1101, profile, message).maybe_help(help));
        }
        for (profile, named, old, new) in self.each_name() {
            if profiles.contains(&profile.as_str()) && !catalogue.names(profile, named, old) {
                let message = format!("no data source names `{}` in {}", old.value, profile.value);
                let help = "`detc sources ID` shows where a source is in each profile";
                findings.push(self.finding(Code::E1101, old, message).help(help));
            }
            findings.extend(self.no_name(new));
        }
        for (profile, source, index) in self.each_index() {
            findings.extend(self.no_name(index));
            let finding = match catalogue.takes_index(profile, source) {
                Some(true) => continue,
                Some(false) if !profiles.contains(&profile.as_str()) => continue,
                Some(false) => {
                    let message = format!("`{}` is not found by an index in {}", source.value, profile.value);
                    let help = format!("`detc sources {}` shows where its events are", source.value);
                    self.finding(Code::E1102, source, message).help(help)
                }
                None => {
                    let near = did_you_mean(source, catalogue.ids());
                    let message = format!("there is no data source `{}`", source.value);
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.finding(Code::E1101, source, message).maybe_help(help)
                }
            };
            findings.push(finding);
        }
        findings
    }

    fn no_name(&self, new: &Spanned<String>) -> Option<Diagnostic> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !new.value.is_empty() && new.value.chars().all(plain) {
            return None;
        }
        let message = format!("`{}` is no name for it", new.value);
        let help = "ASCII letters, digits, `_`, `-` and `.`";
        Some(self.finding(Code::E1102, new, message).help(help))
    }

    /// Ids that no detection has.
    pub fn check_ids<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<Diagnostic> {
        let known: HashSet<&str> = ids.collect();
        let unknown = self.written.detections.keys().filter(|id| !known.contains(id.as_str()));
        unknown
            .map(|id| {
                let near = did_you_mean(id, known.iter().copied().collect::<std::collections::BTreeSet<_>>());
                self.finding(Code::E1101, id, format!("no detection has the id `{}`", id.value)).help(
                    match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "remove it, if the detection is gone".to_owned(),
                    },
                )
            })
            .collect()
    }

    /// Changes a detection as the environment says. The day of a check is only asked whether exclusions are out of date:
    /// what becomes of the detection never depends on it.
    pub fn lay_over(
        &self,
        detection: &mut Detection,
        context: &Context,
        purpose: Purpose,
        findings: &mut Vec<Diagnostic>,
    ) -> Laid {
        let found = self.written.detections.iter().find(|(id, _)| id.value == detection.metadata.id);
        let Some((_, overlay)) = found else { return Laid::Over };
        let Some(mut changes) =
            resolve_overlay(&self.file, &self.root, overlay, detection, context, findings)
        else {
            return Laid::Wrong;
        };
        for expires in changes.exclusions.iter().map(|exclusion| &exclusion.expires) {
            if matches!(purpose, Purpose::Check(day) if expires.value.as_str() < day) {
                let message = format!("the exclusion was wanted until {}", expires.value);
                let help = "remove it, or give it another date; until then it stays in the queries";
                findings.push(self.finding(Code::W1101, expires, message).help(help));
            }
        }
        let killed = apply::killed(detection, &changes, context.catalogue);
        for (span, test) in &killed {
            findings.push(
                Diagnostic::new(
                    Code::E1103,
                    format!("the test `{}` must match, and does not here", test.value),
                )
                .at(&self.file, *span, "with this")
                .at(&detection.file, test.span, "the test")
                .help("exclude less: what the detection is for must still be found"),
            );
        }
        if !killed.is_empty() {
            return Laid::Wrong;
        }
        if purpose == Purpose::Tests {
            changes.range = None;
            changes.window = None;
        }
        apply::apply(detection, changes, &self.file);
        if overlay.value.enabled { Laid::Over } else { Laid::Disabled }
    }

    fn finding(&self, code: Code, at: &Spanned<String>, message: String) -> Diagnostic {
        Diagnostic::new(code, message).at(&self.file, at.span, "")
    }
}
