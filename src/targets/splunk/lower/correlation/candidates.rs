//! Chains whose steps are tied by more than their group.
//!
//! Which event of an earlier step is the right one depends on the event that follows, so that the latest is not enough.
//! All events of a step become candidates: texts of parts joined by `|`, with their time, the beginning of the chain, and
//! the values that later steps compare. A value is a part of its own, begun by `v` so that no part is empty (C8), with its
//! `|` written otherwise; both sides of a comparison are written so. Every row of the group gets all candidates
//! (`eventstats values`, without a limit: A09), one row a candidate (`mvexpand`), and those rows stay whose times and
//! values fit. `mvexpand` stops with an error message when it needs more memory than `limits.conf` gives it: keep the
//! stages narrow.

use super::Pattern;
use super::chain::first_step;
use super::parts::{
    Helper, STEP, TIME, comparable, eval, field, is, is_within, numbered, only_if, present, sort,
    to_milliseconds,
};
use super::stage::Stages;
use crate::ir::{Duration, Field, FieldType, Link, Step};
use crate::source::Span;
use crate::targets::splunk::ast::{Aggregate, Command};
use crate::targets::splunk::expr::EvalExpr;
use crate::targets::splunk::lower::values::{empty_text, lowered};
use crate::targets::splunk::tokens::{EvalText, FieldName};

/// Tells the events of the last step apart.
const ROW: Helper = Helper("detc_row");

/// A field of an earlier step that a later one compares.
struct Carried<'a> {
    step: usize,
    field: &'a Field,
    /// Which of all such fields, from 1.
    number: usize,
}

impl Carried<'_> {
    /// Where rows have the value of their candidate.
    fn name(&self) -> Option<FieldName> {
        numbered("value", self.number)
    }
}

/// The chain.
pub(super) fn lower<'a>(stages: &mut Stages<'a, '_>, steps: &'a [Step], window: Duration) -> Option<Pattern> {
    let (time, step, row) = (TIME.name()?, STEP.name()?, ROW.name()?);
    let carried = carried(steps);
    let seen = seen(steps);
    let searches = searches(stages, steps, &carried, &seen)?;
    let keys = stages.keys()?;
    let mut commands = vec![sort([time.clone(), step.clone()])];
    commands.push(Command::StreamStats {
        window: 0,
        aggregates: vec![Aggregate::Rows(row.clone())],
        by: Vec::new(),
    });
    for (place, lookup) in seen.iter().enumerate() {
        commands.extend(lookup.commands(place, &keys)?);
    }
    let mut begun = first_step(stages, &steps[0], &mut commands)?;
    for (place, of) in steps.iter().enumerate().skip(1) {
        let candidate = numbered("candidate", place)?;
        let own = is(field(&step), i64::try_from(place).ok()? + 1);
        let last = place + 1 == steps.len();
        let known: Vec<&Carried> = carried.iter().filter(|carried| carried.step < place).collect();
        let members = packed(&known, place - 1, &time, &begun, stages, steps)?;
        commands.push(eval(&candidate, only_if(present(field(&begun)), members))?);
        let all = Aggregate::Of("values", candidate.clone(), candidate.clone());
        commands.push(Command::EventStats { aggregates: vec![all], by: keys.clone() });
        // Only events of the step look at candidates; after the last, the others have done their part.
        commands.push(match last {
            true => Command::Where { condition: own },
            false => eval(&candidate, only_if(own, field(&candidate)))?,
        });
        commands.push(Command::Expand { field: candidate.clone() });
        let number_of = |place| Some(EvalExpr::Call("tonumber", vec![part(&candidate, place)?]));
        let reached = numbered("time", place)?;
        let begin = numbered("begin", place)?;
        commands.push(eval(&reached, number_of(0)?)?);
        commands.push(eval(&begin, number_of(1)?)?);
        for (carried, place) in known.iter().zip(2..) {
            commands.push(eval(&carried.name()?, part(&candidate, place)?)?);
        }
        // Without a candidate both times are null, and neither comparison holds.
        let mut tests = vec![EvalExpr::binary(field(&reached), "<=", to_milliseconds(field(&time)))];
        if let Some(within) = of.within {
            tests.push(is_within(field(&time), field(&reached), within));
        }
        // The last step knows how long the chain took.
        if last {
            tests.push(is_within(field(&time), field(&begin), window));
        }
        if let Some(link) = &of.link {
            tests.push(tied(link, of.stage, (stages, steps), &carried, &seen)?);
        }
        let holds = EvalExpr::and(tests);
        if last {
            commands.push(Command::Where { condition: holds });
        } else {
            begun = numbered("begun", place + 1)?;
            commands.push(eval(&begun, only_if(holds, field(&begin)))?);
        }
    }
    commands.push(Command::Dedup { field: row });
    commands.push(Command::RemoveHelpers);
    Some(Pattern { searches, commands })
}

