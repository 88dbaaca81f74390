//! One field test as `field|modifiers: values`.
//!
//! In: a test of the IR. Out: one or several [`Alternative`]s, of which one must hold. Which modifiers exist and in
//! which order they may stand is that of sigma-specification 2.1.0 (appendix on modifiers) and of pySigma, which
//! reads them from left to right. Must not know how tests are joined.

use crate::catalogue::ValueProblem;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{
    Case, Comparison, FieldComparison, FieldTest, FieldType, Match, Number, Pattern, Piece, Regex, TimePart,
};
use crate::targets::{Consent, NeededList, Polarity};
use crate::yaml::YamlScalar;

use super::fields::Fields;
use super::lists;

/// A key with values of which one must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alternative {
    /// The field.
    field: String,
    /// The modifiers, with `|` before each.
    modifiers: String,
    /// The values, each once.
    pub(super) values: Vec<YamlScalar>,
}

impl Alternative {
    /// The key under which the values stand.
    pub(super) fn key(&self) -> String {
        format!("{}{}", self.field, self.modifiers)
    }

    /// The key under which all of the values must hold, where that is usual: pySigma's validators take `all` without
    /// `contains` for an error, since a single value cannot equal two texts.
    pub(super) fn key_of_all(&self) -> Option<String> {
        self.modifiers.starts_with("|contains").then(|| format!("{}|all", self.key()))
    }

    /// Whether it tests for null, which may stand in no list, by the specification.
    fn is_null(&self) -> bool {
        self.values.contains(&YamlScalar::Null)
    }
}

/// Writes one test. Empty when it cannot be written; the findings then say why.
pub(super) fn alternatives<'a>(
    test: &'a FieldTest,
    fields: &Fields<'a>,
    polarity: Polarity,
    consent: &mut Consent,
    needed: &mut Vec<NeededList>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Alternative> {
    let place = match fields.tested(&test.field, &test.any_of, test.span, polarity, consent) {
        Ok(place) => place,
        Err(finding) => {
            findings.push(*finding);
            return Vec::new();
        }
    };
    let mut matches = Vec::new();
    for alternative in lists::with_rows(test, place.values.is_some(), needed) {
        let map = place.values.filter(|_| !matches!(alternative, Match::InList(_)));
        match map.map_or_else(|| Ok(vec![alternative.clone()]), |map| map.apply(&alternative)) {
            Ok(translated) => matches.extend(translated),
            Err(problem) => findings.push(untranslatable(test, &problem, consent)),
        }
    }
    let mut writer = Writer {
        field: place.name,
        insensitive: common_shape(&matches, Case::Insensitive),
        sensitive: common_shape(&matches, Case::Sensitive),
        written: Vec::new(),
    };
    for alternative in &matches {
        if let Err(refusal) = writer.write(alternative, test, fields, polarity, consent) {
            findings.push(*refusal);
        }
    }
    writer.written
}

fn untranslatable(test: &FieldTest, problem: &ValueProblem, consent: &Consent) -> Diagnostic {
    let (code, help) = match problem {
        ValueProblem::NoValue => (Code::E0407, "test a value that the field can have"),
        ValueProblem::Untranslatable(_) => {
            (Code::E0501, "test whole values, or write the rule under `raw: sigma:`")
        }
    };
    Diagnostic::new(code, format!("sigma: `{}`: {problem}", test.field.name))
        .at(consent.file(), test.span, "")
        .help(help)
}

/// How all text patterns of one list are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Wildcards stand in the value.
    Written,
    StartsWith,
    EndsWith,
    Contains,
}

impl Shape {
    /// The modifier that says the most of this pattern. `*` alone has none: `contains: ''` reads badly.
    fn of(pattern: &Pattern) -> Self {
        match pattern.pieces() {
            [Piece::AnyRun, .., Piece::AnyRun] => Shape::Contains,
            [Piece::AnyRun, _, ..] => Shape::EndsWith,
            [_, .., Piece::AnyRun] => Shape::StartsWith,
            _ => Shape::Written,
        }
    }

