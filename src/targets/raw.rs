//! Queries that the author wrote in a target's own language.
//!
//! In: what the reader of the language says about such a query. Out: the query as it stands with the verdict `raw`, or
//! findings at their places in the author's file. Must not know any language.

use super::{Compiled, Needs, Profile, Verdict};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::ir;
use crate::source::Span;
use crate::yaml::written_part;

/// A raw query in its detection.
pub(super) struct RawBlock<'a> {
    detection: &'a ir::Detection,
    query: &'a ir::RawQuery,
    profile: &'static Profile,
}

impl<'a> RawBlock<'a> {
    /// The raw query of a profile, if the detection has one.
    pub(super) fn of(detection: &'a ir::Detection, profile: &'static Profile) -> Option<Self> {
        let query = detection.raw.iter().find(|raw| raw.profile.value == profile.id)?;
        Some(Self { detection, query, profile })
    }

    /// Its text. Spans of readers are bytes of this.
    pub(super) fn text(&self) -> &'a str {
        &self.query.query.value
    }

    /// `E0505`: what is wrong with the query, and what to do about it if its reader says so.
    pub(super) fn wrong(
        &self,
        message: impl std::fmt::Display,
        span: Span,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic::new(Code::E0505, format!("{}: {message}", self.profile.id))
            .at(&self.detection.file, self.place(span), "")
            .maybe_help(help)
            .maybe_help(Some("a raw query is printed as it stands: correct it here".to_owned()))
    }

    /// `W0950`: what nobody reads here.
    pub(super) fn unread(&self, message: impl std::fmt::Display, span: Span) -> Diagnostic {
        let message = format!("{}: not checked: {message}", self.profile.id);
        Diagnostic::new(Code::W0950, message)
            .at(&self.detection.file, self.place(span), "")
            .help("see in the product whether it takes the query")
    }

    /// The query as it stands, unless something is wrong with it. `trimmed` is its text without what surrounds it.
    pub(super) fn compiled(
        &self,
        trimmed: &str,
        findings: Vec<Diagnostic>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let errors: Vec<Diagnostic> =
            findings.into_iter().filter(|finding| finding.severity() == Severity::Error).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        // The author's columns: those that risk and the like name, by these names.
        let fields = self.detection.output_fields();
        let columns = fields.into_iter().map(|field| (field.name.to_string(), field.name.to_string()));
        Ok(Compiled {
            text: format!("{trimmed}\n"),
            verdict: Verdict::Raw,
            losses: Vec::new(),
            columns: columns.collect(),
            tree: None,
            needs: Needs::default(),
        })
    }

    /// The place in the file of a part of the query. The whole query where the part cannot be told apart (an alias).
    fn place(&self, part: Span) -> Span {
        let whole = self.query.query.span;
        let text = self.text();
        let end = part.end.min(text.len());
        let start = part.start.min(end);
        let written = self.detection.file.slice(whole);
        written_part(written, text, start..end).map_or(whole, |part| whole.within(part.start, part.end))
    }
}

/// `E0950`: nothing but raw queries says what the detection finds, and there is none for this profile.
pub(super) fn no_query(detection: &ir::Detection, profile: &Profile, place: Span) -> Vec<Diagnostic> {
    let others: Vec<&str> = detection.raw.iter().map(|raw| raw.profile.value.as_str()).collect();
    let message = format!("{}: the detection is only raw queries, none of them for this target", profile.id);
    let finding = Diagnostic::new(Code::E0950, message)
        .at(&detection.file, place, "queries are not translated")
        .help(format!(
            "compile for {}, write the query under `raw: {{{}: {{query: …, reason: …}}}}`, or add `data_source` and \
`detection`",
            others.join(", "),
            profile.id
        ));
    vec![finding]
}
