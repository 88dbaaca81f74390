//! Stages and correlations.

use super::{findings, resolved};
use crate::ir::{CorrelationPattern, Detection, Link, Logic};

const STAGES: &str = "stages:
  one: {data_source: test.source, detection: {s: {Image: a}, condition: s}}
  two: {data_source: test.source, detection: {s: {Image: b}, condition: s}, derive: {low: {lower: Image}}}
";

/// The head of a document without a data source.
const HEAD: &str = "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\n\
                    severity: low\nauthor: somebody\ndate: 2026-01-02\ndescription: A test.\n";

const ONE: &str = "detection: {s: {Image: a}, condition: s}\n";

fn staged(correlation: &str) -> Vec<String> {
    shown(&format!("{HEAD}{STAGES}correlation: {correlation}\n"))
}

fn shown(text: &str) -> Vec<String> {
    let (_, findings) = resolved(text);
    let place = |finding: &crate::diagnostics::Diagnostic| {
        finding.labels.first().map(|label| label.file.slice(label.span).to_owned()).unwrap_or_default()
    };
    findings
        .iter()
        .map(|finding| {
            let help = finding.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
            format!("{} {}{help} @ {}", finding.code.id(), finding.message, place(finding))
        })
        .collect()
}

fn counted(correlation: &str) -> Vec<String> {
    findings(&format!("{ONE}correlation: {correlation}\n"))
}

fn detection(text: &str) -> Detection {
    let (detection, findings) = resolved(text);
    assert!(findings.is_empty(), "{findings:#?}");
    detection.expect("resolves")
}

#[test]
fn a_count_over_the_detection_itself() {
    let text = super::document(&format!(
        "{ONE}correlation: {{event_count: {{group_by: [user], window: 5m, condition: {{gt: 4, lte: 9}}, values: [Port]}}}}"
    ));
    let detection = detection(&text);
    let Logic::Correlation(correlation) = &detection.logic else { panic!("a correlation") };
    let CorrelationPattern::Aggregate { range, window, .. } = &correlation.pattern else { panic!("a count") };
    assert_eq!(window.seconds(), 300);
    assert!(!range.contains(4.0) && range.contains(5.0) && range.contains(9.0) && !range.contains(10.0));
    let summary = detection.summary.as_ref().expect("one result a group");
    assert_eq!(summary.by.iter().map(|field| &*field.value.name).collect::<Vec<_>>(), ["user"]);
    assert_eq!(summary.values.iter().map(|field| &*field.value.name).collect::<Vec<_>>(), ["Port"]);
}

#[test]
fn a_chain_is_tied_to_earlier_steps() {
    let chain = "temporal_ordered: {group_by: [user], window: 7d, steps: [{stage: one, count: 3}, \
                 {stage: two, within: 1d, where: [{any: [{low: one.Image}, {one.CommandLine: x}]}]}]}";
    let detection = detection(&format!("{HEAD}{STAGES}correlation: {{{chain}}}\n"));
    let Logic::Correlation(correlation) = &detection.logic else { panic!("a correlation") };
    let CorrelationPattern::Ordered { steps, .. } = &correlation.pattern else { panic!("a chain") };
    assert_eq!(steps[0].at_least, 3);
    let Some(Link::Any(members)) = &steps[1].link else { panic!("alternatives") };
    assert!(matches!(&members[0], Link::Equal { step: 0, .. }));
    assert!(matches!(&members[1], Link::Constant { step: 0, text, .. } if text == "x"));
    assert!(detection.summary.is_none());
    assert_eq!(correlation.result_stage().name.value, "two");
}

#[test]
fn ranges_that_make_no_sense() {
    let range = |range: &str| counted(&format!("{{event_count: {{window: 5m, condition: {range}}}}}"));
    let zero = "E0413 a threshold of zero: every event, alone in its window, satisfies this event_count";
    let help = "give a lower end of at least 1, for instance `gte: 10`";
    assert_eq!(range("{gte: 0}"), [format!("{zero} | {help} @ gte: 0")]);
    assert_eq!(range("{lt: 5}"), [format!("{zero} | {help} @ lt: 5")]);
    assert_eq!(range("{gt: 5, lt: 5}"), ["E0413 no number lies in this range @ gt: 5, lt: 5"]);
    assert_eq!(
        range("{gt: 5, gte: 6}"),
        ["E0413 the range has two ends on one side | one of gt, gte and one of lt, lte; or eq alone @ gte"]
    );
    assert_eq!(range("{gtt: 5}"), ["E0204 `gtt` is no comparison | did you mean `gt`? @ gtt"]);
    assert_eq!(
        range("{}"),
        ["E0207 the condition of the correlation is empty | for instance `condition: {gte: 10}` @ \
          {event_count: {window: 5m, condition: {}}}"]
    );
}

