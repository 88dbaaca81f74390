//! Functions over arrays and property bags.
//!
//! In: values in a `dynamic`. Out: the same. Must not know expressions.

use std::sync::Arc;

use super::{Answer, Function, Kind, Work, array, bounded};
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::{Array, Bag, Value};
use crate::maps::HashSet;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    gives: Type,
    run: fn(&Work, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, optional: 0, rest: None, gives, spreads_null: true, run }
}

/// Of arrays or bags, two or more.
const fn several(name: &'static str, run: fn(&Work, &[Value]) -> Answer) -> Function {
    Function {
        rest: Some(Kind::Dynamic),
        ..function(name, &[Kind::Dynamic, Kind::Dynamic], Type::Dynamic, run)
    }
}

/// Of anything, any number.
const fn packed(name: &'static str, run: fn(&Work, &[Value]) -> Answer) -> Function {
    Function { rest: Some(Kind::Any), spreads_null: false, ..function(name, &[], Type::Dynamic, run) }
}

pub(super) const ALL: &[Function] = &[
    function("array_length", &[Kind::Dynamic], Type::Long, |_, a| {
        Ok(items(&a[0]).map_or(Value::Null, |array| Value::Long(array.items.len() as i64)))
    }),
    several("array_concat", array_concat),
    Function {
        optional: 2,
        ..function(
            "array_index_of",
            &[Kind::Dynamic, Kind::Any, Kind::Whole, Kind::Whole],
            Type::Long,
            array_index_of,
        )
    },
    function("array_slice", &[Kind::Dynamic, Kind::Whole, Kind::Whole], Type::Dynamic, array_slice),
    Function {
        optional: 1,
        ..function("array_sort_asc", &[Kind::Dynamic, Kind::Bool], Type::Dynamic, |work, a| {
            sorted(work, a, true)
        })
    },
    Function {
        optional: 1,
        ..function("array_sort_desc", &[Kind::Dynamic, Kind::Bool], Type::Dynamic, |work, a| {
            sorted(work, a, false)
        })
    },
    function("array_sum", &[Kind::Dynamic], Type::Real, array_sum),
    function("array_reverse", &[Kind::Dynamic], Type::Dynamic, |work, a| {
        let Some(given) = items(&a[0]) else { return Ok(Value::Null) };
        array(work, given.items.iter().rev().cloned().collect(), given.ordered)
    }),
    several("set_union", set_union),
    several("set_intersect", |work, a| sets(work, a, true)),
    several("set_difference", |work, a| sets(work, a, false)),
    function("set_has_element", &[Kind::Dynamic, Kind::Any], Type::Bool, |_, a| {
        let wanted = a[1].to_key();
        Ok(items(&a[0])
            .map_or(Value::Null, |set| Value::Bool(set.items.iter().any(|item| item.to_key() == wanted))))
    }),
    packed("pack_array", |work, a| array(work, a.to_vec(), true)),
    packed("bag_pack", bag_pack),
    packed("pack", bag_pack),
    packed("pack_dictionary", bag_pack),
    function("bag_keys", &[Kind::Dynamic], Type::Dynamic, |work, a| match &a[0] {
        Value::Bag(bag) => array(work, bag.keys().map(|name| Value::Text(Arc::clone(name))).collect(), false),
        _ => Ok(Value::Null),
    }),
    function("bag_has_key", &[Kind::Dynamic, Kind::StrictText], Type::Bool, bag_has_key),
    several("bag_merge", bag_merge),
    function("bag_remove_keys", &[Kind::Dynamic, Kind::Dynamic], Type::Dynamic, bag_remove_keys),
    function("bag_set_key", &[Kind::Dynamic, Kind::StrictText, Kind::Any], Type::Dynamic, bag_set_key),
    several("zip", zip),
    Function { spreads_null: false, ..function("repeat", &[Kind::Any, Kind::Whole], Type::Dynamic, repeat) },
    Function { spreads_null: false, ..function("gettype", &[Kind::Any], Type::String, gettype) },
];

fn items(value: &Value) -> Option<&Array> {
    match value {
        Value::Array(array) => Some(array),
        _ => None,
    }
}

/// `array[index]` and `bag.name`: null where there is no such item. Negative indices count from the end.
pub(in crate::kql) fn index(work: &Work, value: &Value, step: &Value) -> Answer {
    Ok(match (value, step) {
        (Value::Array(array), Value::Long(at)) => {
            let items = work.items(array);
            let at = if *at < 0 { at + items.len() as i64 } else { *at };
            usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null)
        }
        (Value::Bag(bag), Value::Text(name)) => bag.get(name.as_ref()).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    })
}

