//! Files that mean harm: nothing panics or runs away, and a file without a detection has an error at a place of its own.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{document, findings, resolved};
use crate::diagnostics::Severity;
use crate::ir::MessagePart;

const REST: &str = "derive:
  low: {lower: Image}
  who: {pair: {list: Changes, name: x}}
  kind: {case: {branches: [{when: {Image: a}, then: $low}], else: \"b\\u00e9\"}}
detection:
  one: &anchor {Image|contains|windash: ' -e', Port|gte: 5}
  filter_two:
    - 'it''s'
    - {Address|cidr: 10.0.0.0/8, CommandLine|re|i: 'a(b|c)+'}
  three: {<<: *anchor, Time|hour: 3}
  condition: >-
    one and not 1 of filter_*
    or three
summarize: {by: [user, low], values: [Roles]}
schedule: {every: 1h, lookback: 70m}
risk: {message: 'é $user$ at $count$ $$', objects: [{field: user, type: user, score: 50}]}
drilldowns: [{name: 'all of $user$', same: [user], lookback: 1d}]
tests:
  - name: t
    events: [{Image: a, Roles: [a, null], Changes: {x: y}, Time: 2026-01-01T03:00:00Z}]
    expect: {matches: 0, with: {user: x}}
accept: [{target: kusto, loss: x, reason: y}]
";

/// What must hold of every text at all.
fn holds(text: &str) -> Result<(), TestCaseError> {
    let (detection, found) = resolved(text);
    let error = found.iter().any(|finding| finding.severity() == Severity::Error);
    prop_assert!(error || detection.is_some(), "nothing came out, and nothing was said");
    for finding in &found {
        prop_assert!(!finding.labels.is_empty(), "{finding:?}");
        for label in &finding.labels {
            let inside = label.span.start <= label.span.end && label.span.end <= label.file.text().len();
            prop_assert!(
                inside && label.file.text().get(label.span.start..label.span.end).is_some(),
                "{finding:?}"
            );
        }
        prop_assert!(!finding.message.contains("struct ") && !finding.message.contains("invalid length"));
    }
    Ok(())
}

#[test]
fn the_file_that_is_edited_below_is_fine() {
    let (detection, found) = resolved(&document(REST));
    assert!(detection.is_some() && found.is_empty(), "{found:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        holds(&text)?;
    }

    #[test]
    fn any_yaml_like_text_is_answered(text in r#"([ \n]{1,3}|[-:?#&*!|>'"%@`\[\]{},\\$]|[a-z]{1,3}|[0-9]{1,3}|é|\u{2028}|\t|\r\n){0,60}"#) {
        holds(&document(&text))?;
    }

    #[test]
    fn any_edit_of_a_detection_is_answered(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize,
            prop_oneof![r#"[\n \t:,{}\[\]'"*&|>$\\-]{0,3}"#, "\\PC{0,3}", Just("null".to_owned()), Just("[]".to_owned()),
                        Just("\u{202e}".to_owned()), Just("9223372036854775808".to_owned())]), 1..4)
    ) {
        let mut text = document(REST);
        for (place, length, new) in edits {
            let characters: Vec<(usize, char)> = text.char_indices().collect();
            let start = place.index(characters.len());
            let end = (start + length).min(characters.len() - 1);
            text.replace_range(characters[start].0..characters[end].0, &new);
        }
        holds(&text)?;
    }

    /// Every line of a file can be lost, and every key can have any value.
    #[test]
    fn any_value_of_any_line_is_answered(line in any::<prop::sample::Index>(), value in prop_oneof![
        Just("null"), Just("[]"), Just("{}"), Just("7"), Just("-1.5"), Just("true"), Just("''"), Just("[a, [b]]"),
        Just("{a: b}"), Just("99999999999999999999"), Just("*anchor"), Just("!x y"), Just("\"\\0\""), Just("| \n")]) {
        let text = document(REST);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let line = line.index(lines.len());
        let changed = match lines[line].split_once(':') {
            Some((key, _)) => format!("{key}: {value}"),
            None => String::new(),
        };
        lines[line] = changed;
        holds(&lines.join("\n"))?;
    }
}

#[test]
fn many_alternatives_are_bounded_and_not_compared_with_one_another() {
    let started = Instant::now();
    let values = |count: usize, value: &str| vec![value; count].join(", ");
    let distinct: Vec<String> = (0..20_000).map(|i| format!("v{i}")).collect();
    let block = |key: &str, list: &str| format!("detection: {{s: {{'{key}': [{list}]}}, condition: s}}");
    assert!(findings(&block("CommandLine", &distinct.join(", "))).is_empty());
    assert_eq!(
        findings(&block("CommandLine|contains|windash", &values(1_000, "' -a -b -c'"))),
        [
            "E0306 the values stand for more than 20000 alternatives | split the detection, or use fewer modifiers @ 'CommandLine|contains|windash'"
        ]
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn messages_are_read_once() {
    let (detection, _) = resolved(&document(
        "detection: {s: {Image: a}, condition: s}\n\
         risk: {message: 'costs 5$$ for $user$$Image$', objects: []}\n\
         drilldowns: [{name: 'at $src_path$', same: [user]}]\n"
            .replace("src_path", "process_path")
            .as_str(),
    ));
    let detection = detection.expect("resolves");
    let risk = detection.risk.as_ref().expect("given");
    let parts: Vec<String> = risk
        .message
        .parts
        .iter()
        .map(|part| match part {
            MessagePart::Text(text) => format!("'{text}'"),
            MessagePart::Field(field) => field.value.name.to_string(),
            MessagePart::Summary(column) => column.name().to_owned(),
        })
        .collect();
    assert_eq!(parts, ["'costs 5$ for '", "user", "Image"]);
    // What only a message mentions is in the results all the same.
    let outputs: Vec<&str> = detection.output_fields().iter().map(|field| &*field.name).collect();
    assert_eq!(outputs, ["user", "Image", "process_path"]);
}
