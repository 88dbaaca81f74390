//! Who, what, when: the keys of a Sigma document that say nothing of events.
//!
//! In: a document. Out: its metadata as written, and as a detection has it. Sigma requires little more than a title, a
//! detection must say more: what stands in for the rest is reported once a rule. Must not know selections.

use std::sync::Arc;

use uuid::Uuid;

use super::entries::Entries;
use super::logsource::words;
use super::tags;
use crate::catalogue::Logsource;
use crate::diagnostics::{Code, Diagnostic};
use crate::resolve::is_hidden;
use crate::schema::{Detection, DetectionType, Severity, Status};
use crate::source::{SourceFile, Span, Spanned};

/// The namespace of ids that are derived from a rule which has none.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b0d_9c3e_6f0a_4a51_8f5e_2d6c_9b7e_1c44);

/// What stands for a date that a rule does not give.
const NO_DATE: &str = "1970-01-01";

/// The metadata of a rule, a correlation or a filter, as written.
#[derive(Debug)]
pub struct Metadata {
    /// The title; the place of the document where it has none.
    pub title: Option<Spanned<String>>,
    /// The id.
    pub id: Option<Spanned<String>>,
    /// The name that correlations and filters may use beside the id.
    pub name: Option<Spanned<String>>,
    /// `stable`, `test`, `experimental`, `deprecated` or `unsupported`.
    pub status: Option<Spanned<String>>,
    /// `informational` to `critical`.
    pub level: Option<Spanned<String>>,
    /// What it finds.
    pub description: Option<Spanned<String>>,
    /// Who wrote it.
    pub author: Option<Spanned<String>>,
    /// When it was written.
    pub date: Option<Spanned<String>>,
    /// When it was last changed.
    pub modified: Option<Spanned<String>>,
    /// Web addresses.
    pub references: Vec<Spanned<String>>,
    /// What else triggers it.
    pub falsepositives: Vec<Spanned<String>>,
    /// Tags of all namespaces.
    pub tags: Vec<Spanned<String>>,
    /// The first line of the document, for what is missing.
    pub place: Span,
}

impl Metadata {
    pub(super) fn read(entries: &mut Entries, place: Span) -> Self {
        if let Some(taxonomy) = entries.text("taxonomy").filter(|taxonomy| taxonomy.value != "sigma") {
            let message = format!("the taxonomy `{}` is not known", taxonomy.value);
            let finding = Diagnostic::new(Code::E0904, message).at(entries.file, taxonomy.span, "");
            entries.report(
                finding.help("rename the fields as in Sigma's own taxonomy, and leave out `taxonomy`"),
            );
        }
        let title = entries.text("title");
        if title.is_none() {
            let finding = Diagnostic::new(Code::E0203, "the required key `title` is missing");
            entries.report(finding.at(entries.file, place, "").help("add `title:`, one line"));
        }
        Self {
            title,
            id: entries.text("id"),
            name: entries.text("name"),
            status: entries.text("status"),
            level: entries.text("level"),
            description: entries.text("description"),
            author: entries.text("author"),
            date: entries.text("date"),
            modified: entries.text("modified"),
            references: entries.texts("references"),
            falsepositives: entries.texts("falsepositives"),
            tags: entries.texts("tags"),
            place,
        }
    }

    /// The title, or the id where there is none.
    pub(super) fn shown_title(&self) -> &str {
        self.title.as_ref().or(self.id.as_ref()).map_or("", |title| title.value.trim())
    }

    /// Whether a correlation or filter that names this means it: by its id, whatever the case of its letters, or by its
    /// name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let id = self.id.as_ref().is_some_and(|id| id.value.trim().eq_ignore_ascii_case(name.trim()));
        id || self.name.as_ref().is_some_and(|own| own.value.trim() == name.trim())
    }

    /// A detection with this metadata and nothing else. What had to stand in is reported.
    pub(super) fn detection(
        &self,
        file: &Arc<SourceFile>,
        logsource: &Logsource,
        findings: &mut Vec<Diagnostic>,
    ) -> Detection {
        let mut missing = Missing::default();
        let place = self.title.as_ref().map_or(self.place, |title| title.span);
        let title = self.title.as_ref().map(one_line);
        let status =
            missing.word("status", self.status.as_ref(), status, "experimental", Status::Experimental);
        let severity = missing.word("level", self.level.as_ref(), severity, "medium", Severity::Medium);
        let detection = Detection {
            id: Some(Spanned::new(self.uuid(logsource, &mut missing), place)),
            version: Some(Spanned::new(1, place)),
            status: Some(Spanned::new(status, place)),
            detection_type: Some(Spanned::new(self.detection_type(severity), place)),
            severity: Some(Spanned::new(severity, place)),
            author: Some(Spanned::new(
                missing.text("author", self.author.as_ref().map(one_line), "unknown"),
                place,
            )),
            date: Some(Spanned::new(missing.text("date", self.last_date(), NO_DATE), place)),
            description: self.description.clone().or_else(|| title.clone()),
            false_positives: self.falsepositives.iter().map(one_line).filter(is_some).collect(),
            references: self.references.iter().map(one_line).filter(is_some).collect(),
            attack: tags::techniques(file, &self.tags, findings),
            name: title,
            ..Detection::default()
        };
        findings.extend(missing.finding().map(|finding| finding.at(file, place, "")));
        detection
    }

    /// The id, or one that follows from the title and the log source.
    fn uuid(&self, logsource: &Logsource, missing: &mut Missing) -> String {
        let written = self.id.as_ref().and_then(|id| Uuid::try_parse(id.value.trim()).ok());
        let uuid = written.filter(|uuid| !uuid.is_nil()).unwrap_or_else(|| {
            missing.add("id", "one derived from the title");
            let title = self.title.as_ref().map_or("", |title| title.value.as_str());
            Uuid::new_v5(&NAMESPACE, format!("{title}\n{}", words(logsource)).as_bytes())
        });
        uuid.hyphenated().to_string()
    }

    /// The date of this version: of the last change, or of the first writing.
    fn last_date(&self) -> Option<Spanned<String>> {
        let dates = [&self.modified, &self.date].into_iter().flatten();
        dates.filter_map(|date| Some(Spanned::new(plain_date(&date.value)?, date.span))).next()
    }

    /// Sigma's levels say what becomes of a hit. Source: the specification, `level`: informational rules enrich events
    /// and alert nobody, low ones count only together with others.
    fn detection_type(&self, severity: Severity) -> DetectionType {
        let hunting = self.tags.iter().any(|tag| tag.value.eq_ignore_ascii_case("detection.threat-hunting"));
        match severity {
            Severity::Informational => DetectionType::Hunting,
            _ if hunting => DetectionType::Hunting,
            Severity::Low => DetectionType::Anomaly,
            Severity::Medium | Severity::High | Severity::Critical => DetectionType::Ttp,
        }
    }
}