/// What is no array is skipped by Kusto or makes the result null, which is not documented.
fn arrays<'a>(a: &'a [Value], name: &str) -> Result<Vec<&'a Array>, Stop> {
    a.iter()
        .map(|value| items(value).ok_or_else(|| Stop::undetermined(format!("{name} of what is no array"))))
        .collect()
}

fn array_concat(work: &Work, a: &[Value]) -> Answer {
    let arrays = arrays(a, "array_concat")?;
    let ordered = arrays.iter().all(|array| array.ordered || array.items.len() < 2);
    work.spend(arrays.iter().map(|array| array.items.len()).sum())?;
    array(work, arrays.iter().flat_map(|array| array.items.clone()).collect(), ordered)
}

fn array_index_of(work: &Work, a: &[Value]) -> Answer {
    if a.len() > 2 {
        return Err(Stop::Outside { what: "`array_index_of` with a start".to_owned() });
    }
    let Some(given) = items(&a[0]) else { return Ok(Value::Null) };
    let wanted = a[1].to_key();
    let found = work.items(given).iter().position(|item| item.to_key() == wanted);
    Ok(Value::Long(found.map_or(-1, |at| at as i64)))
}

/// Both ends are included; negative ones count from the end.
fn array_slice(work: &Work, a: &[Value]) -> Answer {
    let Some(given) = items(&a[0]) else { return Ok(Value::Null) };
    let items = work.items(given);
    let length = items.len() as i64;
    let place = |value: &Value| {
        let at = value.long().unwrap_or(0);
        if at < 0 { at.saturating_add(length) } else { at }
    };
    let (from, to) = (place(&a[1]).max(0), place(&a[2]).min(length - 1));
    let taken = if from > to { &[] } else { &items[from as usize..=to as usize] };
    array(work, taken.to_vec(), given.ordered)
}

/// Numbers and points in time, then texts, then GUIDs, then the rest; nulls last, unless the second argument is false.
pub(in crate::kql) fn sort_items(items: &mut [Value], ascending: bool, nulls_last: bool) -> Result<(), Stop> {
    let rank = |value: &Value| match value {
        Value::Long(_) | Value::Real(_) | Value::DateTime(_) | Value::TimeSpan(_) => 0,
        Value::Text(_) => 1,
        Value::Guid(_) => 2,
        Value::Bool(_) | Value::Array(_) | Value::Bag(_) => 3,
        Value::Null => 4,
    };
    let mut mixed = false;
    items.sort_by(|a, b| {
        let (first, second) = (rank(a), rank(b));
        if (first == 4) != (second == 4) {
            let order = first.cmp(&second);
            return if nulls_last { order } else { order.reverse() };
        }
        let order = first.cmp(&second).then_with(|| {
            a.order(b).unwrap_or_else(|| {
                mixed |= first != 4;
                std::cmp::Ordering::Equal
            })
        });
        if ascending { order } else { order.reverse() }
    });
    if mixed { Err(Stop::undetermined("the order of values of different types")) } else { Ok(()) }
}

fn sorted(work: &Work, a: &[Value], ascending: bool) -> Answer {
    let Some(given) = items(&a[0]) else { return Ok(Value::Null) };
    let mut items = given.items.clone();
    work.spend(items.len())?;
    sort_items(&mut items, ascending, !matches!(a.get(1), Some(Value::Bool(false))))?;
    array(work, items, true)
}

fn array_sum(work: &Work, a: &[Value]) -> Answer {
    let Some(given) = items(&a[0]) else { return Ok(Value::Null) };
    work.spend(given.items.len())?;
    let sum: Option<f64> = given.items.iter().map(Value::number).sum();
    sum.map(Value::Real).ok_or_else(|| Stop::undetermined("array_sum of what is no number"))
}

/// The distinct items of all, in no particular order.
fn set_union(work: &Work, a: &[Value]) -> Answer {
    let mut seen = HashSet::default();
    let mut all = Vec::new();
    for given in arrays(a, "set_union")? {
        work.spend(given.items.len())?;
        all.extend(given.items.iter().filter(|item| seen.insert(item.to_key())).cloned());
    }
    array(work, all, false)
}

/// The distinct items of the first that all others have, or that none has.
fn sets(work: &Work, a: &[Value], shared: bool) -> Answer {
    let arrays = arrays(a, if shared { "set_intersect" } else { "set_difference" })?;
    let Some((first, others)) = arrays.split_first() else { return Ok(Value::Null) };
    let others: Vec<HashSet<String>> =
        others.iter().map(|array| array.items.iter().map(Value::to_key).collect()).collect();
    work.spend(arrays.iter().map(|array| array.items.len()).sum())?;
    let mut seen = HashSet::default();
    let kept = first.items.iter().filter(|item| {
        let key = item.to_key();
        let fits = if shared {
            others.iter().all(|other| other.contains(&key))
        } else {
            !others.iter().any(|other| other.contains(&key))
        };
        fits && seen.insert(key)
    });
    array(work, kept.cloned().collect(), false)
}

