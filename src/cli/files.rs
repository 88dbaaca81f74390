//! Which files are detections, and their text.
//!
//! In: paths as typed. Out: files in the order of their paths, each once. A path that cannot be read at all is a
//! failure of the run; a file whose content is no text is a finding about that file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::failure::Failure;
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::HashSet;
use crate::source::{SourceFile, Span};
use crate::yaml::MAX_BYTES;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// `-`.
    Stdin,
    /// A path, as reached from what was typed.
    Path(PathBuf),
}

/// How large a file may be, and what to do about one that is larger.
pub(super) struct Limit {
    pub(super) bytes: usize,
    pub(super) help: &'static str,
}

const DETECTION: Limit = Limit {
    bytes: MAX_BYTES,
    help: "a detection is far smaller: move long lists of values into a list file",
};

/// A file to read, and where it stands below the path that was given: folders and name, without extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) input: Input,
    pub(super) relative: PathBuf,
}

/// Finds the files of another format, as [`collect`] does those of detections; `what` is what they hold.
pub(super) fn find(paths: &[PathBuf], what: &str) -> Result<Vec<Found>, Failure> {
    let inputs = collect_all(paths, &|path| Failure::new(format!("no {what} below `{}`", path.display())))?;
    let relative = |input: &Input| match input {
        Input::Stdin => PathBuf::from("stdin"),
        Input::Path(path) => {
            let below = paths.iter().filter_map(|given| path.strip_prefix(given).ok());
            let inside =
                below.filter(|rest| !rest.as_os_str().is_empty()).min_by_key(|rest| rest.as_os_str().len());
            let name = inside.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
            name.with_extension("")
        }
    };
    Ok(inputs.into_par_iter().map(|input| Found { relative: relative(&input), input }).collect())
}

/// Finds the detection files: those named, and every `.yml` and `.yaml` below the folders named. Hidden files and
/// what `.gitignore` or `.ignore` lists are left out of folders.
pub(super) fn collect(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    collect_all(paths, &|path| {
        Failure::new(format!("no detection below `{}`", path.display()))
            .help("a detection is a .yml or .yaml file; `detc new NAME` writes one to start from")
    })
}

fn collect_all(paths: &[PathBuf], none_below: &dyn Fn(&Path) -> Failure) -> Result<Vec<Input>, Failure> {
    let mut found = Vec::new();
    let mut linked = false;
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(Input::Stdin);
        } else if path.is_dir() {
            let before = found.len();
            linked |= walk(path, &mut found)?;
            if found.len() == before {
                return Err(none_below(path));
            }
        } else if let Err(error) = path.metadata() {
            return Err(Failure::io("read", path, &error).maybe_help(
                paths
                    .iter()
                    .all(|path| path.ends_with("detections"))
                    .then(|| "name the files, or start with `detc new NAME`".to_owned()),
            ));
        } else {
            found.push(Input::Path(path.clone()));
        }
    }
    found.sort();
    // A single folder without links holds each file once; asking the system about each of them takes long.
    if paths.len() > 1 || linked {
        let mut seen = HashSet::default();
        found.retain(|input| seen.insert(input.identity()));
    }
    Ok(found)
}

/// Adds the files below a folder; says whether links led to any of them.
fn walk(folder: &Path, found: &mut Vec<Input>) -> Result<bool, Failure> {
    let mut linked = false;
    // What is ignored must follow from the repository alone, not from who runs it.
    let walk = WalkBuilder::new(folder)
        .git_global(false)
        .git_exclude(false)
        .follow_links(true)
        // So that there is little left to sort. What lies in one folder differs in its name alone.
        .sort_by_file_path(|one, other| one.as_os_str().cmp(other.as_os_str()))
        .build();
    for entry in walk {
        let entry =
            entry.map_err(|error| Failure::new(format!("cannot read `{}`: {error}", folder.display())))?;
        linked |= entry.path_is_symlink();
        let wanted =
            entry.path().extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        if wanted && entry.file_type().is_some_and(|kind| kind.is_file()) {
            found.push(Input::Path(entry.into_path()));
        }
    }
    Ok(linked)
}

impl Input {
    /// What makes two inputs the same file.
    fn identity(&self) -> Option<PathBuf> {
        match self {
            Input::Stdin => None,
            Input::Path(path) => Some(path.canonicalize().unwrap_or_else(|_| path.clone())),
        }
    }

