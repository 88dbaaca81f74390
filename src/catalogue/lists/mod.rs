//! Lists: tables of values that detections look fields up in.
//!
//! In: `lists/*.yml` and `lists/*.csv`, embedded in the binary, and a user's own folder. Out: [`ir::List`]s, or all
//! findings about a file. Must not know any target, nor what looks a field up.

mod csv;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, include_dir};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir;
use crate::source::{SourceFile, Span};
use crate::yaml;

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/lists");

/// The most bytes that a CSV file may have.
const MAX_CSV_BYTES: usize = 8 << 20;

/// The result of reading one list.
type Read = Result<Arc<ir::List>, Vec<Diagnostic>>;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Yaml,
    Csv,
}

struct Entry {
    file: String,
    bytes: std::borrow::Cow<'static, [u8]>,
    format: Format,
    /// A file of the same name and folder in the other format.
    rival: Option<String>,
    read: OnceLock<Read>,
}

/// All lists, read when first asked for.
#[derive(Default)]
pub(super) struct Lists {
    entries: BTreeMap<String, Entry>,
}

impl Lists {
    /// The lists that are part of the binary.
    pub(super) fn embedded() -> Self {
        let mut lists = Self::default();
        for file in EMBEDDED.files() {
            let name = file.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some((list, format)) = list_name(name) {
                lists.add(list, Entry::new(format!("lists/{name}"), file.contents().into(), format));
            }
        }
        lists
    }

    /// Adds a user's folder; its lists win over embedded ones of the same name. The error names the file that cannot be
    /// read.
    pub(super) fn add_folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let mut names: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        names.sort_by_key(std::fs::DirEntry::file_name);
        let mut own: BTreeMap<String, String> = BTreeMap::new();
        for entry in names {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some((list, format)) = list_name(&name) else { continue };
            let bytes = std::fs::read(entry.path())
                .map_err(|error| std::io::Error::new(error.kind(), format!("{name}: {error}")))?;
            let mut added = Entry::new(shown(folder, &name), bytes.into(), format);
            added.rival = own.insert(list.to_owned(), name.clone());
            self.add(list, added);
        }
        Ok(())
    }

    /// Adds one list from the text of its file, `NAME.yml` or `NAME.csv`.
    pub(super) fn add_text(&mut self, file: &str, text: String) {
        if let Some((list, format)) = list_name(file) {
            self.add(list, Entry::new(file.to_owned(), text.into_bytes().into(), format));
        }
    }

    fn add(&mut self, list: &str, entry: Entry) {
        self.entries.insert(list.to_owned(), entry);
    }

    /// The names of all lists, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The list of this name. `None` when there is none; the findings when its file is wrong.
    pub(super) fn get(&self, name: &str) -> Option<Read> {
        let entry = self.entries.get(name)?;
        Some(entry.read.get_or_init(|| entry.read(name)).clone())
    }
}

/// The path of a file as people write it.
fn shown(folder: &Path, name: &str) -> String {
    let folder = folder.display().to_string();
    let folder = if cfg!(windows) { folder.replace('\\', "/") } else { folder };
    format!("{}/{name}", folder.strip_prefix("./").unwrap_or(&folder).trim_end_matches('/'))
}

/// The name of the list in a file; other files hold none.
fn list_name(file: &str) -> Option<(&str, Format)> {
    let formats = [(".yml", Format::Yaml), (".yaml", Format::Yaml), (".csv", Format::Csv)];
    let named = formats.iter().find_map(|(end, format)| Some((file.strip_suffix(end)?, *format)));
    named.filter(|(name, _)| !name.starts_with(['_', '.']))
}

impl Entry {
    fn new(file: String, bytes: std::borrow::Cow<'static, [u8]>, format: Format) -> Self {
        Self { file, bytes, format, rival: None, read: OnceLock::new() }
    }

    fn read(&self, name: &str) -> Read {
        let file = self.source_file()?;
        let mut findings = Vec::new();
        let whole = Span::new(0, file.text().find('\n').unwrap_or(file.text().len()));
        if let Some(rival) = &self.rival {
            let message = format!("the list `{name}` is also written in `{rival}`");
            findings.push(wrong(&file, whole, message).help("keep one of the two files"));
        }
        if !is_name(name) {
            let message = format!("`{name}` is not a name for a list");
            findings.push(wrong(&file, whole, message).help(NAME_HELP));
        }
        let draft = match self.format {
            Format::Yaml => yaml::parse(&file, &mut findings)
                .and_then(|root| yaml::decode(&file, &root, &mut findings))
                .map(table::Draft::of_yaml),
            Format::Csv => {
                let csv = csv::read(&file, &mut findings);
                Some(table::Draft::of_csv(csv, &file, &mut findings))
            }
        };
        let list = draft.and_then(|draft| draft.check(name, &file, &mut findings));
        match list {
            Some(list) if findings.is_empty() => Ok(Arc::new(list)),
            _ => {
                Diagnostic::sort(&mut findings);
                Err(findings)
            }
        }
    }

    fn source_file(&self) -> Result<Arc<SourceFile>, Vec<Diagnostic>> {
        let name = self.file.as_str();
        if self.format == Format::Csv && self.bytes.len() > MAX_CSV_BYTES {
            let file = SourceFile::new(name, "");
            let message =
                format!("the file has {} bytes; at most {MAX_CSV_BYTES} are read", self.bytes.len());
            return Err(vec![wrong(&file, Span::default(), message)]);
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(SourceFile::new(name, text.strip_prefix('\u{feff}').unwrap_or(text))),
            Err(error) => {
                // The lossy text agrees with the file up to the first bad byte.
                let file = SourceFile::new(name, String::from_utf8_lossy(&self.bytes));
                let start = error.valid_up_to();
                let place = Span::new(start, start + '\u{fffd}'.len_utf8());
                Err(vec![
                    Diagnostic::new(Code::E0103, "the list is not UTF-8 text")
                        .at(&file, place, "")
                        .help("save the file as UTF-8"),
                ])
            }
        }
    }
}

const NAME_HELP: &str = "a lower-case letter, then lower-case letters, digits and underscores; at most 64";

/// Whether every target can name a list or a column so.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain) && name.len() <= 64
}

/// A finding about a list's file.
fn wrong(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::E0313, message).at(file, span, "")
}
