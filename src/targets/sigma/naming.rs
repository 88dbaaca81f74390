//! Names for selections, and the condition over them.
//!
//! In: drafts by index, and how they are joined. Out: names, and the condition in Sigma's words. `1 of filter_*` is
//! written only where the pattern names exactly the selections that are meant.

use super::ast::{Condition, Selection};
use super::lower::{Draft, Joined, Role};

/// Names the drafts, and writes the condition with the names.
pub(super) fn name(drafts: Vec<Draft>, joined: &Joined) -> (Vec<Selection>, Condition) {
    let mut names = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let stem = stem(draft.role);
        let alike = drafts.iter().filter(|other| other.role == draft.role).count();
        let number = names.iter().filter(|name: &&String| name.starts_with(stem)).count() + 1;
        names.push(match draft.role {
            Role::Source => "selection_source".to_owned(),
            Role::Selection | Role::Keywords | Role::Filter if alike == 1 => stem.to_owned(),
            Role::Selection | Role::Keywords | Role::Filter => format!("{stem}_{number}"),
        });
    }
    let condition = Names(&names).condition(joined);
    let selections =
        names.into_iter().zip(drafts).map(|(name, draft)| Selection { name, body: draft.body }).collect();
    (selections, condition)
}

fn stem(role: Role) -> &'static str {
    match role {
        Role::Source | Role::Selection => "selection",
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
            Joined::Not(inner) => Condition::Not(Box::new(self.negated(inner))),
            Joined::All(members) => self.all(members),
            Joined::Any(members) => self.any(members, 3),
        }
    }

    fn negated(&self, inner: &Joined) -> Condition {
        match inner {
            Joined::Any(members) => self.any(members, 2),
            Joined::Draft(_) | Joined::Not(_) | Joined::All(_) => self.condition(inner),
        }
    }

    fn any(&self, members: &[Joined], at_least: usize) -> Condition {
        match self.pattern(members.iter(), at_least) {
            Some(pattern) => Condition::Term(format!("1 of {pattern}")),
            None => Condition::Or(members.iter().map(|member| self.condition(member)).collect()),
        }
    }

    /// `all of selection_*`, and `not 1 of filter_*` for several that must not hold.
    fn all(&self, members: &[Joined]) -> Condition {
        let (negated, others): (Vec<&Joined>, Vec<&Joined>) =
            members.iter().partition(|member| matches!(member, Joined::Not(_)));
        let mut all: Vec<Condition> = match self.pattern(others.iter().copied(), 3) {
            Some(pattern) => vec![Condition::Term(format!("all of {pattern}"))],
            None => others.into_iter().map(|member| self.condition(member)).collect(),
        };
        let inner = negated.iter().filter_map(|member| match member {
            Joined::Not(inner) => Some(&**inner),
            Joined::Draft(_) | Joined::All(_) | Joined::Any(_) => None,
        });
        match self.pattern(inner, 2) {
            Some(pattern) => all.push(Condition::Not(Box::new(Condition::Term(format!("1 of {pattern}"))))),
            None => all.extend(negated.into_iter().map(|member| self.condition(member))),
        }
        if all.len() == 1 { all.remove(0) } else { Condition::And(all) }
    }

    /// The pattern that names exactly these selections, if they are so many and there is one.
    fn pattern<'j>(&self, members: impl Iterator<Item = &'j Joined>, at_least: usize) -> Option<String> {
        let mut meant = Vec::new();
        for member in members {
            match member {
                Joined::Draft(index) => meant.push(&self.0[*index]),
                Joined::Not(_) | Joined::All(_) | Joined::Any(_) => return None,
            }
        }
        let (stem, _) = meant.first()?.split_once('_')?;
        let prefix = format!("{stem}_");
        let named = self.0.iter().filter(|name| name.starts_with(&prefix));
        let exact = meant.iter().all(|name| name.starts_with(&prefix)) && named.count() == meant.len();
        (exact && meant.len() >= at_least).then(|| format!("{prefix}*"))
    }
}
