//! How events of one data source become rows of one of its tables.
//!
//! In: the binding and the fields that are asked for. Out: for an event, a row over which the binding's own expressions,
//! run by the interpreter, give the event's values back; and what the row does not say, or says beyond the event.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::binding::{Binding, Leg, Mapped};
use super::fields::{Kind, Slot, query, quoted};
use super::read::{Column as Computed, Names};
use super::row::row;
use super::schema::{self, EVENT};
use crate::catalogue::Source;
use crate::diagnostics::Diagnostic;
use crate::ir::{Event, FieldKind};
use crate::kql::{self, Column, Context, Program, Table, Tables, Type};
use crate::maps::HashMap;
use crate::proof::rows::OfSource;
use crate::proof::solve::{Aim, Cells, Filled, Formula, Tree, Want, fill, solve};
use crate::proof::wanted::{Wanted, is_respelled, wanted};

/// How many ways to make the binding's own condition true are tried.
const STARTS: usize = 8;

/// The way from events to rows of one table.
pub(super) struct Plan {
    source: Arc<Source>,
    /// The table or function.
    pub(super) table: String,
    /// Whether it is a function.
    pub(super) is_function: bool,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Their types.
    kinds: HashMap<String, Type>,
    /// Those of them that the program may name.
    read: Vec<Column>,
    time: String,
    /// Records in which what the binding says of all events may hold, the likeliest first.
    starts: Vec<Cells>,
    slots: Vec<Slot>,
    absent: Vec<(String, String)>,
    program: Result<Program, String>,
}

/// A row, and what the binding's expressions give for it.
struct ReadBack {
    row: Map<String, Json>,
    /// One for each slot.
    values: Vec<Json>,
}

/// A row, and what is wrong with it.
pub(super) struct Made {
    /// The row.
    pub(super) row: Map<String, Json>,
    /// Fields that it does not say as the event does, with the reason.
    pub(super) wrong: Vec<(String, String)>,
    /// Fields that stand there in another spelling.
    pub(super) respelled: Vec<String>,
}

impl Plan {
    /// For these fields; nothing when the source does not exist in the profile. `leg` counts the tables of the binding.
    pub(super) fn new(
        source: &Arc<Source>,
        profile: &str,
        leg: usize,
        fields: &[&str],
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(binding) = source.binding::<Binding>(profile)? else { return Ok(None) };
        let legs = binding.legs();
        let Some(leg) = legs.get(leg).or(legs.last()) else { return Ok(None) };
        let mut base = Names::default();
        for (name, text) in &binding.lets {
            base.function(name, text);
        }
        let (mut places, mut absent) = (Vec::new(), Vec::new());
        for name in fields {
            match place(&binding, leg, source, name) {
                Some((place, is_inner)) => places.push((*name, place, is_inner)),
                None => absent.push(((*name).to_owned(), reason(&binding, source, name))),
            }
        }
        let inner = needed(&binding, leg, source, &places);
        let mut names = Names { functions: base.functions.clone(), ..Names::default() };
        if binding.is_union() {
            for (name, place) in &inner {
                names.columns.insert(name.clone(), Computed::Value(formula(&base, place)));
            }
        }
        for (name, bag) in &binding.bags {
            let list = names.formula(&bag.of);
            names.columns.insert(name.clone(), Computed::Bag(list, bag.name.clone(), bag.value.clone()));
        }
        let mut slots = Vec::new();
        for (name, place, is_inner) in &places {
            let Some(spec) = source.field(name) else { continue };
            let behind = !(*is_inner && binding.is_union());
            let mut slot =
                Slot::new(name, place, formula(if behind { &names } else { &base }, place), &spec.field);
            if !behind {
                slot.expression = quoted(name);
            }
            slots.push(slot);
        }
        let condition = leg.condition.iter().map(String::as_str).chain(binding.outer_condition());
        let condition = Formula::All(condition.map(|text| names.formula(text)).collect());
        let mut starts = solve(&condition, &Want::Holds(true), &Cells::default());
        starts.truncate(STARTS);
        let default_time = if profile == "kusto:xdr" { "Timestamp" } else { "TimeGenerated" };
        let time = binding.time.clone().unwrap_or_else(|| default_time.to_owned());
        let (table, is_function) = match (&leg.table, &leg.function) {
            (Some(table), _) => (table.clone(), false),
            (None, Some(function)) => (function.clone(), true),
            (None, None) => return Ok(None),
        };
        let known = schema::of_profile(profile);
        let columns = if is_function { known.functions.get(&table) } else { known.tables.get(&table) };
        let columns = match columns {
            Some(columns) => columns.clone(),
            None => guessed(&binding, leg, source, if binding.is_union() { &base } else { &names }, &time),
        };
        let text = query(&binding, leg, &table, is_function, &inner, &slots);
        let mut schemas = kql::Schemas::default();
        let place = if is_function { &mut schemas.functions } else { &mut schemas.tables };
        // Tables have hundreds of columns, of which an event's way there and back needs few.
        let read: Vec<Column> =
            columns.iter().filter(|column| text.contains(column.name.as_str())).cloned().collect();
        place.insert(table.clone(), read.clone());
        let program = kql::parse(&text)
            .and_then(|query| Program::compile(&query, &schemas))
            .map_err(|problems| problems.first().map_or(String::new(), |problem| problem.message.clone()));
        let source = Arc::clone(source);
        let kinds = columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        Ok(Some(Self {
            source,
            table,
            is_function,
            columns,
            kinds,
            read,
            time,
            starts,
            slots,
            absent,
            program,
        }))
    }

