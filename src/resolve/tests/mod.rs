//! Tests of resolution over a small data source.

mod clumsy;
mod conditions;
mod correlations;
mod hostile;
mod items;
mod outcomes;

use super::{Context, resolve_file};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir::{Detection, Logic, Predicate};
use crate::source::SourceFile;

const SOURCE: &str = r"
id: test.source
name: A source for tests
description: Not real.
fields:
  Image: {meaning: a path}
  CommandLine: {meaning: a command line}
  Address: {type: ip, meaning: an address}
  Port: {type: integer, meaning: a port}
  Signed: {type: boolean, meaning: whether it is signed}
  Time: {type: timestamp, meaning: when}
  Level: {meaning: a level, values: [Low, High]}
  Kind: {type: integer, meaning: a kind, values: ['1', '2']}
  Roles: {many: true, meaning: roles}
  Changes: {type: pairs, meaning: what changed}
common:
  user: {}
  process_path: {same_as: Image}
bindings: {sigma: {logsource: {product: test}}}
";

const LIST: &str = "description: d
owner: o
columns: {host: text, number: integer, address: ip, network: cidr, shape: pattern}
rows: [{host: a}]
";

/// A detection around a `detection` block and further lines.
pub(super) fn document(rest: &str) -> String {
    format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
         author: somebody\ndate: 2026-01-02\ndescription: A test.\ndata_source: test.source\n{rest}\n"
    )
}

/// Resolves a document.
pub(super) fn resolved(text: &str) -> (Option<Detection>, Vec<Diagnostic>) {
    let catalogue = Catalogue::embedded()
        .with_text("test.source", SOURCE)
        .with_list("hosts.yml", LIST)
        .with_list("broken.yml", "description: d\ncolumns: {a: text}\n");
    let context = Context { catalogue: &catalogue, profiles: &["splunk", "kusto:xdr"] };
    let mut findings = Vec::new();
    let file = SourceFile::new("test.yml", text);
    let detection = resolve_file(&file, &context, &mut findings);
    Diagnostic::sort(&mut findings);
    (detection, findings)
}

/// The condition of a detection block, which must be without findings.
pub(super) fn condition(block: &str) -> Predicate {
    let (detection, findings) = resolved(&document(block));
    assert!(findings.is_empty(), "{findings:#?}");
    let Logic::Events(events) = detection.expect("resolves").logic else { panic!("no correlation") };
    events.condition
}

/// The findings of a detection block, as `code message | help @ underlined text`.
pub(super) fn findings(rest: &str) -> Vec<String> {
    let (_, findings) = resolved(&document(rest));
    findings
        .iter()
        .map(|finding| {
            let place = finding.labels.first().map(|label| label.file.slice(label.span)).unwrap_or_default();
            let help = finding.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
            format!("{} {}{help} @ {place}", finding.code.id(), finding.message)
        })
        .collect()
}

/// A predicate as a short text, for expectations.
pub(super) fn shown(predicate: &Predicate) -> String {
    use crate::ir::{Case, Match};
    match predicate {
        Predicate::All(members) => format!("({})", members.iter().map(shown).collect::<Vec<_>>().join(" & ")),
        Predicate::Any(members) => format!("({})", members.iter().map(shown).collect::<Vec<_>>().join(" | ")),
        Predicate::Not(inner) => format!("!{}", shown(inner)),
        Predicate::Keyword(keyword) => {
            format!("keyword[{}]", keyword.any_of.iter().map(|p| p.to_sigma()).collect::<Vec<_>>().join(", "))
        }
        Predicate::Field(test) => {
            let values: Vec<String> = test
                .any_of
                .iter()
                .map(|m| match m {
                    Match::Text { pattern, case: Case::Insensitive } => format!("'{}'", pattern.to_sigma()),
                    Match::Text { pattern, case: Case::Sensitive } => {
                        format!("cased'{}'", pattern.to_sigma())
                    }
                    Match::Regex(regex) => format!("/{}/{}", regex.source(), regex.flags()),
                    Match::Number { comparison, number } => format!("{comparison:?} {number}"),
                    Match::Field { comparison, other, .. } => format!("{comparison:?} {}", other.name),
                    Match::Network(network) => network.to_string(),
                    Match::InList(membership) => {
                        let column = membership.column().map_or("", |column| column.name.as_str());
                        format!("in {}.{column}", membership.list.name)
                    }
                    other => format!("{other:?}"),
                })
                .collect();
            format!("{}=[{}]", test.field.name, values.join(", "))
        }
    }
}
