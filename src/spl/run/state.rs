//! What a run carries along: rows, what is left of its time and memory, the sides that it takes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{Answer, Pipeline};
use crate::maps::HashMap;
use crate::spl::context::{Context, Dataset, LookupTable};
use crate::spl::limits;
use crate::spl::problem::Stop;
use crate::spl::value::{Look, Row, Value, look};

/// Rows between two commands.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// The rule that leaves their order open, if one does.
    pub(super) unordered: Option<&'static str>,
}

impl Table {
    /// Rows whose order is known.
    pub(super) fn ordered(rows: Vec<Row>) -> Self {
        Self { rows, unordered: None }
    }

    /// Stops when what follows depends on an order that is not known.
    pub(super) fn in_order(&self) -> Answer<()> {
        match self.unordered {
            Some(rule) if self.rows.len() > 1 => Err(Stop::open(rule)),
            _ => Ok(()),
        }
    }

    /// The same with other rows.
    pub(super) fn with(&self, rows: Vec<Row>) -> Self {
        Self { rows, unordered: self.unordered }
    }

    /// Whether both hold the same rows, in the same order where it is known.
    pub(super) fn same_as(&self, other: &Table) -> bool {
        if self.rows.len() != other.rows.len() {
            return false;
        }
        if self.unordered.is_none() && other.unordered.is_none() {
            return self.rows.iter().zip(&other.rows).all(|(left, right)| left.same_as(right));
        }
        let mut left: Vec<bool> = vec![false; other.rows.len()];
        self.rows.iter().all(|row| {
            let place = other.rows.iter().enumerate().position(|(index, it)| !left[index] && row.same_as(it));
            place.map(|index| left[index] = true).is_some()
        })
    }

    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }
}

/// The time of a row in seconds since 1970.
pub(super) fn time_of(row: &Row) -> Option<f64> {
    match row.get("_time")? {
        Value::Number(number) => Some(*number),
        Value::Text(text) => match look(text) {
            Look::Number(number) => Some(number),
            Look::Text | Look::Doubtful => None,
        },
        Value::Many(_) => None,
    }
}

/// One run of a search.
pub(super) struct Run<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) context: &'a Context,
    steps: Cell<u64>,
    bytes: Cell<u64>,
    sides: RefCell<Vec<(&'static str, bool)>>,
    subsearches: RefCell<HashMap<*const Pipeline, Rc<Table>>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(dataset: &'a Dataset, context: &'a Context) -> Self {
        Self {
            dataset,
            context,
            steps: Cell::new(limits::STEPS),
            bytes: Cell::new(limits::BYTES),
            sides: RefCell::default(),
            subsearches: RefCell::default(),
        }
    }

    /// Spends time.
    pub(super) fn step(&self, count: usize) -> Answer<()> {
        match self.steps.get().checked_sub(count as u64) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Stop::Limit { what: "time" }),
        }
    }

    /// Spends memory.
    pub(super) fn take(&self, bytes: usize) -> Answer<()> {
        match self.bytes.get().checked_sub(bytes as u64) {
            Some(left) => {
                self.bytes.set(left);
                Ok(())
            }
            None => Err(Stop::Limit { what: "memory" }),
        }
    }

    /// Spends memory for one value, which must not be huge.
    pub(super) fn take_value(&self, bytes: usize) -> Answer<()> {
        if bytes > limits::VALUE {
            return Err(Stop::Limit { what: "memory for one value" });
        }
        self.take(bytes)
    }

    /// The side of a contested rule that this run takes; the same wherever the rule is met.
    pub(super) fn side(&self, rule: &'static str) -> bool {
        let mut sides = self.sides.borrow_mut();
        if let Some((_, side)) = sides.iter().find(|(known, _)| *known == rule) {
            return *side;
        }
        sides.push((rule, false));
        false
    }

    /// Goes to the next combination of sides, and names the rule that was turned; none when all were tried.
    pub(super) fn turn_last_side(&mut self) -> Option<&'static str> {
        let sides = self.sides.get_mut();
        while sides.last().is_some_and(|(_, side)| *side) {
            sides.pop();
        }
        let last = sides.last_mut()?;
        last.1 = true;
        self.subsearches.get_mut().clear();
        Some(last.0)
    }

    /// The rows of a subsearch, which runs once.
    pub(super) fn subsearch(&self, pipeline: &Pipeline) -> Answer<Rc<Table>> {
        if let Some(known) = self.subsearches.borrow().get(&std::ptr::from_ref(pipeline)) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(pipeline.run(None, self)?);
        self.subsearches.borrow_mut().insert(std::ptr::from_ref(pipeline), Rc::clone(&found));
        Ok(found)
    }

    /// A lookup table.
    pub(super) fn lookup(&self, name: &str) -> Option<&'a LookupTable> {
        self.context.lookups.get(name)
    }
}
