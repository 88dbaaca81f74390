//! What every command that reads detections works with: the streams, the configuration, the catalogue.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{MessageFormat, Shared};
use super::config::Config;
use super::environment::Site;
use super::failure::Failure;
use super::output::Output;
use super::render::Report;
use crate::catalogue::Catalogue;
use crate::packs::MacroDefinition;

/// One run. Flag wins over environment, environment over `detc.toml`.
pub(super) struct Session<'a> {
    pub(super) output: &'a Output,
    pub(super) config: Config,
    format: MessageFormat,
    data_sources: Option<PathBuf>,
    lists: Option<PathBuf>,
    /// The environment that detections are for.
    pub(super) environment: Option<String>,
    /// Whether that was asked for in this run, rather than configured.
    pub(super) asked_environment: bool,
}

impl<'a> Session<'a> {
    /// Reads the configuration. The catalogue is read later, and only by those who need it.
    pub(super) fn open(shared: Shared, output: &'a Output) -> Result<Self, Failure> {
        let config = Config::load(shared.config.as_deref())?;
        if let Some(file) = &config.file {
            output.detail(&format!("configuration: {}", file.display()));
        }
        let data_sources = shared.data_sources.or_else(|| config.data_sources.clone());
        // Lists stand beside the detections: there is nothing to say about where they are.
        let beside = config.folder.join("lists");
        let lists =
            shared.lists.or_else(|| config.lists.clone()).or_else(|| beside.is_dir().then_some(beside));
        let asked_environment = shared.environment.is_some();
        let environment = shared.environment.or_else(|| config.environment.clone());
        let format = shared.message_format;
        Ok(Self { output, config, format, data_sources, lists, environment, asked_environment })
    }

    /// How findings are written.
    pub(super) fn format(&self) -> MessageFormat {
        self.format
    }

    /// The embedded data sources and lists, and the user's own folders laid over them.
    pub(super) fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        self.layered_catalogue().map(Arc::new)
    }

    /// The same, for who adds to it.
    pub(super) fn layered_catalogue(&self) -> Result<Catalogue, Failure> {
        let mut catalogue = Catalogue::embedded();
        if let Some(folder) = &self.data_sources {
            self.output.detail(&format!("data sources: {}", folder.display()));
            catalogue = catalogue
                .with_folder(folder)
                .map_err(|error| Failure::io("read the data sources in", folder, &error))?;
        }
        if let Some(folder) = &self.lists {
            self.output.detail(&format!("lists: {}", folder.display()));
            catalogue = catalogue
                .with_lists(folder)
                .map_err(|error| Failure::io("read the lists in", folder, &error))?;
        }
        Ok(catalogue)
    }

    /// What macros stand for: as the configuration says, and then as the environment does.
    pub(super) fn macros(&self, site: &Site) -> Vec<MacroDefinition> {
        self.config.macros.iter().cloned().chain(site.macros()).collect()
    }

    /// The paths to work on: those given, or those configured, or `detections`.
    pub(super) fn paths(&self, given: &[PathBuf]) -> Vec<PathBuf> {
        match (given, self.config.paths.as_slice()) {
            ([], []) => vec![self.config.folder.join(Path::new("detections"))],
            ([], configured) => configured.to_vec(),
            (given, _) => given.to_vec(),
        }
    }

    /// Every file and folder that a run over the paths `given` reads, in full.
    pub(super) fn reads(&self, given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let paths = self.paths(given);
        let beside = [self.data_sources.as_ref(), self.lists.as_ref(), self.config.file.as_ref()];
        let environment = self.environment.as_deref().map(|name| self.environment_file(name)).transpose()?;
        let all = paths.iter().chain(beside.into_iter().flatten()).chain(&environment);
        all.map(|path| path.canonicalize().map_err(|error| Failure::io("watch", path, &error))).collect()
    }

    /// Writes findings to stdout: for the commands whose artefact they are.
    pub(super) fn findings_as_artefact(&self, report: &Report) -> Result<(), Failure> {
        self.output.artefact(&report.render(self.format, self.output.stdout_color()))
    }

    /// Writes findings to stderr: for the commands whose artefact is something else.
    pub(super) fn findings_as_talk(&self, report: &Report) {
        let text = report.render(self.format, self.output.stderr_color());
        if !text.is_empty() {
            self.output.problem(&text);
        }
    }
}
