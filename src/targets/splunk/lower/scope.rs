//! Where the fields of a detection are, and the account of what went wrong.
//!
//! In: a detection, its source's binding. Out: for each neutral field its value as an expression, or a finding that
//! says why there is none. Must not know the shape of searches.

use super::lists::LookUp;
use crate::catalogue::ValueMap;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{Derivation, Derived, Detection, Field, FieldKind, Match};
use crate::maps::HashMap;
use crate::source::Span;
use crate::targets::splunk::binding::{Binding, FieldBinding, Place};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::tokens::FieldName;
use crate::targets::{Consent, Loss, NeededList, Polarity, Profile, Verdict};

/// What a field is in this profile.
pub(super) enum Access<'a> {
    /// The catalogue says where.
    Bound(&'a FieldBinding),
    /// The detection computes it.
    Derived(&'a Derived),
}

/// One compilation's view of the fields.
pub(super) struct Scope<'a> {
    /// The detection.
    pub(super) detection: &'a Detection,
    /// The profile.
    pub(super) profile: &'static Profile,
    /// Where things are.
    pub(super) binding: &'a Binding,
    source: &'a str,
    derived: &'a [Derived],
    /// Fields that an `eval` has put somewhere already.
    assigned: HashMap<&'a str, FieldName>,
    /// Fields of the pipeline that every row has.
    never_null: Vec<FieldName>,
    consent: Consent<'a>,
    findings: Vec<Diagnostic>,
    /// What is looked up in lists, for the condition at hand.
    pub(super) look_ups: Vec<LookUp>,
    /// The lists that the search needs.
    pub(super) needed: Vec<NeededList>,
}

impl<'a> Scope<'a> {
    /// A scope in which nothing is computed yet.
    pub(super) fn new(
        detection: &'a Detection,
        profile: &'static Profile,
        binding: &'a Binding,
        source: &'a str,
        derived: &'a [Derived],
    ) -> Self {
        Self {
            detection,
            profile,
            binding,
            source,
            derived,
            assigned: HashMap::default(),
            never_null: Vec::new(),
            consent: Consent::new(detection, profile),
            findings: Vec::new(),
            look_ups: Vec::new(),
            needed: Vec::new(),
        }
    }