    /// The row of an event of this source. The fields that decide come first, and the row must not have a value in those
    /// that the event lacks.
    pub(super) fn make(&self, event: &Event, of_source: &OfSource, number: usize, time: &str) -> Made {
        let mut given = wanted(event, &self.source);
        given.sort_by_cached_key(|wanted| of_source.rank(wanted.name) != 0);
        let (mut wants, mut wrong, mut respelled) = (Vec::new(), Vec::new(), Vec::new());
        for wanted in &given {
            let slot = self.slots.iter().find(|slot| slot.name == wanted.name);
            if is_respelled(slot.and_then(|slot| slot.values.as_ref()), &wanted.values, false) {
                respelled.push(wanted.name.to_owned());
            }
            match self.want(wanted) {
                Ok(Some(want)) => wants.push((wanted.name, want)),
                Ok(None) => {}
                Err(reason) => wrong.push((wanted.name.to_owned(), reason)),
            }
        }
        let cost = |made: &Made| -> u32 {
            made.wrong.iter().map(|(name, _)| [4, 2, 1][usize::from(of_source.rank(name))]).sum()
        };
        let matters = |made: &Made| made.wrong.iter().any(|(name, _)| of_source.rank(name) < 2);
        let mut best: Option<Made> = None;
        for start in &self.starts {
            let mut made = self.fill(start, &wants, &of_source.reads, number, time);
            if matters(&made) {
                // What a whole column says decides what a part of it says.
                let mut whole_first = wants.clone();
                whole_first.sort_by_key(|(name, _)| (!self.is_column(name), of_source.rank(name)));
                let other = self.fill(start, &whole_first, &of_source.reads, number, time);
                if cost(&other) < cost(&made) {
                    made = other;
                }
            }
            let is_fine = made.wrong.is_empty();
            if best.as_ref().is_none_or(|best| cost(&made) < cost(best)) {
                best = Some(made);
            }
            if is_fine {
                break;
            }
        }
        let mut made = best.unwrap_or_else(|| Made {
            row: Map::new(),
            wrong: vec![(
                String::new(),
                "what the binding says of all events cannot be made true".to_owned(),
            )],
            respelled: Vec::new(),
        });
        made.wrong.append(&mut wrong);
        made.respelled = respelled;
        made
    }

    /// Whether a field is a column, and no part of one.
    fn is_column(&self, field: &str) -> bool {
        let slot = self.slots.iter().find(|slot| slot.name == field);
        slot.is_some_and(|slot| matches!(&slot.formula, Formula::Place(path) if path.len() == 1))
    }

    /// What the expression of a field must give; nothing where that is no value.
    fn want(&self, wanted: &Wanted) -> Result<Option<Json>, String> {
        if let Some((_, reason)) = self.absent.iter().find(|(name, _)| name == wanted.name) {
            return Err(reason.clone());
        }
        match self.slots.iter().find(|slot| slot.name == wanted.name) {
            Some(slot) => slot.want(&wanted.values),
            None => Err("the field was not asked for".to_owned()),
        }
    }

