//! Commands that look at one row at a time: `search`, `where`, `eval`, `rename`, `table`, `fields`.

use std::borrow::Cow;
use std::sync::Arc;

use super::expr::Code;
use super::search::Matcher;
use super::state::{self, Run};
use super::typing::Typing;
use super::{Answer, Step};
use crate::spl::ast::{Assignment, Name};
use crate::spl::limits;
use crate::spl::problem::{Problem, Stop};
use crate::spl::value::{Row, Value};
use crate::spl::wildcard::Wildcard;

/// `search` and `where`: which rows stay.
#[derive(Debug)]
pub(super) enum Filter {
    Search(Matcher),
    Where(Code),
}

impl Step for Filter {
    fn apply(&self, table: state::Table, run: &Run) -> Answer<state::Table> {
        let mut kept = Vec::new();
        let unordered = table.unordered;
        for row in table.rows {
            let holds = match self {
                Filter::Search(matcher) => matcher.holds(&row, run)?,
                Filter::Where(condition) => condition.is_true(&row, run)?,
            };
            if holds {
                kept.push(row);
            }
        }
        Ok(state::Table { rows: kept, unordered })
    }
}

/// `eval`.
#[derive(Debug)]
pub(super) struct Eval {
    assignments: Vec<(Target, Code)>,
}

/// Where a value goes.
#[derive(Debug)]
enum Target {
    Fixed(Arc<str>),
    /// E05: texts, and fields whose values are put between them.
    Made(Vec<(Box<str>, Option<Arc<str>>)>),
}

impl Eval {
    pub(super) fn compile(assignments: &[Assignment], typing: &mut Typing) -> Option<Self> {
        let found: Vec<Option<(Target, Code)>> = assignments
            .iter()
            .map(|assignment| {
                let code = typing.value(&assignment.value);
                if assignment.target.value.starts_with(' ') {
                    let problem = "a name with a leading space does not work in `eval` (E06)";
                    typing.problems.push(Problem::refused(problem, assignment.target.span));
                    return None;
                }
                Some((target(&assignment.target.value), code?))
            })
            .collect();
        Some(Self { assignments: found.into_iter().collect::<Option<_>>()? })
    }
}

fn target(name: &str) -> Target {
    // `a{}.b` is the name of an extracted field; only a name in the braces stands for a value.
    let mut parts: Vec<(Box<str>, Option<Arc<str>>)> = Vec::new();
    let mut rest = name;
    let mut before = String::new();
    while let Some((left, right)) = rest.split_once('{') {
        let Some((inner, after)) = right.split_once('}') else { break };
        before.push_str(left);
        if inner.is_empty() {
            before.push_str("{}");
        } else {
            parts.push((std::mem::take(&mut before).into(), Some(inner.into())));
        }
        rest = after;
    }
    if parts.is_empty() {
        return Target::Fixed(name.into());
    }
    before.push_str(rest);
    parts.push((before.into(), None));
    Target::Made(parts)
}

impl Step for Eval {
    fn apply(&self, mut table: state::Table, run: &Run) -> Answer<state::Table> {
        for row in &mut table.rows {
            // E58: later ones see earlier ones.
            for (target, code) in &self.assignments {
                let value = code.value(row, run)?.into_value()?;
                if let Some(value) = &value {
                    run.take_value(value.size())?;
                }
                match target {
                    Target::Fixed(name) => row.set_optional(name, value),
                    Target::Made(parts) => {
                        let name = made_name(parts, row)?;
                        row.set_optional(&name, value);
                    }
                }
            }
        }
        Ok(table)
    }
}

fn made_name(parts: &[(Box<str>, Option<Arc<str>>)], row: &Row) -> Answer<Arc<str>> {
    let mut name = String::new();
    for (text, field) in parts {
        name.push_str(text);
        if let Some(field) = field {
            // What a missing field, or several values, make of the name is not documented.
            name.push_str(&row.text(field).ok_or(Stop::open("E05"))?);
        }
        if name.len() > limits::VALUE {
            return Err(Stop::Limit { what: "memory for one value" });
        }
    }
    Ok(name.into())
}

/// `rename`.
#[derive(Debug)]
pub(super) struct Rename {
    pairs: Vec<(Wildcard, Arc<str>, Arc<str>)>,
}

impl Rename {
    /// K08: wildcards carry over when there are as many on both sides.
    pub(super) fn compile(pairs: &[(Name, Name)], problems: &mut Vec<Problem>) -> Option<Self> {
        let mut found = Vec::new();
        for (old, new) in pairs {
            let pattern = Wildcard::new(&old.value, false);
            let stars = new.value.matches('*').count();
            if stars != pattern.stars() {
                problems
                    .push(Problem::refused("both names need the same number of wildcards (K08)", new.span));
                return None;
            }
            found.push((pattern, Arc::from(old.value.as_str()), Arc::from(new.value.as_str())));
        }
        Some(Self { pairs: found })
    }
}

