//! How events of one data source become events of Splunk, or rows of a data set.
//!
//! In: the binding and the fields that are asked for. Out: for an event, a row over which the binding's own expressions,
//! run by the interpreter, give the event's values back; and what the row does not say, or says beyond the event.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::binding::Binding;
use super::record::{RAW, fields, row};
use super::slot::{Place, Slot};
use crate::catalogue::{Source, ValueMap};
use crate::diagnostics::Diagnostic;
use crate::ir::{Event, Time};
use crate::proof::rows::OfSource;
use crate::proof::solve::{Aim, Cells, Filled, Fits, Tree, Want, fill, plain, solve};
use crate::proof::wanted::{Values, Wanted, has_two_spellings, is_respelled, wanted};
use crate::spl::{Context, Dataset, Program, Row, Value, parse};

/// The field that says when an event was.
const TIME: &str = "_time";

/// The field that says which event a row stands for. No event of Splunk has it.
pub(super) const EVENT: &str = "detc_event";

/// The field that says which macros stand for the event.
pub(super) const MACRO: &str = "detc_macro";

/// The way from events to rows.
pub(super) struct Plan {
    source: Arc<Source>,
    binding: Binding,
    slots: Vec<Slot>,
    absent: Vec<(String, String)>,
    is_json: bool,
    /// Whether no expression can see when an event was.
    is_timeless: bool,
    /// Whether an expression reads the text of an event.
    reads_text: bool,
    program: Result<Program, String>,
}

/// A row, and what is wrong with it.
pub(super) struct Made {
    /// The row.
    pub(super) row: Row,
    /// What it was made of.
    cells: Cells,
    /// Fields that it does not say as the event does, with the reason.
    pub(super) wrong: Vec<(String, String)>,
    /// Fields that stand there in another spelling.
    pub(super) respelled: Vec<String>,
}

impl Plan {
    /// For these fields; nothing when the source does not exist in the profile.
    pub(super) fn new(
        source: &Arc<Source>,
        profile: &str,
        fields: &[&str],
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(binding) = source.binding::<Binding>(profile)? else { return Ok(None) };
        let (mut slots, mut absent) = (Vec::new(), Vec::new());
        for name in fields {
            match binding.place(source, name).and_then(|place| Slot::new(name, &place)) {
                Some(slot) => slots.push(slot),
                None => absent.push(((*name).to_owned(), binding.reason(source, name))),
            }
        }
        let evaluated = slots.iter().enumerate().filter_map(|(number, slot)| match &slot.place {
            Place::Eval(text) => Some(format!("{} = {text}", computed(number))),
            Place::Field(_) | Place::Constant(_) | Place::Pairs { .. } => None,
        });
        let evaluated: Vec<String> = evaluated.collect();
        let mut text = format!("search {EVENT}=*");
        if !evaluated.is_empty() {
            text = format!("{text} | eval {}", evaluated.join(", "));
        }
        let program = parse(&text)
            .and_then(|search| Program::compile(&search))
            .map_err(|problems| problems.first().map_or(String::new(), |problem| problem.message.clone()));
        let is_json = binding.is_json();
        // The text of an event has its time, too.
        let keywords = binding.keywords();
        let sees_text = |text: &String| text.contains(RAW) || text.contains(&keywords);
        let sees = |text: &String| text.contains(TIME) || sees_text(text);
        let reads_text = evaluated.iter().any(sees_text);
        let is_time = |slot: &Slot| matches!(&slot.place, Place::Field(name) if name == TIME);
        let is_timeless = !evaluated.iter().any(sees) && !slots.iter().any(is_time);
        let source = Arc::clone(source);
        Ok(Some(Self { source, binding, slots, absent, is_json, is_timeless, reads_text, program }))
    }

    /// The data set, when the rows are those of a data model.
    pub(super) fn data_model(&self) -> Option<&str> {
        self.binding.data_model.as_deref()
    }

