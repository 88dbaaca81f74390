//! For GitHub: workflow commands that become annotations of a pull request
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).

use super::word;
use crate::diagnostics::Diagnostic;

/// One line a finding.
pub(super) fn render(findings: &[Diagnostic]) -> String {
    findings.iter().map(line).collect()
}

fn line(finding: &Diagnostic) -> String {
    let mut message = finding.message.clone();
    for (kind, text) in
        finding.help.iter().map(|help| ("help", help)).chain(finding.notes.iter().map(|note| ("note", note)))
    {
        message.push_str(&format!("\n{kind}: {text}"));
    }
    let place = finding.labels.first().map(|label| {
        let start = label.file.line_column(label.span.start);
        let end = label.file.line_column(label.span.end);
        // Columns are for annotations of one line (the checks API says so).
        let columns = if end.line == start.line {
            format!("col={},endColumn={},", start.column, end.column)
        } else {
            String::new()
        };
        format!("file={},line={},endLine={},{columns}", property(label.file.name()), start.line, end.line)
    });
    format!(
        "::{} {}title={}::{}\n",
        word(finding.severity()),
        place.unwrap_or_default(),
        finding.code.id(),
        data(&message)
    )
}

/// The text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value between the command and `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Code;
    use crate::source::{SourceFile, Span};

    #[test]
    fn no_text_opens_a_command() {
        let file = SourceFile::new("a,b.yml", "id: x\n");
        let finding =
            Diagnostic::new(Code::E0405, "`x`\n::error::y is 100% wrong").at(&file, Span::new(4, 5), "");
        assert_eq!(
            line(&finding),
            "::error file=a%2Cb.yml,line=1,endLine=1,col=5,endColumn=6,title=E0405::`x`%0A::error::y is 100%25 wrong\n"
        );
    }
}