#[test]
fn windows_and_percentiles_out_of_range() {
    assert_eq!(
        counted("{event_count: {window: 0m, condition: {gte: 2}}}"),
        ["E0404 `0m` is not a duration: a duration of zero | for instance 15m, 1h or 7d @ 0m"]
    );
    assert_eq!(
        counted("{event_count: {window: 400d, condition: {gte: 2}}}"),
        [
            "E0404 `400d` is not a duration: a duration of more than 365 days | for instance 15m, 1h or 7d @ 400d"
        ]
    );
    assert_eq!(
        counted("{value_percentile: {field: Port, window: 5m, condition: {gte: 2}, percentile: 101}}"),
        ["E0408 a percentile lies above 0 and goes up to 100 @ 101"]
    );
    assert_eq!(
        counted("{value_median: {field: Port, window: 5m, condition: {gte: 2}, percentile: 9}}"),
        ["E0306 `value_median` has no percentile | leave it out, or use `value_percentile` @ 9"]
    );
}

#[test]
fn fields_that_cannot_be_aggregated_or_grouped() {
    assert_eq!(
        counted("{value_sum: {field: Image, window: 5m, condition: {gte: 2}}}"),
        ["E0317 `value_sum` cannot use `Image`, which is of type text | name a field of one number @ Image"]
    );
    assert_eq!(
        counted("{event_count: {field: Image, window: 5m, condition: {gte: 2}}}"),
        ["E0306 `event_count` counts events, not a field | leave `field` out, or use `value_count` @ Image"]
    );
    assert_eq!(
        counted("{event_count: {group_by: [Roles], window: 5m, condition: {gte: 2}}}"),
        ["E0317 `Roles` is multivalue text | name a field of one value, or derive one @ Roles"]
    );
    assert_eq!(
        staged("{temporal: {stages: [one, two], group_by: [low], window: 5m}}"),
        ["E0303 `test.source` has no field `low` | `detc sources test.source` lists the fields @ low"]
    );
}

#[test]
fn stages_that_do_not_exist_or_lead_back() {
    assert_eq!(
        staged("{temporal: {stages: [one, too], window: 5m}}"),
        ["E0315 there is no stage `too` | did you mean `two`? @ too"]
    );
    assert_eq!(
        staged(
            "{temporal_ordered: {window: 5m, steps: [{stage: one}, {stage: two, where: [{Image: two.Image}]}]}}"
        ),
        ["E0318 `two` is this step itself | a step is tied to steps before it @ two.Image"]
    );
    assert_eq!(
        staged(
            "{temporal_ordered: {window: 5m, steps: [{stage: one}, {stage: two, where: [{Port: one.Image}]}]}}"
        ),
        ["E0317 `Port` is of type integer, `Image` is of type text | compare fields of one type @ one.Image"]
    );
    assert_eq!(
        staged("{temporal_ordered: {window: 5m, steps: [{stage: one}, {stage: one}]}}"),
        ["E0316 the correlation does not use the stage `two` | use it, or leave it out @ two",
            "E0318 `one` is already a step | write a second stage with the same selection, under another name @ one"
        ].map(str::to_owned)
    );
    assert_eq!(
        staged("{absent: {stage: one, followed_by: one, window: 5m}}"),
        ["E0318 a stage cannot follow itself | name another stage @ one"]
    );
    assert_eq!(
        staged(
            "{temporal_ordered: {window: 5m, steps: [{stage: one}, {stage: two, where: [{seen: {one: {Image: Image}}}]}]}}"
        ),
        ["E0318 `one` is a step of this chain | `seen` looks a stage up that is no step @ one"]
    );
}

#[test]
fn parts_that_exclude_each_other() {
    assert_eq!(
        findings(STAGES),
        [
            "E0208 `data_source` cannot stand beside `stages` | each stage has its own @ test.source",
            "E0208 stages need a `correlation` that uses them | add `correlation:`, or use `data_source` and `detection` \
             for one set of events @ one"
        ]
    );
    assert_eq!(
        findings(&format!(
            "{ONE}summarize: {{by: [user]}}\ncorrelation: {{event_count: {{window: 5m, condition: {{gte: 2}}}}}}"
        )),
        [
            "E0208 the results of this correlation are one a group: there is nothing to summarize | name further fields \
          under `values` of the correlation @ {by: [user]}"
        ]
    );
}

#[test]
fn test_events_say_when_and_where() {
    let tests = |event: &str| {
        findings(&format!("{ONE}tests: [{{name: a, events: [{event}], expect: {{matches: 1}}}}]\n"))
    };
    assert!(tests("{at: 90s, Image: a}").is_empty());
    assert!(tests("{at: 2026-01-02T03:04:05Z, data_source: test.source, Image: a}").is_empty());
    assert_eq!(
        tests("{at: soon, Image: a}"),
        [
            "E0401 this is no moment of a test | an offset from its start, for instance 90s or 2h, or for instance \
          2026-01-02T03:04:05Z @ soon"
        ]
    );
    assert_eq!(
        tests("{data_source: test.sources, Image: a}"),
        ["E0319 the detection does not read `test.sources` | did you mean `test.source`? @ test.sources"]
    );
}
