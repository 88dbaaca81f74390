//! Finding and caching the catalogue's files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use include_dir::{Dir, File, include_dir};
use rayon::prelude::*;

use super::lists::Lists;
use super::logsource::Index;
use super::names::{Named, Names, mentions, takes_index};
use super::{CommonFields, Source};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{List, Logic};
use crate::source::SourceFile;

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/data_sources");

/// What the YAML parser said of the embedded files when detc was built, under their names.
static RECORDINGS: Dir = include_dir!("$OUT_DIR/recordings");

/// The file with the vocabulary of common fields.
const COMMON_FIELDS: &str = "_common_fields.yml";

/// The result of reading one catalogue file.
type Read = Result<Arc<Source>, Vec<Diagnostic>>;

/// All data sources, read when first asked for.
pub struct Catalogue {
    common: Result<CommonFields, Vec<Diagnostic>>,
    entries: BTreeMap<String, Entry>,
    lists: Lists,
    names: Names,
    /// Made when first asked for.
    pub(super) logsources: OnceLock<Result<Index, Vec<Diagnostic>>>,
}

struct Entry {
    name: String,
    text: std::borrow::Cow<'static, str>,
    /// Of an embedded file, if it was made.
    recording: Option<&'static [u8]>,
    read: OnceLock<Read>,
}

impl Catalogue {
    /// The catalogue that is part of the binary.
    pub fn embedded() -> Self {
        let common =
            EMBEDDED.get_file(COMMON_FIELDS).and_then(|file| file.contents_utf8()).unwrap_or_default();
        let mut catalogue = Self {
            common: CommonFields::parse(common),
            entries: BTreeMap::new(),
            lists: Lists::embedded(),
            names: Names::default(),
            logsources: OnceLock::new(),
        };
        for file in EMBEDDED.files() {
            let name = file.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let (Some(id), Some(text)) = (source_id(name), file.contents_utf8()) {
                let entry = Entry {
                    name: format!("data_sources/{name}"),
                    text: text.into(),
                    recording: RECORDINGS.get_file(name).map(File::contents),
                    read: OnceLock::new(),
                };
                catalogue.entries.insert(id.to_owned(), entry);
            }
        }
        catalogue
    }

