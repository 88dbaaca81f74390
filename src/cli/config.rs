//! `detc.toml`: what a repository says once, instead of on every command line.
//!
//! ```toml
//! paths = ["detections"]                     # what to work on when no path is given
//! data_sources = "data_sources"              # a folder of data sources of your own
//! lists = "lists"                            # a folder of lists; `lists` beside this file is found without it
//! environment = "prod"                       # environments/prod.yml beside this file
//! targets = ["splunk:escu", "kusto:sentinel"]  # what `compile` writes when no target is given
//!
//! [macros]                                   # what macros stand for that say where events are in Splunk
//! detc_django_application = "index=web sourcetype=django"
//!
//! [[mutants]]                                # mutants of any detection that no test can notice, as in a detection
//! target = "splunk"
//! change = "dropped"
//! near = "isnotnull("
//! reason = "rows without a key are in no group anyway"
//!
//! [pack]                                     # what `pack` calls a pack
//! id = "acme_detections"
//! label = "ACME Detections"
//! version = "1.0.0"
//! author = "ACME"
//!
//! [[accept]]                                 # a loss that `convert` may make, as `--accept` says it; may be repeated
//! loss = "partly-filled"
//! target = "kusto:asim"                      # left out: every target
//! field = "OriginalFileName"                 # left out: every field that loses it
//! reason = "the path finds the rest"
//! ```
//! Paths are relative to the folder of the file. Unknown keys are errors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;

use super::failure::Failure;
use crate::diagnostics::did_you_mean;
use crate::ir::ExplainedMutant;
use crate::mutants::Kind;
use crate::packs::MacroDefinition;
use crate::source::{SourceFile, Span, Spanned};
use crate::targets;

const FILE_NAME: &str = "detc.toml";
const KEYS: [&str; 9] =
    ["paths", "data_sources", "lists", "environment", "targets", "macros", "mutants", "pack", "accept"];

/// The configuration, with paths as seen from the current folder.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The file it came from.
    pub(super) file: Option<PathBuf>,
    /// The folder of that file; empty for the current folder.
    pub(super) folder: PathBuf,
    /// What to work on when no path is given.
    pub(super) paths: Vec<PathBuf>,
    /// The user's own data sources.
    pub(super) data_sources: Option<PathBuf>,
    /// The user's own lists.
    pub(super) lists: Option<PathBuf>,
    /// The environment that detections are for.
    pub(super) environment: Option<String>,
    /// What to compile for when no target is given.
    pub(super) targets: Vec<String>,
    /// What macros stand for, with their places in the file.
    pub(super) macros: Vec<MacroDefinition>,
    /// What a pack is called.
    pub(super) pack: PackConfig,
    /// Losses that converted rules may have.
    pub(super) accept: Vec<AcceptConfig>,
    /// Mutants that no test can notice.
    pub(super) mutants: Vec<Explained>,
}

/// An explanation of mutants, and the file that it stands in.
#[derive(Debug, Clone)]
pub(super) struct Explained {
    pub(super) file: Arc<SourceFile>,
    pub(super) entry: ExplainedMutant,
}

/// Consent to a loss in every rule that is converted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptConfig {
    /// The name of the loss.
    pub(super) loss: String,
    /// The profile; every one without it.
    #[serde(default)]
    pub(super) target: Option<String>,
    /// The field; every one without it.
    #[serde(default)]
    pub(super) field: Option<String>,
    /// Why it is acceptable, which is printed in the output.
    pub(super) reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    paths: Vec<PathBuf>,
    data_sources: Option<PathBuf>,
    lists: Option<PathBuf>,
    environment: Option<String>,
    targets: Vec<String>,
    macros: BTreeMap<toml::Spanned<String>, toml::Spanned<String>>,
    mutants: Vec<toml::Spanned<WrittenMutant>>,
    pack: PackConfig,
    accept: Vec<AcceptConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMutant {
    target: Option<String>,
    change: Option<String>,
    of: Option<String>,
    near: Option<String>,
    reason: String,
}

/// What a pack is called and who publishes it: in `[pack]`, or as flags.
#[derive(Debug, Clone, Default, Deserialize, Args)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PackConfig {
    /// the pack's name for machines, for instance acme_detections
    #[arg(long, value_name = "NAME", conflicts_with = "check")]
    pub(super) id: Option<String>,
    /// the pack's name for people
    #[arg(long, value_name = "TEXT", conflicts_with = "check")]
    pub(super) label: Option<String>,
    /// the pack's version, for instance 1.2.0
    #[arg(long = "pack-version", value_name = "VERSION", conflicts_with = "check")]
    pub(super) version: Option<String>,
    /// who publishes the pack
    #[arg(long, value_name = "TEXT", conflicts_with = "check")]
    pub(super) author: Option<String>,
}

