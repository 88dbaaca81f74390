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
        match self.pattern(members.iter()) {
            Some(pattern) => Condition::Term(format!("1 of {pattern}")),
            None => Condition::Or(members.iter().map(|member| self.condition(member)).collect()),
        }
    }

    /// `all of selection_*`, and `not 1 of filter_*` for several that must not hold.
    fn all(&self, members: &[Joined]) -> Condition {
        let (negated, others): (Vec<&Joined>, Vec<&Joined>) =
            members.iter().partition(|member| matches!(member, Joined::Not(_)));
        let mut all: Vec<Condition> = match self.pattern(others.iter().copied()) {
            Some(pattern) => vec![Condition::Term(format!("all of {pattern}"))],
            None => others.into_iter().map(|member| self.condition(member)).collect(),
        };
        let inner = negated.iter().filter_map(|member| match member {
            Joined::Not(inner) => Some(&**inner),
            Joined::Draft(_) | Joined::All(_) | Joined::Any(_) => None,
        });
        match self.pattern(inner) {
            Some(pattern) => all.push(Condition::Not(Box::new(Condition::Term(format!("1 of {pattern}"))))),
            None => all.extend(negated.into_iter().map(|member| self.condition(member))),
        }
        if all.len() == 1 { all.remove(0) } else { Condition::And(all) }
    }

    /// The pattern that names exactly these selections, if they are several and there is one. Case is ignored, as
    /// some readers do.
    fn pattern<'j>(&self, members: impl Iterator<Item = &'j Joined>) -> Option<String> {
        let mut meant = Vec::new();
        for member in members {
            match member {
                Joined::Draft(index) if !meant.contains(index) => meant.push(*index),
                Joined::Draft(_) => {}
                Joined::Not(_) | Joined::All(_) | Joined::Any(_) => return None,
            }
        }
        let first = &self.0[*meant.first()?];
        let starts = |name: &String, prefix: &str| {
            name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let exact = |prefix: &&str| {
            meant.iter().all(|index| starts(&self.0[*index], prefix))
                && self.0.iter().filter(|name| starts(name, prefix)).count() == meant.len()
        };
        let mut prefixes = first.rmatch_indices('_').map(|(i, _)| &first[..=i]);
        let prefix = prefixes.find(exact).filter(|_| meant.len() > 1)?;
        Some(format!("{prefix}*"))
    }
}
