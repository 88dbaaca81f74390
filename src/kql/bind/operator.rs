//! Tabular operators: each appends a step and changes the columns.
//!
//! In: an [`Operator`]. Out: steps of a [`Plan`]. Must not know rows.

use super::names::{self, Namer};
use super::scope::Scope;
use super::{Binder, Bound, Failed, Frame, Typed, aggregate::Gathered};
use crate::kql::ast::{Expand, Expr, ExprKind, Key, Named, Operator, Pipe};
use crate::kql::plan::{self, Apply, Node, Plan, Scalars, SortKey, Source, Step, Summary};
use crate::kql::problem::Problem;
use crate::kql::table::Column;
use crate::kql::types::Type;
use crate::source::{Span, Spanned};

/// How many `| union` a query may have: each nests what stands before it.
const MAX_UNIONS: usize = 50;

impl Binder<'_> {
    pub(super) fn operator(
        &mut self,
        scope: &Scope,
        plan: &mut Plan,
        operator: &Spanned<Operator>,
    ) -> Bound<()> {
        let span = operator.span;
        match &operator.value {
            Operator::Where(condition) => {
                let mut frame = Frame::over(&plan.columns, plan.ordered);
                let node = self.condition(scope, &mut frame, condition)?;
                let windows = frame.windows;
                plan.then(Step::Where(Scalars { windows, nodes: vec![node] }));
                Ok(())
            }
            Operator::Extend(items) => self.extend(scope, plan, items),
            Operator::Serialize(items) => {
                plan.ordered = true;
                if items.is_empty() { Ok(()) } else { self.extend(scope, plan, items) }
            }
            Operator::Project(items) => self.project(scope, plan, items),
            Operator::ProjectAway(patterns) => self.keep(plan, patterns, false),
            Operator::ProjectKeep(patterns) => self.keep(plan, patterns, true),
            Operator::ProjectReorder(patterns) => self.reorder(plan, patterns),
            Operator::ProjectRename(renames) => self.rename(plan, renames),
            Operator::Distinct(items) => {
                if !items.is_empty() {
                    self.project(scope, plan, items)?;
                }
                if let Some(column) = plan.columns.iter().find(|column| column.kind == Type::Dynamic) {
                    let message = format!("`distinct` over the dynamic `{}`", column.name);
                    return self.fail(Problem::wrong(message, span).help("use `tostring(…)`"));
                }
                plan.then(Step::Distinct);
                plan.ordered = false;
                Ok(())
            }
            Operator::Summarize(aggregates, keys) => self.summarize(scope, plan, aggregates, keys),
            Operator::Sort(keys) => self.sort(scope, plan, keys),
            Operator::Top(count, keys) => {
                self.sort(scope, plan, keys)?;
                self.take(scope, plan, count)
            }
            Operator::Take(count) => self.take(scope, plan, count),
            Operator::Count => {
                plan.then(Step::Count);
                plan.columns = vec![Column::new("Count", Type::Long)];
                plan.ordered = true;
                Ok(())
            }
            Operator::Join(join) => self.join(scope, plan, join, false, span),
            Operator::Lookup(join) => self.join(scope, plan, join, true, span),
            Operator::Union(union) => {
                self.unions += 1;
                if self.unions > MAX_UNIONS {
                    return self.outside(format!("more than {MAX_UNIONS} operators `union`"), span);
                }
                let left = std::mem::replace(
                    plan,
                    Plan { source: Source::Input, steps: Vec::new(), columns: Vec::new(), ordered: false },
                );
                let mut sides = vec![("union_arg0".to_owned(), left)];
                sides.extend(self.sides(scope, union)?);
                let (sides, columns) = self.united(sides, union.inner, union.with_source.as_deref(), span)?;
                *plan = Plan { source: Source::Union(sides), steps: Vec::new(), columns, ordered: false };
                Ok(())
            }
            Operator::MvExpand(expand) => {
                let (step, columns) = self.expand(scope, plan, expand, span)?;
                plan.then(Step::Expand(Box::new(step)));
                plan.columns = columns;
                Ok(())
            }
            Operator::MvApply(expand, body) => self.apply(scope, plan, expand, body, span),
            Operator::Nothing => Ok(()),
        }
    }

    fn extend(&mut self, scope: &Scope, plan: &mut Plan, items: &[Named]) -> Bound<()> {
        let before = plan.columns.clone();
        let mut frame = Frame::over(&before, plan.ordered);
        let mut namer = Namer::skipping(before.iter().map(|column| column.name.clone()));
        let bound: Vec<_> = items.iter().map(|item| self.item(scope, &mut frame, item, &mut namer)).collect();
        let (mut nodes, mut places, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for (bound, item) in bound.into_iter().zip(items) {
            let (name, typed) = bound?;
            if seen.contains(&name) {
                return self.wrong(format!("`extend` names `{name}` twice"), item.expr.span);
            }
            let column = Column::new(name.clone(), typed.kind);
            let place = plan.columns.iter().position(|column| column.name == name);
            match place {
                Some(place) => plan.columns[place] = column,
                None => plan.columns.push(column),
            }
            places.push(place.unwrap_or(plan.columns.len() - 1));
            nodes.push(typed.node);
            seen.push(name);
        }
        plan.then(Step::Extend(Scalars { windows: frame.windows, nodes }, places));
        Ok(())
    }

    /// An expression and the name that it gets.
    fn item(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        item: &Named,
        namer: &mut Namer,
    ) -> Bound<(String, Typed)> {
        let typed = self.scalar(scope, frame, &item.expr)?;
        let name = match item.names.as_slice() {
            [] if !names::is_known(&item.expr) => {
                return self.fail(
                    Problem::outside("a column without a name that Kusto names at random", item.expr.span)
                        .help("write `name = …`"),
                );
            }
            [] => names::own(&item.expr).unwrap_or_else(|| namer.counted()),
            [name] => name.value.clone(),
            _ => return self.outside("several names for one value", item.expr.span),
        };
        Ok((name, typed))
    }

    fn project(&mut self, scope: &Scope, plan: &mut Plan, items: &[Named]) -> Bound<()> {
        let before = plan.columns.clone();
        let mut frame = Frame::over(&before, plan.ordered);
        let mut counter = Namer::default();
        let bound: Vec<_> =
            items.iter().map(|item| self.item(scope, &mut frame, item, &mut counter)).collect();
        let (mut nodes, mut columns, mut namer) = (Vec::new(), Vec::new(), Namer::default());
        for (bound, item) in bound.into_iter().zip(items) {
            let (name, typed) = bound?;
            let spelled = !item.names.is_empty() || matches!(item.expr.kind, ExprKind::Name(_));
            let free = namer.take(name.clone());
            if spelled && free != name {
                return self.wrong(format!("the column `{name}` stands twice"), item.expr.span);
            }
            columns.push(Column::new(free, typed.kind));
            nodes.push(typed.node);
        }
        plan.then(Step::Project(Scalars { windows: frame.windows, nodes }));
        plan.columns = columns;
        Ok(())
    }

    /// The columns that patterns name, in the order of the patterns. A name without `*` must exist.
    fn matching(&mut self, plan: &Plan, patterns: &[Spanned<String>]) -> Bound<Vec<usize>> {
        let mut found = Vec::new();
        for pattern in patterns {
            let fitting: Vec<usize> = (0..plan.columns.len())
                .filter(|index| fits(&plan.columns[*index].name, &pattern.value) && !found.contains(index))
                .collect();
            if fitting.is_empty()
                && !pattern.value.contains('*')
                && !plan.columns.iter().any(|c| c.name == pattern.value)
            {
                return self.wrong(format!("there is no column `{}`", pattern.value), pattern.span);
            }
            found.extend(fitting);
        }
        Ok(found)
    }

    fn keep(&mut self, plan: &mut Plan, patterns: &[Spanned<String>], wanted: bool) -> Bound<()> {
        let named = self.matching(plan, patterns)?;
        let kept = (0..plan.columns.len()).filter(|index| named.contains(index) == wanted).collect();
        rearrange(plan, kept);
        Ok(())
    }

    fn reorder(&mut self, plan: &mut Plan, patterns: &[Spanned<String>]) -> Bound<()> {
        let mut order = self.matching(plan, patterns)?;
        let rest: Vec<usize> = (0..plan.columns.len()).filter(|index| !order.contains(index)).collect();
        order.extend(rest);
        rearrange(plan, order);
        Ok(())
    }

    fn rename(&mut self, plan: &mut Plan, renames: &[(Spanned<String>, Spanned<String>)]) -> Bound<()> {
        let mut columns = plan.columns.clone();
        for (new, old) in renames {
            let Some(index) = plan.columns.iter().position(|column| column.name == old.value) else {
                return self.wrong(format!("there is no column `{}`", old.value), old.span);
            };
            columns[index].name.clone_from(&new.value);
        }
        for (new, _) in renames {
            if columns.iter().filter(|column| column.name == new.value).count() > 1 {
                return self.wrong(format!("the column `{}` stands twice", new.value), new.span);
            }
        }
        plan.columns = columns;
        Ok(())
    }

    fn sort(&mut self, scope: &Scope, plan: &mut Plan, keys: &[Key]) -> Bound<()> {
        let mut frame = Frame::over(&plan.columns, plan.ordered);
        let bound: Vec<_> = keys.iter().map(|key| self.scalar(scope, &mut frame, &key.expr)).collect();
        let mut sorted = Vec::new();
        for (typed, key) in bound.into_iter().zip(keys) {
            let typed = typed?;
            if matches!(typed.kind, Type::Dynamic | Type::Guid) {
                return self.fail(
                    Problem::wrong(format!("sorting by a {}", typed.kind), key.expr.span)
                        .help("use `tostring(…)`"),
                );
            }
            sorted.push(SortKey {
                node: typed.node,
                ascending: key.ascending,
                // Null is the smallest.
                nulls_first: key.nulls_first.unwrap_or(key.ascending),
            });
        }
        if !frame.windows.is_empty() {
            return self.outside("a function over rows as a sort key", keys[0].expr.span);
        }
        plan.then(Step::Sort(sorted));
        plan.ordered = true;
        Ok(())
    }

    fn take(&mut self, scope: &Scope, plan: &mut Plan, count: &Expr) -> Bound<()> {
        let typed = self.scalar(scope, &mut Frame::constant(), count)?;
        if !typed.kind.is_whole() {
            return self.wrong(format!("a number of rows is whole, not a {}", typed.kind), count.span);
        }
        plan.then(Step::Take(typed.node, plan.ordered));
        Ok(())
    }

    fn summarize(
        &mut self,
        scope: &Scope,
        plan: &mut Plan,
        aggregates: &[Named],
        keys: &[Named],
    ) -> Bound<()> {
        let before = plan.columns.clone();
        let mut frame = Frame::over(&before, false);
        let mut namer = Namer::default();
        let mut counter = Namer::skipping(before.iter().map(|column| column.name.clone()));
        let bound: Vec<_> = keys.iter().map(|key| self.item(scope, &mut frame, key, &mut counter)).collect();
        let (mut key_nodes, mut columns) = (Vec::new(), Vec::new());
        for (bound, key) in bound.into_iter().zip(keys) {
            let (name, typed) = bound?;
            if typed.kind == Type::Dynamic {
                return self
                    .fail(Problem::wrong("grouping by a dynamic", key.expr.span).help("use `tostring(…)`"));
            }
            columns.push(Column::new(namer.take(name), typed.kind));
            key_nodes.push(typed.node);
        }
        let key_columns = columns.clone();
        let mut frame = Frame { summary: Some(Gathered::new(&key_columns)), ..Frame::over(&before, false) };
        let mut results: Vec<Node> = (0..key_columns.len()).map(Node::Column).collect();
        let mut failed = false;
        for item in aggregates {
            match self.aggregated(scope, &mut frame, item, &mut counter) {
                Ok(cells) => {
                    for (name, typed) in cells {
                        columns.push(Column::new(namer.take(name), typed.kind));
                        results.push(typed.node);
                    }
                }
                Err(Failed) => failed = true,
            }
        }
        if failed {
            return Err(Failed);
        }
        let aggregates = frame.summary.map(|gathered| gathered.aggregates).unwrap_or_default();
        let ordered = plan.ordered;
        plan.then(Step::Summarize(Box::new(Summary { keys: key_nodes, aggregates, results, ordered })));
        plan.columns = columns;
        plan.ordered = false;
        Ok(())
    }

    /// One item of `summarize`: an aggregate with as many names as it has cells, or an expression over aggregates.
    fn aggregated(
        &mut self,
        scope: &Scope,
        frame: &mut Frame,
        item: &Named,
        counter: &mut Namer,
    ) -> Bound<Vec<(String, Typed)>> {
        let several = ["arg_max", "arg_min", "take_any", "take_anyif"];
        let ExprKind::Call(name, arguments) = &item.expr.kind else {
            return Ok(vec![self.item(scope, frame, item, counter)?]);
        };
        if !several.contains(&name.as_str()) {
            return Ok(vec![self.item(scope, frame, item, counter)?]);
        }
        let cells = self.aggregates(scope, frame, name, arguments, item.expr.span)?;
        if item.names.len() > cells.len() {
            return self
                .wrong(format!("{} names for {} values", item.names.len(), cells.len()), item.expr.span);
        }
        let mut named = Vec::new();
        for (index, (own, typed)) in cells.into_iter().enumerate() {
            let written = item.names.get(index).map(|name| name.value.clone());
            let Some(name) = written.or(own) else {
                return self.outside(format!("a value of `{name}` without a name"), item.expr.span);
            };
            named.push((name, typed));
        }
        Ok(named)
    }

    /// What is expanded, and the columns after it.
    fn expand(
        &mut self,
        scope: &Scope,
        plan: &Plan,
        expand: &Expand,
        span: Span,
    ) -> Bound<(plan::Expand, Vec<Column>)> {
        let mut columns = plan.columns.clone();
        let mut frame = Frame::over(&plan.columns, false);
        let mut items = Vec::new();
        for (name, expr, kind) in &expand.items {
            let typed = self.scalar(scope, &mut frame, expr)?;
            if typed.kind != Type::Dynamic {
                return self.fail(
                    Problem::wrong(format!("a {} cannot be expanded", typed.kind), expr.span)
                        .help("parse it first: `parse_json(…)`"),
                );
            }
            let name = match (name, &expr.kind) {
                (Some(name), _) => name.value.clone(),
                (None, ExprKind::Name(name)) => name.clone(),
                _ => return self.outside("expanding an expression without a name", expr.span),
            };
            let kind = kind.unwrap_or(Type::Dynamic);
            if kind == Type::TimeSpan {
                return self.outside("`to typeof(timespan)`", expr.span);
            }
            let column = Column::new(name, kind);
            let place = columns.iter().position(|known| known.name == column.name);
            match place {
                Some(place) => columns[place] = column,
                None => columns.push(column),
            }
            items.push((typed.node, place.unwrap_or(columns.len() - 1), kind));
        }
        let index = match &expand.index {
            None => None,
            Some(name) if columns.iter().any(|column| column.name == name.value) => {
                return self.outside("`with_itemindex` over a column that exists", name.span);
            }
            Some(name) => {
                columns.push(Column::new(name.value.clone(), Type::Long));
                Some(columns.len() - 1)
            }
        };
        if items.len() > 1 && expand.pairs {
            return self.outside("expanding several bags as pairs", span);
        }
        Ok((plan::Expand { items, index, pairs: expand.pairs, limit: expand.limit }, columns))
    }

    /// `mv-apply`: what is not expanded stays, and what the body makes is added.
    fn apply(
        &mut self,
        scope: &Scope,
        plan: &mut Plan,
        expand: &Expand,
        body: &Pipe,
        span: Span,
    ) -> Bound<()> {
        let (expand, inner) = self.expand(scope, plan, expand, span)?;
        let mut nested =
            Plan { source: Source::Input, steps: Vec::new(), columns: inner.clone(), ordered: true };
        for operator in &body.operators {
            self.operator(scope, &mut nested, operator)?;
        }
        let expanded: Vec<usize> =
            expand.items.iter().map(|(_, place, _)| *place).chain(expand.index).collect();
        let kept: Vec<usize> = (0..plan.columns.len()).filter(|index| !expanded.contains(index)).collect();
        let mut columns: Vec<Column> = kept.iter().map(|index| plan.columns[*index].clone()).collect();
        let mut added = Vec::new();
        for (index, column) in nested.columns.iter().enumerate() {
            if let Some(own) = columns.iter().find(|own| own.name == column.name) {
                let changed = own.kind != column.kind
                    || body.operators.iter().any(|operator| assigns(operator, &own.name));
                if changed {
                    return self.outside(
                        format!("`mv-apply` that changes the column `{}` around it", own.name),
                        span,
                    );
                }
                continue;
            }
            added.push(index);
            columns.push(column.clone());
        }
        plan.then(Step::Apply(Box::new(Apply { expand, body: nested, kept, added })));
        plan.columns = columns;
        plan.ordered = false;
        Ok(())
    }
}

