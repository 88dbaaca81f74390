//! Several events together: counting, order, first sight, absence.

use std::sync::Arc;

use super::{Duration, EventSet, Field, Number};
use crate::source::{Span, Spanned};

/// What several events must show together.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// The sets of events, in the order of the file. Not empty.
    pub stages: Vec<Stage>,
    /// What is the same in all events that are looked at together. An event that lacks one of them, or has it as the
    /// empty text, is left out. Texts are the same without regard to case.
    pub group_by: Vec<SharedField>,
    /// Fields whose distinct values each result of a group has, beside those of the group.
    pub values: Vec<SharedField>,
    /// What they must show.
    pub pattern: CorrelationPattern,
    /// The correlation in the detection, for messages.
    pub span: Span,
}

/// A named set of events.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: Spanned<String>,
    /// Its events.
    pub events: EventSet,
}

/// A field that every stage has.
#[derive(Debug, Clone)]
pub struct SharedField {
    /// Its name, the same in every stage.
    pub name: Arc<str>,
    /// The field in each stage, in the order of the stages. Those of a group hold one value each, and either all are
    /// numbers or none.
    pub in_stages: Vec<Field>,
    /// The place in the detection, for messages.
    pub span: Span,
}

/// What the events of a group must show. Windows slide: they are not cut at full hours or minutes, and both ends count,
/// so that two events exactly one window apart lie in it.
#[derive(Debug, Clone)]
pub enum CorrelationPattern {
    /// At the time of one of the events of the only stage, an aggregate over those of the last `window` lies in a range.
    /// All events of that time count. There is one result a group in which that happens: of all its events, whether
    /// they lie in such a window or not.
    Aggregate {
        /// What is computed.
        aggregate: Aggregate,
        /// Where it must lie.
        range: Range,
        /// How far it looks back.
        window: Duration,
    },
    /// Some event of every stage, in any order, none more than `window` after another. There is one result a group in
    /// which that happens: of all its events of all stages.
    Temporal {
        /// From the first to the last.
        window: Duration,
    },
    /// A chain: an event of each step, none earlier than that of the step before. Its results are the events of the last
    /// step that end a chain. An event that satisfies two stages may stand for both.
    Ordered {
        /// The steps; at least two. A stage that no step names is looked up by [`Link::Seen`].
        steps: Vec<Step>,
        /// From the first event of the first step to the last step.
        window: Duration,
    },
    /// A combination of group and values of the only stage that occurs in the last `window` and not in the `baseline`
    /// before it. There is one result a combination: of its events in the window.
    NewValue {
        /// The values, beside those of the group. Events without one of them are left out, as for the group.
        fields: Vec<Spanned<Field>>,
        /// The time that is looked at, up to now.
        window: Duration,
        /// The time before it.
        baseline: Duration,
    },
    /// An event of the first stage without one of the second at the same time or up to `window` later. Its results are
    /// those events, as soon as the window after them is over.
    Absent {
        /// How long the second may take.
        window: Duration,
    },
}

/// What is computed over the events of a window. A value that is missing, or in a field of numbers no number, does not
/// count; the empty text counts as missing.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// The number of events.
    EventCount,
    /// The number of different values; texts are the same without regard to case. A multivalue field gives each.
    ValueCount(Field),
    /// The sum; 0 without values.
    Sum(Field),
    /// The sum divided by the number of values; nothing without values, and then in no range.
    Average(Field),
    /// The smallest value such that at least `percent` of all values are not above it (nearest rank); nothing without
    /// values. The median is that of 50.
    Percentile {
        /// The field.
        field: Field,
        /// Above 0, up to 100.
        percent: f64,
    },
}

/// Where a number must lie. At least one end is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub lower: Option<Bound>,
    /// The most.
    pub upper: Option<Bound>,
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The number.
    pub value: Number,
    /// Whether the number itself lies in the range.
    pub inclusive: bool,
}

/// A step of a chain.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its stage, as an index into [`Correlation::stages`].
    pub stage: usize,
    /// How many events of the stage within the window; more than one only in the first step. The step is then taken at
    /// the time of the last of them, and begins at that of the first.
    pub at_least: u32,
    /// The longest time since the step before.
    pub within: Option<Duration>,
    /// What else ties its event to those of earlier steps. Never in a first step.
    pub link: Option<Link>,
}

