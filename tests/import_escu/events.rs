//! Events made from what a search asks of them: some that it finds, some that it just does not.
//!
//! In: the tree of a search. Out: rows, the same on every run.

use std::collections::BTreeMap;

use detc::spl::ast::{Command, CompareOp, Search, SearchValue, Term};
use detc::spl::expr::{Expr, Node};
use detc::spl::{Row, Value};

use super::values::{Asked, Random, near, satisfying};

/// Models whose name alone means one data set.
pub(crate) const ROOTS: &[(&str, &str)] = &[
    ("Authentication", "Authentication"),
    ("Change", "All_Changes"),
    ("Network_Resolution", "DNS"),
    ("Network_Traffic", "All_Traffic"),
    ("Web", "Web"),
];

/// The data set that a search names.
pub(crate) fn data_set(model: &str) -> String {
    let root = ROOTS.iter().find(|(known, _)| *known == model);
    root.map_or(model.to_owned(), |(model, set)| format!("{model}.{set}"))
}

/// How many events a search.
const EVENTS: usize = 24;

/// What is asked of each field, and whether it must hold.
type Wishes = BTreeMap<String, Vec<(Asked, bool)>>;

/// A search, as far as events are made from it.
pub(crate) struct Outline<'s> {
    conditions: Vec<Condition<'s>>,
    /// The data set before the names of fields, with its dot.
    prefix: String,
    /// The fields that the summary groups by, as they are in the events.
    pub(crate) by: Vec<String>,
}