    fn fill(
        &self,
        start: &Cells,
        wants: &[(&str, Json)],
        reads: &BTreeSet<String>,
        number: usize,
        time: &str,
    ) -> Made {
        let aims = wants.iter().filter_map(|(name, want)| {
            let formula = &self.slots.iter().find(|slot| slot.name == *name)?.formula;
            Some(Aim { formula, want: Want::Value(want.clone()) })
        });
        let aims: Vec<Aim> = aims.collect();
        let fits = |cells: &Cells, carried: &[usize]| {
            let read = self.read_back(cells, number, time)?;
            let mut wants = carried.iter().map(|place| &wants[*place]);
            let wrong = wants.find_map(|(name, want)| self.differs(&read, name, want));
            wrong.map_or(Ok(read), Err)
        };
        let Filled { cells, found, unfilled } = fill(start, &aims, &fits);
        let wrong: Vec<(String, String)> =
            unfilled.into_iter().map(|(place, reason)| (wants[place].0.to_owned(), reason)).collect();
        match found.map_or_else(|| self.read_back(&cells, number, time), Ok) {
            Ok(read) => {
                let carried = |name: &str| {
                    wants.iter().any(|(other, _)| *other == name)
                        && !wrong.iter().any(|(other, _)| other == name)
                };
                let beyond = self.beyond(&read, |name| reads.contains(name) && !carried(name));
                Made {
                    wrong: beyond.into_iter().chain(wrong).collect(),
                    row: read.row,
                    respelled: Vec::new(),
                }
            }
            Err(problem) => {
                Made { row: Map::new(), wrong: vec![(String::new(), problem)], respelled: Vec::new() }
            }
        }
    }

    /// The row of an event that differs from one before it in its time alone; nothing where that may change how it is
    /// read.
    pub(super) fn make_again(&self, made: &Made, number: usize, time: &str) -> Option<Made> {
        let is_read = self.times().any(|time| self.read.iter().any(|column| column.name == time.name));
        if is_read || !made.wrong.is_empty() {
            return None;
        }
        let mut row = made.row.clone();
        for column in self.times() {
            row.insert(column.name.clone(), time.into());
        }
        row.insert(EVENT.to_owned(), number.into());
        Some(Made { row, wrong: Vec::new(), respelled: made.respelled.clone() })
    }

    /// The columns that say when an event was.
    fn times(&self) -> impl Iterator<Item = &Column> {
        let names = [self.time.as_str(), "TimeGenerated", "Timestamp"];
        self.columns
            .iter()
            .filter(move |column| column.kind == Type::DateTime && names.contains(&column.name.as_str()))
    }

    /// Runs the binding's expressions over the row of a record.
    fn read_back(&self, cells: &Cells, number: usize, time: &str) -> Result<ReadBack, String> {
        let mut cells = cells.clone();
        for column in self.times() {
            cells.entry(column.name.as_str().into()).or_insert_with(|| Arc::new(Tree::Leaf(time.into())));
        }
        let mut row = row(&cells, &self.kinds)?;
        row.insert(EVENT.to_owned(), number.into());
        let program = self.program.as_ref().map_err(Clone::clone)?;
        let seen = self.read.iter().filter_map(|column| row.get_key_value(&column.name));
        let seen = seen.map(|(name, value)| (name.clone(), value.clone())).collect();
        let table = Table::from_json(self.read.clone(), &[seen])?;
        let mut tables = Tables::default();
        tables.tables.insert(self.table.clone(), table);
        let found = program.run(&tables, &Context::default()).map_err(|stop| stop.to_string())?;
        let [values] = found.rows.as_slice() else {
            return Err("what the binding says of all events does not hold for this one".to_owned());
        };
        Ok(ReadBack { row, values: values.iter().map(kql::json).collect() })
    }

    /// Why a field of the row is not what is wanted.
    fn differs(&self, read: &ReadBack, name: &str, want: &Json) -> Option<String> {
        let (slot, value) = self.slots.iter().zip(&read.values).find(|(slot, _)| slot.name == name)?;
        (!slot.gives(value, want)).then(|| format!("the row gives {value} for {want}"))
    }

    /// The values of the row in fields that must have none.
    fn beyond(&self, read: &ReadBack, lacks: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let each = self.slots.iter().zip(&read.values);
        let beyond =
            each.filter(|(slot, value)| lacks(&slot.name) && !slot.is_constant && !Kind::is_missing(value));
        let reason = |value: &Json| format!("the row gives {value}, the event has no value");
        beyond.map(|(slot, value)| (slot.name.clone(), reason(value))).collect()
    }
}

