//! A record that is being made: values at paths, in lists and bags.
//!
//! In: paths and values. Out: JSON. A place is written once: a second value that differs is refused. Must not know
//! targets.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::maps::IndexMap;

/// A value that is being made.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::proof) enum Tree {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A plain value, or JSON as it stands.
    Leaf(Json),
    /// Members by name.
    Bag(IndexMap<Arc<str>, Tree>),
    /// Items, and the one that stays the last, however many come before it.
    List(Vec<Tree>, Option<Box<Tree>>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::proof) enum Step {
    /// A member.
    Key(Arc<str>),
    /// An item, from 0.
    Item(usize),
    /// The last item.
    Last,
    /// In a list of bags, the value of the one with this name.
    Named {
        /// The member that holds the name.
        key: Arc<str>,
        /// The name.
        name: Arc<str>,
        /// The member that holds the value.
        value: Arc<str>,
    },
}

/// Columns or fields by name. Many records are made of one, which differ in a value: the others are shared.
pub(in crate::proof) type Cells = IndexMap<Arc<str>, Arc<Tree>>;

impl Tree {
    /// Puts a value at a path; false when another one is there.
    pub(in crate::proof) fn set(&mut self, path: &[Step], value: &Json) -> bool {
        let Some((step, rest)) = path.split_first() else { return self.put(value) };
        match step {
            Step::Key(name) => match self.bag() {
                Some(members) => members.entry(Arc::clone(name)).or_default().set(rest, value),
                None => false,
            },
            Step::Item(index) => match self.list() {
                Some((items, _)) => {
                    if items.len() <= *index {
                        items.resize(index + 1, Tree::Nothing);
                    }
                    items[*index].set(rest, value)
                }
                None => false,
            },
            Step::Last => match self.list() {
                Some((_, last)) => last.get_or_insert_with(Box::default).set(rest, value),
                None => false,
            },
            Step::Named { key, name, value: value_key } => match self.list() {
                Some((items, _)) => {
                    let named = |item: &Tree| {
                        item.member(key).is_some_and(|known| *known == Tree::Leaf((&**name).into()))
                    };
                    let place = items.iter().position(named).unwrap_or_else(|| {
                        let member = (Arc::clone(key), Tree::Leaf((&**name).into()));
                        items.push(Tree::Bag(IndexMap::from_iter([member])));
                        items.len() - 1
                    });
                    let inner = Step::Key(Arc::clone(value_key));
                    let inner: Vec<Step> = std::iter::once(inner).chain(rest.iter().cloned()).collect();
                    items[place].set(&inner, value)
                }
                None => false,
            },
        }
    }

    /// What stands at a path.
    pub(in crate::proof) fn get(&self, path: &[Step]) -> Option<&Tree> {
        let Some((step, rest)) = path.split_first() else {
            return (*self != Tree::Nothing).then_some(self);
        };
        let inner = match (step, self) {
            (Step::Key(name), _) => self.member(name)?,
            (Step::Item(index), Tree::List(items, last)) => match items.get(*index) {
                Some(item) => item,
                None => last.as_deref().filter(|_| *index == items.len())?,
            },
            (Step::Last, Tree::List(items, last)) => last.as_deref().or(items.last())?,
            (Step::Named { key, name, value }, Tree::List(items, _)) => {
                let named = |item: &&Tree| item.member(key) == Some(&Tree::Leaf((&**name).into()));
                items.iter().find(named)?.member(value)?
            }
            // One value is a list of one.
            (Step::Item(0) | Step::Last, Tree::Leaf(_)) => self,
            (Step::Item(_) | Step::Last | Step::Named { .. }, _) => return None,
        };
        inner.get(rest)
    }

    /// The value as JSON; places that are not filled are `filler`.
    pub(in crate::proof) fn json(&self, filler: &Json) -> Json {
        match self {
            Tree::Nothing => filler.clone(),
            Tree::Leaf(value) => value.clone(),
            Tree::Bag(members) => {
                members.iter().map(|(name, tree)| (name.to_string(), tree.json(filler))).collect()
            }
            Tree::List(items, last) => {
                items.iter().chain(last.as_deref()).map(|tree| tree.json(filler)).collect()
            }
        }
    }

