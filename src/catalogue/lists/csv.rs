//! CSV files (RFC 4180) with the place of every cell.
//!
//! In: the text of a file. Out: the remarks above the table, the head and the rows, or what is malformed. A place is what
//! the usual readers do not give. Must not know what the cells mean.

use std::sync::Arc;

use super::wrong;
use crate::diagnostics::Diagnostic;
use crate::source::{SourceFile, Span, Spanned};

/// A file, taken apart.
#[derive(Debug, Default)]
pub(super) struct Csv {
    /// `# key: value` lines above the table: key and value.
    pub(super) remarks: Vec<(Spanned<String>, Spanned<String>)>,
    /// The first line of the table.
    pub(super) head: Vec<Spanned<String>>,
    /// The others, each with its place. Empty lines are left out.
    pub(super) rows: Vec<Spanned<Vec<Spanned<String>>>>,
}

/// Takes a file apart. What is malformed is reported, and its line left out.
pub(super) fn read(file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Csv {
    let mut reader = Reader { file, at: 0, findings };
    let mut csv = Csv::default();
    reader.remarks(&mut csv);
    let mut lines = Vec::new();
    while reader.at < file.text().len() {
        if let Some(line) = reader.line().filter(|line| !is_empty(line)) {
            lines.push(line);
        }
    }
    if !lines.is_empty() {
        csv.head = lines.remove(0).value;
    }
    csv.rows = lines;
    csv
}

fn is_empty(line: &Spanned<Vec<Spanned<String>>>) -> bool {
    line.value.len() == 1 && line.value.iter().all(|cell| cell.value.is_empty())
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    at: usize,
    findings: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.file.text().get(self.at..).unwrap_or_default()
    }

    fn remarks(&mut self, csv: &mut Csv) {
        while self.rest().starts_with('#') {
            let start = self.at;
            let text = self.file.text();
            let end = self.rest().find('\n').map_or(text.len(), |length| start + length);
            self.at = (end + 1).min(text.len());
            let Some((key, _)) = text[start + 1..end].split_once(':') else { continue };
            let trimmed = |from: usize, to: usize| {
                let part = &text[from..to];
                let start = from + (part.len() - part.trim_start().len());
                let value = part.trim();
                Spanned::new(value.to_owned(), Span::new(start, start + value.len()))
            };
            let colon = start + 1 + key.len();
            csv.remarks.push((trimmed(start + 1, colon), trimmed(colon + 1, end)));
        }
    }

    /// One line of the table. Always goes on.
    fn line(&mut self) -> Option<Spanned<Vec<Spanned<String>>>> {
        let start = self.at;
        let mut cells = Vec::new();
        let mut fine = true;
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(finding) => {
                    self.findings.push(*finding);
                    fine = false;
                    let skipped = self.rest().find(['\n', ',']).unwrap_or(self.rest().len());
                    self.at += skipped;
                }
            }
            let end = self.at;
            let rest = self.rest();
            if rest.starts_with(',') {
                self.at += 1;
                continue;
            }
            let line_break = if rest.starts_with("\r\n") { 2 } else { 1 };
            self.at = (end + line_break).min(self.file.text().len());
            return fine.then(|| Spanned::new(cells, Span::new(start, end)));
        }
    }

    fn cell(&mut self) -> Result<Spanned<String>, Box<Diagnostic>> {
        let start = self.at;
        if !self.rest().starts_with('"') {
            let rest = self.rest();
            let mut length = rest.find(['\n', ',']).unwrap_or(rest.len());
            if rest[..length].ends_with('\r') {
                length -= 1;
            }
            let text = rest[..length].to_owned();
            self.at += length;
            let span = Span::new(start, self.at);
            if text.contains('"') {
                let finding = wrong(self.file, span, "a quote inside a cell that is not quoted");
                return Err(Box::new(finding.help("put the cell in quotes, and double the quote in it")));
            }
            return Ok(Spanned::new(text, span));
        }
        let mut text = String::new();
        let mut place = start + 1;
        loop {
            let rest = self.file.text().get(place..).unwrap_or_default();
            let Some(quote) = rest.find('"') else {
                self.at = self.file.text().len();
                let finding = wrong(self.file, Span::new(start, start + 1), "the quote is not closed");
                return Err(Box::new(finding));
            };
            text.push_str(&rest[..quote]);
            place += quote + 1;
            if !self.file.text()[place..].starts_with('"') {
                break;
            }
            text.push('"');
            place += 1;
        }
        self.at = place;
        let after = self.rest();
        if after.is_empty() || after.starts_with([',', '\n']) || after.starts_with("\r\n") {
            return Ok(Spanned::new(text, Span::new(start, place)));
        }
        let finding = wrong(self.file, Span::new(start, place), "text behind the closing quote");
        Err(Box::new(finding.help("double a quote that is part of the cell")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> (Vec<Vec<String>>, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let csv = read(&SourceFile::new("a.csv", text), &mut findings);
        let plain = |cells: Vec<Spanned<String>>| cells.into_iter().map(|cell| cell.value).collect();
        let rows = csv.rows.into_iter().map(|row| row.value);
        (std::iter::once(csv.head).chain(rows).map(plain).collect(), findings)
    }

    #[test]
    fn reads_quotes_line_breaks_and_both_line_ends() {
        let (rows, findings) = cells("a,b\r\n\"x,\"\"y\"\"\",\r\n\n\"1\n2\",3");
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(rows, [["a", "b"], ["x,\"y\"", ""], ["1\n2", "3"]]);
    }

    #[test]
    fn says_where_a_line_is_malformed_and_goes_on() {
        let (rows, findings) = cells("a,b\nx\"y,1\n\"q\"r,2\nfine,3\n\"open,4\n");
        assert_eq!(rows, [["a", "b"], ["fine", "3"]]);
        let file = SourceFile::new("a.csv", "a,b\nx\"y,1\n\"q\"r,2\nfine,3\n\"open,4\n");
        let places: Vec<_> =
            findings.iter().map(|finding| file.line_column(finding.labels[0].span.start).line).collect();
        assert_eq!(places, [2, 3, 5]);
    }

    #[test]
    fn reads_remarks() {
        let mut findings = Vec::new();
        let file = SourceFile::new("a.csv", "# owner: them: us\n#\n# a note\na\n1\n");
        let csv = read(&file, &mut findings);
        assert_eq!(csv.remarks.len(), 1);
        assert_eq!((csv.remarks[0].0.as_str(), csv.remarks[0].1.as_str()), ("owner", "them: us"));
        assert_eq!(file.slice(csv.remarks[0].1.span), "them: us");
        assert_eq!(csv.rows.len(), 1);
    }

    proptest! {
        #[test]
        fn any_table_comes_back(rows in prop::collection::vec(prop::collection::vec(".*", 2..4), 1..5)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let lines: Vec<String> =
                rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",")).collect();
            let (read, findings) = cells(&lines.join("\n"));
            prop_assert!(findings.is_empty());
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn nothing_panics_and_the_end_is_reached(text in r#"[a",\r\n#:é ]{0,40}"#) {
            cells(&text);
        }
    }
}
