//! The steps of a chain.

use super::{Checked, Known};
use crate::diagnostics::Code;
use crate::ir::{CorrelationPattern, Step};
use crate::resolve::Resolver;
use crate::schema;
use crate::source::Span;

impl Resolver<'_> {
    /// Checks a chain.
    pub(super) fn ordered(
        &mut self,
        ordered: &schema::TemporalOrdered,
        span: Span,
        known: &[Known],
    ) -> Option<Checked> {
        let window = self.duration(&ordered.window);
        if ordered.steps.len() < 2 && !self.is_spoilt(span) {
            let finding = self.error(Code::E0207, span, "`temporal_ordered` needs at least two steps");
            self.report(finding.help("use `event_count` for one"));
            return None;
        }
        // None could be read, which has been reported.
        if ordered.steps.is_empty() {
            return None;
        }
        let named: Vec<_> = ordered.steps.iter().map(|step| self.stage(&step.value.stage, known)).collect();
        for (place, step) in ordered.steps.iter().enumerate() {
            let stage = &step.value.stage;
            if ordered.steps[..place].iter().any(|earlier| earlier.value.stage == *stage) {
                let finding =
                    self.error(Code::E0318, stage.span, format!("`{}` is already a step", stage.value));
                self.report(finding.help("write a second stage with the same selection, under another name"));
            }
        }
        let mut stages = named.into_iter().collect::<Option<Vec<_>>>()?;
        let step_names: Vec<&str> =
            ordered.steps.iter().map(|step| step.value.stage.value.as_str()).collect();
        let mut steps = Vec::new();
        let mut fine = true;
        for (place, step) in ordered.steps.iter().enumerate() {
            let at_least = self.at_least(place, &step.value);
            let within = step.value.within.as_ref().map(|within| (self.duration(within), within.span));
            if let (0, Some((_, span))) = (place, &within) {
                let finding = self.error(Code::E0306, *span, "the first step has no step before it");
                self.report(finding.help("leave `within` out"));
                fine = false;
            }
            let link = self.links(&step.value.links, place, &step_names, &mut stages, known);
            match (at_least, within, link) {
                (Some(at_least), within, Some(link)) if !matches!(within, Some((None, _))) => {
                    let within = within.and_then(|(within, _)| within);
                    steps.push(Step { stage: place, at_least, within, link });
                }
                _ => fine = false,
            }
        }
        let group_by = self.group_by(&ordered.group_by, &stages, known)?;
        let window = window?;
        fine.then_some(Checked {
            pattern: CorrelationPattern::Ordered { steps, window },
            group_by,
            values: Vec::new(),
            stages,
            summary: None,
        })
    }

    fn at_least(&mut self, place: usize, step: &schema::Step) -> Option<u32> {
        let Some(count) = &step.count else { return Some(1) };
        if count.value == 0 {
            let finding =
                self.error(Code::E0413, count.span, "a count of zero: the step would ask for nothing");
            self.report(finding.help("leave the step out, or count from 1"));
            return None;
        }
        if count.value > 1 && place > 0 {
            let finding =
                self.error(Code::E0306, count.span, "only the first step of a chain counts its events");
            self.report(finding.help("leave `count` out here"));
            return None;
        }
        Some(count.value)
    }
}