    /// A catalogue without data sources and lists, with the same vocabulary of common fields.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self {
            common: self.common.clone(),
            entries: BTreeMap::new(),
            lists: Lists::default(),
            names: Names::default(),
            logsources: OnceLock::new(),
        }
    }

    /// Adds a user's folder; its files win over embedded ones of the same name. Its `_common_fields.yml` adds to the
    /// vocabulary of common fields, and changes none. The error names the file that cannot be read.
    pub fn with_folder(mut self, folder: &Path) -> std::io::Result<Self> {
        let mut names: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        names.sort_by_key(std::fs::DirEntry::file_name);
        for entry in names {
            let name = entry.file_name().to_string_lossy().into_owned();
            let read = || {
                std::fs::read_to_string(entry.path())
                    .map_err(|error| std::io::Error::new(error.kind(), format!("{name}: {error}")))
            };
            let shown = format!("{}/{name}", folder.display());
            if name == COMMON_FIELDS {
                let file = SourceFile::new(shown, read()?);
                self.common = self.common.and_then(|common| common.with(&file));
            } else if let Some(id) = source_id(&name) {
                self.add(id, shown, read()?);
            }
        }
        Ok(self)
    }

    /// Adds one source from its text; for programs and tests that have no folder.
    #[must_use]
    pub fn with_text(mut self, id: &str, text: impl Into<String>) -> Self {
        self.add(id, format!("{id}.yml"), text.into());
        self
    }

    /// In the bindings, other names for macros, indexes and tables.
    #[must_use]
    pub fn with_names(mut self, names: Names) -> Self {
        self.names = names;
        self.entries.values_mut().for_each(|entry| entry.read = OnceLock::new());
        self
    }

    /// Whether a binding of this profile names this. Data sources with errors name nothing.
    pub fn names(&self, profile: &str, named: Named, name: &str) -> bool {
        let sources = self.ids().filter_map(|id| self.source(id)?.ok());
        let mut bindings = sources.filter_map(|source| source.whole_binding(profile));
        bindings.any(|mut binding| mentions(&mut binding, named, name))
    }

    /// Whether the events of a source are found by an index in this profile. `None` when there is no such source.
    pub fn takes_index(&self, profile: &str, source: &str) -> Option<bool> {
        let source = self.source(source)?;
        Some(source.is_ok_and(|source| source.whole_binding(profile).is_some_and(|one| takes_index(&one))))
    }

    /// Adds a user's folder of lists; they win over embedded ones of the same name. The error names the file that cannot
    /// be read; what is wrong with its content is found when it is asked for.
    pub fn with_lists(mut self, folder: &Path) -> std::io::Result<Self> {
        self.lists.add_folder(folder)?;
        Ok(self)
    }

    /// Adds one list from the text of its file, `NAME.yml` or `NAME.csv`; for programs and tests that have no folder.
    #[must_use]
    pub fn with_list(mut self, file: &str, text: impl Into<String>) -> Self {
        self.lists.add_text(file, text.into());
        self
    }

    /// The names of all lists, in alphabetical order.
    pub fn lists(&self) -> impl Iterator<Item = &str> {
        self.lists.names()
    }

    /// The list of this name. `None` when there is none; the findings when its file is wrong.
    pub fn list(&self, name: &str) -> Option<Result<Arc<List>, Vec<Diagnostic>>> {
        self.lists.get(name)
    }

    fn add(&mut self, id: &str, name: String, text: String) {
        self.logsources.take();
        let entry = Entry { name, text: text.into(), recording: None, read: OnceLock::new() };
        self.entries.insert(id.to_owned(), entry);
    }

    /// The ids of all sources, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Whether the source is part of the binary, and not replaced by one of the user's.
    pub(super) fn is_embedded(&self, id: &str) -> bool {
        self.entries.get(id).is_some_and(|entry| matches!(entry.text, std::borrow::Cow::Borrowed(_)))
    }

    /// The source of this id. `None` when there is none; the findings when its file is wrong.
    pub fn source(&self, id: &str) -> Option<Read> {
        let entry = self.entries.get(id)?;
        Some(entry.read.get_or_init(|| self.read(id, entry)).clone())
    }

    /// Reads every source, side by side, for who will need most of them. Not from within parallel work: its parts would
    /// wait for each other.
    pub fn read_all(&self) {
        self.entries.par_iter().for_each(|(id, _)| drop(self.source(id)));
    }

    /// The sources of the sets of events that a detection reads, in order. `None` when one of them is missing or wrong.
    pub fn sources_of(&self, logic: &Logic) -> Option<Vec<Arc<Source>>> {
        logic.event_sets().map(|events| self.source(&events.data_source)?.ok()).collect()
    }

    fn read(&self, id: &str, entry: &Entry) -> Read {
        let common = self.common.as_ref().map_err(Clone::clone)?;
        let file = SourceFile::new(entry.name.as_str(), entry.text.as_ref());
        let mut source = match entry.recording {
            Some(recording) => Source::parse_recorded(&file, recording, common)?,
            None => Source::parse(&file, common)?,
        };
        if !self.names.is_empty() {
            source.names = self.names.clone();
        }
        if source.id != id {
            return Err(vec![
                Diagnostic::new(
                    Code::E0701,
                    format!("the id is `{}`, but the file is named `{id}.yml`", source.id),
                )
                .at(&file, crate::source::Span::default(), ""),
            ]);
        }
        Ok(Arc::new(source))
    }
}

/// `a.b.yml` holds the source `a.b`; files that start with `_` hold no source.
fn source_id(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(".yml").filter(|id| !id.starts_with('_'))
}
