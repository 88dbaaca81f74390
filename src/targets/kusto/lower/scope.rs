//! Columns that a query computes: which exist already, and which must be added before they are used.
//!
//! In: requests while expressions are lowered. Out: `extend` and `mv-apply` operators, each column once, as late as
//! possible and before its first use. Must not know where a column's value comes from.

use crate::maps::HashMap;
use crate::targets::kusto::ast::{Assignment, Element, Operator};
use crate::targets::kusto::expr::Expr;
use crate::targets::kusto::tokens::Ident;

/// The computed columns of one query.
#[derive(Debug, Default)]
pub(super) struct Scope {
    steps: Vec<Step>,
    by_key: HashMap<String, usize>,
    /// What the expression being lowered needs.
    touched: Vec<usize>,
}

/// One computed column.
#[derive(Debug)]
pub(super) struct Step {
    /// How it is computed.
    pub(super) work: Work,
    /// The new column.
    pub(super) name: Ident,
    /// Its value.
    pub(super) value: Expr,
    /// The columns that it reads.
    needs: Vec<usize>,
    emitted: bool,
}

/// How a column is computed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Work {
    /// `extend`
    Extend,
    /// `mv-apply … on (summarize …)`. A `helper` is removed from the output.
    Elements { element: Element, helper: bool },
    /// The same, where the order of the elements counts. Always a helper.
    Ordered { element: Element, index: Ident },
}

/// When a condition can be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// At once: it reads columns of the table.
    Plain,
    /// After `extend`.
    Computed,
    /// After `mv-apply`.
    Elements,
}

impl Scope {
    /// Starts to collect the needs of an expression; gives those of the outer one for [`Scope::end`].
    pub(super) fn begin(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.touched)
    }

    /// The needs since `begin`; collects for the outer expression again.
    pub(super) fn end(&mut self, outer: Vec<usize>) -> Vec<usize> {
        std::mem::replace(&mut self.touched, outer)
    }

    /// The step of this key, if it exists; the expression being lowered then needs it.
    pub(super) fn reuse(&mut self, key: &str) -> Option<Ident> {
        let index = *self.by_key.get(key)?;
        self.touch(index);
        Some(self.steps[index].name.clone())
    }

    /// The column that holds this value, if one has been written.
    pub(super) fn holding(&self, value: &Expr) -> Option<(Ident, usize)> {
        let plain = matches!(value, Expr::Name(_) | Expr::Text(_));
        let holds = |step: &Step| step.emitted && step.work == Work::Extend && step.value == *value;
        let index = self.steps.iter().position(holds).filter(|_| !plain)?;
        Some((self.steps[index].name.clone(), index))
    }

    /// Adds a step; the expression being lowered then needs it.
    pub(super) fn add(&mut self, key: String, work: Work, name: Ident, value: Expr, needs: Vec<usize>) {
        let index = self.steps.len();
        self.steps.push(Step { work, name, value, needs, emitted: false });
        self.by_key.insert(key, index);
        self.touch(index);
    }

    /// The expression being lowered needs these.
    pub(super) fn require(&mut self, needs: &[usize]) {
        needs.iter().for_each(|index| self.touch(*index));
    }

    fn touch(&mut self, index: usize) {
        if !self.touched.contains(&index) {
            self.touched.push(index);
        }
    }

    /// Whether a computed column has this name.
    pub(super) fn has_column(&self, name: &str) -> bool {
        self.steps.iter().any(|step| step.name.0 == name)
    }

    /// When an expression with these needs can be tested.
    pub(super) fn phase(&self, needs: &[usize]) -> Phase {
        needs.iter().map(|index| self.phase_of(*index)).max().unwrap_or(Phase::Plain)
    }

    fn phase_of(&self, index: usize) -> Phase {
        let step = &self.steps[index];
        let own = match step.work {
            Work::Extend => Phase::Computed,
            Work::Elements { .. } | Work::Ordered { .. } => Phase::Elements,
        };
        own.max(self.phase(&step.needs))
    }

    /// The value of the only column needed, `name`, when it is an `extend` that has not been written yet, with its needs: it
    /// can stand where it is used.
    pub(super) fn inline(&self, needs: &[usize], name: &Ident) -> Option<(Expr, Vec<usize>)> {
        match needs {
            [index] => {
                let step = &self.steps[*index];
                let open = step.work == Work::Extend && !step.emitted && step.name == *name;
                open.then(|| (step.value.clone(), step.needs.clone()))
            }
            _ => None,
        }
    }

    /// Writes what these needs still lack.
    pub(super) fn emit(&mut self, needs: &[usize], operators: &mut Vec<Operator>) {
        let mut open = Vec::new();
        needs.iter().for_each(|index| self.gather(*index, &mut open));
        open.sort_unstable();
        while !open.is_empty() {
            // One `extend` cannot read what it adds itself.
            let (ready, waiting): (Vec<usize>, Vec<usize>) = open
                .iter()
                .partition(|index| self.steps[**index].needs.iter().all(|need| self.steps[*need].emitted));
            if ready.is_empty() {
                return;
            }
            self.write(&ready, operators);
            ready.iter().for_each(|index| self.steps[*index].emitted = true);
            open = waiting;
        }
    }

    fn gather(&self, index: usize, open: &mut Vec<usize>) {
        if self.steps[index].emitted || open.contains(&index) {
            return;
        }
        open.push(index);
        self.steps[index].needs.iter().for_each(|need| self.gather(*need, open));
    }

    fn write(&self, ready: &[usize], operators: &mut Vec<Operator>) {
        let assignment = |index: &usize| {
            Assignment::new(self.steps[*index].name.clone(), self.steps[*index].value.clone())
        };
        let columns: Vec<Assignment> =
            ready.iter().filter(|index| self.steps[**index].work == Work::Extend).map(assignment).collect();
        if !columns.is_empty() {
            operators.push(Operator::Extend { columns: columns.into() });
        }
        // Tests on the elements of one array share one operator.
        let mut done: Vec<&Work> = vec![&Work::Extend];
        for index in ready {
            let work = &self.steps[*index].work;
            if done.contains(&work) {
                continue;
            }
            done.push(work);
            let columns: Vec<Assignment> =
                ready.iter().filter(|other| self.steps[**other].work == *work).map(assignment).collect();
            operators.push(match work {
                Work::Extend => Operator::Extend { columns: columns.into() },
                Work::Elements { element, .. } => {
                    Operator::Elements { element: element.clone(), columns: columns.into() }
                }
                Work::Ordered { element, index } => Operator::Ordered {
                    element: element.clone(),
                    index: index.clone(),
                    columns: columns.into(),
                },
            });
        }
    }

    /// The columns that were only steps on the way.
    pub(super) fn helpers(&self) -> Vec<Ident> {
        self.steps
            .iter()
            .filter(|step| {
                step.emitted
                    && matches!(step.work, Work::Elements { helper: true, .. } | Work::Ordered { .. })
            })
            .map(|step| step.name.clone())
            .collect()
    }
}