    fn modifier(self) -> &'static str {
        match self {
            Shape::Written => "",
            Shape::StartsWith => "|startswith",
            Shape::EndsWith => "|endswith",
            Shape::Contains => "|contains",
        }
    }

    /// The value under the modifier: without the wildcards that the modifier adds, which are tokens and so are not
    /// escaped by a backslash before them.
    fn value(self, pattern: &Pattern) -> YamlScalar {
        let pieces = pattern.pieces();
        let (start, end) = match self {
            Shape::Written => (0, pieces.len()),
            Shape::StartsWith => (0, pieces.len() - 1),
            Shape::EndsWith => (1, pieces.len()),
            Shape::Contains => (1, pieces.len() - 1),
        };
        YamlScalar::text(Pattern::from_pieces(pieces[start..end].iter().cloned()).to_sigma())
    }
}

/// The shape that all patterns of one case share.
fn common_shape(matches: &[Match], of: Case) -> Shape {
    let mut shapes = matches.iter().filter_map(|alternative| {
        if let Match::Text { pattern, case } = alternative {
            (*case == of).then(|| Shape::of(pattern))
        } else {
            None
        }
    });
    match shapes.next() {
        Some(first) if shapes.all(|shape| shape == first) => first,
        _ => Shape::Written,
    }
}

/// Collects the alternatives of one test by key.
struct Writer<'a> {
    field: &'a str,
    insensitive: Shape,
    sensitive: Shape,
    written: Vec<Alternative>,
}

impl Writer<'_> {
    fn add(&mut self, modifiers: &str, value: YamlScalar) {
        let null = value == YamlScalar::Null;
        match self.written.iter_mut().find(|known| known.modifiers == modifiers && known.is_null() == null) {
            Some(known) if known.values.contains(&value) => {}
            Some(known) => known.values.push(value),
            None => self.written.push(Alternative {
                field: self.field.to_owned(),
                modifiers: modifiers.to_owned(),
                values: vec![value],
            }),
        }
    }

    fn write<'a>(
        &mut self,
        alternative: &'a Match,
        test: &'a FieldTest,
        fields: &Fields<'a>,
        polarity: Polarity,
        consent: &mut Consent,
    ) -> Result<(), Box<Diagnostic>> {
        let file = consent.file();
        let refuse = |what: &str, why: &str, help: &str| {
            Box::new(
                Diagnostic::new(Code::E0501, format!("sigma: {what} on `{}`: {why}", test.field.name))
                    .at(file, test.span, "")
                    .help(help),
            )
        };
        let is_list = test.field.field_type == FieldType::Pairs;
        if is_list && !matches!(alternative, Match::Missing | Match::Present) {
            return Err(refuse("a test of values", "Sigma has no name/value lists", RAW));
        }
        match alternative {
            Match::Text { pattern, case } => {
                let (shape, cased) = match case {
                    Case::Insensitive => (self.insensitive, ""),
                    Case::Sensitive => (self.sensitive, "|cased"),
                };
                self.add(&format!("{}{cased}", shape.modifier()), shape.value(pattern));
            }
            Match::Regex(regex) => {
                if let Some(construct) = unportable(regex) {
                    return Err(refuse(
                        &format!("`{construct}` in a regular expression"),
                        "readers of Sigma take it differently",
                        "write `$`, `\\xHH`, a group without a name, or the characters of the class",
                    ));
                }
                let flags: String = regex.flags().chars().flat_map(|flag| ['|', flag]).collect();
                self.add(&format!("|re{flags}"), YamlScalar::text(regex.source()));
            }
            Match::Number { comparison, number } => {
                let modifier = match comparison {
                    Comparison::Equal => "",
                    Comparison::Less => "|lt",
                    Comparison::LessOrEqual => "|lte",
                    Comparison::Greater => "|gt",
                    Comparison::GreaterOrEqual => "|gte",
                };
                self.add(modifier, scalar(*number));
            }
            Match::Boolean(value) => self.add("", YamlScalar::Boolean(*value)),
            Match::Network(network) => self.add("|cidr", YamlScalar::text(network.trunc().to_string())),
            Match::InList(membership) => match lists::placeholder(membership) {
                Some(placeholder) => self.add("|expand", YamlScalar::text(placeholder)),
                None => {
                    return Err(refuse(
                        &format!("the list `{}`", membership.list.name),
                        "it is empty, and Sigma has no test that nothing satisfies",
                        "add a row to the list, or `placeholder: true`",
                    ));
                }
            },
            Match::Missing => self.add("", YamlScalar::Null),
            Match::Present => self.add("|exists", YamlScalar::Boolean(true)),
            Match::Field { comparison, other, case } => {
                if *case == Case::Sensitive {
                    return Err(refuse(
                        "a case-sensitive comparison with another field",
                        "`cased` does not apply to `fieldref`",
                        "leave out `cased`, or write the rule under `raw: sigma:`",
                    ));
                }
                let other = fields.tested(other, &test.any_of, test.span, polarity, consent)?;
                if other.values.is_some() {
                    return Err(refuse(
                        "a comparison with another field",
                        "the other field has other values here",
                        RAW,
                    ));
                }
                // The reference is made first: `contains` before it would put wildcards into the field's name.
                let modifiers = match comparison {
                    FieldComparison::Equals => "|fieldref",
                    FieldComparison::StartsWith => "|fieldref|startswith",
                    FieldComparison::EndsWith => "|fieldref|endswith",
                    FieldComparison::Contains => "|fieldref|contains",
                };
                self.add(modifiers, YamlScalar::text(Pattern::literal(other.name).to_sigma()));
            }
            Match::TimePart { part, comparison, number } => {
                let (modifier, values) =
                    time_part(*part, *comparison, *number).map_err(|(what, why)| refuse(what, why, RAW))?;
                if values.is_empty() {
                    return Err(Box::new(
                        Diagnostic::new(Code::E0407, format!("sigma: no {} is such", &modifier[1..]))
                            .at(file, test.span, "this can never be true")
                            .help("compare with a value that this part of a moment can have"),
                    ));
                }
                values.into_iter().for_each(|value| self.add(modifier, YamlScalar::Integer(value)));
            }
        }
        Ok(())
    }
}

