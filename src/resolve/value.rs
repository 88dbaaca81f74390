//! A value under modifiers and a field type, as matches.

use std::borrow::Cow;

use super::encode;
use super::modifiers::{Encoding, Kind, Modifiers, Shape};
use super::scope::Scope;
use super::{Dialect, Resolver};
use crate::catalogue::FieldSpec;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{Comparison, Field, FieldType, Match, Number, Pattern, Piece};
use crate::schema::Scalar;
use crate::source::{Span, Spanned};

/// What is tested.
pub(super) struct Target<'a> {
    pub(super) field: &'a Field,
    pub(super) spec: Option<&'a FieldSpec>,
    pub(super) scope: &'a Scope<'a>,
}

impl Resolver<'_> {
    /// Adds the alternatives that one value stands for.
    pub(super) fn matches(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
        key: Span,
        found: &mut Vec<Match>,
    ) -> Option<()> {
        let others = match modifiers.kind {
            Kind::Plain if modifiers.part.is_some() => {
                self.time_part(value, modifiers, Comparison::Equal, target, key)
            }
            Kind::Compare(comparison) if modifiers.part.is_some() => {
                self.time_part(value, modifiers, comparison, target, key)
            }
            Kind::Plain => return self.plain(value, modifiers, target, found),
            Kind::Compare(comparison) => self.comparison(value, comparison, target, key),
            Kind::Regex => self.regex_match(value, modifiers, target, key),
            Kind::Cidr => self.network(value, target, key),
            Kind::Exists => self.exists(value),
            Kind::FieldReference => self.field_reference(value, modifiers, target),
            Kind::InList => self.in_list(value, target),
            Kind::Expand => self.placeholder(value, target),
        };
        found.extend(others?);
        Some(())
    }

    fn plain(
        &mut self,
        value: &Spanned<Scalar>,
        modifiers: &Modifiers,
        target: &Target,
        found: &mut Vec<Match>,
    ) -> Option<()> {
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
            found.push(Match::Missing);
            return Some(());
        }
        let single = match target.field.field_type {
            FieldType::Text | FieldType::Ip => return self.text(value, modifiers, target, found),
            FieldType::Integer | FieldType::Real => {
                let number = self.number(value, target)?;
                if modifiers.shape.is_some() || modifiers.encoding.is_some() || modifiers.windash {
                    return self.wrong_type(value.span, target, "text modifiers do not fit a number");
                }
                let test = Match::Number { comparison: Comparison::Equal, number };
                self.known_value(&test, &number.to_string(), value.span, target)?;
                Some(test)
            }
            FieldType::Boolean => match &value.value {
                Scalar::Boolean(value) => Some(Match::Boolean(*value)),
                Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(Match::Boolean(true)),
                Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(Match::Boolean(false)),
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
        };
        found.push(single?);
        Some(())
    }

    pub(super) fn wrong_type<T>(&mut self, span: Span, target: &Target, help: &str) -> Option<T> {
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
        found: &mut Vec<Match>,
    ) -> Option<()> {
        let written = text_of(&value.value)?;
        if matches!(value.value, Scalar::Boolean(_)) && (modifiers.cased || modifiers.encoding.is_some()) {
            return self.wrong_type(
                value.span,
                target,
                "quote it, so that it is a text in the case as written",
            );
        }
        if written.is_empty() && modifiers.shape.is_some() && self.dialect == Dialect::Sigma {
            let message = "the empty text is in every text: this holds whenever the field is there";
            self.report(
                self.error(Code::W0415, value.span, message).help("use `exists: true`, or remove it"),
            );
            found.push(Match::Present);
            return Some(());
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
            None if !modifiers.windash => {
                return self.shaped(pattern, &written, value.span, modifiers, target, found);
            }
            Some(encoding) => self.encoded(&pattern, encoding, modifiers, value.span)?,
            None => match encode::windash(&pattern) {
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
        };
        let mut each = patterns.into_iter();
        each.try_for_each(|pattern| self.shaped(pattern, &written, value.span, modifiers, target, found))
    }

    /// Adds the test of a pattern where its modifiers want it: anywhere, at an end, or as the whole.
    fn shaped(
        &mut self,
        pattern: Pattern,
        written: &str,
        span: Span,
        modifiers: &Modifiers,
        target: &Target,
        found: &mut Vec<Match>,
    ) -> Option<()> {
        let pattern = match modifiers.shape {
            Some(Shape::Contains) => pattern.open_start().open_end(),
            Some(Shape::StartsWith) => pattern.open_end(),
            Some(Shape::EndsWith) => pattern.open_start(),
            None => pattern,
        };
        if pattern.pieces() == [Piece::AnyRun] {
            found.push(Match::Present);
            return Some(());
        }
        let test = Match::Text { pattern, case: modifiers.case() };
        self.known_value(&test, written, span, target)?;
        found.push(test);
        Some(())
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
    pub(super) fn known_value(
        &mut self,
        test: &Match,
        written: &str,
        span: Span,
        target: &Target,
    ) -> Option<()> {
        let Some(values) = target.spec.and_then(|spec| spec.values.as_ref()) else { return Some(()) };
        let possible = values.iter().any(|value| match test {
            Match::Text { pattern, case } => pattern.matches(value, *case),
            Match::Number { comparison, number } => {
                value.parse().is_ok_and(|value| comparison.holds(value, number.as_f64()))
            }
            Match::Regex(regex) => regex.compile().is_ok_and(|regex| regex.is_match(value)),
            Match::Boolean(_)
            | Match::Network(_)
            | Match::InList(_)
            | Match::Missing
            | Match::Present
            | Match::Field { .. }
            | Match::TimePart { .. } => true,
        });
        if possible {
            return Some(());
        }
        let near = did_you_mean(written, values.iter().map(String::as_str));
        let help = match near.filter(|near| *near != written) {
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
pub(super) fn text_of(value: &Scalar) -> Option<Cow<'_, str>> {
    match value {
        Scalar::Null => None,
        Scalar::Boolean(value) => Some(value.to_string().into()),
        Scalar::Integer(value) => Some(value.to_string().into()),
        Scalar::Real(value) => Some(format!("{value:?}").into()),
        Scalar::Text(text) => Some(text.into()),
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
