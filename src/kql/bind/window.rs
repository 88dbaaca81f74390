//! Functions over rows in their order: `prev`, `next`, `row_number` and their like.
//!
//! In: a name and arguments. Out: a node with its type. Must not know rows.
//!
//! <https://learn.microsoft.com/kusto/query/window-functions>: the rows must be serialized before.

use super::scope::Scope;
use super::{Binder, Bound, Frame, Typed, call};
use crate::kql::ast::Argument;
use crate::kql::plan::{Node, Window};
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

impl Binder<'_> {
    pub(super) fn window(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        if frame.ordered != Some(true) {
            return self.fail(
                Problem::wrong(format!("`{name}` needs rows whose order means something"), span)
                    .help("put `sort by …` and `serialize` before it"),
            );
        }
        let bound: Vec<_> =
            arguments.iter().map(|argument| self.scalar(scope, frame, &argument.value)).collect();
        let bound: Vec<Typed> = bound.into_iter().collect::<Bound<_>>()?;
        let kinds: Vec<Type> = bound.iter().map(|typed| typed.kind).collect();
        let node = |index: usize| bound[index].node.clone();
        let whole = |index: usize, otherwise: i64| match bound.get(index).map(|typed| &typed.node) {
            None => Some(otherwise),
            Some(Node::Const(Value::Long(number))) => Some(*number),
            Some(_) => None,
        };
        let restart = |index: usize| match bound.get(index) {
            None => Some(None),
            Some(typed) if typed.kind == Type::Bool => Some(Some(typed.node.clone())),
            Some(_) => None,
        };
        let typed = match (name, kinds.as_slice()) {
            ("prev" | "next", [kind] | [kind, _] | [kind, _, _]) => {
                let Some(distance) = whole(1, 1).filter(|distance| *distance >= 0) else {
                    return self.outside(format!("`{name}` with a distance that is no constant"), span);
                };
                let beyond = match bound.get(2) {
                    None => call::nothing(*kind),
                    Some(typed) if typed.kind == *kind || (typed.kind.is_whole() && kind.is_whole()) => {
                        typed.node.clone()
                    }
                    Some(typed) => {
                        return self
                            .wrong(format!("the value beyond is a {}, not a {kind}", typed.kind), span);
                    }
                };
                let distance = if name == "prev" { distance } else { -distance };
                return Ok(Typed::new(Node::Offset(Box::new(node(0)), distance, Box::new(beyond)), *kind));
            }
            ("row_number", _) if bound.len() <= 2 => match (whole(0, 1), restart(1)) {
                (Some(first), Some(restart)) => (Window::Number(first, restart), Type::Long),
                _ => return self.wrong("`row_number` takes a constant and a bool", span),
            },
            ("row_cumsum", [kind, ..]) if bound.len() <= 2 && kind.is_number() => match restart(1) {
                Some(restart) => {
                    (Window::Sum(node(0), restart), if kind.is_whole() { Type::Long } else { Type::Real })
                }
                None => return self.wrong("`row_cumsum` restarts on a bool", span),
            },
            ("row_window_session", [Type::DateTime, Type::TimeSpan, Type::TimeSpan, ..])
                if bound.len() <= 4 =>
            {
                match restart(3) {
                    Some(restart) => (Window::Session(node(0), node(1), node(2), restart), Type::DateTime),
                    None => return self.wrong("`row_window_session` restarts on a bool", span),
                }
            }
            _ => return self.wrong(format!("`{name}` does not take such arguments"), span),
        };
        frame.windows.push(typed.0);
        Ok(Typed::new(Node::Window(frame.windows.len() - 1), typed.1))
    }
}
