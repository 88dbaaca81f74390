//! Which columns an expression reads.
//!
//! In: an expression. Out: whether a name stands in it. Must not know what the name is.

use super::expr::Expr;

impl Expr {
    /// Whether the expression reads a column or variable of this name.
    pub(super) fn reads(&self, name: &str) -> bool {
        match self {
            Expr::Name(ident) => *ident.0 == *name,
            Expr::Fragment(fragment) => fragment.names().any(|read| read == name),
            Expr::Call(_, members) | Expr::And(members) | Expr::Or(members) => {
                members.iter().any(|member| member.reads(name))
            }
            Expr::Key(inner, _) | Expr::Index(inner, _) | Expr::Not(inner) => inner.reads(name),
            Expr::Compare { left, right, .. } | Expr::Arithmetic(left, _, right) => {
                left.reads(name) || right.reads(name)
            }
            Expr::In { value, list, .. } => value.reads(name) || list.iter().any(|member| member.reads(name)),
            Expr::Between(value, from, to) => [value, from, to].iter().any(|part| part.reads(name)),
            Expr::Text(_)
            | Expr::Number(_)
            | Expr::Boolean(_)
            | Expr::Guid(_)
            | Expr::Timespan(_)
            | Expr::Dynamic(_) => false,
        }
    }
}