/// What a rule does not say, or not in a word of the specification, and what stands in its place.
#[derive(Default)]
struct Missing {
    keys: Vec<String>,
    instead: Vec<String>,
}

impl Missing {
    fn add(&mut self, key: &str, instead: &str) {
        self.keys.push(format!("`{key}`"));
        self.instead.push(instead.to_owned());
    }

    fn finding(&self) -> Option<Diagnostic> {
        let message = format!("the rule has no valid {}", self.keys.join(", "));
        let help = format!("in its place stands: {}", self.instead.join(", "));
        (!self.keys.is_empty()).then(|| Diagnostic::new(Code::W0412, message).help(help))
    }

    fn text(&mut self, key: &str, found: Option<Spanned<String>>, instead: &str) -> String {
        match found.filter(is_some) {
            Some(found) => found.value,
            None => {
                self.add(key, instead);
                instead.to_owned()
            }
        }
    }

    fn word<T>(
        &mut self,
        key: &str,
        found: Option<&Spanned<String>>,
        read: fn(&str) -> Option<T>,
        instead: &str,
        value: T,
    ) -> T {
        let known = found.and_then(|found| read(&found.value.trim().to_lowercase()));
        known.unwrap_or_else(|| {
            self.add(key, instead);
            value
        })
    }
}

/// A rule that cannot be used as it is (`unsupported`) is one that must not be deployed.
fn status(word: &str) -> Option<Status> {
    Some(match word {
        "stable" => Status::Production,
        "test" => Status::Test,
        "experimental" => Status::Experimental,
        "deprecated" | "unsupported" => Status::Deprecated,
        _ => return None,
    })
}

fn severity(word: &str) -> Option<Severity> {
    Some(match word {
        "informational" => Severity::Informational,
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        _ => return None,
    })
}

/// A text as a single line: white space becomes one blank, and what nobody sees is dropped.
fn one_line(text: &Spanned<String>) -> Spanned<String> {
    if is_one_line(&text.value) {
        return text.clone();
    }
    let words = text.value.split_whitespace();
    let mut line = String::with_capacity(text.value.len());
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !is_hidden(*c)));
    }
    Spanned::new(line, text.span)
}

/// Whether a text is a line of printable ASCII with single blanks already, as most are.
fn is_one_line(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
}

fn is_some(text: &Spanned<String>) -> bool {
    !text.value.trim().is_empty()
}

/// `2024-01-31`, from that or from `2024/1/31` as it was written before Sigma 2.
fn plain_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['-', '/']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (year.len() == 4).then(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_forms_are_read() {
        assert_eq!(plain_date("2024-01-31").as_deref(), Some("2024-01-31"));
        assert_eq!(plain_date("2024/1/3").as_deref(), Some("2024-01-03"));
        assert_eq!(plain_date("31-01-2024"), None);
        assert_eq!(plain_date("2024-02-30"), None);
        assert_eq!(plain_date("yesterday"), None);
    }

    #[test]
    fn a_line_holds_what_can_be_seen() {
        let text = Spanned::new(" a\n  b\u{200b}c\u{7} ".to_owned(), Span::default());
        assert_eq!(one_line(&text).value, "a bc");
        for (written, line) in
            [("a b", "a b"), ("a  b", "a b"), (" a", "a"), ("a ", "a"), ("", ""), ("a\tb", "a b")]
        {
            assert_eq!(one_line(&Spanned::new(written.to_owned(), Span::default())).value, line);
        }
    }
}
