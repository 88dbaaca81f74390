//! Expressions: the tree, and how it prints.
//!
//! In: built by `lower`. Out: text, by `Display` on one line, or broken over lines by [`Condition`]. Parentheses come
//! from precedence alone. Must not know fields, bindings or the IR's conditions.

use std::fmt::{self, Write};

use super::fragment::Fragment;
pub(super) use super::operators::{Operation, Relation};
use super::precedence::Precedence;
use super::tokens::{Ident, Print, StringLiteral, prints_itself};
use crate::ir::{Duration, Number};

/// A scalar expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Expr {
    /// A column or variable.
    Name(Ident),
    /// A string literal.
    Text(StringLiteral),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// `guid(…)`.
    Guid(uuid::Uuid),
    /// A timespan literal.
    Timespan(Duration),
    /// `dynamic(…)` of this JSON.
    Dynamic(&'static str),
    /// An expression of the catalogue.
    Fragment(Box<Fragment>),
    /// `function(arguments)`.
    Call(&'static str, Vec<Expr>),
    /// `value.key` of a property bag.
    Key(Box<Expr>, String),
    /// `value[index]` of an array.
    Index(Box<Expr>, i64),
    /// A comparison, maybe negated.
    Compare {
        /// What is compared.
        left: Box<Expr>,
        /// How.
        relation: Relation,
        /// Whether it must not hold.
        negated: bool,
        /// With what.
        right: Box<Expr>,
    },
    /// `value in (list)`.
    In {
        /// What is looked for.
        value: Box<Expr>,
        /// Whether case counts. Numbers count as cased.
        cased: bool,
        /// Whether it must not be there.
        negated: bool,
        /// Where; not empty.
        list: Vec<Expr>,
    },
    /// `value between (from .. to)`.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Two numbers, or a moment and a timespan.
    Arithmetic(Box<Expr>, Operation, Box<Expr>),
    /// All hold.
    And(Vec<Expr>),
    /// One holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
}

/// Members of one `and` or `or`: Microsoft's parser gives up at about 400 levels, and each operator is one.
const MAX_MEMBERS: usize = 100;

impl Expr {
    /// A column or variable.
    pub(super) fn name(name: impl Into<String>) -> Self {
        Expr::Name(Ident::new(name))
    }

    /// A string literal.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Expr::Text(StringLiteral::new(text))
    }

    /// A call of one argument.
    pub(super) fn call(function: &'static str, argument: Expr) -> Self {
        Expr::Call(function, vec![argument])
    }

    /// A comparison.
    pub(super) fn compare(left: Expr, relation: Relation, right: Expr) -> Self {
        Expr::Compare { left: Box::new(left), relation, negated: false, right: Box::new(right) }
    }

    /// A whole number.
    pub(super) fn integer(number: i64) -> Self {
        Expr::Number(Number::Integer(number))
    }

    /// A sum, product or quotient.
    pub(super) fn arithmetic(left: Expr, operation: Operation, right: Expr) -> Self {
        Expr::Arithmetic(Box::new(left), operation, Box::new(right))
    }

    /// All hold. One member stands alone; nested ones are merged.
    pub(super) fn all(members: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for member in members {
            match member {
                Expr::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        joined(flat, Expr::And)
    }

    /// One holds. One member stands alone; nested ones are merged.
    pub(super) fn any(members: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for member in members {
            match member {
                Expr::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        joined(flat, Expr::Or)
    }

    /// It does not hold; written with the operator's own negation where it has one. The inner expression must be
    /// true or false, never null.
    pub(super) fn negate(self) -> Self {
        match self {
            Expr::Compare { left, relation, negated, right } if relation.negation().is_some() => {
                Expr::Compare { left, relation, negated: !negated, right }
            }
            Expr::In { value, cased, negated, list } => Expr::In { value, cased, negated: !negated, list },
            Expr::Call("isempty", arguments) => Expr::Call("isnotempty", arguments),
            Expr::Call("isnotempty", arguments) => Expr::Call("isempty", arguments),
            Expr::Call("isnull", arguments) => Expr::Call("isnotnull", arguments),
            Expr::Call("isnotnull", arguments) => Expr::Call("isnull", arguments),
            Expr::Not(inner) => *inner,
            Expr::Or(members) => Expr::all(members.into_iter().map(Expr::negate)),
            other => Expr::Not(Box::new(other)),
        }
    }

    fn precedence(&self) -> Precedence {
        match self {
            Expr::Or(_) => Precedence::Or,
            Expr::And(_) => Precedence::And,
            Expr::Compare { .. } | Expr::In { .. } | Expr::Between(..) => Precedence::Comparison,
            Expr::Fragment(fragment) => fragment.precedence(),
            Expr::Arithmetic(_, operation, _) => operation.precedence(),
            Expr::Number(Number::Integer(value)) if *value < 0 => Precedence::Sign,
            Expr::Number(Number::Real(value)) if *value < 0.0 => Precedence::Sign,
            Expr::Name(_)
            | Expr::Text(_)
            | Expr::Number(_)
            | Expr::Boolean(_)
            | Expr::Guid(_)
            | Expr::Timespan(_)
            | Expr::Dynamic(_)
            | Expr::Call(..)
            | Expr::Key(..)
            | Expr::Index(..)
            | Expr::Not(_) => Precedence::Primary,
        }
    }

    /// The operand of an operator: in parentheses when it binds no tighter than `above`.
    fn operand(&self, above: Precedence, f: &mut dyn Write) -> fmt::Result {
        if self.precedence() > above {
            return self.print(f);
        }
        f.write_char('(')?;
        self.print(f)?;
        f.write_char(')')
    }

    /// A member of `and` or `or`. An `and` inside an `or` needs no parentheses, but readers do.
    fn member(&self, f: &mut dyn Write) -> fmt::Result {
        self.operand(Precedence::And, f)
    }
}

fn joined(mut members: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    if members.len() == 1 {
        return members.swap_remove(0);
    }
    if members.len() <= MAX_MEMBERS {
        return join(members);
    }
    let size = members.len().div_ceil(members.len().div_ceil(MAX_MEMBERS));
    let mut groups = Vec::new();
    while !members.is_empty() {
        let rest = members.split_off(size.min(members.len()));
        groups.push(if members.len() == 1 { members.swap_remove(0) } else { join(members) });
        members = rest;
    }
    join(groups)
}

impl Print for Expr {
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        match self {
            Expr::Name(name) => name.print(f),
            Expr::Text(text) => text.print(f),
            Expr::Number(number) => write!(f, "{number}"),
            Expr::Boolean(value) => write!(f, "{value}"),
            Expr::Guid(id) => write!(f, "guid({id})"),
            Expr::Timespan(duration) => write!(f, "{duration}"),
            Expr::Dynamic(json) => write!(f, "dynamic({json})"),
            Expr::Fragment(fragment) => fragment.print(f),
            Expr::Call(function, arguments) => {
                f.write_str(function)?;
                f.write_char('(')?;
                list(arguments, f)?;
                f.write_char(')')
            }
            Expr::Key(bag, key) => {
                bag.operand(Precedence::Sign, f)?;
                if Ident::new(key.as_str()).is_bare() {
                    write!(f, ".{key}")
                } else {
                    write!(f, "[{}]", StringLiteral::new(key.as_str()))
                }
            }
            Expr::Index(array, index) => {
                array.operand(Precedence::Sign, f)?;
                write!(f, "[{index}]")
            }
            Expr::Compare { left, relation, negated, right } => {
                let text = relation.negation().filter(|_| *negated).unwrap_or(relation.text());
                left.operand(Precedence::Comparison, f)?;
                f.write_char(' ')?;
                f.write_str(text)?;
                f.write_char(' ')?;
                right.operand(Precedence::Comparison, f)
            }
            Expr::In { value, cased, negated, list: items } => {
                value.operand(Precedence::Comparison, f)?;
                write!(f, " {} (", in_operator(*cased, *negated))?;
                list(items, f)?;
                f.write_char(')')
            }
            Expr::Between(value, from, to) => {
                value.operand(Precedence::Comparison, f)?;
                write!(f, " between ({from} .. {to})")
            }
            Expr::Arithmetic(left, operation, right) => {
                // The operators group from the left. Parentheses on both sides need no such rule.
                left.operand(operation.precedence(), f)?;
                write!(f, " {} ", operation.text())?;
                right.operand(operation.precedence(), f)
            }
            Expr::And(members) => chain(members, " and ", f),
            Expr::Or(members) => chain(members, " or ", f),
            Expr::Not(inner) => write!(f, "not({inner})"),
        }
    }
}

fn in_operator(cased: bool, negated: bool) -> &'static str {
    match (cased, negated) {
        (true, false) => "in",
        (true, true) => "!in",
        (false, false) => "in~",
        (false, true) => "!in~",
    }
}

fn list(items: &[Expr], f: &mut dyn Write) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        item.print(f)?;
    }
    Ok(())
}

