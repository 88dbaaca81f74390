//! For CI servers: JUnit XML, one suite a file, one case a thing that was looked at.

use std::fmt::Write;

use super::Case;
use crate::diagnostics::{Diagnostic, Severity};

/// The cases in their order. Errors are failures; warnings are text beside a case that passed.
pub(super) fn render(cases: &[Case]) -> String {
    let failed = |case: &&Case| case.findings.iter().any(|finding| finding.severity() == Severity::Error);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"detc\" tests=\"{}\" failures=\"{}\">",
        cases.len(),
        cases.iter().filter(failed).count()
    );
    for suite in cases.chunk_by(|a, b| a.file == b.file) {
        let file = escape(&suite[0].file);
        let failures = suite.iter().filter(failed).count();
        let _ =
            writeln!(text, "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failures}\">", suite.len());
        suite.iter().for_each(|case| write_case(&mut text, &file, case));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn write_case(text: &mut String, file: &str, case: &Case) {
    let name = escape(&case.name);
    let open = format!("    <testcase classname=\"{file}\" name=\"{name}\"");
    if case.findings.is_empty() {
        let _ = writeln!(text, "{open}/>");
        return;
    }
    let _ = writeln!(text, "{open}>");
    for finding in &case.findings {
        let title = escape(&finding.message);
        let body = escape(&body(finding));
        let _ = match finding.severity() {
            Severity::Error => {
                let code = finding.code.id();
                writeln!(text, "      <failure type=\"{code}\" message=\"{title}\">{body}</failure>")
            }
            Severity::Warning => writeln!(text, "      <system-out>{body}</system-out>"),
        };
    }
    text.push_str("    </testcase>\n");
}

fn body(finding: &Diagnostic) -> String {
    let mut lines = vec![format!("{}: {}", finding.code.id(), finding.message)];
    for label in &finding.labels {
        let place = label.file.line_column(label.span.start);
        let line = format!("{}:{}:{} {}", label.file.name(), place.line, place.column, label.text);
        lines.push(line.trim_end().to_owned());
    }
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}

/// Text for an XML element or attribute. Characters that XML 1.0 cannot hold at all are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escape("a<b>&\"c\u{1}\n"), "a&lt;b&gt;&amp;&quot;c\u{fffd}&#10;");
    }
}
