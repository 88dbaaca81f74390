//! What a binding's expression says, as far as it can be read backwards.
//!
//! In: made by the readers of each target's expressions. Out: read by the solver. No target's syntax is here; what an
//! expression does that is not listed is [`Formula::Opaque`].

use serde_json::Value as Json;

use super::tree::Step;

/// An expression over the record.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::proof) enum Formula {
    /// What stands at a path; the first step is the column or field.
    Place(Vec<Step>),
    /// Always this.
    Literal(Json),
    /// No value.
    Null,
    /// The value of the part, in another form: case, type, white space, rewritten parts.
    Same(Box<Formula>),
    /// The value of the part, without this text at its beginning or end.
    Trimmed(Box<Formula>, String),
    /// The part with one text in place of another.
    Replaced {
        /// The part.
        part: Box<Formula>,
        /// What is replaced.
        from: String,
        /// By what.
        to: String,
    },
    /// The texts of the parts, one after the other.
    Concat(Vec<Formula>),
    /// The first that has a value.
    First(Vec<Formula>),
    /// The value behind the first condition that holds.
    Choice(Vec<(Formula, Formula)>, Box<Formula>),
    /// Group 1 of the first match; the whole match when there is no group.
    Extract(String, Box<Formula>),
    /// The groups of all matches.
    ExtractAll(String, Box<Formula>),
    /// A piece of the text between separators.
    Piece(Box<Formula>, String),
    /// A whole number as hexadecimal digits.
    Hexadecimal(Box<Formula>),
    /// In two lists that stay in step, the value beside this name.
    Beside {
        /// The field with the names.
        names: String,
        /// The field with the values.
        values: String,
        /// The name.
        name: String,
    },
    /// Several values.
    List(Vec<Formula>),
    /// Both are equal.
    Equal(Box<Formula>, Box<Formula>),
    /// The value is one of these.
    In(Box<Formula>, Vec<Formula>),
    /// This text is in the value, or at one of its ends.
    Holds(Box<Formula>, Box<Formula>),
    /// The expression matches somewhere.
    Matches(Box<Formula>, String),
    /// There is no value.
    Empty(Box<Formula>),
    /// It does not hold.
    Not(Box<Formula>),
    /// All hold.
    All(Vec<Formula>),
    /// One holds.
    Any(Vec<Formula>),
    /// Something that is not read backwards.
    Opaque,
}

impl Formula {
    /// A column or field.
    pub(in crate::proof) fn column(name: &str) -> Self {
        Formula::Place(vec![Step::Key(name.into())])
    }

    /// A text.
    pub(in crate::proof) fn text(text: impl Into<String>) -> Self {
        Formula::Literal(Json::String(text.into()))
    }

    /// The text, when it is one always.
    pub(in crate::proof) fn as_text(&self) -> Option<&str> {
        match self {
            Formula::Literal(Json::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A step into it: into a place, or into what a place becomes by a change of form alone.
    pub(in crate::proof) fn step(self, step: Step) -> Self {
        match self {
            Formula::Place(mut path) => {
                path.push(step);
                Formula::Place(path)
            }
            Formula::Same(inner) => inner.step(step),
            // JSON that is cut out of a text is made as the whole text.
            Formula::Extract(pattern, inner) if pattern.contains(r"\{.*\}") => inner.step(step),
            piece @ Formula::Piece(..) => piece,
            _ => Formula::Opaque,
        }
    }

    /// Whether it ends in hexadecimal digits, whose case nobody promises.
    pub(in crate::proof) fn is_hexadecimal(&self) -> bool {
        match self {
            Formula::Hexadecimal(_) => true,
            Formula::Concat(parts) => parts.last().is_some_and(Formula::is_hexadecimal),
            Formula::Same(part) => part.is_hexadecimal(),
            _ => false,
        }
    }

    /// The columns or fields that it reads, and whether it looks into each.
    pub(in crate::proof) fn places(&self, found: &mut Vec<(String, bool)>) {
        match self {
            Formula::Place(path) => {
                if let Some(Step::Key(name)) = path.first() {
                    found.push((name.to_string(), path.len() > 1));
                }
            }
            Formula::Literal(_) | Formula::Null | Formula::Opaque => {}
            Formula::Beside { names, values, .. } => {
                found.extend([(names.clone(), false), (values.clone(), false)]);
            }
            Formula::Same(part)
            | Formula::Trimmed(part, _)
            | Formula::Replaced { part, .. }
            | Formula::Extract(_, part)
            | Formula::ExtractAll(_, part)
            | Formula::Piece(part, _)
            | Formula::Hexadecimal(part)
            | Formula::Matches(part, _)
            | Formula::Empty(part)
            | Formula::Not(part) => part.places(found),
            Formula::Concat(parts)
            | Formula::First(parts)
            | Formula::List(parts)
            | Formula::All(parts)
            | Formula::Any(parts) => parts.iter().for_each(|part| part.places(found)),
            Formula::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    condition.places(found);
                    value.places(found);
                }
                otherwise.places(found);
            }
            Formula::Equal(left, right) | Formula::Holds(left, right) => {
                left.places(found);
                right.places(found);
            }
            Formula::In(part, list) => {
                part.places(found);
                list.iter().for_each(|part| part.places(found));
            }
        }
    }
}
