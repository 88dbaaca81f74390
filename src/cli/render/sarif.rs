//! For code scanning: SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).

use serde_json::{Value, json};

use super::word;
use crate::diagnostics::{Code, Diagnostic, Label};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run. Every code is listed as a rule, so that a viewer can explain it.
pub(super) fn render(findings: &[Diagnostic]) -> String {
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "detc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().copied().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.id(),
        "shortDescription": {"text": code.title()},
        "help": {"text": code.explanation().trim(), "markdown": code.explanation().trim()},
        "defaultConfiguration": {"level": word(code.severity())},
    })
}

fn result(finding: &Diagnostic) -> Value {
    let mut text = finding.message.clone();
    for more in finding.help.iter().chain(&finding.notes) {
        text.push('\n');
        text.push_str(more);
    }
    let related = finding.labels.iter().skip(1).map(|label| {
        let mut location = location(label);
        location["message"] = json!({"text": label.text});
        location
    });
    json!({
        "ruleId": finding.code.id(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": word(finding.severity()),
        "message": {"text": text},
        "locations": finding.labels.iter().take(1).map(location).collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
    })
}

fn location(label: &Label) -> Value {
    let start = label.file.line_column(label.span.start);
    let end = label.file.line_column(label.span.end);
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(label.file.name())},
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }})
}

/// A path as a URI reference: all but unreserved characters and `/` are percent-encoded (RFC 3986).
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("detections/a b.yml"), "detections/a%20b.yml");
        assert_eq!(uri("é:#?"), "%C3%A9%3A%23%3F");
    }
}
