//! From the IR to a query's tree.
//!
//! In: a checked detection and a prepared binding. Out: a [`Query`] with the verdict, or everything that this target
//! cannot say. Must not print: text is the business of tokens and templates.
//!
//! The order of a query: facts of the binding; tests on plain columns; computed columns that tests need; those tests;
//! what looks into arrays; those tests; output columns; the summary. Several sets of events: `correlation`.

mod alternatives;
mod condition;
mod correlation;
mod derive;
mod fields;
mod lists;
mod many;
mod output;
mod refuse;
mod scope;
mod source;
mod text;
mod typed;

use std::sync::Arc;

use super::ast::{Let, Operator, Query};
use super::expr::{Condition, Conjunction, Expr, Relation, on_one_line};
use super::prepared::Prepared;
use super::tokens::Comment;
use crate::diagnostics::Diagnostic;
use crate::ir::{self, Predicate};
use crate::maps::IndexSet;
use crate::targets::{AcceptedLoss, Consent, NeededList, Options, Polarity, Profile, Verdict};

pub(super) use correlation::lower_correlation;
use scope::{Phase, Scope};
#[cfg(test)]
pub(super) use text::pattern_regex;

/// A detection as a query.
pub(super) struct Lowered {
    /// The query.
    pub(super) query: Query,
    /// How it relates to the detection.
    pub(super) verdict: Verdict,
    /// The losses that the author consented to.
    pub(super) losses: Vec<AcceptedLoss>,
    /// Neutral field and output column.
    pub(super) columns: Vec<(String, String)>,
    /// The lists that it needs.
    pub(super) lists: Vec<NeededList>,
}

/// An error has been recorded; nothing more to say.
#[derive(Debug, Clone, Copy)]
struct Reported;

type Done<T> = Result<T, Reported>;

/// One compilation.
struct Lowering<'a> {
    detection: &'a ir::Detection,
    condition: &'a Predicate,
    derived: &'a [ir::Derived],
    prepared: &'a Prepared,
    profile: &'static Profile,
    consent: Consent<'a>,
    /// Whether one of these events helps the detection to match, or hinders it.
    polarity: Polarity,
    problems: Vec<Diagnostic>,
    scope: Scope,
    /// The fields that the legs of a union must bring to their neutral names, in order of first use.
    leg_fields: IndexSet<String>,
    /// Fields whose missing values are already decided by another part of the condition, one list a level.
    companions: Vec<Vec<Arc<str>>>,
    /// The lists that it needs.
    needed: Vec<NeededList>,
    /// Names for the rows of lists.
    lists: Vec<Let>,
}

/// A top-level conjunct with the columns that it needs.
struct Conjunct {
    condition: Expr,
    needs: Vec<usize>,
}

/// Lowers a detection. All errors at once.
pub(super) fn lower(
    detection: &ir::Detection,
    events: &ir::EventSet,
    prepared: &Prepared,
    profile: &'static Profile,
    options: Options,
) -> Result<Lowered, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(detection, events, prepared, profile, Polarity::Positive);
    let mut operators = lowering.events();
    let columns = lowering.output(&mut operators);
    let source = lowering.source(options, &mut operators);
    if !lowering.problems.is_empty() {
        let mut problems = lowering.problems;
        Diagnostic::sort(&mut problems);
        return Err(problems);
    }
    let (verdict, losses) = lowering.consent.close();
    let comments = losses.iter().map(note).collect();
    let lets = prepared.lets.iter().cloned().chain(lowering.lists).collect();
    let query = Query { comments, lets, tables: Vec::new(), source, operators };
    Ok(Lowered { query, verdict, losses, columns, lists: lowering.needed })
}

/// What the reader of a query must know of a loss. Near-real-time rules of Defender XDR refuse comments; a detection
/// with an accepted loss therefore cannot be one.
fn note(loss: &AcceptedLoss) -> Comment {
    let field = loss.field.as_ref().map(|field| format!(" on {field}")).unwrap_or_default();
    Comment(format!(
        "detc: {}: {}{field}: {}; accepted: {}",
        loss.verdict.name(),
        loss.name,
        loss.loss,
        loss.reason
    ))
}