    /// The text of a plain value.
    pub(in crate::proof) fn text(&self) -> Option<String> {
        match self {
            Tree::Leaf(value) => plain(value),
            Tree::Nothing | Tree::Bag(_) | Tree::List(..) => None,
        }
    }

    fn member(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Bag(members) => members.get(name),
            Tree::Nothing | Tree::Leaf(_) | Tree::List(..) => None,
        }
    }

    fn put(&mut self, value: &Json) -> bool {
        if *self == Tree::Nothing {
            *self = Tree::from(value);
            return true;
        }
        self.json(&Json::Null) == *value || self.text().is_some_and(|text| plain(value) == Some(text))
    }

    fn bag(&mut self) -> Option<&mut IndexMap<Arc<str>, Tree>> {
        if *self == Tree::Nothing {
            *self = Tree::Bag(IndexMap::default());
        }
        match self {
            Tree::Bag(members) => Some(members),
            Tree::Nothing | Tree::Leaf(_) | Tree::List(..) => None,
        }
    }

    /// A single value becomes the first of several.
    fn list(&mut self) -> Option<(&mut Vec<Tree>, &mut Option<Box<Tree>>)> {
        match self {
            Tree::Nothing => *self = Tree::List(Vec::new(), None),
            Tree::Leaf(_) => *self = Tree::List(vec![std::mem::take(self)], None),
            Tree::Bag(_) | Tree::List(..) => {}
        }
        match self {
            Tree::List(items, last) => Some((items, last)),
            Tree::Nothing | Tree::Leaf(_) | Tree::Bag(_) => None,
        }
    }
}

impl From<&Json> for Tree {
    fn from(value: &Json) -> Self {
        match value {
            Json::Array(items) => Tree::List(items.iter().map(Tree::from).collect(), None),
            Json::Object(members) => {
                Tree::Bag(members.iter().map(|(name, value)| (name.as_str().into(), value.into())).collect())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Tree::Leaf(value.clone()),
        }
    }
}

/// A plain JSON value as text.
pub(in crate::proof) fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.into())
    }

    #[test]
    fn a_place_is_written_once() {
        let mut tree = Tree::default();
        assert!(tree.set(&[key("a"), Step::Item(1), key("b")], &json!("x")));
        assert!(tree.set(&[key("a"), Step::Item(1), key("b")], &json!("x")));
        assert!(!tree.set(&[key("a"), Step::Item(1), key("b")], &json!("y")));
        assert!(!tree.set(&[key("a"), key("c")], &json!("y")));
        assert_eq!(tree.json(&Json::Null), json!({"a": [null, {"b": "x"}]}));
    }

    #[test]
    fn the_last_item_stays_the_last() {
        let mut tree = Tree::default();
        assert!(tree.set(&[Step::Last], &json!("User")));
        assert!(tree.set(&[Step::Item(0)], &json!("alice")));
        assert!(tree.set(&[Step::Item(2)], &json!("id")));
        assert_eq!(tree.json(&json!("-")), json!(["alice", "-", "id", "User"]));
        assert_eq!(tree.get(&[Step::Last]), Some(&Tree::Leaf(json!("User"))));
    }

    #[test]
    fn pairs_are_found_by_name() {
        let mut tree = Tree::default();
        let named = |name: &str| Step::Named { key: "Name".into(), name: name.into(), value: "Value".into() };
        assert!(tree.set(&[named("x")], &json!("1")));
        assert!(tree.set(&[named("y")], &json!("2")));
        assert!(!tree.set(&[named("x")], &json!("3")));
        assert_eq!(tree.json(&Json::Null), json!([{"Name": "x", "Value": "1"}, {"Name": "y", "Value": "2"}]));
        assert_eq!(tree.get(&[named("y")]), Some(&Tree::Leaf(json!("2"))));
    }
}