/// Names and values by turns. Which of two values of one name stays is not documented.
fn bag_pack(work: &Work, a: &[Value]) -> Answer {
    if !a.len().is_multiple_of(2) {
        return Err(Stop::Outside { what: "`bag_pack` with a name that has no value".to_owned() });
    }
    let mut bag = Bag::default();
    for pair in a.chunks(2) {
        let Value::Text(name) = &pair[0] else {
            return Err(Stop::undetermined("bag_pack with a name that is no string"));
        };
        if bag.insert(Arc::clone(name), pair[1].clone()).is_some() {
            return Err(Stop::undetermined("bag_pack with a name twice"));
        }
    }
    bounded(work, Value::Bag(Arc::new(bag)))
}

fn bag_has_key(_: &Work, a: &[Value]) -> Answer {
    let name = a[1].str();
    if name.starts_with('$') {
        return Err(Stop::Outside { what: "a path in `bag_has_key`".to_owned() });
    }
    match &a[0] {
        Value::Bag(bag) => Ok(Value::Bool(bag.contains_key(name))),
        _ => Err(Stop::undetermined("bag_has_key of what is no bag")),
    }
}

/// The first bag that has a name gives its value: <https://learn.microsoft.com/kusto/query/bag-merge-function>.
fn bag_merge(work: &Work, a: &[Value]) -> Answer {
    let mut all = Bag::default();
    for value in a {
        let Value::Bag(bag) = value else { return Err(Stop::undetermined("bag_merge of what is no bag")) };
        work.spend(bag.len())?;
        for (name, value) in bag.iter() {
            all.entry(Arc::clone(name)).or_insert_with(|| value.clone());
        }
    }
    bounded(work, Value::Bag(Arc::new(all)))
}

fn bag_remove_keys(work: &Work, a: &[Value]) -> Answer {
    let (Value::Bag(bag), Value::Array(names)) = (&a[0], &a[1]) else {
        return Err(Stop::undetermined("bag_remove_keys of what is no bag, or by what is no array"));
    };
    if names.items.iter().any(|name| name.str().starts_with('$')) {
        return Err(Stop::Outside { what: "a path in `bag_remove_keys`".to_owned() });
    }
    work.spend(bag.len() + names.items.len())?;
    let unwanted: HashSet<&str> = names.items.iter().map(Value::str).collect();
    let kept = bag.iter().filter(|(name, _)| !unwanted.contains(name.as_ref()));
    Ok(Value::Bag(Arc::new(kept.map(|(name, value)| (Arc::clone(name), value.clone())).collect())))
}

fn bag_set_key(work: &Work, a: &[Value]) -> Answer {
    let name = a[1].str();
    if name.starts_with('$') {
        return Err(Stop::Outside { what: "a path in `bag_set_key`".to_owned() });
    }
    let Value::Bag(bag) = &a[0] else { return Err(Stop::undetermined("bag_set_key of what is no bag")) };
    work.spend(bag.len())?;
    let mut bag = bag.as_ref().clone();
    bag.insert(Arc::from(name), a[2].clone());
    bounded(work, Value::Bag(Arc::new(bag)))
}

/// As many items as the longest has; the others are filled with nulls.
fn zip(work: &Work, a: &[Value]) -> Answer {
    let arrays = arrays(a, "zip")?;
    let arrays: Vec<_> = arrays.into_iter().map(|array| work.items(array)).collect();
    let longest = arrays.iter().map(|items| items.len()).max().unwrap_or(0);
    work.spend(longest * arrays.len())?;
    let row = |at: usize| {
        Value::array(arrays.iter().map(|items| items.get(at).cloned().unwrap_or(Value::Null)).collect())
    };
    array(work, (0..longest).map(row).collect(), true)
}

fn repeat(work: &Work, a: &[Value]) -> Answer {
    let Some(count) = a[1].long() else { return Err(Stop::undetermined("repeat with a null count")) };
    let count = usize::try_from(count).map_err(|_| Stop::undetermined("repeat with a negative count"))?;
    if count > 1024 {
        return Err(Stop::undetermined("repeat of more than 1024 items"));
    }
    array(work, vec![a[0].clone(); count], true)
}

/// The names of what a `dynamic` holds; those of other types are known before the run.
fn gettype(_: &Work, a: &[Value]) -> Answer {
    Ok(Value::text(match &a[0] {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Long(_) => "long",
        Value::Real(_) => "double",
        Value::Text(_) => "string",
        Value::DateTime(_) => "datetime",
        Value::TimeSpan(_) => "timespan",
        Value::Guid(_) => "guid",
        Value::Array(_) => "array",
        Value::Bag(_) => "dictionary",
    }))
}
