//! What a result shows: the values of its output fields, in one spelling.
//!
//! In: results of the reference evaluator, and those of a query. Out: texts that are the same when the values are. A target
//! writes numbers and booleans in its own way; here each is written as the type of its field has it. The order of the
//! values of a field, and how often each stands there, count for nothing.

use std::collections::BTreeMap;

use super::result::Found;
use crate::catalogue::Catalogue;
use crate::evaluate::{Row, texts};
use crate::ir::{Detection, Field, FieldKind, Observation, TestCase, Value};

/// The values of one result by neutral field, sorted, each once. A field without a value is left out.
pub type Values = BTreeMap<String, Vec<String>>;

/// What the results of the reference evaluator show in the output fields of a detection.
pub(super) fn expected(detection: &Detection, rows: &[Row]) -> Vec<Values> {
    let fields = detection.output_fields();
    let shown = |row: &Row| -> Values {
        let of =
            |field: &&Field| Some((field.name.to_string(), spelled(row.fields.get(&*field.name)?, field)));
        fields.iter().filter_map(of).filter(|(_, texts)| !texts.is_empty()).collect()
    };
    rows.iter().map(shown).collect()
}

/// What a result of a query shows in these fields.
pub(super) fn shown(fields: &[Field], found: &Found) -> Values {
    let of = |field: &Field| {
        let values = found.fields.get(&*field.name)?;
        let values = Value::Many(values.iter().cloned().map(Value::Text).collect());
        Some((field.name.to_string(), spelled(&values, field)))
    };
    fields.iter().filter_map(of).filter(|(_, texts)| !texts.is_empty()).collect()
}

/// The output fields of which a test says what they are: those under `with`, what is computed, and what each of its events
/// gives, be it null. Of another the row of a target may hold what the event leaves open, such as the name of a process
/// beside its path.
pub(super) fn said(catalogue: &Catalogue, detection: &Detection, test: &TestCase) -> Vec<Field> {
    let expected = |field: &Field| test.with.iter().any(|(with, _)| with.value.name == field.name);
    let given = |field: &Field| test.events.iter().all(|seen| gives(catalogue, seen, &field.name));
    let is_said = |field: &&Field| field.kind == FieldKind::Derived || expected(field) || given(field);
    detection.output_fields().into_iter().filter(is_said).cloned().collect()
}

fn gives(catalogue: &Catalogue, seen: &Observation, name: &str) -> bool {
    let same_as = || {
        let source = catalogue.source(&seen.data_source)?.ok()?;
        Some(seen.event.contains_key(source.field(name)?.same_as.as_deref()?))
    };
    seen.event.contains_key(name) || same_as().unwrap_or_default()
}

fn spelled(value: &Value, field: &Field) -> Vec<String> {
    let mut texts = texts(value, field.field_type);
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable();
    texts.dedup();
    texts
}
