//! IR to selections and a condition.
//!
//! In: a predicate. Out: search identifiers, and how they are joined. What was written in one selection stays in one,
//! under the author's name. Where that is not known, field tests that stand together become one `selection`, what is
//! negated becomes a `filter`, and texts without a field become `keywords`. Must not know how a rule is printed.

use crate::diagnostics::Diagnostic;
use crate::ir::{FieldTest, Keyword, Pattern, Piece, Predicate};
use crate::targets::{Consent, NeededList, Polarity};
use crate::yaml::YamlScalar;

use super::ast::{Body, Item, ItemValues};
use super::fields::Fields;
use super::modifiers::{Alternative, alternatives};
use super::origin::{Origin, Origins};

/// What a selection is for, which gives it its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The facts of the data source.
    Source,
    /// What is looked for.
    Selection,
    /// Texts that are looked for anywhere.
    Keywords,
    /// What is left out.
    Filter,
}

/// A selection that has no name yet.
#[derive(Debug, PartialEq)]
pub(super) struct Draft {
    /// What it is for.
    pub(super) role: Role,
    /// The author's name for it.
    pub(super) name: Option<String>,
    /// What it holds.
    pub(super) body: Body,
}

/// Drafts joined, by index.
#[derive(Debug, PartialEq)]
pub(super) enum Joined {
    /// This draft holds.
    Draft(usize),
    /// It does not hold.
    Not(Box<Joined>),
    /// Every one holds.
    All(Vec<Joined>),
    /// One of them holds.
    Any(Vec<Joined>),
}

