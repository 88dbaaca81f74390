//! Boolean structure over field tests.

use super::{Field, Match, Pattern};
use crate::source::Span;

/// A condition over one event. Two-valued: a test on a missing field is false, and its negation is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Every one holds. Not empty.
    All(Vec<Predicate>),
    /// One of them holds. Not empty.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// A test of one field.
    Field(FieldTest),
    /// A text somewhere in the event.
    Keyword(Keyword),
}

/// One of the matches holds for the field. Kept together so that targets can write lists.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldTest {
    /// The field.
    pub field: Field,
    /// The alternatives; not empty. They are all of one kind (texts of one case, numbers, …) or a mix, as written.
    pub any_of: Vec<Match>,
    /// The item in the detection, for messages.
    pub span: Span,
}

/// One of the patterns occurs somewhere in the event, without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    /// The alternatives, each open at both ends; not empty.
    pub any_of: Vec<Pattern>,
    /// The place in the detection, for messages.
    pub span: Span,
}

impl Predicate {
    /// `All`, flattened: nested `All`s are merged and a single member stands alone.
    pub fn all(members: impl IntoIterator<Item = Predicate>) -> Self {
        let mut flat = Vec::new();
        for member in members {
            match member {
                Predicate::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Predicate::All(flat) }
    }

    /// `Any`, flattened likewise.
    pub fn any(members: impl IntoIterator<Item = Predicate>) -> Self {
        let mut flat = Vec::new();
        for member in members {
            match member {
                Predicate::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Predicate::Any(flat) }
    }

    /// `Not`, with double negation removed.
    #[expect(clippy::should_implement_trait, reason = "a constructor beside `all` and `any`")]
    pub fn not(inner: Predicate) -> Self {
        match inner {
            Predicate::Not(inner) => *inner,
            other => Predicate::Not(Box::new(other)),
        }
    }

    /// Moves every place, when what stands before them has become longer.
    pub fn move_places(&mut self, by: usize) {
        match self {
            Predicate::All(members) | Predicate::Any(members) => {
                members.iter_mut().for_each(|member| member.move_places(by));
            }
            Predicate::Not(inner) => inner.move_places(by),
            Predicate::Field(test) => test.span = test.span.moved(by),
            Predicate::Keyword(keyword) => keyword.span = keyword.span.moved(by),
        }
    }

    /// Visits every field test, also those compared with.
    pub fn visit_fields<'a>(&'a self, visit: &mut impl FnMut(&'a Field)) {
        match self {
            Predicate::All(members) | Predicate::Any(members) => {
                members.iter().for_each(|member| member.visit_fields(visit));
            }
            Predicate::Not(inner) => inner.visit_fields(visit),
            Predicate::Field(test) => {
                visit(&test.field);
                for alternative in &test.any_of {
                    if let Match::Field { other, .. } = alternative {
                        visit(other);
                    }
                }
            }
            Predicate::Keyword(_) => {}
        }
    }
}