impl PackConfig {
    /// These words, and where one is missing the other's.
    pub(super) fn or(self, other: &Self) -> Self {
        let or = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            id: or(self.id, &other.id),
            label: or(self.label, &other.label),
            version: or(self.version, &other.version),
            author: or(self.author, &other.author),
        }
    }
}

impl Config {
    /// Reads the file given, or the nearest `detc.toml` in this folder or one above. Without one, the defaults.
    pub(super) fn load(given: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = given.map(Path::to_owned).or_else(nearest) else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?;
        let written: Written = toml::from_str(&text).map_err(|error| malformed(&file, &text, &error))?;
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let source = SourceFile::new(file.display().to_string(), text.as_str());
        let mutants = written.mutants.into_iter().map(|mutant| explained(mutant, &source));
        Ok(Self {
            mutants: mutants.collect::<Result<_, _>>()?,
            paths: written.paths.iter().map(|path| folder.join(path)).collect(),
            data_sources: written.data_sources.map(|path| folder.join(path)),
            lists: written.lists.map(|path| folder.join(path)),
            environment: written.environment,
            targets: written.targets,
            macros: macros(&file, &text, &written.macros),
            pack: written.pack,
            accept: written.accept,
            folder,
            file: Some(file),
        })
    }
}

fn macros(
    file: &Path,
    text: &str,
    written: &BTreeMap<toml::Spanned<String>, toml::Spanned<String>>,
) -> Vec<MacroDefinition> {
    let source = SourceFile::new(file.display().to_string(), text);
    let spanned = |one: &toml::Spanned<String>| {
        Spanned::new(one.get_ref().clone(), Span::new(one.span().start, one.span().end))
    };
    let definition = |(name, text): (&toml::Spanned<String>, &toml::Spanned<String>)| MacroDefinition {
        name: spanned(name),
        text: spanned(text),
        file: Arc::clone(&source),
    };
    written.iter().map(definition).collect()
}

fn explained(written: toml::Spanned<WrittenMutant>, file: &Arc<SourceFile>) -> Result<Explained, Failure> {
    let range = written.span();
    let span = Span::new(range.start, range.end);
    let WrittenMutant { target, change, of, near, reason } = written.into_inner();
    let place = file.line_column(span.start);
    let wrong =
        |message: String| Failure::new(format!("{}:{}:{}: {message}", file.name(), place.line, place.column));
    let near_to = |near: Option<&str>| near.map(|near| format!("did you mean `{near}`?"));
    let known = || targets::profiles().flat_map(|profile| [profile.id, profile.target()]);
    if let Some(target) = target.as_ref().filter(|target| known().all(|known| known != *target)) {
        let failure = wrong(format!("there is no target `{target}`"));
        return Err(failure.maybe_help(near_to(did_you_mean(target, known()))));
    }
    let kinds = || Kind::ALL.iter().map(|kind| kind.name());
    if let Some(change) = change.as_ref().filter(|change| kinds().all(|kind| kind != *change)) {
        let failure = wrong(format!("there is no kind of change `{change}`"));
        return Err(failure.maybe_help(near_to(did_you_mean(change, kinds()))));
    }
    if reason.trim().is_empty() {
        return Err(wrong("the reason is empty".to_owned()));
    }
    let change = change.map(|change| Spanned::new(change, span));
    Ok(Explained {
        file: Arc::clone(file),
        entry: ExplainedMutant { target, change, of, near, reason, span },
    })
}

/// The nearest configuration, as a path from the current folder: `detc.toml`, `../detc.toml` …
fn nearest() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let above = current.ancestors().position(|folder| folder.join(FILE_NAME).is_file())?;
    Some(std::iter::repeat_n("..", above).collect::<PathBuf>().join(FILE_NAME))
}

fn malformed(file: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let source = SourceFile::new(file.display().to_string(), text);
    let place = error.span().map(|span| source.line_column(span.start));
    let place = place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
    let message = error.message().lines().next().unwrap_or_default();
    let word = error.span().and_then(|span| text.get(span)).unwrap_or_default();
    let near = did_you_mean(word, KEYS).filter(|near| *near != word);
    Failure::new(format!("{}{place}: {message}", file.display())).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys are {}", KEYS.map(|key| format!("`{key}`")).join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, text).expect("written");
        Config::load(Some(&file))
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = load("paths = [\"rules\"]\ntargets = [\"sigma\"]\n").expect("valid");
        assert_eq!(config.paths, [config.folder.join("rules")]);
        assert_eq!(config.targets, ["sigma"]);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place() {
        let error = load("paths = []\ntarget = [\"sigma\"]\n").expect_err("unknown key").to_string();
        assert!(error.contains("detc.toml:2:1: unknown field `target`"), "{error}");
        assert!(error.contains("did you mean `targets`?"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_an_error() {
        assert!(load("targets = 7\n").is_err());
        assert!(load("targets = [").is_err());
    }
}
