//! What a regular expression says of itself, read off its tree: to compile it costs a hundred times as much.
//!
//! In: the tree of a checked expression. Out: a [`Shape`]. Must not know flags, which change none of this, or targets.

use regex_syntax::ast::{AssertionKind, Ast, ClassSet, ClassSetItem, RepetitionKind, RepetitionRange};

/// Facts about an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// How many groups capture.
    pub(super) groups: usize,
    /// Whether it matches the empty text.
    pub(super) matches_empty: bool,
    /// How many characters and classes it has when counted repetitions are written out. What may stand for many
    /// characters in few letters, a class beyond ASCII, counts [`WIDE`].
    pub(super) atoms: usize,
}

/// What a class counts whose letters have other cases in many places.
const WIDE: usize = 1_000;

impl Shape {
    /// The facts about a tree. Trees are not deep: the parser's limit also bounds this recursion.
    pub(super) fn of(ast: &Ast) -> Self {
        let leaf = |matches_empty, atoms| Self { groups: 0, matches_empty, atoms };
        match ast {
            Ast::Empty(_) | Ast::Flags(_) => leaf(true, 0),
            Ast::Literal(_) | Ast::Dot(_) | Ast::ClassPerl(_) => leaf(false, 1),
            Ast::ClassUnicode(_) => leaf(false, WIDE),
            Ast::ClassBracketed(class) => leaf(false, class_atoms(&class.kind)),
            Ast::Assertion(assertion) => leaf(holds_in_nothing(&assertion.kind), 1),
            Ast::Repetition(repetition) => {
                let (least, most) = bounds(&repetition.op.kind);
                let inner = Self::of(&repetition.ast);
                Self {
                    groups: inner.groups,
                    matches_empty: least == 0 || inner.matches_empty,
                    atoms: inner.atoms.saturating_mul(most),
                }
            }
            Ast::Group(group) => {
                let inner = Self::of(&group.ast);
                Self { groups: inner.groups + usize::from(group.is_capturing()), ..inner }
            }
            Ast::Alternation(alternation) => Self::joined(&alternation.asts, |all, one| all || one, false),
            Ast::Concat(concat) => Self::joined(&concat.asts, |all, one| all && one, true),
        }
    }

    fn joined(members: &[Ast], join: fn(bool, bool) -> bool, of_none: bool) -> Self {
        members.iter().map(Self::of).fold(Self { groups: 0, matches_empty: of_none, atoms: 0 }, |all, one| {
            Self {
                groups: all.groups + one.groups,
                matches_empty: join(all.matches_empty, one.matches_empty),
                atoms: all.atoms.saturating_add(one.atoms),
            }
        })
    }
}

/// Whether an assertion holds in the empty text, whose only place is its start and its end, beside no word.
fn holds_in_nothing(kind: &AssertionKind) -> bool {
    match kind {
        AssertionKind::StartLine
        | AssertionKind::EndLine
        | AssertionKind::StartText
        | AssertionKind::EndText
        | AssertionKind::NotWordBoundary
        | AssertionKind::WordBoundaryStartHalf
        | AssertionKind::WordBoundaryEndHalf => true,
        AssertionKind::WordBoundary
        | AssertionKind::WordBoundaryStart
        | AssertionKind::WordBoundaryStartAngle
        | AssertionKind::WordBoundaryEnd
        | AssertionKind::WordBoundaryEndAngle => false,
    }
}

/// The least number of times, and how often the operand is written out.
fn bounds(kind: &RepetitionKind) -> (u32, usize) {
    let times = |count: u32| count.max(1) as usize;
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => (0, 1),
        RepetitionKind::OneOrMore => (1, 1),
        RepetitionKind::Range(RepetitionRange::Exactly(count)) => (*count, times(*count)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, times(*least)),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, times(*most)),
    }
}

fn class_atoms(class: &ClassSet) -> usize {
    match class {
        ClassSet::Item(item) => item_atoms(item),
        ClassSet::BinaryOp(_) => WIDE,
    }
}

fn item_atoms(item: &ClassSetItem) -> usize {
    match item {
        ClassSetItem::Empty(_) => 0,
        ClassSetItem::Literal(_) | ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) => 1,
        ClassSetItem::Range(range) if range.end.c.is_ascii() => 1,
        ClassSetItem::Range(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => WIDE,
        ClassSetItem::Union(union) => union.items.iter().map(item_atoms).sum(),
    }
}
