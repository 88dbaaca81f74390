//! What is wrong with the fields of a data source and with the names in its bindings.
//!
//! In: the parts of a catalogue file. Out: `E0701` findings. Must not know any target: of a binding it reads only the
//! names under `fields` and `unmapped`, which all bindings share.

use std::sync::Arc;

use super::FieldSpec;
use super::source::wrong;
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::ir::{FieldType, Observation};
use crate::maps::IndexMap;
use crate::source::{SourceFile, Spanned};
use crate::yaml::{Node, Value};

/// Checks a native field: its name can be written in a detection, and its values fit its type.
pub(super) fn field(
    file: &Arc<SourceFile>,
    name: &Spanned<String>,
    field_type: FieldType,
    values: Option<&[String]>,
    findings: &mut Vec<Diagnostic>,
) {
    let unfit = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '|' | '$');
    if name.value.is_empty() || name.value.contains(unfit) {
        let message = format!("a detection cannot name the field `{}`", name.value);
        findings.push(
            wrong(file, name.span, message).help("no white space, `|` or `$`: they mean something there"),
        );
    }
    if Observation::is_key(&name.value) {
        let message = format!("`{}` is a key of test events, so no field can be called so", name.value);
        findings.push(wrong(file, name.span, message));
    }
    let Some(values) = values else { return };
    if values.is_empty() {
        findings
            .push(wrong(file, name.span, "a field with no values is never there").help("leave out `values`"));
    }
    for value in values {
        let fits = match field_type {
            FieldType::Text => true,
            FieldType::Integer => value.parse::<i64>().is_ok(),
            FieldType::Real => value.parse::<f64>().is_ok_and(f64::is_finite),
            FieldType::Boolean => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            FieldType::Ip => value.parse::<std::net::IpAddr>().is_ok(),
            FieldType::Timestamp | FieldType::Pairs => false,
        };
        if !fits {
            let message = format!("the value `{value}` does not fit the type {}", field_type.name());
            findings.push(wrong(file, name.span, message));
        }
    }
}

/// Checks that bindings name only fields that the source has.
pub(super) fn bindings(
    file: &Arc<SourceFile>,
    bindings: &IndexMap<String, Node>,
    fields: &IndexMap<String, FieldSpec>,
    findings: &mut Vec<Diagnostic>,
) {
    for binding in bindings.values() {
        let legs = match binding.get("union").map(|union| &union.value) {
            Some(Value::List(legs)) => legs.as_slice(),
            _ => &[],
        };
        for part in std::iter::once(binding).chain(legs) {
            let named =
                ["fields", "unmapped"].into_iter().filter_map(|key| part.get(key)).flat_map(Node::entries);
            for (name, _) in named.filter(|(name, _)| !fields.contains_key(&name.value)) {
                let near = did_you_mean(&name.value, fields.keys().map(String::as_str));
                findings.push(
                    wrong(file, name.span, format!("this source has no field `{}`", name.value))
                        .maybe_help(near.map(|near| format!("did you mean `{near}`?"))),
                );
            }
        }
    }
}

/// Checks the reasons why the source does not exist in a profile: it has no binding there, and the reason is in words.
pub(super) fn absent(
    file: &Arc<SourceFile>,
    absent: &IndexMap<Spanned<String>, String>,
    bindings: &IndexMap<String, Node>,
    findings: &mut Vec<Diagnostic>,
) {
    for (profile, reason) in absent {
        if bindings.contains_key(&profile.value) {
            let message = format!("`{}` has a binding and a reason for having none", profile.value);
            findings.push(wrong(file, profile.span, message).help("leave out one of the two"));
        }
        if reason.trim().is_empty() {
            findings.push(wrong(file, profile.span, "the reason is empty"));
        }
    }
}
