//! A value under modifiers and a field type, as matches.

use super::Resolver;
use super::encode;
use super::modifiers::{Encoding, Kind, Modifiers, Shape};
use super::scope::Scope;
use crate::catalogue::FieldSpec;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{
    Comparison, Field, FieldComparison, FieldType, Match, Number, Pattern, Piece, Regex, RegexProblem,
};
use crate::schema::Scalar;
use crate::source::{Span, Spanned};

/// What is tested.
pub(super) struct Target<'a> {
    pub(super) field: &'a Field,
    pub(super) spec: Option<&'a FieldSpec>,
    pub(super) scope: &'a Scope<'a>,
}

impl Resolver<'_> {
    /// The alternatives that one value stands for.
    pub(super) fn matches(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
        key: Span,
    ) -> Option<Vec<Match>> {
        match modifiers.kind {
            Kind::Plain if modifiers.part.is_some() => {
                self.time_part(value, modifiers, Comparison::Equal, target, key)
            }
            Kind::Compare(comparison) if modifiers.part.is_some() => {
                self.time_part(value, modifiers, comparison, target, key)
            }
            Kind::Plain => self.plain(value, modifiers, target),
            Kind::Compare(comparison) => self.comparison(value, comparison, target, key),
            Kind::Regex => self.regex_match(value, modifiers, target, key),
            Kind::Cidr => self.network(value, target, key),
            Kind::Exists => self.exists(value),
            Kind::FieldReference => self.field_reference(value, modifiers, target),
            Kind::InList | Kind::Expand => {
                let name = text_of(&value.value).unwrap_or_default();
                let finding = self
                    .error(
                        Code::E0310,
                        value.span,
                        format!("the list `{}` is not defined", name.trim_matches('%')),
                    )
                    .help("write the values out");
                self.report(finding);
                None
            }
        }
    }

    fn plain(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
    ) -> Option<Vec<Match>> {
        if value.value == Scalar::Null {
            if modifiers.shape.is_some()
                || modifiers.encoding.is_some()
                || modifiers.windash
                || modifiers.cased
            {
                let finding = self
                    .error(Code::E0306, value.span, "`null` has no text for a modifier to work on")
                    .help("write `null` under the field alone");
                self.report(finding);
                return None;
            }
            return Some(vec![Match::Missing]);
        }
        match target.field.field_type {
            FieldType::Text | FieldType::Ip => self.text(value, modifiers, target),
            FieldType::Integer | FieldType::Real => {
                let number = self.number(value, target)?;
                if modifiers.shape.is_some() || modifiers.encoding.is_some() || modifiers.windash {
                    return self.wrong_type(value.span, target, "text modifiers do not fit a number");
                }
                let found = Match::Number { comparison: Comparison::Equal, number };
                self.known_value(&found, &number.to_string(), value.span, target)?;
                Some(vec![found])
            }
            FieldType::Boolean => match &value.value {
                Scalar::Boolean(value) => Some(vec![Match::Boolean(*value)]),
                Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(vec![Match::Boolean(true)]),
                Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(vec![Match::Boolean(false)]),
                _ => self.wrong_type(value.span, target, "write `true` or `false`"),
            },
            FieldType::Timestamp => self.wrong_type(
                value.span,
                target,
                "compare a part of it: `minute`, `hour`, `day`, `week`, `month`, `year`",
            ),
            FieldType::Pairs => {
                self.wrong_type(value.span, target, "derive a field with `pair` and test that")
            }
        }
    }

    fn wrong_type<T>(&mut self, span: Span, target: &Target, help: &str) -> Option<T> {
        let message = format!(
            "the value does not fit `{}`, which is of type {}",
            target.field.name,
            target.field.field_type.name()
        );
        self.report(self.error(Code::E0401, span, message).help(help));
        None
    }

    fn text(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
    ) -> Option<Vec<Match>> {
        let written = text_of(&value.value)?;
        if matches!(value.value, Scalar::Boolean(_)) && (modifiers.cased || modifiers.encoding.is_some()) {
            return self.wrong_type(
                value.span,
                target,
                "quote it, so that it is a text in the case as written",
            );
        }
        if written.is_empty() && modifiers.shape.is_some() {
            let finding = self
                .error(Code::E0306, value.span, "the empty text is in every text")
                .help("use `exists: true`");
            self.report(finding);
            return None;
        }
        let pattern = Pattern::parse(&written);
        let patterns = match modifiers.encoding {
            Some(encoding) => self.encoded(&pattern, encoding, modifiers, value.span)?,
            None if modifiers.windash => match encode::windash(&pattern) {
                Some(patterns) => patterns,
                None => {
                    let finding = self
                        .error(
                            Code::E0306,
                            value.span,
                            format!("more than {} dashes in one value", encode::MAX_DASHES),
                        )
                        .help("split the value into several with `contains|all|windash`");
                    self.report(finding);
                    return None;
                }
            },
            None => vec![pattern],
        };
        let case = modifiers.case();
        let mut found = Vec::new();
        for pattern in patterns {
            let pattern = match modifiers.shape {
                Some(Shape::Contains) => pattern.open_start().open_end(),
                Some(Shape::StartsWith) => pattern.open_end(),
                Some(Shape::EndsWith) => pattern.open_start(),
                None => pattern,
            };
            if pattern.pieces() == [Piece::AnyRun] {
                found.push(Match::Present);
                continue;
            }
            let test = Match::Text { pattern, case };
            self.known_value(&test, &written, value.span, target)?;
            found.push(test);
        }
        Some(found)
    }

    fn encoded(
        &mut self,
        pattern: &Pattern,
        encoding: Encoding,
        modifiers: &Modifiers,
        span: Span,
    ) -> Option<Vec<Pattern>> {
        let Some(literal) = pattern.as_literal().filter(|literal| !literal.is_empty()) else {
            let finding = self
                .error(Code::E0306, span, "a value that is encoded cannot have wildcards or be empty")
                .help("escape a literal star as `\\*`");
            self.report(finding);
            return None;
        };
        let sources = if modifiers.windash {
            encode::windash(&Pattern::literal(literal))?
        } else {
            vec![Pattern::literal(literal)]
        };
        let texts = sources.iter().filter_map(Pattern::as_literal).flat_map(|text| {
            let bytes = encode::bytes(text, modifiers.wide);
            match encoding {
                Encoding::Base64 => vec![encode::base64(&bytes)],
                Encoding::Base64Offset => encode::base64_offsets(&bytes),
            }
        });
        let texts: Vec<String> = texts.collect();
        if texts.iter().any(String::is_empty) {
            self.report(self.error(
                Code::E0306,
                span,
                "the value is too short: its encoding would match everything",
            ));
            return None;
        }
        Some(texts.into_iter().map(Pattern::literal).collect())
    }

    /// Refuses a test that no value of a closed list satisfies.
    fn known_value(&mut self, test: &Match, written: &str, span: Span, target: &Target) -> Option<()> {
        let Some(values) = target.spec.and_then(|spec| spec.values.as_ref()) else { return Some(()) };
        let possible = values.iter().any(|value| match test {
            Match::Text { pattern, case } => pattern.matches(value, *case),
            Match::Number { comparison, number } => {
                value.parse().is_ok_and(|value| comparison.holds(value, number.as_f64()))
            }
            Match::Regex(regex) => regex.compile().is_ok_and(|regex| regex.is_match(value)),
            Match::Boolean(_)
            | Match::Network(_)
            | Match::Missing
            | Match::Present
            | Match::Field { .. }
            | Match::TimePart { .. } => true,
        });
        if possible {
            return Some(());
        }
        let help = match did_you_mean(written, values.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its values are {}", values.join(", ")),
        };
        let message = format!("`{}` never has the value `{written}`", target.field.name);
        self.report(self.error(Code::E0407, span, message).help(help));
        None
    }

    fn number(&mut self, value: &Spanned<Scalar>, target: &Target) -> Option<Number> {
        let number = match &value.value {
            Scalar::Integer(value) => Some(Number::Integer(*value)),
            Scalar::Real(value) => Some(Number::Real(*value)),
            Scalar::Text(text) => plain_number(text),
            Scalar::Null | Scalar::Boolean(_) => None,
        };
        match number {
            Some(Number::Real(real)) if target.field.field_type == FieldType::Integer => {
                if real.fract() == 0.0 && real.abs() < 9_007_199_254_740_992.0 {
                    Some(Number::Integer(real as i64))
                } else {
                    self.wrong_type(value.span, target, "write a whole number")
                }
            }
            Some(number) => Some(number),
            None => self.wrong_type(value.span, target, "write a number"),
        }
    }

    fn comparison(
        &mut self,
        value: &Spanned<Scalar>,
        comparison: Comparison,
        target: &Target,
        key: Span,
    ) -> Option<Vec<Match>> {
        if !target.field.field_type.is_numeric() {
            let message = format!(
                "`{}` is of type {}: only numbers are compared",
                target.field.name,
                target.field.field_type.name()
            );
            self.report(self.error(Code::E0306, key, message));
            return None;
        }
        let number = self.number(value, target)?;
        let test = Match::Number { comparison, number };
        self.known_value(&test, &number.to_string(), value.span, target)?;
        Some(vec![test])
    }

    fn time_part(
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

    fn regex_match(
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

    fn network(&mut self, value: &Spanned<Scalar>, target: &Target, key: Span) -> Option<Vec<Match>> {
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

    fn exists(&mut self, value: &Spanned<Scalar>) -> Option<Vec<Match>> {
        match value.value {
            Scalar::Boolean(true) => Some(vec![Match::Present]),
            Scalar::Boolean(false) => Some(vec![Match::Missing]),
            _ => {
                self.report(self.error(Code::E0401, value.span, "`exists` is `true` or `false`"));
                None
            }
        }
    }

    fn field_reference(
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

    /// One keyword, as a predicate.
    pub(super) fn keyword(&mut self, value: &Scalar, span: Span) -> Option<crate::ir::Predicate> {
        let text = text_of(value).filter(|text| !text.is_empty());
        let Some(text) = text else {
            self.report(self.error(Code::E0401, span, "a keyword is a text that is not empty"));
            return None;
        };
        let pattern = Pattern::parse(&text).open_start().open_end();
        if pattern.pieces() == [Piece::AnyRun] {
            self.report(self.error(Code::E0401, span, "a keyword of wildcards alone is in every event"));
            return None;
        }
        Some(crate::ir::Predicate::Keyword(crate::ir::Keyword { any_of: vec![pattern], span }))
    }
}

/// The text that a value is compared as with text. Null has none.
pub(super) fn text_of(value: &Scalar) -> Option<String> {
    match value {
        Scalar::Null => None,
        Scalar::Boolean(value) => Some(value.to_string()),
        Scalar::Integer(value) => Some(value.to_string()),
        Scalar::Real(value) => Some(format!("{value:?}")),
        Scalar::Text(text) => Some(text.clone()),
    }
}

/// A number in plain decimal form.
fn plain_number(text: &str) -> Option<Number> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let plain = match magnitude.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(magnitude),
    };
    if !plain {
        return None;
    }
    match text.parse::<i64>() {
        Ok(value) => Some(Number::Integer(value)),
        Err(_) => text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Number::Real),
    }
}
