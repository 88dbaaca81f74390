//! Derived fields.

use super::Resolver;
use super::scope::Scope;
use super::value::text_of;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{Derivation, Derived, Field, FieldKind, FieldType, Operand, Predicate};
use crate::maps::IndexMap;
use crate::schema;
use crate::schema::Scalar;
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// Resolves every derivation, in the order written: a later one may use an earlier one. Adds them to the scope.
    pub(super) fn derivations(
        &mut self,
        derive: &IndexMap<Spanned<String>, Spanned<schema::Derivation>>,
        scope: &mut Scope,
    ) -> Vec<Derived> {
        let mut derived = Vec::new();
        for (name, how) in derive {
            let valid_name = name.value.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !valid_name {
                let finding = self
                    .error(Code::E0409, name.span, format!("`{}` cannot name a field", name.value))
                    .help("letters, digits and `_`, starting with a letter");
                self.report(finding);
            }
            let resolved = self.derivation(how, scope);
            // A failed derivation still defines its name, so that its uses are not reported too.
            let field = Field {
                name: name.value.as_str().into(),
                field_type: FieldType::Text,
                many: false,
                kind: FieldKind::Derived,
            };
            if !scope.add(field.clone()) {
                let finding = self
                    .error(
                        Code::E0303,
                        name.span,
                        format!("`{}` is already a field of this source", name.value),
                    )
                    .help("choose another name");
                self.report(finding);
            }
            if let Some(how) = resolved {
                derived.push(Derived { field, how, span: name.span });
            }
        }
        derived
    }

    fn derivation(&mut self, how: &Spanned<schema::Derivation>, scope: &Scope) -> Option<Derivation> {
        match &how.value {
            schema::Derivation::FirstOf(names) if names.is_empty() => {
                self.report(self.error(Code::E0207, how.span, "`first_of` needs at least one field"));
                None
            }
            schema::Derivation::FirstOf(names) => {
                let fields: Vec<_> = names.iter().map(|name| self.text_field(name, scope)).collect();
                Some(Derivation::FirstOf(fields.into_iter().collect::<Option<_>>()?))
            }
            schema::Derivation::Case(case) => self.case(case, how.span, scope),
            schema::Derivation::Pair(pair) => {
                let list = self.placed_field(&pair.list, scope)?;
                if list.value.field_type != FieldType::Pairs {
                    self.wrong_field(&list, "pairs");
                    return None;
                }
                Some(Derivation::Pair { list: list.value, name: pair.name.value.clone() })
            }
            schema::Derivation::Element(element) => {
                let field = self.placed_field(&element.field, scope)?;
                if !field.value.many {
                    let finding = self
                        .error(Code::E0306, field.span, format!("`{}` holds one value", field.value.name))
                        .help("use the field itself");
                    self.report(finding);
                    return None;
                }
                Some(Derivation::Element { field: field.value, index: element.index.value })
            }
            schema::Derivation::Lower(name) => Some(Derivation::Lower(self.text_field(name, scope)?)),
            schema::Derivation::Split(split) => {
                let field = self.text_field(&split.field, scope)?;
                if split.by.value.is_empty() {
                    self.report(self.error(
                        Code::E0401,
                        split.by.span,
                        "a text is cut at something, not at nothing",
                    ));
                    return None;
                }
                Some(Derivation::Split { field, by: split.by.value.clone(), index: split.index.value })
            }
            schema::Derivation::Regex(capture) => {
                let field = self.text_field(&capture.field, scope);
                let regex = self.regex(&capture.pattern, "")?;
                if regex.groups() != 1 {
                    let message = format!("the expression has {} capture groups", regex.groups());
                    let help = "exactly one; write the others as `(?:…)`";
                    self.report(self.error(Code::E0402, capture.pattern.span, message).help(help));
                    return None;
                }
                Some(Derivation::Capture { field: field?, regex })
            }
            schema::Derivation::Network(network) => {
                let field = self.placed_field(&network.field, scope)?;
                if field.value.field_type != FieldType::Ip {
                    self.wrong_field(&field, "ip");
                    return None;
                }
                let fine = [(&network.v4, 32), (&network.v6, 128)].map(|(length, most)| {
                    let fits = (1..=most).contains(&length.value);
                    if !fits {
                        let message = format!("a prefix length is 1 to {most}");
                        self.report(self.error(Code::E0408, length.span, message));
                    }
                    fits
                });
                (fine == [true, true]).then_some(Derivation::Network {
                    field: field.value,
                    v4: network.v4.value,
                    v6: network.v6.value,
                })
            }
            schema::Derivation::Replace(replace) => {
                let field = self.text_field(&replace.field, scope);
                let regex = self.regex(&replace.pattern, "");
                Some(Derivation::Replace { field: field?, regex: regex?, with: replace.with.value.clone() })
            }
        }
    }

    fn case(&mut self, case: &schema::Case, span: Span, scope: &Scope) -> Option<Derivation> {
        if case.branches.is_empty() {
            self.report(self.error(Code::E0207, span, "`case` needs at least one branch"));
            return None;
        }
        let branches: Vec<Option<(Predicate, Operand)>> = case
            .branches
            .iter()
            .map(|branch| {
                let when = self.selection(&branch.value.when, scope);
                let then = self.operand(&branch.value.then, scope);
                Some((when?, then?))
            })
            .collect();
        let otherwise = match &case.otherwise {
            Some(value) => Some(self.operand(value, scope)?),
            None => None,
        };
        Some(Derivation::Case { branches: branches.into_iter().collect::<Option<_>>()?, otherwise })
    }

    /// A constant, or `$field` for the value of a field.
    fn operand(&mut self, value: &Spanned<Scalar>, scope: &Scope) -> Option<Operand> {
        let Some(text) = text_of(&value.value) else {
            self.report(self.error(Code::E0401, value.span, "a branch gives a value"));
            return None;
        };
        match text.strip_prefix('$') {
            Some(name) => {
                let name = Spanned::new(name.to_owned(), self.part(value.span, &text, 1, text.len()));
                self.text_field(&name, scope).map(Operand::Field)
            }
            None => Some(Operand::Text(text.into_owned())),
        }
    }

    /// A field that holds one text.
    fn text_field(&mut self, name: &Spanned<String>, scope: &Scope) -> Option<Field> {
        let field = self.placed_field(name, scope)?;
        if !field.value.field_type.is_textual() {
            self.wrong_field(&field, "text");
            return None;
        }
        if field.value.many {
            let finding = self
                .error(Code::E0306, name.span, format!("`{}` can hold several values", name.value))
                .help("take one of them with `element`");
            self.report(finding);
            return None;
        }
        Some(field.value)
    }

    fn wrong_field(&mut self, field: &Spanned<Field>, wanted: &str) {
        let message = format!(
            "`{}` is of type {}, a field of type {wanted} is needed",
            field.value.name,
            field.value.field_type.name()
        );
        self.report(self.error(Code::E0306, field.span, message));
    }

    /// Fields among known names, for messages elsewhere.
    pub(super) fn near<'n>(&self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
        did_you_mean(name, known).map(|near| format!("did you mean `{near}`?"))
    }
}
