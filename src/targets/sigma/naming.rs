//! Names for selections, and the condition over them.
//!
//! In: drafts by index, and how they are joined. Out: names, and the condition in Sigma's words. `1 of filter_*` is
//! written only where the pattern names exactly the selections that are meant.

use super::ast::{Condition, Selection};
use super::lower::{Draft, Joined, Role};

/// Names the drafts, and writes the condition with the names.
pub(super) fn name(drafts: Vec<Draft>, joined: &Joined) -> (Vec<Selection>, Condition) {
    let stem = |draft: &Draft| match &draft.name {
        Some(name) => name.clone(),
        None => stem(draft.role).to_owned(),
    };
    let stems: Vec<String> = drafts.iter().map(stem).collect();
    let alone = |stem: &String| stems.iter().filter(|other| *other == stem).count() == 1;
    // Names that are given as they are go first, so that a number never takes one of them.
    let mut taken: Vec<String> = stems.iter().filter(|stem| alone(stem)).cloned().collect();
    let mut names = Vec::with_capacity(drafts.len());
    for stem in &stems {
        let name = if alone(stem) { stem.clone() } else { numbered(stem, &taken) };
        taken.push(name.clone());
        names.push(name);
    }
    let condition = Names(&names).condition(joined);
    let selections =
        names.into_iter().zip(drafts).map(|(name, draft)| Selection { name, body: draft.body }).collect();
    (selections, condition)
}

/// The same for a filter: its first selection is called `selection`, as the specification's schema wants.
pub(super) fn name_filter(mut drafts: Vec<Draft>, joined: &Joined) -> (Vec<Selection>, Condition) {
    for (index, draft) in drafts.iter_mut().enumerate() {
        let name = if index == 0 { "selection".to_owned() } else { format!("further_{index}") };
        draft.name = Some(name);
    }
    name(drafts, joined)
}

fn numbered(stem: &str, taken: &[String]) -> String {
    let mut number = 1;
    loop {
        let name = format!("{stem}_{number}");
        if !taken.iter().any(|taken| taken.eq_ignore_ascii_case(&name)) {
            return name;
        }
        number += 1;
    }
}

fn stem(role: Role) -> &'static str {
    match role {
        Role::Source => "selection_source",
        Role::Selection => "selection",
        Role::Keywords => "keywords",
        Role::Filter => "filter",
    }
}

/// The names by index.
struct Names<'a>(&'a [String]);

impl Names<'_> {
    fn condition(&self, joined: &Joined) -> Condition {
        match joined {
            Joined::Draft(index) => Condition::Term(self.0[*index].clone()),
            Joined::Not(inner) => Condition::Not(Box::new(self.condition(inner))),
            Joined::All(members) => self.all(members),
            Joined::Any(members) => self.any(members),
        }
    }

    fn any(&self, members: &[Joined]) -> Condition {
        let mut any = self.quantified(&members.iter().collect::<Vec<_>>(), "1 of");
        if any.len() == 1 { any.remove(0) } else { Condition::Or(any) }
    }

    /// `all of selection_*`, and `not 1 of filter_*` for several that must not hold.
    fn all(&self, members: &[Joined]) -> Condition {
        let (negated, others): (Vec<&Joined>, Vec<&Joined>) =
            members.iter().partition(|member| matches!(member, Joined::Not(_)));
        let excluded: Vec<&Joined> = negated
            .into_iter()
            .filter_map(|member| match member {
                Joined::Not(inner) => Some(&**inner),
                Joined::Draft(_) | Joined::All(_) | Joined::Any(_) => None,
            })
            .collect();
        let mut all = self.quantified(&others, "all of");
        let excluded = self.quantified(&excluded, "1 of");
        all.extend(excluded.into_iter().map(|condition| Condition::Not(Box::new(condition))));
        if all.len() == 1 { all.remove(0) } else { Condition::And(all) }
    }

    /// The members, with one term for selections that a pattern names.
    fn quantified(&self, members: &[&Joined], quantifier: &str) -> Vec<Condition> {
        let mut open: Vec<usize> = Vec::new();
        for member in members {
            if let Joined::Draft(index) = member {
                open.push(*index);
            }
        }
        let mut conditions = Vec::new();
        for member in members {
            let Joined::Draft(index) = member else {
                conditions.push(self.condition(member));
                continue;
            };
            if !open.contains(index) {
                continue;
            }
            match self.prefix(*index, &open) {
                Some((prefix, named)) => {
                    open.retain(|index| !named.contains(index));
                    conditions.push(Condition::Term(format!("{quantifier} {prefix}*")));
                }
                None => conditions.push(self.condition(member)),
            }
        }
        conditions
    }

    /// The start of this name that the most of the open selections share, and no other selection has. Case is ignored,
    /// as some readers do.
    fn prefix(&self, index: usize, open: &[usize]) -> Option<(&str, Vec<usize>)> {
        let name = self.0[index].as_str();
        let named = |prefix: &str| -> Vec<usize> {
            let starts = |name: &String| {
                name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            };
            (0..self.0.len()).filter(|index| starts(&self.0[*index])).collect()
        };
        let words = name.match_indices('_').map(|(i, _)| &name[..=i]);
        let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
        words
            .chain([numbered, name])
            .map(|prefix| (prefix, named(prefix)))
            .filter(|(_, named)| named.len() > 1 && named.iter().all(|index| open.contains(index)))
            .max_by_key(|(prefix, named)| (named.len(), prefix.len()))
    }
}
