//! Selections and a condition, from a condition over neutral fields.
//!
//! In: `Logic`. Out: a block as a person would have written it: what must hold together in one selection, alternatives in
//! one list, what must not hold under a name of its own.

use super::logic::{Item, Logic};
use crate::schema::{self, Block, Selection, Values};
use crate::source::{Span, Spanned};

/// The selection of what must be there for a result at all.
const PRESENT: &str = "present";

/// Lays a condition out. `present` are fields that an event must have besides. None when nothing is asked of an event.
pub(super) fn block(logic: Logic, present: &[Item]) -> Option<Block> {
    let logic = simplified(logic);
    if matches!(&logic, Logic::All(members) | Logic::Any(members) if members.is_empty()) {
        return None;
    }
    let mut writer = Writer { selections: Vec::new(), positive: 0, negative: 0 };
    let level = if present.is_empty() { Level::Top } else { Level::And };
    let mut condition = writer.write(&logic, false, level);
    if !present.is_empty() {
        let items = present.iter().map(written).collect();
        writer.selections.push((bare(PRESENT.to_owned()), bare(Selection::All(items))));
        condition = format!("{condition} and {PRESENT}");
    }
    Some(Block { selections: writer.selections, condition: vec![bare(condition)] })
}

fn bare<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// Nested alike is one level; a single member is itself.
fn simplified(logic: Logic) -> Logic {
    let flat = |members: Vec<Logic>, is_same: fn(&Logic) -> bool| {
        let mut found = Vec::new();
        for member in members.into_iter().map(simplified) {
            match member {
                Logic::All(inner) | Logic::Any(inner) if inner.is_empty() => {}
                Logic::All(inner) if is_same(&Logic::All(Vec::new())) => found.extend(inner),
                Logic::Any(inner) if is_same(&Logic::Any(Vec::new())) => found.extend(inner),
                other => found.push(other),
            }
        }
        found
    };
    match logic {
        Logic::Item(item) => Logic::Item(item),
        Logic::Not(inner) => match simplified(*inner) {
            Logic::Not(twice) => *twice,
            inner => Logic::Not(Box::new(inner)),
        },
        Logic::All(members) => {
            let mut found = flat(members, |it| matches!(it, Logic::All(_)));
            if found.len() == 1 { found.remove(0) } else { Logic::All(found) }
        }
        Logic::Any(members) => {
            let mut found = merged(flat(members, |it| matches!(it, Logic::Any(_))));
            if found.len() == 1 { found.remove(0) } else { Logic::Any(found) }
        }
    }
}

/// Alternatives with the same key are one item with a list.
fn merged(members: Vec<Logic>) -> Vec<Logic> {
    let mut found: Vec<Logic> = Vec::new();
    for member in members {
        if let Logic::Item(item) = &member
            && let Some(Logic::Item(known)) =
                found.iter_mut().find(|it| matches!(it, Logic::Item(known) if known.key == item.key))
        {
            for value in &item.values {
                if !known.values.contains(value) {
                    known.values.push(value.clone());
                }
            }
            continue;
        }
        found.push(member);
    }
    found
}

/// What stands around a part of the condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    And,
    Or,
    Not,
}

struct Writer {
    selections: Vec<(Spanned<String>, Spanned<Selection>)>,
    positive: usize,
    negative: usize,
}

impl Writer {
    /// The text of a part of the condition; its selections are added.
    fn write(&mut self, logic: &Logic, negated: bool, level: Level) -> String {
        match logic {
            Logic::Item(item) => self.select(Selection::All(vec![written(item)]), negated),
            Logic::Not(inner) => format!("not {}", self.write(inner, true, Level::Not)),
            Logic::All(members) => {
                let (together, others) = together(members);
                let mut parts = Vec::new();
                for items in together {
                    parts.push(self.select(Selection::All(items), negated));
                }
                for member in others {
                    parts.push(self.write(member, negated, Level::And));
                }
                enclosed(parts, " and ", matches!(level, Level::Not | Level::Or))
            }
            Logic::Any(members) => {
                if let Some(list) = alternatives(members) {
                    return self.select(Selection::Any(list), negated);
                }
                let parts = members.iter().map(|member| self.write(member, negated, Level::Or)).collect();
                enclosed(parts, " or ", matches!(level, Level::Not | Level::And))
            }
        }
    }

    fn select(&mut self, selection: Selection, negated: bool) -> String {
        if let Some((name, _)) = self.selections.iter().find(|(_, known)| known.value == selection) {
            return name.value.clone();
        }
        let (word, count) =
            if negated { ("filter", &mut self.negative) } else { ("selection", &mut self.positive) };
        *count += 1;
        let name = if *count == 1 { word.to_owned() } else { format!("{word}_{count}") };
        self.selections.push((bare(name.clone()), bare(selection)));
        name
    }
}

fn enclosed(parts: Vec<String>, word: &str, needs: bool) -> String {
    let several = parts.len() > 1;
    let text = parts.join(word);
    if several && needs { format!("({text})") } else { text }
}

/// Items that fit into selections, each with keys of its own, and everything else.
fn together(members: &[Logic]) -> (Vec<Vec<schema::Item>>, Vec<&Logic>) {
    let mut selections: Vec<Vec<Item>> = Vec::new();
    let mut others = Vec::new();
    for member in members {
        let Logic::Item(item) = member else {
            others.push(member);
            continue;
        };
        let first =
            selections.first_mut().and_then(|items| items.iter_mut().find(|known| known.key == item.key));
        match first {
            // `contains` of several that must all be there.
            Some(known) if known.values.len() == 1 && item.values.len() == 1 && takes_all(&item.key) => {
                known.key.push_str("|all");
                known.values.extend(item.values.clone());
            }
            _ => {
                let all = format!("{}|all", item.key);
                let collected = selections.iter_mut().flatten().find(|known| known.key == all);
                if let (Some(known), true) = (collected, item.values.len() == 1) {
                    known.values.extend(item.values.clone());
                    continue;
                }
                let free =
                    selections.iter_mut().find(|items| items.iter().all(|known| known.key != item.key));
                match free {
                    Some(items) => items.push(item.clone()),
                    None => selections.push(vec![item.clone()]),
                }
            }
        }
    }
    (selections.into_iter().map(|items| items.iter().map(written).collect()).collect(), others)
}

fn takes_all(key: &str) -> bool {
    ["|contains", "|startswith", "|endswith"].iter().any(|modifier| key.ends_with(modifier))
}

/// The members as a list of selections, when each is made of items with keys of their own.
fn alternatives(members: &[Logic]) -> Option<Vec<Spanned<Selection>>> {
    members
        .iter()
        .map(|member| match member {
            Logic::Item(item) => Some(bare(Selection::All(vec![written(item)]))),
            Logic::All(inner) => match together(inner) {
                (mut selections, others) if selections.len() == 1 && others.is_empty() => {
                    Some(bare(Selection::All(selections.remove(0))))
                }
                _ => None,
            },
            Logic::Any(_) | Logic::Not(_) => None,
        })
        .collect()
}

fn written(item: &Item) -> schema::Item {
    let values = match item.values.as_slice() {
        [one] => Values::One(one.clone()),
        many => Values::Many(many.iter().cloned().map(bare).collect()),
    };
    schema::Item { key: bare(item.key.clone()), values: bare(values) }
}