/// Whether an operator gives a column of this name a new value.
fn assigns(operator: &Spanned<Operator>, name: &str) -> bool {
    match &operator.value {
        Operator::Where(_)
        | Operator::Sort(_)
        | Operator::Top(..)
        | Operator::Take(_)
        | Operator::Count
        | Operator::Distinct(_)
        | Operator::ProjectAway(_)
        | Operator::ProjectKeep(_)
        | Operator::ProjectReorder(_)
        | Operator::Nothing => false,
        Operator::Extend(items) | Operator::Serialize(items) | Operator::Project(items) => {
            items.iter().any(|item| {
                item.names.iter().any(|written| written.value == name)
                    || (item.names.is_empty()
                        && !matches!(item.expr.kind, ExprKind::Name(_))
                        && names::own(&item.expr).as_deref() == Some(name))
            })
        }
        Operator::Summarize(aggregates, keys) => aggregates.iter().chain(keys).any(|item| {
            item.names.iter().any(|written| written.value == name)
                || !matches!(item.expr.kind, ExprKind::Name(_)) && item.names.is_empty()
        }),
        Operator::ProjectRename(_)
        | Operator::Join(_)
        | Operator::Lookup(_)
        | Operator::Union(_)
        | Operator::MvExpand(_)
        | Operator::MvApply(..) => true,
    }
}

/// Columns by their indices, in this order.
fn rearrange(plan: &mut Plan, order: Vec<usize>) {
    let columns = order.iter().map(|index| plan.columns[*index].clone()).collect();
    plan.project(order.into_iter().map(Node::Column).collect(), columns);
}

/// Whether a name fits a pattern with `*` for any part.
fn fits(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let (last, between) = parts.split_last().map_or(("", &[][..]), |(last, between)| (*last, between));
    for part in between {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(last)
}