    /// The name for people: as typed, with `/` between folders.
    pub(super) fn name(&self) -> String {
        match self {
            Input::Stdin => "<stdin>".to_owned(),
            Input::Path(path) => {
                let name = path.display().to_string();
                let name = if cfg!(windows) { name.replace('\\', "/") } else { name };
                name.strip_prefix("./").map(str::to_owned).unwrap_or(name)
            }
        }
    }

    /// Reads the text. A file that holds none is a finding, beside a source file without text to point at.
    pub(super) fn read(&self) -> Result<(Arc<SourceFile>, Option<Diagnostic>), Failure> {
        self.read_within(&DETECTION)
    }

    /// Reads the text of a file of another kind.
    pub(super) fn read_within(
        &self,
        limit: &Limit,
    ) -> Result<(Arc<SourceFile>, Option<Diagnostic>), Failure> {
        let bytes =
            self.bytes(limit.bytes).map_err(|error| Failure::io("read", Path::new(&self.name()), &error))?;
        Ok(text_of(self.name(), bytes, limit))
    }

    /// At most one byte more than the file may have: enough to know that it is too large.
    fn bytes(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let limit = most + 1;
        match self {
            Input::Stdin => io::stdin().lock().take(limit as u64).read_to_end(&mut bytes)?,
            Input::Path(path) => {
                let file = File::open(path)?;
                // Room for all of it, and for seeing that no more follows.
                let size = usize::try_from(file.metadata()?.len()).unwrap_or(limit);
                bytes.reserve_exact(size.min(limit) + 1);
                file.take(limit as u64).read_to_end(&mut bytes)?
            }
        };
        Ok(bytes)
    }
}

fn text_of(name: String, bytes: Vec<u8>, limit: &Limit) -> (Arc<SourceFile>, Option<Diagnostic>) {
    if bytes.len() > limit.bytes {
        let file = SourceFile::new(name, "");
        let finding = Diagnostic::new(Code::E0104, format!("the file has more than {} bytes", limit.bytes))
            .at(&file, Span::default(), "")
            .help(limit.help);
        return (file, Some(finding));
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            (SourceFile::new(name, text), None)
        }
        Err(error) => {
            let bytes = error.as_bytes();
            let start = error.utf8_error().valid_up_to();
            if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                let file = SourceFile::new(name, "");
                let finding = Diagnostic::new(Code::E0103, "the file is UTF-16")
                    .at(&file, Span::default(), "")
                    .help("save it as UTF-8");
                return (file, Some(finding));
            }
            // The lossy text agrees with the file up to the first bad byte, which is the place to show.
            let file = SourceFile::new(name, String::from_utf8_lossy(bytes));
            let byte = bytes.get(start).copied().unwrap_or_default();
            let finding = Diagnostic::new(Code::E0103, format!("the byte 0x{byte:02x} here is not UTF-8"))
                .at(&file, Span::new(start, start + '\u{fffd}'.len_utf8()), "")
                .help("save the file as UTF-8");
            (file, Some(finding))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let (file, finding) = text_of("a.yml".to_owned(), b"\xef\xbb\xbfid: x\n".to_vec(), &DETECTION);
        assert_eq!(file.text(), "id: x\n");
        assert_eq!(finding, None);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_where_they_are() {
        let (file, finding) = text_of("a.yml".to_owned(), b"id: x\nname: caf\xe9 y\n".to_vec(), &DETECTION);
        let finding = finding.expect("a finding");
        assert_eq!(finding.code, Code::E0103);
        let place = file.line_column(finding.labels[0].span.start);
        assert_eq!((place.line, place.column), (2, 10));
    }

    #[test]
    fn files_are_found_once_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir(root.join("b")).expect("created");
        for name in ["b/z.yml", "a.yaml", "c.txt", ".hidden.yml"] {
            std::fs::write(root.join(name), "x").expect("written");
        }
        let found = collect(&[root.join("b/z.yml"), root.to_owned()]).expect("collected");
        let expected = [root.join("a.yaml"), root.join("b/z.yml")].map(Input::Path);
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_to_do_is_a_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(collect(&[folder.path().to_owned()]).is_err());
        assert!(collect(&[folder.path().join("nowhere")]).is_err());
    }
}