impl Step for Rename {
    fn apply(&self, mut table: state::Table, run: &Run) -> Answer<state::Table> {
        for (pattern, old, new) in &self.pairs {
            if pattern.stars() > 0 {
                for row in &mut table.rows {
                    run.step(row.len())?;
                    rename_matching(row, pattern, new)?;
                }
                continue;
            }
            let exists = table.rows.iter().any(|row| row.get(old).is_some());
            for row in &mut table.rows {
                run.step(1)?;
                match row.remove(old) {
                    Some(value) => row.set(Arc::clone(new), value),
                    // "You want to rename field A to field B, but field A does not exist. If field B does exist, […] the
                    // data in field B is removed." Of a field that only some rows have, nothing is said.
                    None if !exists => drop(row.remove(new)),
                    None if row.get(new).is_none() || old == new => {}
                    None => return Err(Stop::open("K08")),
                }
            }
        }
        Ok(table)
    }
}

fn rename_matching(row: &mut Row, pattern: &Wildcard, new: &str) -> Answer<()> {
    let matching: Vec<(Arc<str>, String)> = row
        .fields()
        .filter_map(|(name, _)| {
            let captures = pattern.captures(name)?;
            let mut captures = captures.into_iter();
            let mut parts = new.split('*');
            let mut made = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                made.push_str(captures.next().unwrap_or_default());
                made.push_str(part);
            }
            Some((Arc::clone(name), made))
        })
        .collect();
    for (old, new) in matching {
        if *old == new {
            continue;
        }
        if row.get(&new).is_some() {
            // Which of the two stays is not documented for wildcards.
            return Err(Stop::open("K08"));
        }
        if let Some(value) = row.remove(&old) {
            row.set(new, value);
        }
    }
    Ok(())
}

/// `table`.
#[derive(Debug)]
pub(super) struct Table {
    names: Vec<Selected>,
}

/// A name, or a pattern of names.
#[derive(Debug)]
enum Selected {
    Name(Arc<str>),
    Pattern(Wildcard, bool),
}

impl Selected {
    fn new(name: &Name) -> Self {
        if name.value.contains('*') {
            Self::Pattern(Wildcard::new(&name.value, false), name.value.starts_with('_'))
        } else {
            Self::Name(Arc::from(name.value.as_str()))
        }
    }

    /// A wildcard leaves internal fields alone, unless it begins as their names do.
    fn selects(&self, name: &str) -> bool {
        match self {
            Self::Name(wanted) => **wanted == *name,
            Self::Pattern(pattern, internal) => (!name.starts_with('_') || *internal) && pattern.fits(name),
        }
    }
}

impl Table {
    pub(super) fn new(names: &[Name]) -> Self {
        Self { names: names.iter().map(Selected::new).collect() }
    }
}

impl Step for Table {
    /// K16.
    fn apply(&self, table: state::Table, run: &Run) -> Answer<state::Table> {
        let unordered = table.unordered;
        let mut kept = Vec::new();
        for row in table.rows {
            run.step(1 + row.len())?;
            let mut found = Row::new();
            for selected in &self.names {
                for (name, value) in row.fields().filter(|(name, _)| selected.selects(name)) {
                    found.set(Arc::clone(name), value.clone());
                }
            }
            if !found.is_empty() {
                kept.push(found);
            }
        }
        Ok(state::Table { rows: kept, unordered })
    }
}

/// `fields`.
#[derive(Debug)]
pub(super) struct Fields {
    remove: bool,
    names: Vec<Selected>,
}

impl Fields {
    pub(super) fn new(remove: bool, names: &[Name]) -> Self {
        Self { remove, names: names.iter().map(Selected::new).collect() }
    }
}

impl Step for Fields {
    /// K15: what is kept includes internal fields; what is removed is exactly that.
    fn apply(&self, mut table: state::Table, run: &Run) -> Answer<state::Table> {
        for row in &mut table.rows {
            run.step(1 + row.len())?;
            row.retain(|name| {
                let selected = self.names.iter().any(|it| it.selects(name));
                if self.remove { !selected } else { selected || name.starts_with('_') }
            });
        }
        Ok(table)
    }
}

/// The only text of a field; several are not documented where one is expected.
pub(super) fn one_text<'r>(row: &'r Row, field: &str) -> Answer<Option<Cow<'r, str>>> {
    match row.get(field) {
        None => Ok(None),
        Some(Value::Many(_)) => Err(Stop::open("C3")),
        Some(value) => Ok(value.texts().next()),
    }
}
