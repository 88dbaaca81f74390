//! Aggregates in `summarize`.
//!
//! In: calls of aggregates. Out: their list, and nodes that read their results. Must not know groups.
//!
//! <https://learn.microsoft.com/kusto/query/aggregation-functions>

use super::scope::Scope;
use super::{Binder, Bound, Frame, Typed};
use crate::kql::ast::{Argument, ExprKind};
use crate::kql::plan::{Aggregate, AggregateKind, Node};
use crate::kql::table::Column;
use crate::kql::types::Type;
use crate::kql::value::Value;
use crate::source::Span;

/// The aggregates that a `summarize` has so far.
pub(super) struct Gathered<'a> {
    /// Its keys: name and type. Their cells come first in the result of a group.
    pub(super) keys: &'a [Column],
    /// The aggregates, whose cells follow.
    pub(super) aggregates: Vec<Aggregate>,
    /// How many cells they have.
    pub(super) cells: usize,
    /// Whether the arguments of an aggregate are being bound, where columns may be named.
    pub(super) inside: bool,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(keys: &'a [Column]) -> Self {
        Self { keys, aggregates: Vec::new(), cells: 0, inside: false }
    }

    /// A key, named outside of aggregates.
    pub(super) fn key_of(&self, name: &str) -> Option<Typed> {
        let index = self.keys.iter().position(|key| key.name == name)?;
        Some(Typed::new(Node::Column(index), self.keys[index].kind))
    }
}

/// The aggregates, and whether the last argument is a condition.
const NAMES: &[(&str, bool)] = &[
    ("count", false),
    ("countif", true),
    ("dcount", false),
    ("dcountif", true),
    ("count_distinct", false),
    ("count_distinctif", true),
    ("sum", false),
    ("sumif", true),
    ("avg", false),
    ("avgif", true),
    ("min", false),
    ("minif", true),
    ("max", false),
    ("maxif", true),
    ("stdev", false),
    ("stdevif", true),
    ("variance", false),
    ("varianceif", true),
    ("percentile", false),
    ("make_list", false),
    ("make_list_if", true),
    ("make_set", false),
    ("make_set_if", true),
    ("make_bag", false),
    ("make_bag_if", true),
    ("arg_max", false),
    ("arg_min", false),
    ("take_any", false),
    ("take_anyif", true),
];

/// Whether a function is an aggregate.
pub(super) fn is_aggregate(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name)
}