const RAW: &str = "write the rule under `raw: sigma:`";

/// A number as YAML.
fn scalar(number: Number) -> YamlScalar {
    match number {
        Number::Integer(value) => YamlScalar::Integer(value),
        Number::Real(value) => YamlScalar::Real(value),
    }
}

/// The values of a part of a moment that satisfy a comparison. The specification has no order on parts, and pySigma
/// drops the part of `hour|gte`, so the values are listed. Weeks are refused: the specification counts 1 to 52 and
/// does not say from which day, ISO 8601 has 53.
fn time_part(
    part: TimePart,
    comparison: Comparison,
    number: i64,
) -> Result<(&'static str, Vec<i64>), (&'static str, &'static str)> {
    let (modifier, values) = match part {
        TimePart::Minute => ("|minute", 0..=59),
        TimePart::Hour => ("|hour", 0..=23),
        TimePart::Day => ("|day", 1..=31),
        TimePart::Month => ("|month", 1..=12),
        TimePart::Week => return Err(("a week", "Sigma does not say how weeks are counted")),
        TimePart::Year if comparison == Comparison::Equal => return Ok(("|year", vec![number])),
        TimePart::Year => {
            return Err(("a range of years", "Sigma compares parts of a moment for equality alone"));
        }
    };
    let holds = |value: &i64| match comparison {
        Comparison::Equal => *value == number,
        Comparison::Less => *value < number,
        Comparison::LessOrEqual => *value <= number,
        Comparison::Greater => *value > number,
        Comparison::GreaterOrEqual => *value >= number,
    };
    Ok((modifier, values.filter(holds).collect()))
}

/// What PCRE, which the specification names, and Python, which pySigma checks with, read differently.
fn unportable(regex: &Regex) -> Option<&'static str> {
    let mut rest = regex.source();
    while !rest.is_empty() {
        let found = [r"\z", r"\x{", "(?<", "[:"].into_iter().find(|construct| rest.starts_with(construct));
        if found.is_some() {
            return found;
        }
        // An escape is two characters: the `z` of `\\z` is a letter.
        let step = if rest.starts_with('\\') { 2 } else { 1 };
        rest = rest.char_indices().nth(step).map_or("", |(i, _)| &rest[i..]);
    }
    None
}