fn chain(members: &[Expr], joint: &str, f: &mut dyn Write) -> fmt::Result {
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            f.write_str(joint)?;
        }
        member.member(f)?;
    }
    Ok(())
}

/// Conditions that all must hold, on one line.
pub(super) struct Conjunction<'e>(pub(super) &'e [Expr]);

impl Print for Conjunction<'_> {
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        chain(self.0, " and ", f)
    }
}

/// The longest line that is not broken, without its indentation.
pub(super) const WIDTH: usize = 110;

/// A condition after `| where`: on one line if it is short, else broken at `and`, `or` and lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition(pub(super) Expr);

prints_itself!(Expr, Condition);

impl Print for Condition {
    fn print(&self, f: &mut dyn Write) -> fmt::Result {
        broken(&self.0, 4, f)
    }
}

/// The text, if it fits on a line; the writing stops where it does not.
pub(super) fn on_one_line(text: &impl Print) -> Option<String> {
    struct Line(String);

    impl Write for Line {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0.push_str(part);
            // Nothing has more characters than bytes.
            if self.0.len() > WIDTH && self.0.chars().count() > WIDTH { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut line = Line(String::with_capacity(WIDTH));
    text.print(&mut line).is_ok().then_some(line.0)
}

fn broken(expr: &Expr, indent: usize, f: &mut dyn Write) -> fmt::Result {
    if let Some(line) = on_one_line(expr) {
        return f.write_str(&line);
    }
    match expr {
        Expr::And(members) => broken_chain(members, "and", indent, f),
        Expr::Or(members) => broken_chain(members, "or", indent, f),
        Expr::Not(inner) => {
            f.write_str("not(")?;
            broken(inner, indent + 4, f)?;
            f.write_char(')')
        }
        Expr::In { value, cased, negated, list } => {
            value.operand(Precedence::Comparison, f)?;
            write!(f, " {} (", in_operator(*cased, *negated))?;
            for (i, item) in list.iter().enumerate() {
                let comma = if i + 1 < list.len() { "," } else { "" };
                write!(f, "\n{:indent$}", "")?;
                item.print(f)?;
                f.write_str(comma)?;
            }
            write!(f, "\n{:width$})", "", width = indent.saturating_sub(4))
        }
        _ => expr.print(f),
    }
}

fn broken_chain(members: &[Expr], word: &str, indent: usize, f: &mut dyn Write) -> fmt::Result {
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            write!(f, "\n{:indent$}{word} ", "")?;
        }
        if member.precedence() > Precedence::And {
            broken(member, indent + 4, f)?;
        } else {
            f.write_char('(')?;
            broken(member, indent + 4, f)?;
            f.write_char(')')?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(name: &str, text: &str) -> Expr {
        Expr::compare(Expr::name(name), Relation::EqualIgnoreCase, Expr::text(text))
    }

    #[test]
    fn writes_the_parentheses_that_are_needed() {
        let mixed = Expr::all([is("a", "1"), Expr::any([is("b", "2"), is("c", "3")])]);
        assert_eq!(mixed.to_string(), r#"a =~ "1" and (b =~ "2" or c =~ "3")"#);
        let nested = Expr::any([is("a", "1"), Expr::any([is("b", "2")])]);
        assert_eq!(nested.to_string(), r#"a =~ "1" or b =~ "2""#);
        let fragment = |text: &str| match Fragment::parse(text) {
            Ok(fragment) => Expr::Fragment(Box::new(fragment)),
            Err(problem) => panic!("{problem:?}"),
        };
        let compared = Expr::compare(fragment("a + b"), Relation::Less, Expr::Number(Number::Integer(-1)));
        assert_eq!(compared.to_string(), "a + b < -1");
        let compared = Expr::compare(fragment("a == b"), Relation::Equal, Expr::Boolean(true));
        assert_eq!(compared.to_string(), "(a == b) == true");
        assert_eq!(Expr::all([fragment("a or b"), is("c", "")]).to_string(), r#"(a or b) and c =~ """#);
        let later = Expr::arithmetic(Expr::name("a"), Operation::Plus, Expr::integer(-1));
        assert_eq!(later.to_string(), "a + -1");
        let product = Expr::arithmetic(later.clone(), Operation::Times, Expr::name("b"));
        assert_eq!(product.to_string(), "(a + -1) * b");
        assert_eq!(Expr::arithmetic(Expr::name("c"), Operation::Plus, later).to_string(), "c + (a + -1)");
        assert_eq!(Expr::Key(Box::new(fragment("a.b")), "x y".into()).to_string(), r#"a.b["x y"]"#);
    }

    #[test]
    fn negates_by_the_operator_where_it_can() {
        assert_eq!(is("a", "1").negate().to_string(), r#"a !~ "1""#);
        assert_eq!(is("a", "1").negate().negate(), is("a", "1"));
        assert_eq!(Expr::call("isempty", Expr::name("a")).negate().to_string(), "isnotempty(a)");
        let regex = Expr::compare(Expr::name("a"), Relation::MatchesRegex, Expr::text("x"));
        assert_eq!(regex.negate().to_string(), r#"not(a matches regex "x")"#);
        let neither = Expr::any([is("a", "1"), Expr::all([is("b", "2"), is("c", "3")])]).negate();
        assert_eq!(neither.to_string(), r#"a !~ "1" and not(b =~ "2" and c =~ "3")"#);
        let less = Expr::compare(Expr::name("a"), Relation::Less, Expr::Number(Number::Integer(3)));
        assert_eq!(less.negate().to_string(), "not(a < 3)");
    }

    #[test]
    fn long_chains_are_grouped_so_that_the_parser_does_not_give_up() {
        let many = Expr::any((0..1000).map(|i| is("a", &i.to_string())));
        let Expr::Or(groups) = &many else { panic!("an or") };
        assert_eq!(groups.len(), 10);
        assert_eq!(many.to_string().matches(" or ").count(), 999);
    }

    #[test]
    fn long_lists_are_broken() {
        let list = (0..30).map(|i| Expr::text(format!("value {i}"))).collect();
        let long = Expr::In { value: Box::new(Expr::name("a")), cased: false, negated: false, list };
        let text = Condition(long).to_string();
        assert!(text.starts_with("a in~ (\n    \"value 0\",\n    \"value 1\","), "{text}");
        assert!(text.ends_with("\n    \"value 29\"\n)"), "{text}");
    }
}