impl Binder<'_> {
    /// An aggregate of one cell.
    pub(super) fn aggregate(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Typed> {
        let typed = self.aggregates(scope, frame, name, arguments, span)?;
        match <[_; 1]>::try_from(typed) {
            Ok([(_, typed)]) => Ok(typed),
            Err(_) => self.outside(format!("`{name}` with several results inside an expression"), span),
        }
    }

    /// An aggregate with each of its cells, and the name that it has by itself, if it is a column.
    pub(super) fn aggregates(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Bound<Vec<(Option<String>, Typed)>> {
        if frame.summary.as_ref().is_some_and(|gathered| gathered.inside) {
            return self.wrong("an aggregate stands inside an aggregate", span);
        }
        let arguments = self.starred(frame, name, arguments);
        if let Some(gathered) = &mut frame.summary {
            gathered.inside = true;
        }
        let bound: Vec<_> =
            arguments.iter().map(|argument| self.scalar(scope, frame, &argument.value)).collect();
        if let Some(gathered) = &mut frame.summary {
            gathered.inside = false;
        }
        let bound: Vec<Typed> = bound.into_iter().collect::<Bound<_>>()?;
        let names: Vec<Option<String>> =
            arguments.iter().map(|argument| column_of(&argument.value.kind)).collect();
        let aggregate = self.built(name, bound, span)?;
        let types = aggregate.types.clone();
        let Some(gathered) = &mut frame.summary else {
            return self.wrong(format!("`{name}` stands outside of `summarize`"), span);
        };
        let first = gathered.keys.len() + gathered.cells;
        gathered.cells += types.len();
        gathered.aggregates.push(aggregate);
        let cells = types.into_iter().enumerate();
        Ok(cells
            .map(|(index, kind)| {
                (names.get(index).cloned().flatten(), Typed::new(Node::Column(first + index), kind))
            })
            .collect())
    }

    /// `*` in `arg_max` and `take_any` stands for all columns that are neither keys nor named before.
    fn starred(&self, frame: &Frame, name: &str, arguments: &[Argument]) -> Vec<Argument> {
        let takes = matches!(name, "arg_max" | "arg_min" | "take_any");
        let mut all = Vec::new();
        for argument in arguments {
            if !(takes && matches!(argument.value.kind, ExprKind::Star)) {
                all.push(argument.clone());
                continue;
            }
            let keys = frame.summary.as_ref().map_or(&[][..], |gathered| gathered.keys);
            let named: Vec<Option<String>> =
                all.iter().map(|argument| column_of(&argument.value.kind)).collect();
            for column in frame.columns {
                let is_key = keys.iter().any(|key| key.name == column.name);
                if !is_key && !named.contains(&Some(column.name.clone())) {
                    let kind = ExprKind::Name(column.name.clone());
                    let value = crate::kql::ast::Expr { kind, span: argument.value.span };
                    all.push(Argument { name: None, value });
                }
            }
        }
        all
    }

    fn built(&mut self, name: &str, mut bound: Vec<Typed>, span: Span) -> Bound<Aggregate> {
        let conditional = NAMES.iter().any(|(known, conditional)| *known == name && *conditional);
        let mut condition = None;
        if conditional {
            // `make_set_if(x, condition, most)`: the condition comes second, else last.
            let place = usize::from(name != "countif");
            if bound.len() <= place {
                return self.wrong(format!("`{name}` needs a condition"), span);
            }
            let taken = bound.remove(place);
            if taken.kind != Type::Bool {
                return self
                    .wrong(format!("the condition of `{name}` is a {}, not a bool", taken.kind), span);
            }
            condition = Some(taken.node);
        }
        let base = name
            .strip_suffix("_if")
            .or_else(|| name.strip_suffix("if"))
            .filter(|_| conditional)
            .unwrap_or(name);
        let kinds: Vec<Type> = bound.iter().map(|typed| typed.kind).collect();
        let constant = |index: usize| match bound.get(index).map(|typed| &typed.node) {
            Some(Node::Const(value)) => Some(value.clone()),
            _ => None,
        };
        let most = || match (bound.len(), constant(1)) {
            (1, _) => Some(None),
            (2, Some(Value::Long(most))) => Some(Some(most)),
            _ => None,
        };
        let (kind, types, used) = match (base, kinds.as_slice()) {
            ("count", []) => (AggregateKind::Count, vec![Type::Long], 0),
            ("dcount", [_] | [_, _]) => {
                (AggregateKind::CountDistinct { estimate: true }, vec![Type::Long], 1)
            }
            ("count_distinct", [_]) => {
                (AggregateKind::CountDistinct { estimate: false }, vec![Type::Long], 1)
            }
            ("sum", [kind]) if kind.is_whole() => (AggregateKind::Sum, vec![Type::Long], 1),
            ("sum", [kind @ (Type::Real | Type::TimeSpan)]) => (AggregateKind::Sum, vec![*kind], 1),
            ("avg", [kind]) if kind.is_number() => (AggregateKind::Average, vec![Type::Real], 1),
            ("min" | "max", [kind]) if !matches!(kind, Type::Dynamic | Type::Guid) => {
                let which = if base == "min" { AggregateKind::Minimum } else { AggregateKind::Maximum };
                (which, vec![*kind], 1)
            }
            ("stdev", [kind]) if kind.is_number() => (AggregateKind::Deviation, vec![Type::Real], 1),
            ("variance", [kind]) if kind.is_number() => (AggregateKind::Variance, vec![Type::Real], 1),
            ("percentile", [kind, _])
                if kind.is_number() || matches!(kind, Type::DateTime | Type::TimeSpan) =>
            {
                let Some(rank) =
                    constant(1).and_then(|rank| rank.number()).filter(|rank| (0.0..=100.0).contains(rank))
                else {
                    return self.wrong("a percentile is a constant from 0 to 100", span);
                };
                (AggregateKind::Percentile(rank), vec![*kind], 1)
            }
            ("make_list" | "make_set", [_, ..]) => {
                let Some(most) = most() else {
                    return self.wrong(format!("`{name}` takes a constant as its limit"), span);
                };
                let list = base == "make_list";
                let which = if list { AggregateKind::List(most) } else { AggregateKind::Set(most) };
                (which, vec![Type::Dynamic], 1)
            }
            ("make_bag", [Type::Dynamic]) => (AggregateKind::Bag, vec![Type::Dynamic], 1),
            ("arg_max" | "arg_min", [first, ..]) => {
                if !(first.is_number() || matches!(first, Type::DateTime | Type::TimeSpan | Type::String)) {
                    return self.outside(format!("`{name}` of a {first}"), span);
                }
                let which =
                    if base == "arg_max" { AggregateKind::ArgMaximum } else { AggregateKind::ArgMinimum };
                (which, kinds.clone(), kinds.len())
            }
            ("take_any", [_, ..]) => (AggregateKind::Any, kinds.clone(), kinds.len()),
            _ => return self.wrong(format!("`{name}` does not take such arguments"), span),
        };
        let arguments = bound.into_iter().take(used).map(|typed| typed.node).collect();
        Ok(Aggregate { kind, arguments, condition, types })
    }
}

/// The column that an expression is.
fn column_of(kind: &ExprKind) -> Option<String> {
    match kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}