/// One search a step, and one a stage that is looked up.
fn searches<'a>(
    stages: &mut Stages<'a, '_>,
    steps: &'a [Step],
    carried: &[Carried<'a>],
    seen: &[Lookup<'a>],
) -> Option<Vec<crate::targets::splunk::ast::StageSearch>> {
    let step = STEP.name()?;
    let mut searches = Vec::new();
    for (place, of) in steps.iter().enumerate() {
        let mut more: Vec<(&Field, Span)> = Vec::new();
        if let Some(link) = &of.link {
            own_fields(link, &mut more);
        }
        more.extend(
            carried
                .iter()
                .filter(|carried| carried.step == place)
                .map(|carried| (carried.field, stages.correlation.span)),
        );
        let mut search = stages.search(of.stage, &more)?;
        search.commands.push(eval(&step, EvalExpr::integer(i64::try_from(place).ok()? + 1))?);
        for (place, lookup) in seen.iter().enumerate().filter(|(_, lookup)| lookup.asked_by == of.stage) {
            for (number, (own, _)) in lookup.equal.iter().enumerate() {
                let neutral = stages.name(of.stage, own, lookup.span)?;
                search
                    .commands
                    .push(eval(&lookup.value(place, number)?, comparable(field(&neutral), own.field_type))?);
            }
        }
        searches.push(search);
    }
    for (place, lookup) in seen.iter().enumerate() {
        let more: Vec<_> = lookup.equal.iter().map(|(_, theirs)| (theirs, lookup.span)).collect();
        let mut search = stages.search(lookup.stage, &more)?;
        search.commands.push(eval(&step, EvalExpr::integer(0))?);
        search.commands.push(eval(&lookup.time(place)?, TIME.value()?)?);
        for (number, (_, theirs)) in lookup.equal.iter().enumerate() {
            let neutral = stages.name(lookup.stage, theirs, lookup.span)?;
            search
                .commands
                .push(eval(&lookup.value(place, number)?, comparable(field(&neutral), theirs.field_type))?);
        }
        searches.push(search);
    }
    Some(searches)
}

/// The candidate of a row: its time, when its chain began, and the values that later steps compare: its own, and those of
/// the steps before it.
fn packed(
    known: &[&Carried],
    place: usize,
    time: &FieldName,
    begun: &FieldName,
    stages: &mut Stages,
    steps: &[Step],
) -> Option<EvalExpr> {
    let exact = |name: &FieldName| EvalExpr::Call("tostring", vec![to_milliseconds(field(name))]);
    let mut parts = vec![exact(time), exact(begun)];
    for carried in known {
        parts.push(if carried.step == place {
            let neutral = stages.name(steps[place].stage, carried.field, stages.correlation.span)?;
            written(field(&neutral), carried.field.field_type)?
        } else {
            field(&carried.name()?)
        });
    }
    let all = EvalExpr::Call("mvappend", parts);
    Some(EvalExpr::Call("mvjoin", vec![all, EvalExpr::Text(EvalText::new("|")?)]))
}

/// A part of a candidate.
fn part(candidate: &FieldName, place: i64) -> Option<EvalExpr> {
    let parts = EvalExpr::Call("split", vec![field(candidate), EvalExpr::Text(EvalText::new("|")?)]);
    Some(EvalExpr::Call("mvindex", vec![parts, EvalExpr::integer(place)]))
}

/// A value as a part: never empty, without `|`; just `v` for a missing value and the empty text.
fn written(value: EvalExpr, field_type: FieldType) -> Option<EvalExpr> {
    let text = |text: &str| EvalText::new(text).map(EvalExpr::Text);
    let value = match field_type {
        // `tostring` makes a word of null (E26).
        FieldType::Integer | FieldType::Real => {
            let number = comparable(value, field_type);
            only_if(present(number.clone()), EvalExpr::Call("tostring", vec![number]))
        }
        FieldType::Text | FieldType::Boolean | FieldType::Ip | FieldType::Timestamp | FieldType::Pairs => {
            let percent = EvalExpr::Call("replace", vec![lowered(value), text("%")?, text("%25")?]);
            EvalExpr::Call("replace", vec![percent, text("[|]")?, text("%7C")?])
        }
    };
    Some(EvalExpr::binary(text("v")?, ".", EvalExpr::Call("coalesce", vec![value, text("")?])))
}

/// A text as [`written`] makes it of a value.
fn written_text(value: &str) -> Option<EvalExpr> {
    let lower: String = value.chars().flat_map(char::to_lowercase).collect();
    EvalText::new(&format!("v{}", lower.replace('%', "%25").replace('|', "%7C"))).map(EvalExpr::Text)
}

/// A link as a condition over a row and its candidate. Two-valued.
fn tied<'a>(
    link: &'a Link,
    stage: usize,
    (stages, steps): (&mut Stages<'a, '_>, &[Step]),
    carried: &[Carried],
    seen: &[Lookup<'a>],
) -> Option<EvalExpr> {
    let name_of = |step: usize, wanted: &Field| {
        let found = carried.iter().find(|carried| carried.step == step && carried.field == wanted)?;
        found.name()
    };
    let mut each = |members: &'a [Link]| {
        members
            .iter()
            .map(|member| tied(member, stage, (stages, steps), carried, seen))
            .collect::<Option<Vec<_>>>()
    };
    Some(match link {
        Link::All(members) => EvalExpr::and(each(members)?),
        Link::Any(members) => EvalExpr::or(each(members)?),
        Link::Equal { field: own, step, other, span } => {
            let theirs = name_of(*step, other)?;
            stages.compared((stage, own), (steps[*step].stage, other), *span);
            let neutral = stages.name(stage, own, *span)?;
            equal(field(&neutral), field(&theirs), own.field_type)?
        }
        Link::Constant { step, field: theirs, text, span } => {
            let name = name_of(*step, theirs)?;
            let there = stages.written(steps[*step].stage, theirs, text, *span)?;
            let Some(text) = written_text(&there) else {
                stages.scopes[stage].refuse(
                    "this text",
                    "eval has no escape for control characters",
                    *span,
                    "compare with another text",
                );
                return None;
            };
            EvalExpr::binary(field(&name), "==", text).known()
        }
        Link::Seen { span, .. } => {
            let (place, lookup) = seen.iter().enumerate().find(|(_, lookup)| lookup.span == *span)?;
            for (own, theirs) in lookup.equal {
                stages.compared((stage, own), (lookup.stage, theirs), *span);
            }
            let first = field(&lookup.first(place)?);
            EvalExpr::binary(first, "<=", TIME.value()?).known()
        }
    })
}

