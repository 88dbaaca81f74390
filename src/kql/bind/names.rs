//! The names that Kusto gives to columns that have none.
//!
//! In: expressions. Out: names. Must not know types.
//!
//! An expression is named after its column where the function passes the name on; `count()` is `count_`, `sum(x)` is
//! `sum_x`, `make_set(x)` is `set_x`; what has no name is `Column1`, `Column2` … (`print_0` … in `print`). A name that is
//! taken gets a number.

use super::aggregate;
use crate::kql::ast::{Expr, ExprKind};
use crate::kql::types::Type;
use crate::kql::value::Value;

/// Functions whose result is named after their first argument.
const PASSING: &[&str] = &[
    "tostring",
    "toint",
    "tolong",
    "todouble",
    "toreal",
    "tobool",
    "toboolean",
    "todatetime",
    "totimespan",
    "toguid",
    "tohex",
    "todynamic",
    "parse_json",
    "split",
    "bin",
    "floor",
    "ceiling",
    "round",
    "startofday",
    "abs",
    "sqrt",
    "log",
    "log10",
    "log2",
    "exp",
    "binary_and",
    "binary_or",
    "binary_xor",
    "binary_not",
    "binary_shift_left",
    "binary_shift_right",
    "format_datetime",
];

/// Aggregates and the beginning of their names.
const AGGREGATES: &[(&str, &str)] = &[
    ("count", "count"),
    ("countif", "countif"),
    ("dcount", "dcount"),
    ("dcountif", "dcountif"),
    ("sum", "sum"),
    ("sumif", "sumif"),
    ("avg", "avg"),
    ("avgif", "avgif"),
    ("min", "min"),
    ("max", "max"),
    ("stdev", "stdev"),
    ("variance", "variance"),
    ("make_list", "list"),
    ("make_set", "set"),
];

/// The name of an expression without one; `None` for those that are counted.
pub(super) fn own(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Member(base, name) => {
            Some(own(base).map_or_else(|| name.clone(), |base| format!("{base}_{name}")))
        }
        ExprKind::Index(base, index) => {
            let index = match &index.kind {
                ExprKind::Literal(Value::Text(name), Type::String) => name.to_string(),
                ExprKind::Literal(Value::Long(number), _) => number.to_string(),
                _ => return None,
            };
            Some(own(base).map_or_else(|| index.clone(), |base| format!("{base}_{index}")))
        }
        ExprKind::Call(name, arguments) => {
            let first = arguments.first().map(|argument| &argument.value);
            if let Some((_, prefix)) = AGGREGATES.iter().find(|(known, _)| known == name) {
                let inner = first.filter(|_| name != "countif").and_then(own).unwrap_or_default();
                return Some(format!("{prefix}_{inner}"));
            }
            match name.as_str() {
                "take_any" => first.and_then(own),
                "percentile" => {
                    let rank = match arguments.get(1).map(|argument| &argument.value.kind) {
                        Some(ExprKind::Literal(Value::Long(rank), _)) => rank.to_string(),
                        Some(ExprKind::Literal(Value::Real(rank), _)) => rank.to_string(),
                        _ => return None,
                    };
                    Some(format!("percentile_{}_{rank}", first.and_then(own).unwrap_or_default()))
                }
                "strlen" => Some(format!("strlen_{}", first.and_then(own).unwrap_or_default())),
                _ if PASSING.contains(&name.as_str()) => first.and_then(own),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the name of an expression is known at all.
pub(super) fn is_known(expr: &Expr) -> bool {
    match &expr.kind {
        // Named after a random GUID.
        ExprKind::Call(name, _) => {
            let aggregate = AGGREGATES.iter().any(|(known, _)| known == name)
                || name == "percentile"
                || name == "take_any";
            name != "toscalar" && (aggregate || !aggregate::is_aggregate(name))
        }
        ExprKind::Index(base, index) => matches!(index.kind, ExprKind::Literal(..)) && is_known(base),
        ExprKind::Member(base, _) => is_known(base),
        _ => true,
    }
}

/// Gives names, left to right.
#[derive(Default)]
pub(super) struct Namer {
    taken: Vec<String>,
    skip: Vec<String>,
    counted: usize,
}

impl Namer {
    /// A namer whose counted names avoid some.
    pub(super) fn skipping(skip: impl IntoIterator<Item = String>) -> Self {
        Self { skip: skip.into_iter().collect(), ..Self::default() }
    }

    /// The next counted name.
    pub(super) fn counted(&mut self) -> String {
        loop {
            self.counted += 1;
            let name = format!("Column{}", self.counted);
            if !self.skip.contains(&name) {
                return name;
            }
        }
    }

    /// The name, or with a number after it when it is taken.
    pub(super) fn take(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut number = 0;
        while self.taken.contains(&free) {
            number += 1;
            free = format!("{name}{number}");
        }
        self.taken.push(free.clone());
        free
    }
}