    /// What the field is; a finding when this profile lacks it.
    pub(super) fn access(&mut self, field: &Field, span: Span) -> Option<Access<'a>> {
        let found = self.peek(field);
        if found.is_none() {
            let reason = self.binding.unmapped.get(field.name.as_ref());
            let finding = Diagnostic::new(
                Code::E0503,
                format!(
                    "{}: the field `{}` of `{}` does not exist there",
                    self.profile.id, field.name, self.source
                ),
            )
            .at(&self.detection.file, span, reason.cloned().unwrap_or_default())
            .help(format!(
                "test another field, or write `raw: {{{}: {{query: …, reason: …}}}}`",
                self.profile.id
            ));
            self.report(finding);
        }
        found
    }

    /// What the field is, without a finding.
    pub(super) fn peek(&self, field: &Field) -> Option<Access<'a>> {
        match field.kind {
            FieldKind::Derived => {
                self.derived.iter().find(|derived| derived.field.name == field.name).map(Access::Derived)
            }
            FieldKind::Native | FieldKind::Common => {
                self.binding.fields.get(field.name.as_ref()).map(Access::Bound)
            }
        }
    }

    /// The derivations, in order of dependence.
    pub(super) fn derivations(&self) -> &'a [Derived] {
        self.derived
    }

    /// Whether the field is computed by `eval` rather than held by the event.
    pub(super) fn is_computed(&self, field: &Field) -> bool {
        match self.peek(field) {
            Some(Access::Derived(_)) => true,
            Some(Access::Bound(bound)) => matches!(bound.place, Place::Eval { .. } | Place::Constant(_)),
            None => false,
        }
    }

    /// The event's fields that the field is read from.
    pub(super) fn raw_reads(&self, field: &Field) -> Vec<&'a str> {
        match self.peek(field) {
            Some(Access::Bound(bound)) => bound.place.reads(),
            Some(Access::Derived(_)) | None => Vec::new(),
        }
    }

    /// How the field's values are written here.
    pub(super) fn value_map(&self, field: &Field) -> Option<&'a ValueMap> {
        match self.peek(field) {
            Some(Access::Bound(bound)) => bound.values.as_ref(),
            Some(Access::Derived(_)) | None => None,
        }
    }

    /// The fields that the roots need, themselves included, each once; the inputs of a derivation before it.
    pub(super) fn closure(&self, roots: impl IntoIterator<Item = &'a Field>) -> Vec<&'a Field> {
        let mut all: Vec<&Field> = Vec::new();
        for root in roots {
            self.close_over(root, &mut all);
        }
        all
    }

    fn close_over(&self, field: &'a Field, all: &mut Vec<&'a Field>) {
        if all.contains(&field) {
            return;
        }
        if let Some(Access::Derived(derived)) = self.peek(field) {
            let mut inputs = Vec::new();
            derived.how.visit_fields(&mut |input| inputs.push(input));
            // A derivation reads earlier ones only, so this ends.
            for input in inputs.into_iter().filter(|input| *input != field) {
                self.close_over(input, all);
            }
        }
        all.push(field);
    }

    /// From now on, the field's value is in this field of the pipeline.
    pub(super) fn assign(&mut self, field: &'a Field, name: FieldName) {
        self.assigned.insert(&field.name, name);
    }

    /// From now on, every row has these fields of the pipeline.
    pub(super) fn never_null(&mut self, fields: impl Iterator<Item = FieldName>) {
        self.never_null.extend(fields);
    }

    /// Whether the value is a field that every row has.
    pub(super) fn is_never_null(&self, value: &EvalExpr) -> bool {
        matches!(value, EvalExpr::Field(name) if self.never_null.contains(name))
    }

    /// Where an `eval` has put the field.
    pub(super) fn assigned(&self, field: &Field) -> Option<&FieldName> {
        self.assigned.get(field.name.as_ref())
    }

    /// The field's value; a finding when it has none. Derived fields have one once they are assigned.
    pub(super) fn value(&mut self, field: &Field, span: Span) -> Option<EvalExpr> {
        if let Some(name) = self.assigned(field) {
            return Some(EvalExpr::Field(name.clone()));
        }
        match self.access(field, span)? {
            Access::Bound(bound) => match &bound.place {
                Place::Raw(name) => Some(EvalExpr::Field(name.clone())),
                Place::Eval { text, .. } => Some(EvalExpr::Fragment(text.clone())),
                Place::Constant(text) => Some(EvalExpr::Text(text.clone())),
                Place::Pairs { .. } => {
                    self.refuse(
                        &format!("the name/value list `{}` as a value", field.name),
                        "it is two fields in Splunk",
                        span,
                        "derive the value of one name with `pair`",
                    );
                    None
                }
            },
            Access::Derived(derived) => {
                self.refuse(
                    &format!("`{}` before it is computed", field.name),
                    "a derivation reads only what stands before it",
                    derived.span,
                    "move the derivation up",
                );
                None
            }
        }
    }

    /// The neutral name as a name in the pipeline.
    pub(super) fn neutral_name(&mut self, field: &Field, span: Span) -> Option<FieldName> {
        let name = FieldName::new(&field.name).filter(|name| name.as_target().is_some());
        if name.is_none() {
            self.refuse(
                &format!("the field name `{}`", field.name),
                "it holds characters that an SPL field name cannot be written with",
                span,
                "use another field",
            );
        }
        name
    }

    /// A capability error: what cannot be said, why, and the way out.
    pub(super) fn refuse(&mut self, construct: &str, reason: &str, span: Span, way_out: &str) {
        let finding = Diagnostic::new(Code::E0501, format!("{} cannot say {construct}", self.profile.id))
            .at(&self.detection.file, span, reason)
            .help(format!("{way_out}, or write `raw: {{{}: {{query: …, reason: …}}}}`", self.profile.id));
        self.report(finding);
    }

    /// Adds a finding, once.
    pub(super) fn report(&mut self, finding: Diagnostic) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Whether anything was reported.
    pub(super) fn has_findings(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Records a loss, or the finding that it was not accepted.
    pub(super) fn lose(&mut self, loss: Loss) {
        if let Err(finding) = self.consent.lose(loss) {
            self.report(*finding);
        }
    }

    /// A condition tests the field so: what is lost in it, and in what it is derived from, needs consent.
    pub(super) fn tested(&mut self, field: &'a Field, tests: &[Match], span: Span, polarity: Polarity) {
        for read in self.closure([field]) {
            match self.peek(read) {
                Some(Access::Bound(FieldBinding { loss: Some(loss), .. }))
                    if read == field && !loss.concerns(tests) => {}
                Some(Access::Bound(FieldBinding { loss: Some(loss), .. })) => self.lose(Loss {
                    name: &loss.name,
                    verdict: loss.verdict,
                    field: Some(&read.name),
                    reason: &loss.reason,
                    span,
                    polarity,
                }),
                Some(Access::Derived(derived)) => self.tested_derivation(derived, span, polarity),
                Some(Access::Bound(_)) | None => {}
            }
        }
    }

    /// Groups decide about alerts too: what a derived field loses merges groups.
    pub(super) fn grouped_by(&mut self, field: &'a Field, span: Span) {
        for field in self.closure([field]) {
            if let Some(Access::Derived(derived)) = self.peek(field) {
                self.tested_derivation(derived, span, Polarity::Positive);
            }
        }
    }

    fn tested_derivation(&mut self, derived: &'a Derived, span: Span, polarity: Polarity) {
        let (name, reason) = match &derived.how {
            Derivation::Pair { list, .. } if self.falls_out_of_step(list) => (
                "pairs-out-of-step",
                "Splunk keeps names and values apart; in an event where a pair lacks its value, the two cannot be \
                 joined again",
            ),
            Derivation::Network { .. } => (
                "ipv4-only",
                "SPL has no function that masks an address, so the network of an IPv6 address stays missing",
            ),
            Derivation::FirstOf(_)
            | Derivation::Case { .. }
            | Derivation::Pair { .. }
            | Derivation::Element { .. }
            | Derivation::Lower(_)
            | Derivation::Split { .. }
            | Derivation::Capture { .. }
            | Derivation::Replace { .. } => return,
        };
        let field = Some(derived.field.name.as_ref());
        self.lose(Loss { name, verdict: Verdict::Narrowed, field, reason, span, polarity });
    }

    fn falls_out_of_step(&self, list: &Field) -> bool {
        match self.peek(list) {
            Some(Access::Bound(bound)) => matches!(bound.place, Place::Pairs { aligned: false, .. }),
            Some(Access::Derived(_)) | None => false,
        }
    }

    /// The findings, or the account of losses.
    pub(super) fn close(self) -> Result<Consent<'a>, Vec<Diagnostic>> {
        let mut findings = self.findings;
        if findings.is_empty() {
            return Ok(self.consent);
        }
        Diagnostic::sort(&mut findings);
        Err(findings)
    }
}