    /// The macro that stands for the events.
    pub(super) fn macro_name(&self) -> Option<&str> {
        self.binding.macro_name.as_deref()
    }

    /// Whether a value of these events may stand there in two spellings.
    pub(super) fn has_two_spellings<'e>(&self, mut events: impl Iterator<Item = &'e Event>) -> bool {
        let is_mapped =
            self.slots.iter().any(|slot| slot.values.as_ref().is_some_and(ValueMap::has_two_spellings));
        is_mapped
            && events.any(|event| {
                wanted(event, &self.source).iter().any(|wanted| {
                    let slot = self.slots.iter().find(|slot| slot.name == wanted.name);
                    let map = slot.and_then(|slot| slot.values.as_ref());
                    match &wanted.values {
                        Values::Single(values) => values.iter().any(|value| has_two_spellings(map, value)),
                        Values::Pairs(_) => false,
                    }
                })
            })
    }

    /// The row of an event of this source. The fields that decide come first, and the row must not have a value in those
    /// that the event lacks. Where it `fills`, those that name a result are `unknown` when the event lacks them. Of values
    /// with two spellings, `escaped` says which.
    pub(super) fn make(
        &self,
        event: &Event,
        of_source: &OfSource,
        fills: bool,
        (number, time): (usize, Time),
        escaped: bool,
    ) -> Made {
        let mut given = wanted(event, &self.source);
        given.sort_by_cached_key(|wanted| of_source.rank(wanted.name));
        let reads = &of_source.reads;
        let respelled = given.iter().filter(|wanted| {
            let slot = self.slots.iter().find(|slot| slot.name == wanted.name);
            is_respelled(slot.and_then(|slot| slot.values.as_ref()), &wanted.values, escaped)
        });
        let respelled = respelled.map(|wanted| wanted.name.to_owned()).collect();
        let mut wrong = Vec::new();
        let mut aims: Vec<(usize, Vec<Aim>)> = Vec::new();
        for wanted in &given {
            match self.aims(wanted, escaped) {
                Ok(found) => aims.push(found),
                Err(reason) => wrong.push((wanted.name.to_owned(), reason)),
            }
        }
        // Plain fields first: they can be in one place only.
        aims.sort_by_key(|(slot, _)| matches!(self.slots[*slot].place, Place::Eval(_)));
        let owners: Vec<usize> = aims.iter().flat_map(|(slot, aims)| aims.iter().map(|_| *slot)).collect();
        let aims: Vec<Aim> = aims.into_iter().flat_map(|(_, aims)| aims).collect();
        let base = self.base(number, time);
        let keywords = self.binding.keywords();
        let fits = |cells: &Cells, carried: &[usize]| {
            if !self.evaluates() {
                return Ok(());
            }
            // The text is long, and few expressions read it.
            let tried = if self.reads_text { row(cells, &keywords, self.is_json) } else { fields(cells) };
            let checked = self.evaluated(tried)?;
            for place in carried {
                let slot = owners[*place];
                if let Place::Eval(_) = self.slots[slot].place {
                    same(&checked, slot, &aims[*place].want)?;
                }
            }
            Ok(())
        };
        let Filled { mut cells, unfilled, .. } = fill(&base, &aims, &fits);
        wrong.extend(
            unfilled.into_iter().map(|(place, reason)| (self.slots[owners[place]].name.clone(), reason)),
        );
        wrong.extend(self.add_facts(&mut cells).err().map(|reason| (String::new(), reason)));
        self.fill_missing(&mut cells);
        let lacking = of_source.by.iter().filter(|name| {
            fills && !reads.contains(*name) && !given.iter().any(|wanted| wanted.name == **name)
        });
        for name in lacking {
            self.add_unknown(name, &mut cells, &aims, &fits, |row| {
                self.beyond(row, &given, reads).is_empty()
            });
        }
        match self.checked(&cells) {
            Ok(row) => {
                wrong.extend(self.beyond(&row, &given, reads));
                // What only the check computed does not belong to the event.
                let fields = row.fields().filter(|(name, _)| !is_computed(name));
                let row = fields.map(|(name, value)| (Arc::clone(name), value.clone())).collect();
                Made { row, cells, wrong, respelled }
            }
            Err(reason) => {
                wrong.push((String::new(), reason));
                Made { row: Row::new(), cells, wrong, respelled }
            }
        }
    }

    /// The row of an event that differs from one before it in its time alone; nothing where that may change how it is
    /// read.
    pub(super) fn make_again(&self, made: &Made, number: usize, time: Time) -> Option<Made> {
        if !self.is_timeless || !made.wrong.is_empty() {
            return None;
        }
        let mut cells = made.cells.clone();
        cells.extend(self.base(number, time));
        let row = row(&cells, &self.binding.keywords(), self.is_json);
        Some(Made { row, cells, wrong: Vec::new(), respelled: made.respelled.clone() })
    }

    fn base(&self, number: usize, time: Time) -> Cells {
        let mut cells = Cells::default();
        let mut put = |name: &str, text: String| drop(cells.insert(name.into(), leaf(text)));
        put(TIME, format!("{:.3}", time.milliseconds as f64 / 1000.0));
        put(EVENT, number.to_string());
        if let Some(name) = &self.binding.macro_name {
            put(MACRO, name.clone());
        }
        cells
    }

    fn aims(&self, wanted: &Wanted, escaped: bool) -> Result<(usize, Vec<Aim<'_>>), String> {
        if let Some((_, reason)) = self.absent.iter().find(|(name, _)| name == wanted.name) {
            return Err(reason.clone());
        }
        let place = self.slots.iter().position(|slot| slot.name == wanted.name);
        let place = place.ok_or_else(|| "the field was not asked for".to_owned())?;
        Ok((place, self.slots[place].aims(&wanted.values, escaped)?))
    }

    /// What the binding says of every event. A value that the event gives must be one of those.
    fn add_facts(&self, cells: &mut Cells) -> Result<(), String> {
        for (name, values) in &self.binding.select {
            let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
            let values: Vec<String> = values.iter().filter_map(plain).collect();
            match cells.get(name.as_str()).and_then(|tree| tree.text()) {
                Some(known) if values.iter().any(|value| fits_wildcard(value, &known)) => {}
                Some(known) => {
                    return Err(format!("`{name}` is `{known}`, which no event of the source has"));
                }
                None => {
                    let first = values.first().map_or(String::new(), |value| value.replace('*', ""));
                    cells.insert(name.as_str().into(), leaf(first));
                }
            }
        }
        Ok(())
    }

    /// A data model writes a word into the fields that the event lacks.
    fn fill_missing(&self, cells: &mut Cells) {
        let Some(missing) = &self.binding.missing else { return };
        for name in self.binding.raw_names() {
            cells.entry(name.into()).or_insert_with(|| leaf(missing.as_str()));
        }
    }

    /// Puts `unknown` into a field, when everything else stays as it is.
    fn add_unknown(
        &self,
        name: &str,
        cells: &mut Cells,
        aims: &[Aim],
        fits: Fits<()>,
        is_fine: impl Fn(&Row) -> bool,
    ) {
        let Some(slot) = self.slots.iter().find(|slot| slot.name == name) else { return };
        let unknown = Values::Single(vec!["unknown".into()]);
        let Ok(added) = slot.aims(&unknown, false) else { return };
        let every: Vec<usize> = (0..aims.len()).collect();
        let carried = match fits(cells, &every) {
            Ok(()) => every,
            Err(_) => every.into_iter().filter(|place| fits(cells, &[*place]).is_ok()).collect(),
        };
        for aim in added {
            let proposals = solve(aim.formula, &aim.want, cells);
            let fine = proposals.into_iter().find(|next| {
                fits(next, &carried).is_ok() && self.checked(next).is_ok_and(|row| is_fine(&row))
            });
            if let Some(next) = fine {
                *cells = next;
            }
        }
    }

    /// Whether some field is computed.
    fn evaluates(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.place, Place::Eval(_)))
    }

    /// The row with the values of the expressions beside it.
    fn checked(&self, cells: &Cells) -> Result<Row, String> {
        let row = row(cells, &self.binding.keywords(), self.is_json);
        if self.evaluates() { self.evaluated(row) } else { Ok(row) }
    }

    fn evaluated(&self, row: Row) -> Result<Row, String> {
        let program = self.program.as_ref().map_err(Clone::clone)?;
        let dataset = Dataset { events: vec![row], ..Dataset::default() };
        let found = program.run(&dataset, &Context::default()).map_err(|stop| stop.to_string())?;
        found.into_iter().next().ok_or_else(|| "the row is lost".to_owned())
    }

    /// Values of fields that the event lacks and the detection reads.
    fn beyond(&self, row: &Row, given: &[Wanted], reads: &BTreeSet<String>) -> Vec<(String, String)> {
        let lacks =
            |slot: &&Slot| reads.contains(&slot.name) && !given.iter().any(|wanted| wanted.name == slot.name);
        let mut wrong = Vec::new();
        for (number, slot) in self.slots.iter().enumerate().filter(|(_, slot)| lacks(slot)) {
            let value = match &slot.place {
                Place::Field(name) => row.get(name),
                Place::Eval(_) => row.get(&computed(number)),
                Place::Constant(_) => None,
                Place::Pairs { names } => row.get(names),
            };
            let is_fact = |slot: &Slot| match &slot.place {
                Place::Field(name) => self.binding.select.contains_key(name),
                Place::Eval(_) | Place::Constant(_) | Place::Pairs { .. } => false,
            };
            let Some(text) = value.map(shown).filter(|_| !is_fact(slot)) else { continue };
            if !text.is_empty() && Some(&text) != self.binding.missing.as_ref() {
                wrong.push((slot.name.clone(), format!("the row gives `{text}`, the event has no value")));
            }
        }
        wrong
    }
}