/// Lowers predicates. Findings are collected; when there are any, what was built must not be used.
pub(super) struct Lowering<'a, 'c> {
    pub(super) fields: Fields<'a>,
    pub(super) origins: Origins<'a>,
    pub(super) consent: Consent<'c>,
    pub(super) drafts: Vec<Draft>,
    pub(super) needed: Vec<NeededList>,
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> Lowering<'a, '_> {
    /// Lowers a condition.
    pub(super) fn predicate(&mut self, predicate: &'a Predicate, polarity: Polarity) -> Joined {
        let origin = self.origins.of(predicate);
        match predicate {
            Predicate::Not(inner) => Joined::Not(Box::new(self.predicate(inner, polarity.flipped()))),
            Predicate::Field(test) => {
                let maps = self.test(test, polarity).into_iter().map(|test| vec![test.into()]).collect();
                self.draft(maps_body(maps), polarity, origin)
            }
            Predicate::Keyword(keyword) => self.keywords(&[keyword], polarity, origin),
            Predicate::All(members) => self.all(&flat(members, Join::All), polarity),
            Predicate::Any(members) => self.any(&flat(members, Join::Any), polarity),
        }
    }

    fn test(&mut self, test: &'a FieldTest, polarity: Polarity) -> Vec<Alternative> {
        let Self { fields, consent, needed, findings, .. } = self;
        alternatives(test, fields, polarity, consent, needed, findings)
    }

    fn draft(&mut self, body: Body, polarity: Polarity, origin: Origin) -> Joined {
        let role = match (polarity, &body) {
            (Polarity::Negative, _) => Role::Filter,
            (Polarity::Positive, Body::Map(_) | Body::Maps(_)) => Role::Selection,
            (Polarity::Positive, Body::Keywords(_)) => Role::Keywords,
        };
        self.push(Draft { role, name: self.origins.name(origin), body })
    }

    /// Adds a selection. One that the condition uses twice is written once; under the author's name it may be wanted
    /// here and excluded there.
    pub(super) fn push(&mut self, draft: Draft) -> Joined {
        let same = |known: &Draft| {
            known.body == draft.body
                && known.name == draft.name
                && (known.name.is_some() || known.role == draft.role)
        };
        let index = self.drafts.iter().position(same).unwrap_or_else(|| {
            self.drafts.push(draft);
            self.drafts.len() - 1
        });
        Joined::Draft(index)
    }

    /// One selection after the other, those that must not hold last.
    fn all(&mut self, members: &[&'a Predicate], polarity: Polarity) -> Joined {
        let (negated, others): (Vec<_>, Vec<_>) = self
            .origins
            .group(members)
            .into_iter()
            .partition(|(_, group)| group.iter().all(|member| matches!(member, Predicate::Not(_))));
        let mut joined = Vec::new();
        for (origin, group) in others.into_iter().chain(negated) {
            add(
                &mut joined,
                Join::All,
                match (origin, group.as_slice()) {
                    (Origin::Several, [mixed]) if members.len() > 1 => self.predicate(mixed, polarity),
                    _ => self.all_of(&group, polarity, origin),
                },
            );
        }
        single(joined, Joined::All)
    }

    fn any(&mut self, members: &[&'a Predicate], polarity: Polarity) -> Joined {
        let mut joined = Vec::new();
        for (origin, group) in self.origins.group(members) {
            add(
                &mut joined,
                Join::Any,
                match (origin, group.as_slice()) {
                    (Origin::Several, [mixed]) if members.len() > 1 => self.predicate(mixed, polarity),
                    _ => self.any_of(&group, polarity, origin),
                },
            );
        }
        single(joined, Joined::Any)
    }

    /// Field tests first, in as few maps as their keys allow; then the rest; then what must not hold.
    fn all_of(&mut self, members: &[&'a Predicate], polarity: Polarity, origin: Origin) -> Joined {
        let mut map = Conjunction::default();
        let mut own = Vec::new();
        let mut texts = Vec::new();
        let mut rest = Vec::new();
        for member in members {
            match member {
                Predicate::Field(test) => {
                    let written = self.test(test, polarity);
                    match <[Alternative; 1]>::try_from(written) {
                        Ok([one]) => map.add(one),
                        Err(several) => own.push(several),
                    }
                }
                Predicate::Keyword(keyword) if keyword.any_of.len() == 1 => texts.push(keyword),
                Predicate::Keyword(_) | Predicate::Not(_) | Predicate::All(_) | Predicate::Any(_) => {
                    rest.push(*member);
                }
            }
        }
        let mut joined = Vec::new();
        for items in map.into_maps() {
            joined.push(self.draft(Body::Map(items), polarity, origin));
        }
        for several in own {
            let maps = several.into_iter().map(|test| vec![test.into()]).collect();
            joined.push(self.draft(maps_body(maps), polarity, origin));
        }
        match texts.as_slice() {
            [] => {}
            [_] => joined.push(self.keywords(&texts, polarity, origin)),
            _ => joined.push(self.keywords_all(&texts, polarity, origin)),
        }
        let (negated, others): (Vec<&Predicate>, Vec<&Predicate>) =
            rest.into_iter().partition(|member| matches!(member, Predicate::Not(_)));
        for member in others.into_iter().chain(negated) {
            let lowered = self.predicate(member, polarity);
            add(&mut joined, Join::All, lowered);
        }
        single(joined, Joined::All)
    }

    /// What fits in a map becomes one list of maps, texts become one list of keywords, and the rest stands alone.
    fn any_of(&mut self, members: &[&'a Predicate], polarity: Polarity, origin: Origin) -> Joined {
        let mut maps = Vec::new();
        let mut texts = Vec::new();
        let mut rest = Vec::new();
        for member in members {
            match member {
                Predicate::Field(test) => {
                    maps.extend(self.test(test, polarity).into_iter().map(|test| vec![test.into()]));
                }
                Predicate::All(inner) => match self.one_map(&flat(inner, Join::All), polarity) {
                    Some(map) => maps.push(map),
                    None => rest.push(*member),
                },
                Predicate::Keyword(keyword) => texts.push(keyword),
                Predicate::Not(_) | Predicate::Any(_) => rest.push(*member),
            }
        }
        let mut joined = Vec::new();
        if !maps.is_empty() {
            joined.push(self.draft(maps_body(maps), polarity, origin));
        }
        if !texts.is_empty() {
            joined.push(self.keywords(&texts, polarity, origin));
        }
        for member in rest {
            let lowered = self.predicate(member, polarity);
            add(&mut joined, Join::Any, lowered);
        }
        single(joined, Joined::Any)
    }

    /// The conjunction as one map, if it is one.
    fn one_map(&mut self, members: &[&'a Predicate], polarity: Polarity) -> Option<Vec<Item>> {
        let mut tests = Vec::new();
        for member in members {
            match member {
                Predicate::Field(test) => tests.push(test),
                Predicate::Not(_) | Predicate::Keyword(_) | Predicate::All(_) | Predicate::Any(_) => {
                    return None;
                }
            }
        }
        // Found again, with the same findings, where the conjunction is written otherwise.
        let before = self.findings.len();
        let mut map = Conjunction::default();
        for test in tests {
            match <[Alternative; 1]>::try_from(self.test(test, polarity)) {
                Ok([one]) => map.add(one),
                Err(_) => {
                    self.findings.truncate(before);
                    return None;
                }
            }
        }
        <[Vec<Item>; 1]>::try_from(map.into_maps()).ok().map(|[items]| items)
    }

    fn keywords(&mut self, keywords: &[&Keyword], polarity: Polarity, origin: Origin) -> Joined {
        let mut values = Vec::new();
        for text in keywords.iter().flat_map(|keyword| &keyword.any_of).map(keyword_text) {
            if !values.contains(&text) {
                values.push(text);
            }
        }
        self.draft(Body::Keywords(values), polarity, origin)
    }

    fn keywords_all(&mut self, keywords: &[&Keyword], polarity: Polarity, origin: Origin) -> Joined {
        let values = keywords.iter().flat_map(|keyword| &keyword.any_of).map(keyword_text).collect();
        let key = YamlScalar::text("|all");
        let role = if polarity == Polarity::Positive { Role::Keywords } else { Role::Filter };
        let body = Body::Map(vec![Item { key, values: ItemValues::Many(values) }]);
        self.push(Draft { role, name: self.origins.name(origin), body })
    }
}

/// A keyword is found anywhere, so the wildcards around it say nothing.
fn keyword_text(pattern: &Pattern) -> YamlScalar {
    let inner = match pattern.pieces() {
        [Piece::AnyRun, inner @ .., Piece::AnyRun] if !inner.is_empty() => inner,
        other => other,
    };
    YamlScalar::text(Pattern::from_pieces(inner.iter().cloned()).to_sigma())
}

/// Field tests that must all hold, by key.
#[derive(Default)]
struct Conjunction {
    keys: Vec<(String, Vec<Alternative>)>,
}

impl Conjunction {
    fn add(&mut self, test: Alternative) {
        let key = test.key();
        match self.keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) if known.contains(&test) => {}
            Some((_, known)) => known.push(test),
            None => self.keys.push((key, vec![test])),
        }
    }

    /// As few maps as the keys allow, since a key can stand only once in a map. Single values of one `contains` join
    /// under `all`, which is the same as a test each.
    fn into_maps(self) -> Vec<Vec<Item>> {
        let mut first = Vec::new();
        let mut own = Vec::new();
        for (_, tests) in self.keys {
            let (singles, mut others): (Vec<_>, Vec<_>) =
                tests.into_iter().partition(|test| test.values.len() == 1);
            match singles.first().and_then(Alternative::key_of_all) {
                Some(key) if singles.len() > 1 => {
                    let values = singles.into_iter().flat_map(|test| test.values).collect();
                    first.push(Item { key: YamlScalar::text(key), values: ItemValues::Many(values) });
                }
                _ => {
                    others.splice(0..0, singles);
                }
            }
            let mut others = others.into_iter().map(Item::from);
            first.extend(others.next());
            own.extend(others.map(|item| vec![item]));
        }
        if !first.is_empty() {
            own.insert(0, first);
        }
        own
    }
}

impl From<Alternative> for Item {
    fn from(test: Alternative) -> Self {
        let key = YamlScalar::text(test.key());
        let mut values = test.values;
        let values =
            if values.len() == 1 { ItemValues::One(values.remove(0)) } else { ItemValues::Many(values) };
        Item { key, values }
    }
}

/// Adds a part, once; one that is joined alike is taken apart.
fn add(joined: &mut Vec<Joined>, join: Join, part: Joined) {
    let parts = match (join, part) {
        (Join::All, Joined::All(parts)) | (Join::Any, Joined::Any(parts)) => parts,
        (Join::All | Join::Any, part) => vec![part],
    };
    for part in parts {
        if !joined.contains(&part) {
            joined.push(part);
        }
    }
}

/// Alternatives of one item and one key are one list.
fn maps_body(maps: Vec<Vec<Item>>) -> Body {
    let mut maps = one_list_a_key(maps);
    if maps.len() == 1 { Body::Map(maps.remove(0)) } else { Body::Maps(maps) }
}

fn one_list_a_key(maps: Vec<Vec<Item>>) -> Vec<Vec<Item>> {
    let mut merged: Vec<Vec<Item>> = Vec::new();
    for map in maps {
        let into = match map.as_slice() {
            [item] if item.is_list() => merged.iter_mut().find_map(|known| match known.as_mut_slice() {
                [known] if known.is_list() && known.key == item.key => Some(known),
                _ => None,
            }),
            _ => None,
        };
        match into {
            Some(known) => map.into_iter().for_each(|item| known.join(item)),
            None => merged.push(map),
        }
    }
    merged
}

fn single(mut joined: Vec<Joined>, join: impl FnOnce(Vec<Joined>) -> Joined) -> Joined {
    if joined.len() == 1 { joined.remove(0) } else { join(joined) }
}

#[derive(Clone, Copy, PartialEq)]
enum Join {
    All,
    Any,
}

/// The members with nested ones of the same kind merged.
fn flat(members: &[Predicate], join: Join) -> Vec<&Predicate> {
    members
        .iter()
        .flat_map(|member| match member {
            Predicate::All(inner) if join == Join::All => flat(inner, join),
            Predicate::Any(inner) if join == Join::Any => flat(inner, join),
            Predicate::All(_)
            | Predicate::Any(_)
            | Predicate::Not(_)
            | Predicate::Field(_)
            | Predicate::Keyword(_) => vec![member],
        })
        .collect()
}
