//! The files of a pack, in memory.
//!
//! In: relative names and bytes. Out: an ordered map that every system can hold, or the findings that say why not.

use std::collections::BTreeMap;

use super::manifest::FILE_NAME;
use super::names;
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::HashMap;

/// Files by their relative name, with `/` between folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pack {
    folder: String,
    files: BTreeMap<String, Vec<u8>>,
    /// Each of their names under its lower case.
    folded: HashMap<String, String>,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Pack {
    /// A pack whose manifest stands in `folder`, which is empty for the top.
    pub fn new(folder: &str) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// Adds a file. A name that some system cannot hold, or that differs from another by case alone, is a problem
    /// (`E1001`) that [`Pack::problems`] keeps for the end, so that all of them are reported at once.
    pub fn add(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        let refuse = |reason: String| {
            Diagnostic::new(
                Code::E1001,
                format!("the pack cannot hold the file `{}`: {reason}", name.escape_debug()),
            )
            .help("give the detection, list or pack that it is named after another name")
        };
        let folded = name.to_lowercase();
        if let Err(problem) = names::check(name) {
            self.problems.push(refuse(problem.to_string()));
        } else if let Some(other) = self.folded.get(&folded) {
            self.problems.push(refuse(format!("`{other}` is there already")));
        } else {
            self.folded.insert(folded, name.to_owned());
            self.files.insert(name.to_owned(), content.into());
        }
    }

    /// Adds a document that a template has printed: it ends in a line break.
    pub fn add_text(&mut self, name: &str, text: String) {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.add(name, text + end);
    }

    /// Notes something that the format cannot carry; the pack is made all the same.
    pub fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// What the format cannot carry.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// What stands against the names.
    pub fn problems(&self) -> Vec<Diagnostic> {
        self.problems.clone()
    }

    /// The files, by name.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Where the manifest stands.
    pub fn manifest_name(&self) -> String {
        if self.folder.is_empty() { FILE_NAME.to_owned() } else { format!("{}/{FILE_NAME}", self.folder) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_case_alone_are_refused() {
        let mut pack = Pack::new("");
        pack.add("a/Rule.json", "1");
        pack.add("a/rule.json", "2");
        pack.add("../a", "3");
        let messages: Vec<_> = pack.problems().into_iter().map(|problem| problem.message).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("`a/Rule.json` is there already"), "{messages:?}");
        assert_eq!(pack.files().len(), 1);
    }
}