/// A value of the row is the same as a part of its candidate, and not missing or empty; never null.
fn equal(mine: EvalExpr, theirs: EvalExpr, field_type: FieldType) -> Option<EvalExpr> {
    let there = match field_type {
        FieldType::Integer | FieldType::Real => present(comparable(mine.clone(), field_type)),
        FieldType::Text | FieldType::Boolean | FieldType::Ip | FieldType::Timestamp | FieldType::Pairs => {
            // What `!=` says of null is contested (C5).
            let text = EvalExpr::Call("coalesce", vec![mine.clone(), empty_text()]);
            EvalExpr::binary(text, "!=", empty_text())
        }
    };
    let mine = written(mine, field_type)?;
    Some(EvalExpr::and(vec![there, EvalExpr::binary(mine, "==", theirs)]).known())
}

/// The fields of its own step that a link compares, but for those of `seen`, which have helpers of their own.
fn own_fields<'a>(link: &'a Link, found: &mut Vec<(&'a Field, Span)>) {
    match link {
        Link::All(members) | Link::Any(members) => {
            members.iter().for_each(|member| own_fields(member, found))
        }
        Link::Equal { field, span, .. } => found.push((field, *span)),
        Link::Constant { .. } => {}
        Link::Seen { equal, span, .. } => found.extend(equal.iter().map(|(own, _)| (own, *span))),
    }
}

