//! Tests of the Sigma target: a small data source, and detections built by hand.

mod catalogue;
mod conditions;
mod lists;
mod meaning;
mod names;
mod refusals;
mod rules;
mod selections;

use std::sync::Arc;

use super::{PROFILES, Sigma};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir::{
    Case, Detection, DetectionType, EventSet, Field, FieldKind, FieldTest, FieldType, Keyword, Logic, Match,
    Metadata, Pattern, Predicate, Severity, Status, Technique,
};
use crate::source::{SourceFile, Span, Spanned};
use crate::targets::{Compiled, Options, Target};

const SOURCE: &str = r"
id: test.events
name: Test events
description: Events for tests.
fields:
  Image: {meaning: The program.}
  CommandLine: {meaning: The command line.}
  Operation: {meaning: What was done.}
  Roles: {many: true, meaning: Roles.}
  Port: {type: integer, meaning: A port.}
  Signed: {type: boolean, meaning: Whether it is signed.}
  Address: {type: ip, meaning: An address.}
  Time: {type: timestamp, meaning: When.}
  Params: {type: pairs, meaning: Parameters.}
  Outcome: {meaning: How it ended.}
  Partly: {meaning: Not always there.}
  Gone: {meaning: Not there.}
common:
  user: {same_as: Image}
  process: {}
  src: {same_as: Gone}
bindings:
  sigma:
    logsource: {product: windows, category: process_creation}
    fields:
      Operation: {field: operationName, values: {append: .}}
      Outcome: {field: result, values: {map: {success: ok, failure: bad}}}
      Partly: {field: Partly, loss: {name: partly-filled, verdict: narrowed, reason: the column is often empty}}
    unmapped: {Gone: the log never has it}
";

const BOUND: &str = r"
id: test.bound
name: Bound events
description: Events that are selected.
fields: {Operation: {meaning: What was done.}}
common: {}
bindings:
  sigma:
    logsource: {product: azure, service: auditlogs}
    definition: 'Diagnostic setting: AuditLogs'
    select: {Workload: 'Azure*AD', Code: [1, 5], Signed: true}
";

const ELSEWHERE: &str = r"
id: test.elsewhere
name: Elsewhere
description: Not in Sigma.
fields: {Operation: {meaning: What was done.}}
bindings:
  splunk: {macro: x}
";

fn sigma() -> Sigma {
    let catalogue = Catalogue::embedded()
        .with_text("test.events", SOURCE)
        .with_text("test.bound", BOUND)
        .with_text("test.elsewhere", ELSEWHERE);
    Sigma::new(&PROFILES[0], Arc::new(catalogue))
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(0, 1))
}

fn detection(condition: Predicate) -> Detection {
    Detection {
        metadata: Metadata {
            id: "7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f".into(),
            name: spanned("A Test".into()),
            slug: "a_test".into(),
            version: 1,
            status: Status::Production,
            detection_type: DetectionType::Ttp,
            severity: Severity::Medium,
            author: "Jane Doe".into(),
            date: "2026-03-10".into(),
            description: "Finds a test.".into(),
            how_to_implement: None,
            false_positives: vec!["Approved changes.".into()],
            references: vec!["https://attack.mitre.org/techniques/T1484/002/".into()],
            techniques: vec![Technique {
                id: "T1484.002".into(),
                name: "Trust Modification".into(),
                tactics: vec!["defense-evasion".into(), "privilege-escalation".into()],
            }],
            analytic_stories: vec![],
            asset_type: None,
            security_domain: None,
        },
        logic: Logic::Events(EventSet {
            data_source: spanned("test.events".into()),
            derived: vec![],
            condition,
            selections: vec![],
        }),
        summary: None,
        schedule: None,
        suppression: None,
        risk: None,
        entities: vec![],
        drilldowns: None,
        tests: vec![],
        recorded: vec![],
        accepts: vec![],
        tuning: None,
        mutants: vec![],
        raw: vec![],
        file: SourceFile::new("detections/a_test.yml", "name: A Test\n"),
    }
}

fn compile(detection: &Detection) -> Result<Compiled, Vec<Diagnostic>> {
    sigma().compile(detection, Options::default())
}

/// The `detection` block of the rule for a condition.
fn block(condition: Predicate) -> String {
    let text = compile(&detection(condition)).expect("compiles").text;
    let (_, rest) = text.split_once("\ndetection:\n").expect("a detection");
    let (block, _) = rest.split_once("\nfalsepositives:").expect("more");
    block.to_owned()
}

fn field(name: &str) -> Field {
    let (field_type, kind) = match name {
        "Port" => (FieldType::Integer, FieldKind::Native),
        "Signed" => (FieldType::Boolean, FieldKind::Native),
        "Address" => (FieldType::Ip, FieldKind::Native),
        "Time" => (FieldType::Timestamp, FieldKind::Native),
        "Params" => (FieldType::Pairs, FieldKind::Native),
        "computed" => (FieldType::Text, FieldKind::Derived),
        "user" | "process" | "src" => (FieldType::Text, FieldKind::Common),
        _ => (FieldType::Text, FieldKind::Native),
    };
    Field { name: name.into(), field_type, many: name == "Roles", kind }
}

fn text(pattern: &str) -> Match {
    Match::Text { pattern: Pattern::parse(pattern), case: Case::Insensitive }
}

fn cased(pattern: &str) -> Match {
    Match::Text { pattern: Pattern::parse(pattern), case: Case::Sensitive }
}

fn test(name: &str, any_of: impl IntoIterator<Item = Match>) -> Predicate {
    Predicate::Field(FieldTest {
        field: field(name),
        any_of: any_of.into_iter().collect(),
        span: Span::new(0, 4),
    })
}

fn is(name: &str, patterns: &[&str]) -> Predicate {
    test(name, patterns.iter().map(|pattern| text(pattern)))
}

fn keyword(texts: &[&str]) -> Predicate {
    let any_of = texts.iter().map(|text| Pattern::parse(text).open_start().open_end()).collect();
    Predicate::Keyword(Keyword { any_of, span: Span::new(0, 4) })
}
