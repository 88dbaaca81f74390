//! What a query says of its data sources rather than of the detection.

use std::sync::Arc;

use crate::ir::{Case, Derived, Detection, EventSet, Field, FieldTest, Logic, Match, Pattern, Predicate};
use crate::mutants::{Facts, Language};
use crate::source::Span;
use crate::targets::{Options, Target};

/// A text that no query holds by chance.
const PROBE: &str = "detc-facts-of-the-source";

/// The clauses that every query over the detection's data sources has, whatever it asks: found by compiling a detection
/// that asks for a text of no meaning.
pub fn facts(detection: &Detection, target: &dyn Target, language: Language) -> Facts {
    let mut facts = Facts::default();
    for set in detection.logic.event_sets() {
        let mut fields = Vec::new();
        set.condition.visit_fields(&mut |field| fields.push(field.clone()));
        // The derived ones are the detection's own, and not every field can be asked for a text.
        let textual = fields.into_iter().filter(|field| {
            field.field_type.is_textual() && !set.derived.iter().any(|derived| derived.field == *field)
        });
        for field in textual.take(1) {
            let bare = bare(detection, set, field);
            if let Ok(compiled) = target.compile(&bare, Options::default()) {
                facts.add(language, &compiled.text);
            }
        }
    }
    facts
}

fn bare(detection: &Detection, set: &EventSet, field: Field) -> Detection {
    let pattern = Pattern::literal(PROBE).open_start().open_end();
    let test = FieldTest {
        field,
        any_of: vec![Match::Text { pattern, case: Case::Insensitive }],
        span: Span::default(),
    };
    let events = EventSet {
        data_source: set.data_source.clone(),
        derived: Vec::<Derived>::new(),
        condition: Predicate::Field(test),
        selections: Vec::new(),
    };
    Detection {
        metadata: detection.metadata.clone(),
        logic: Logic::Events(events),
        summary: None,
        schedule: None,
        suppression: None,
        risk: None,
        entities: Vec::new(),
        drilldowns: None,
        tests: Vec::new(),
        recorded: Vec::new(),
        accepts: detection.accepts.clone(),
        tuning: None,
        mutants: Vec::new(),
        raw: Vec::new(),
        file: Arc::clone(&detection.file),
    }
}