/// What ties the event of a step to those of earlier steps. Every comparison is false when a value is missing or the
/// empty text. Texts are equal without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// Every one holds. Not empty.
    All(Vec<Link>),
    /// One of them holds. Not empty.
    Any(Vec<Link>),
    /// Two fields are equal.
    Equal {
        /// Of this step's event.
        field: Field,
        /// The earlier step, as an index into the steps.
        step: usize,
        /// Of that step's event.
        other: Field,
        /// The place, for messages.
        span: Span,
    },
    /// A field of an earlier step has this value.
    Constant {
        /// The earlier step.
        step: usize,
        /// Of that step's event.
        field: Field,
        /// The text.
        text: String,
        /// The place, for messages.
        span: Span,
    },
    /// An event of another stage, of the same group, no later than this step's, has equal values.
    Seen {
        /// The stage, as an index into [`Correlation::stages`]. No step has it.
        stage: usize,
        /// This step's field, and that stage's. Not empty.
        equal: Vec<(Field, Field)>,
        /// The place, for messages.
        span: Span,
    },
}

impl CorrelationPattern {
    /// How far it reaches, to be changed.
    pub fn window_mut(&mut self) -> &mut Duration {
        match self {
            CorrelationPattern::Aggregate { window, .. }
            | CorrelationPattern::Temporal { window }
            | CorrelationPattern::Ordered { window, .. }
            | CorrelationPattern::NewValue { window, .. }
            | CorrelationPattern::Absent { window } => window,
        }
    }
}

impl Range {
    /// Whether a number lies in it.
    pub fn contains(&self, number: f64) -> bool {
        let above = self.lower.is_none_or(|bound| {
            if bound.inclusive { number >= bound.value.as_f64() } else { number > bound.value.as_f64() }
        });
        let below = self.upper.is_none_or(|bound| {
            if bound.inclusive { number <= bound.value.as_f64() } else { number < bound.value.as_f64() }
        });
        above && below
    }

    /// The smallest whole number in it, when it has no upper end and a lower end of at least 1: then a count lies in it
    /// if and only if it reaches this number.
    pub fn reached_at(&self) -> Option<u64> {
        let bound = self.lower.filter(|_| self.upper.is_none())?;
        let value = bound.value.as_f64();
        let least = if bound.inclusive { value.ceil() } else { value.floor() + 1.0 };
        (1.0..9_007_199_254_740_992.0).contains(&least).then_some(least as u64)
    }
}

impl Aggregate {
    /// The field that it reads.
    pub fn field(&self) -> Option<&Field> {
        match self {
            Aggregate::EventCount => None,
            Aggregate::ValueCount(field)
            | Aggregate::Sum(field)
            | Aggregate::Average(field)
            | Aggregate::Percentile { field, .. } => Some(field),
        }
    }
}

impl CorrelationPattern {
    /// How far apart in time two events of one result can be.
    pub fn reach(&self) -> Duration {
        match self {
            CorrelationPattern::Aggregate { window, .. }
            | CorrelationPattern::Temporal { window }
            | CorrelationPattern::Ordered { window, .. }
            | CorrelationPattern::Absent { window } => *window,
            CorrelationPattern::NewValue { window, baseline, .. } => window.plus(*baseline),
        }
    }
}

impl CorrelationPattern {
    /// The window that is looked at.
    pub fn window(&self) -> Duration {
        match self {
            CorrelationPattern::Aggregate { window, .. }
            | CorrelationPattern::Temporal { window }
            | CorrelationPattern::Ordered { window, .. }
            | CorrelationPattern::Absent { window }
            | CorrelationPattern::NewValue { window, .. } => *window,
        }
    }
}

impl Correlation {
    /// The stage whose events are the results, or whose fields name the groups: the last step of a chain, else the
    /// first stage.
    pub fn result_stage(&self) -> &Stage {
        let index = match &self.pattern {
            CorrelationPattern::Ordered { steps, .. } => steps.last().map_or(0, |step| step.stage),
            CorrelationPattern::Aggregate { .. }
            | CorrelationPattern::Temporal { .. }
            | CorrelationPattern::NewValue { .. }
            | CorrelationPattern::Absent { .. } => 0,
        };
        &self.stages[index]
    }
}
