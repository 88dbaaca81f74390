//! Values of tests that are not plain: parts of moments, regular expressions, networks, presence, other fields.
//!
//! In: a value under such a modifier. Out: the match, or a finding. Must not know how plain values are read.

use super::Resolver;
use super::modifiers::{Modifiers, Shape};
use super::value::Target;
use crate::diagnostics::Code;
use crate::ir::{Comparison, FieldComparison, FieldType, Match, Regex, RegexProblem};
use crate::schema::Scalar;
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    pub(super) fn time_part(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        comparison: Comparison,
        target: &Target,
        key: Span,
    ) -> Option<Vec<Match>> {
        if target.field.field_type != FieldType::Timestamp {
            let message = format!(
                "`{}` is of type {}, not a moment",
                target.field.name,
                target.field.field_type.name()
            );
            self.report(self.error(Code::E0306, key, message));
            return None;
        }
        match (&value.value, modifiers.part) {
            (Scalar::Integer(number), Some(part)) if part.range().contains(number) => {
                Some(vec![Match::TimePart { part, comparison, number: *number }])
            }
            (Scalar::Integer(_), Some(part)) => {
                let range = part.range();
                let message = format!("this part of a moment is {} to {}", range.start(), range.end());
                self.report(self.error(Code::E0408, value.span, message));
                None
            }
            _ => self.wrong_type(value.span, target, "write a whole number"),
        }
    }

    pub(super) fn regex_match(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
        key: Span,
    ) -> Option<Vec<Match>> {
        if !target.field.field_type.is_textual() {
            let message = format!("`{}` is of type {}", target.field.name, target.field.field_type.name());
            self.report(self.error(Code::E0306, key, message).help("regular expressions are for text"));
            return None;
        }
        let text = match &value.value {
            Scalar::Text(text) => text.clone(),
            Scalar::Integer(number) => number.to_string(),
            Scalar::Null | Scalar::Boolean(_) | Scalar::Real(_) => {
                return self.wrong_type(value.span, target, "quote the regular expression");
            }
        };
        if text.is_empty() {
            let finding = self
                .error(Code::E0402, value.span, "the empty expression matches every text")
                .help("use `exists: true`");
            self.report(finding);
            return None;
        }
        let regex = self.regex(&Spanned::new(text.clone(), value.span), &modifiers.flags)?;
        let test = Match::Regex(regex);
        self.known_value(&test, &text, value.span, target)?;
        Some(vec![test])
    }

    /// Checks a regular expression.
    pub(super) fn regex(&mut self, text: &Spanned<String>, flags: &str) -> Option<Regex> {
        let (start, end, message) = match Regex::parse(&text.value, flags) {
            Ok(regex) => match regex.check_size() {
                Ok(()) => return Some(regex),
                Err(_) => (0, text.value.len(), "it is too large to be compiled".to_owned()),
            },
            Err(problem) => {
                let message = problem.to_string();
                match problem {
                    RegexProblem::Syntax { start, end, .. }
                    | RegexProblem::NotPortable { start, end, .. } => (start, end, message),
                }
            }
        };
        let span = self.part(text.span, &text.value, start, end.max(start + 1).min(text.value.len()));
        self.report(self.error(Code::E0402, span, format!("bad regular expression: {message}")));
        None
    }

    pub(super) fn network(
        &mut self,
        value: &Spanned<Scalar>,
        target: &Target,
        key: Span,
    ) -> Option<Vec<Match>> {
        if target.field.field_type != FieldType::Ip {
            let message = format!(
                "`{}` is of type {}, not an address",
                target.field.name,
                target.field.field_type.name()
            );
            self.report(self.error(Code::E0306, key, message));
            return None;
        }
        let Scalar::Text(text) = &value.value else {
            return self.wrong_type(value.span, target, "for instance 10.0.0.0/8 or 2001:db8::/32");
        };
        let (message, help) = match text.parse::<ipnet::IpNet>() {
            Ok(network) if network.trunc() == network => return Some(vec![Match::Network(network)]),
            Ok(network) => {
                ("the address has bits behind the prefix".to_owned(), format!("write {}", network.trunc()))
            }
            Err(_) if text.parse::<std::net::IpAddr>().is_ok() => {
                let length = if text.contains(':') { 128 } else { 32 };
                (format!("`{text}` is not a network"), format!("write {text}/{length}, or leave out `cidr`"))
            }
            Err(_) => {
                (format!("`{text}` is not a network"), "for instance 10.0.0.0/8 or 2001:db8::/32".to_owned())
            }
        };
        self.report(self.error(Code::E0403, value.span, message).help(help));
        None
    }

    pub(super) fn exists(&mut self, value: &Spanned<Scalar>) -> Option<Vec<Match>> {
        match value.value {
            Scalar::Boolean(true) => Some(vec![Match::Present]),
            Scalar::Boolean(false) => Some(vec![Match::Missing]),
            _ => {
                self.report(self.error(Code::E0401, value.span, "`exists` is `true` or `false`"));
                None
            }
        }
    }

    pub(super) fn field_reference(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
    ) -> Option<Vec<Match>> {
        let Scalar::Text(name) = &value.value else {
            self.report(self.error(Code::E0401, value.span, "`fieldref` takes the name of a field"));
            return None;
        };
        let other = self.field(name, value.span, target.scope)?;
        let comparison = match modifiers.shape {
            None => FieldComparison::Equals,
            Some(Shape::Contains) => FieldComparison::Contains,
            Some(Shape::StartsWith) => FieldComparison::StartsWith,
            Some(Shape::EndsWith) => FieldComparison::EndsWith,
        };
        let (one, two) = (target.field.field_type, other.field_type);
        let fits = (one.is_textual() && two.is_textual())
            || (one == two && comparison == FieldComparison::Equals && one != FieldType::Pairs);
        if !fits {
            let message =
                format!("`{name}` is of type {}, `{}` of type {}", two.name(), target.field.name, one.name());
            self.report(self.error(Code::E0306, value.span, message).help("compare fields of one type"));
            return None;
        }
        Some(vec![Match::Field { comparison, other, case: modifiers.case() }])
    }
}