/// The fields that later steps compare, each once.
fn carried(steps: &[Step]) -> Vec<Carried<'_>> {
    fn visit<'a>(link: &'a Link, found: &mut Vec<(usize, &'a Field)>) {
        match link {
            Link::All(members) | Link::Any(members) => members.iter().for_each(|member| visit(member, found)),
            Link::Equal { step, other: field, .. } | Link::Constant { step, field, .. } => {
                found.push((*step, field))
            }
            Link::Seen { .. } => {}
        }
    }
    let mut found = Vec::new();
    steps.iter().filter_map(|step| step.link.as_ref()).for_each(|link| visit(link, &mut found));
    let mut carried: Vec<Carried> = Vec::new();
    for (step, field) in found {
        if !carried.iter().any(|known| known.step == step && known.field == field) {
            carried.push(Carried { step, field, number: carried.len() + 1 });
        }
    }
    carried
}

/// A stage that is looked up, and by which step.
struct Lookup<'a> {
    stage: usize,
    asked_by: usize,
    equal: &'a [(Field, Field)],
    span: Span,
}

impl Lookup<'_> {
    /// When an event of the stage was.
    fn time(&self, place: usize) -> Option<FieldName> {
        FieldName::new(&format!("detc_seen{}_time", place + 1))
    }

    /// When the first with equal values was.
    fn first(&self, place: usize) -> Option<FieldName> {
        FieldName::new(&format!("detc_seen{}_first", place + 1))
    }

    /// One of the values that are compared.
    fn value(&self, place: usize, number: usize) -> Option<FieldName> {
        FieldName::new(&format!("detc_seen{}_value{}", place + 1, number + 1))
    }

    /// Gives each row of the group with equal values the first time. Rows that lack one of them are left alone (A22).
    fn commands(&self, place: usize, keys: &[FieldName]) -> Option<Vec<Command>> {
        let mut by = keys.to_vec();
        for number in 0..self.equal.len() {
            by.push(self.value(place, number)?);
        }
        let first = Aggregate::Of("min", self.time(place)?, self.first(place)?);
        Some(vec![Command::EventStats { aggregates: vec![first], by }])
    }
}

/// The lookups of all steps, in order.
fn seen(steps: &[Step]) -> Vec<Lookup<'_>> {
    fn visit<'a>(link: &'a Link, asked_by: usize, found: &mut Vec<Lookup<'a>>) {
        match link {
            Link::All(members) | Link::Any(members) => {
                members.iter().for_each(|member| visit(member, asked_by, found));
            }
            Link::Seen { stage, equal, span } => {
                found.push(Lookup { stage: *stage, asked_by, equal, span: *span });
            }
            Link::Equal { .. } | Link::Constant { .. } => {}
        }
    }
    let mut found = Vec::new();
    for step in steps {
        if let Some(link) = &step.link {
            visit(link, step.stage, &mut found);
        }
    }
    found
}