enum Condition<'s> {
    Terms(&'s Term),
    Where(&'s Expr),
    Regex(&'s str, &'s str),
}

/// Names that stand for other fields by then.
type Names = Vec<(String, String)>;

impl<'s> Outline<'s> {
    pub(crate) fn of(search: &'s Search) -> Self {
        let mut outline = Self { conditions: Vec::new(), prefix: String::new(), by: Vec::new() };
        let mut is_summarised = false;
        for command in &search.commands {
            match &command.value {
                Command::Search(term) => outline.conditions.push(Condition::Terms(term)),
                Command::Where(expr) => outline.conditions.push(Condition::Where(expr)),
                Command::Regex { field, pattern, .. } => {
                    outline.conditions.push(Condition::Regex(&field.value, &pattern.value));
                }
                Command::TStats(tstats) => {
                    let model = tstats.model.as_ref().map_or("", |model| model.value.as_str());
                    outline.prefix = format!("{}.", data_set(model).rsplit('.').next().unwrap_or_default());
                    outline.conditions.extend(tstats.condition.as_ref().map(Condition::Terms));
                    outline.by = tstats.by.iter().map(|name| name.value.clone()).collect();
                    is_summarised = true;
                }
                Command::Stats(stats) if !is_summarised => {
                    outline.by = stats.by.iter().map(|name| name.value.clone()).collect();
                    is_summarised = true;
                }
                _ => {}
            }
        }
        outline
    }

    /// Names that `rename` gave, as they are in the events.
    fn names(search: &Search) -> Names {
        let mut names = Names::new();
        for command in &search.commands {
            if let Command::Rename(pairs) = &command.value {
                names.extend(pairs.iter().map(|(old, new)| (new.value.clone(), old.value.clone())));
            }
        }
        names
    }

    /// Events for a search. `other` should find the same: they have its fields. One of the two is `imported`: they are of
    /// its data source.
    pub(crate) fn events(
        &self,
        search: &Search,
        other: &Outline,
        imported: (&Outline, &Outline),
        random: &mut Random,
    ) -> Vec<Row> {
        let names = Self::names(search);
        (0..EVENTS)
            .map(|index| {
                let mut row = self.event(index % 3 != 2, &names, &other.by, random);
                imported.0.add_facts(imported.1, &names, &mut row, random);
                self.complete(other, &mut row);
                row
            })
            .collect()
    }

    /// What this search asks of every event in a field that the other does not test: the facts of its data source.
    fn add_facts(&self, other: &Outline, names: &Names, row: &mut Row, random: &mut Random) {
        let tested: Vec<String> = other.tested().iter().map(|name| other.place(name, names)).collect();
        let Some(Condition::Terms(term)) = self.conditions.first() else { return };
        let members = match term {
            Term::All(members) => members.as_slice(),
            one => std::slice::from_ref(*one),
        };
        for member in members {
            let (field, value) = match member {
                Term::Compare { field, op: CompareOp::Equal, value } => (&field.value, &value.value),
                Term::In { field, values } => (&field.value, &values[0].value),
                _ => continue,
            };
            let is_number = field == "EventCode" && tested.iter().any(|it| it == "EventID");
            let is_fact = !tested.contains(field) || ["source", "sourcetype"].contains(&field.as_str());
            if is_fact && !is_number && value.text != "*" {
                let text = satisfying(&[Asked::Like(value.text.clone())], random);
                row.set(field.as_str(), Value::text(text));
            }
        }
        // The number of an event has two names.
        let (from, to) = if tested.iter().any(|it| it == "EventID") {
            ("EventID", "EventCode")
        } else {
            ("EventCode", "EventID")
        };
        match row.get(from).cloned() {
            Some(number) => row.set(to, number),
            None => drop(row.remove(to)),
        }
    }

    /// No row of a data model lacks a field: the model writes `unknown`.
    fn complete(&self, other: &Outline, row: &mut Row) {
        if self.prefix.is_empty() {
            return;
        }
        let tested = [self.tested(), other.tested()].concat();
        for field in self.by.iter().chain(&other.by).chain(&tested) {
            let place = self.place(field, &Names::new());
            if row.get(&place).is_none_or(|value| value.texts().all(|text| text.is_empty())) {
                row.set(place, Value::text("unknown"));
            }
        }
    }

    /// The fields that the conditions test, by the names that they have there.
    fn tested(&self) -> Vec<String> {
        let mut wishes = Wishes::new();
        let mut random = Random::new(1);
        for condition in &self.conditions {
            // Branches are drawn: often enough, each of them is.
            for holds in [true, false].repeat(8) {
                match condition {
                    Condition::Terms(term) => term_wishes(term, holds, &mut wishes, &mut random),
                    Condition::Where(expr) => expr_wishes(expr, holds, &mut wishes, &mut random),
                    Condition::Regex(field, _) => wish(&mut wishes, field, Asked::Any, holds),
                }
            }
        }
        wishes.into_keys().collect()
    }

    fn event(&self, wanted: bool, names: &Names, fields: &[String], random: &mut Random) -> Row {
        let mut wishes = Wishes::new();
        let failing = random.below(self.conditions.len());
        for (index, condition) in self.conditions.iter().enumerate() {
            let holds = wanted || index != failing;
            match condition {
                Condition::Terms(term) => term_wishes(term, holds, &mut wishes, random),
                Condition::Where(expr) => expr_wishes(expr, holds, &mut wishes, random),
                Condition::Regex(field, pattern) => {
                    wish(&mut wishes, field, Asked::Regex((*pattern).to_owned()), holds);
                }
            }
        }
        let mut row = Row::new();
        row.set("_time", Value::Number(1_700_000_000.0));
        row.set("_raw", Value::text("raw"));
        for field in fields.iter().chain(&self.by) {
            let wanted = if random.chance(8) { continue } else { satisfying(&[Asked::Any], random) };
            if field != "_time" {
                row.set(self.place(field, names), Value::text(wanted));
            }
        }
        for (field, asked) in &wishes {
            let place = self.place(field, names);
            let must: Vec<Asked> =
                asked.iter().filter(|(_, holds)| *holds).map(|(asked, _)| asked.clone()).collect();
            let value = if must.is_empty() {
                let not = &asked[random.below(asked.len())].0;
                match random.below(6) {
                    0 => {
                        row.remove(&place);
                        continue;
                    }
                    1 | 2 => near(&satisfying(std::slice::from_ref(not), random), random),
                    _ => "something else".to_owned(),
                }
            } else {
                satisfying(&must, random)
            };
            row.set(place, Value::text(value));
        }
        if random.chance(35) {
            disturb(&mut row, random);
        }
        row
    }

    /// The field of an event behind a name at any point of the search.
    fn place(&self, name: &str, names: &Names) -> String {
        let mut name = name.to_owned();
        for (new, old) in names.iter().rev() {
            if *new == name {
                old.clone_into(&mut name);
            }
        }
        let is_common = ["host", "source", "sourcetype", "index"].contains(&name.as_str());
        if name.starts_with(&self.prefix) || is_common || name.starts_with('_') {
            name
        } else {
            format!("{}{name}", self.prefix)
        }
    }
}

/// Changes one field: gone, another text, two values, empty.
fn disturb(row: &mut Row, random: &mut Random) {
    let names: Vec<String> =
        row.fields().map(|(name, _)| name.to_string()).filter(|name| !name.starts_with('_')).collect();
    let Some(name) = names.get(random.below(names.len())) else { return };
    let old = row.text(name).map(|text| text.into_owned()).unwrap_or_default();
    match random.below(8) {
        0..=2 => drop(row.remove(name)),
        3..=5 => row.set(name.as_str(), Value::text(near(&old, random))),
        6 => {
            let other = near(&old, random);
            if let Some(two) = Value::many(vec![old.as_str().into(), other.into()]) {
                row.set(name.as_str(), two);
            }
        }
        _ => row.set(name.as_str(), Value::text("")),
    }
}

fn wish(wishes: &mut Wishes, field: &str, asked: Asked, holds: bool) {
    wishes.entry(field.to_owned()).or_default().push((asked, holds));
}

fn term_wishes(term: &Term, holds: bool, wishes: &mut Wishes, random: &mut Random) {
    match term {
        Term::All(members) | Term::Any(members) => {
            let is_all = matches!(term, Term::All(_));
            let chosen = random.below(members.len());
            for (index, member) in members.iter().enumerate() {
                // All of them, or a chosen one; of the others nothing is asked where one is enough.
                if is_all == holds || index == chosen {
                    term_wishes(member, holds, wishes, random);
                } else if is_all {
                    term_wishes(member, true, wishes, random);
                }
            }
        }
        Term::Not(inner) => term_wishes(inner, !holds, wishes, random),
        Term::Compare { field, op, value } => {
            let (asked, is_same) = compared(*op, &value.value);
            wish(wishes, &field.value, asked, holds == is_same);
        }
        Term::In { field, values } => {
            let value = &values[random.below(values.len())].value;
            wish(wishes, &field.value, Asked::Like(value.text.clone()), holds);
        }
        Term::Keyword(_) | Term::Subsearch(_) | Term::Macro(_) => {}
    }
}

fn compared(op: CompareOp, value: &SearchValue) -> (Asked, bool) {
    let number = value.text.parse().unwrap_or(0.0);
    match op {
        CompareOp::Equal => (Asked::Like(value.text.clone()), true),
        CompareOp::NotEqual => (Asked::Like(value.text.clone()), false),
        CompareOp::Less => (Asked::Number(number, -1.0), true),
        CompareOp::Greater => (Asked::Number(number, 1.0), true),
        CompareOp::LessOrEqual | CompareOp::GreaterOrEqual => (Asked::Number(number, 0.0), true),
    }
}

fn expr_wishes(expr: &Expr, holds: bool, wishes: &mut Wishes, random: &mut Random) {
    match &expr.node {
        Node::All(members) | Node::Any(members) => {
            let is_all = matches!(&expr.node, Node::All(_));
            let chosen = random.below(members.len());
            for (index, member) in members.iter().enumerate() {
                if is_all == holds || index == chosen {
                    expr_wishes(member, holds, wishes, random);
                } else if is_all {
                    expr_wishes(member, true, wishes, random);
                }
            }
        }
        Node::Not(inner) => expr_wishes(inner, !holds, wishes, random),
        Node::Compare(op, left, right) => {
            let Node::Field(field) = &left.node else { return };
            let text = match &right.node {
                Node::Text(text) => text.clone(),
                Node::Number(number) => number.to_string(),
                _ => return,
            };
            let value = SearchValue { text, quoted: true, mode: detc::spl::ast::ValueMode::Plain };
            let (asked, is_same) = compared(*op, &value);
            wish(wishes, field, asked, holds == is_same);
        }
        Node::Call(function, arguments) => {
            let field = |at: usize| match arguments.get(at).map(|it| &it.node) {
                Some(Node::Field(field)) => Some(field.as_str()),
                _ => None,
            };
            let text = |at: usize| match arguments.get(at).map(|it| &it.node) {
                Some(Node::Text(text)) => Some(text.clone()),
                _ => None,
            };
            match (function.as_str(), field(0), text(1)) {
                ("match", Some(field), Some(pattern)) => wish(wishes, field, Asked::Regex(pattern), holds),
                ("in", Some(field), Some(value)) => wish(wishes, field, Asked::Like(value), holds),
                ("isnotnull", Some(field), _) => wish(wishes, field, Asked::Any, holds),
                ("isnull", Some(field), _) => wish(wishes, field, Asked::Any, !holds),
                _ => {
                    if let ("cidrmatch", Some(network), Some(field)) = (function.as_str(), text(0), field(1))
                    {
                        let address = network.split('/').next().unwrap_or_default().to_owned();
                        wish(wishes, field, Asked::Like(address), holds);
                    }
                }
            }
        }
        Node::Text(_)
        | Node::Number(_)
        | Node::Field(_)
        | Node::Xor(_)
        | Node::Chain(..)
        | Node::Negate(_)
        | Node::Macro(_) => {}
    }
}