fn leaf(value: impl Into<Json>) -> Arc<Tree> {
    Arc::new(Tree::Leaf(value.into()))
}

/// The field in which the check computes a slot's value.
fn computed(slot: usize) -> String {
    format!("detc_{slot}")
}

fn is_computed(name: &str) -> bool {
    name.strip_prefix("detc_").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the expression of a slot gives what is wanted.
fn same(row: &Row, slot: usize, want: &Want) -> Result<(), String> {
    let found: Vec<String> = row
        .get(&computed(slot))
        .map_or(Vec::new(), |value| value.texts().map(std::borrow::Cow::into_owned).collect());
    let wanted: Vec<String> = match want {
        Want::Value(Json::Array(items)) => items.iter().filter_map(plain).collect(),
        Want::Value(value) => plain(value).into_iter().collect(),
        Want::Holds(value) => vec![value.to_string()],
        Want::Missing => Vec::new(),
    };
    if found == wanted {
        return Ok(());
    }
    Err(format!("the row gives `{}` for `{}`", found.join("`, `"), wanted.join("`, `")))
}

fn shown(value: &Value) -> String {
    value.texts().collect::<Vec<_>>().join(", ")
}

/// Whether a text is a value of a fact, in which `*` stands for anything.
fn fits_wildcard(fact: &str, text: &str) -> bool {
    if !fact.contains('*') && fact.eq_ignore_ascii_case(text) {
        return true;
    }
    let parts: Vec<String> = fact.split('*').map(regex::escape).collect();
    regex::Regex::new(&format!("(?is)^{}$", parts.join(".*"))).is_ok_and(|regex| regex.is_match(text))
}