/// Where a field is: behind the union or in the table itself (then true beside it).
fn place(binding: &Binding, leg: &Leg, source: &Source, name: &str) -> Option<(Mapped, bool)> {
    let known = |name: &str| {
        if binding.unmapped.contains_key(name) {
            return None;
        }
        if let Some(place) = binding.fields.get(name) {
            return Some((place.mapped(), false));
        }
        Some((leg.place(&source.field(name)?.field)?, true))
    };
    let spec = source.field(name)?;
    // `each` is for native fields.
    let own = match spec.field.kind {
        FieldKind::Native => known(name),
        FieldKind::Common | FieldKind::Derived => {
            let listed = binding.fields.get(name).map(|place| (place.mapped(), false));
            listed.or_else(|| leg.listed(name).map(|place| (place, true)))
        }
    };
    own.or_else(|| {
        let native = spec.same_as.as_deref().filter(|_| !binding.unmapped.contains_key(name))?;
        known(native)
    })
}

/// In a union, the table's own fields that the others are read from, and those that are asked for.
fn needed(
    binding: &Binding,
    leg: &Leg,
    source: &Source,
    places: &[(&str, Mapped, bool)],
) -> Vec<(String, Mapped)> {
    if !binding.is_union() {
        return Vec::new();
    }
    let texts = || {
        let outer = places.iter().filter(|(_, _, is_inner)| !is_inner);
        let outer = outer.flat_map(|(_, place, _)| [place.text()].into_iter().chain(place.column.as_deref()));
        outer.chain(binding.outer_condition()).chain(binding.bags.values().map(|bag| bag.of.as_str()))
    };
    let is_needed = |name: &str| {
        places.iter().any(|(asked, _, is_inner)| *is_inner && *asked == name)
            || texts().any(|text| text.contains(name))
    };
    let needed = source.fields.iter().filter(|(name, _)| is_needed(name));
    let inner = needed.filter_map(|(name, spec)| {
        let same =
            || place(binding, leg, source, name).filter(|(_, is_inner)| *is_inner).map(|(place, _)| place);
        Some((name.clone(), leg.own(&spec.field).or_else(same)?))
    });
    inner.collect()
}

fn formula(names: &Names, place: &Mapped) -> Formula {
    if let Some(text) = &place.constant {
        return Formula::text(text);
    }
    if let Some(column) = &place.column {
        return match names.columns.get(column) {
            Some(Computed::Value(formula)) => formula.clone(),
            Some(Computed::Bag(..)) | None => Formula::column(column),
        };
    }
    names.formula(place.text())
}

fn reason(binding: &Binding, source: &Source, name: &str) -> String {
    let native = source.field(name).and_then(|spec| spec.same_as.as_deref());
    let known = binding.unmapped.get(name).or_else(|| binding.unmapped.get(native?));
    known.cloned().unwrap_or_else(|| "the field does not exist there".to_owned())
}

/// The columns that the binding reads, for a table whose schema is not known.
fn guessed(binding: &Binding, leg: &Leg, source: &Source, names: &Names, time: &str) -> Vec<Column> {
    let mut columns = vec![Column::new(time, Type::DateTime), Column::new(EVENT, Type::Long)];
    let mut add = |name: &str, kind: Type| {
        if !columns.iter().any(|column| column.name == name) {
            columns.push(Column::new(name, kind));
        }
    };
    let mut read = Vec::new();
    for (name, spec) in &source.fields {
        // Behind a union stand fields, not columns.
        let place = if binding.is_union() {
            leg.own(&spec.field)
        } else {
            place(binding, leg, source, name).map(|(place, _)| place)
        };
        let Some(place) = place else { continue };
        match &place.column {
            Some(column) => {
                add(column, place.kind.as_deref().and_then(Type::parse).unwrap_or(Type::String));
            }
            None => formula(names, &place).places(&mut read),
        }
    }
    leg.condition.iter().for_each(|text| names.formula(text).places(&mut read));
    // A column that is looked into somewhere is dynamic.
    read.sort_by_key(|(_, is_deep)| !is_deep);
    for (name, is_deep) in read {
        add(&name, if is_deep { Type::Dynamic } else { Type::String });
    }
    columns
}