impl<'a> Lowering<'a> {
    /// Of one set of events; nothing is lowered yet.
    fn new(
        detection: &'a ir::Detection,
        events: &'a ir::EventSet,
        prepared: &'a Prepared,
        profile: &'static Profile,
        polarity: Polarity,
    ) -> Self {
        Self {
            detection,
            condition: &events.condition,
            derived: &events.derived,
            prepared,
            profile,
            consent: Consent::new(detection, profile),
            polarity,
            problems: Vec::new(),
            scope: Scope::default(),
            leg_fields: IndexSet::default(),
            companions: Vec::new(),
            needed: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// The facts of the binding and the condition: which rows.
    fn events(&mut self) -> Vec<Operator> {
        let conjuncts = self.conjuncts(self.condition);
        let facts = self.prepared.condition.iter();
        let mut operators: Vec<Operator> =
            facts.map(|facts| Operator::Facts { condition: facts.clone() }).collect();
        if let Ok(conjuncts) = conjuncts {
            self.filter(conjuncts, &mut operators);
        }
        operators
    }

    /// Splits the condition at its top-level `and`s, which `where` after `where` says exactly, and lowers each part.
    fn conjuncts(&mut self, condition: &Predicate) -> Done<Vec<Conjunct>> {
        let mut parts = Vec::new();
        split(condition, false, &mut parts);
        let decided = decided_by(&parts, true);
        self.companions.push(decided);
        let mut conjuncts = Vec::new();
        let mut failed = false;
        for (part, negated) in parts {
            let polarity = if negated { self.polarity.flipped() } else { self.polarity };
            let outer = self.scope.begin();
            let lowered = self.predicate(part, polarity, negated);
            let needs = self.scope.end(outer);
            match lowered {
                Ok(lowered) => {
                    let condition = if negated { lowered.negate() } else { lowered };
                    conjuncts.push(Conjunct { condition, needs });
                }
                Err(Reported) => failed = true,
            }
        }
        self.companions.pop();
        if failed { Err(Reported) } else { Ok(conjuncts) }
    }

    /// Writes the conjuncts, those that need the least first.
    fn filter(&mut self, mut conjuncts: Vec<Conjunct>, operators: &mut Vec<Operator>) {
        conjuncts.sort_by_key(|conjunct| selectivity(&conjunct.condition));
        for phase in [Phase::Plain, Phase::Computed, Phase::Elements] {
            let (now, later): (Vec<_>, Vec<_>) =
                conjuncts.into_iter().partition(|conjunct| self.scope.phase(&conjunct.needs) <= phase);
            conjuncts = later;
            let needs: Vec<usize> = now.iter().flat_map(|conjunct| conjunct.needs.clone()).collect();
            self.scope.emit(&needs, operators);
            wheres(now.into_iter().map(|conjunct| conjunct.condition).collect(), operators);
        }
    }
}

/// Top-level conjuncts: `a and b`, and by De Morgan `not (a or b)`. `true` marks those that must not hold.
fn split<'a>(predicate: &'a Predicate, negated: bool, parts: &mut Vec<(&'a Predicate, bool)>) {
    match (predicate, negated) {
        (Predicate::All(members), false) | (Predicate::Any(members), true) => {
            members.iter().for_each(|member| split(member, negated, parts));
        }
        (Predicate::Not(inner), _) => split(inner, !negated, parts),
        (
            Predicate::All(_) | Predicate::Any(_) | Predicate::Field(_) | Predicate::Keyword(_),
            true | false,
        ) => parts.push((predicate, negated)),
    }
}

/// The fields whose missing values make one of the members decide the whole: `F is missing or …` is true then,
/// `F is not missing and …` is false. What the other members say of a missing value then does not matter.
fn decided_by(members: &[(&Predicate, bool)], conjunction: bool) -> Vec<Arc<str>> {
    let mut fields = Vec::new();
    for (member, negated) in members {
        let (member, negated) = match member {
            Predicate::Not(inner) => (inner.as_ref(), !negated),
            other => (*other, *negated),
        };
        match member {
            Predicate::Field(test) if negated == conjunction => {
                if test.any_of.contains(&ir::Match::Missing) {
                    fields.push(Arc::clone(&test.field.name));
                }
            }
            Predicate::Any(inner) if negated == conjunction => {
                fields.extend(decided_by(&positive(inner), false));
            }
            Predicate::Field(_)
            | Predicate::Any(_)
            | Predicate::All(_)
            | Predicate::Not(_)
            | Predicate::Keyword(_) => {}
        }
    }
    fields
}

/// Members that must hold.
fn positive(members: &[Predicate]) -> Vec<(&Predicate, bool)> {
    members.iter().map(|member| (member, false)).collect()
}

/// One `where` if it fits a line, else one a conjunct.
fn wheres(conjuncts: Vec<Expr>, operators: &mut Vec<Operator>) {
    let mut parts: Vec<Expr> = Vec::new();
    for conjunct in conjuncts {
        let members = if let Expr::And(members) = conjunct { members } else { vec![conjunct] };
        for member in members {
            if !parts.contains(&member) {
                parts.push(member);
            }
        }
    }
    let conditions = match parts.len() {
        0 | 1 => parts,
        _ if on_one_line(&Conjunction(&parts)).is_some() => vec![Expr::all(parts)],
        _ => parts,
    };
    operators
        .extend(conditions.into_iter().map(|condition| Operator::Where { condition: Condition(condition) }));
}

/// Sorts what finds few rows, and finds them quickly, to the front.
fn selectivity(condition: &Expr) -> u8 {
    match condition {
        Expr::Compare { negated: false, relation: Relation::Equal | Relation::EqualIgnoreCase, .. }
        | Expr::In { negated: false, .. } => 0,
        Expr::Compare { negated: false, relation: Relation::MatchesRegex, .. } => 3,
        Expr::Compare { negated: false, .. } | Expr::Between(..) => 1,
        Expr::Or(members) | Expr::And(members) => {
            members.iter().map(selectivity).max().unwrap_or(2).clamp(1, 4)
        }
        Expr::Compare { negated: true, .. } | Expr::In { negated: true, .. } | Expr::Not(_) => 4,
        Expr::Call(..)
        | Expr::Name(_)
        | Expr::Text(_)
        | Expr::Number(_)
        | Expr::Boolean(_)
        | Expr::Guid(_)
        | Expr::Timespan(_)
        | Expr::Dynamic(_)
        | Expr::Fragment(_)
        | Expr::Key(..)
        | Expr::Index(..)
        | Expr::Arithmetic(..) => 2,
    }
}
