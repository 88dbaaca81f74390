//! `--environment`: the detections as one SIEM has them.
//!
//! In: the name or file of an environment. Out: the catalogue and the project with what it changes. An environment with errors leaves no
//! detection: what it would have excluded must not be compiled in silence.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::failure::Failure;
use super::files::Input;
use super::project::Project;
use super::session::Session;
use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::Detection;
use crate::overlays::{Environment, Laid, Purpose};
use crate::packs::{MacroDefinition, manifest};
use crate::resolve::Context;
use crate::source::{SourceFile, Spanned};
use crate::targets;

/// What the detections of a run are for: the catalogue and, if one is named, the environment.
pub(super) struct Site {
    /// The catalogue, with the names of the environment.
    pub(super) catalogue: Arc<Catalogue>,
    environment: Option<Asked>,
}

/// An environment that a run is for.
struct Asked {
    /// The name of its file, without folders and extension.
    name: String,
    /// `None` when it has errors.
    read: Option<Environment>,
    file: Arc<SourceFile>,
    findings: Vec<Diagnostic>,
}

impl Site {
    /// What macros stand for there.
    pub(super) fn macros(&self) -> Vec<MacroDefinition> {
        let Some(environment) = self.environment.as_ref().and_then(|asked| asked.read.as_ref()) else {
            return Vec::new();
        };
        let file = environment.file();
        let one = |(name, text): (&Spanned<String>, &Spanned<String>)| MacroDefinition {
            name: name.clone(),
            text: text.clone(),
            file: Arc::clone(file),
        };
        environment.macros().map(one).collect()
    }

    /// What a manifest says of the environment.
    pub(super) fn manifest(&self) -> Option<manifest::Environment> {
        self.environment.as_ref().map(|asked| manifest::Environment {
            name: asked.name.clone(),
            source: manifest::text_hash(asked.file.text()),
        })
    }

    /// What is wrong with the environment itself.
    pub(super) fn findings(&self) -> Vec<Diagnostic> {
        self.environment.as_ref().map(|asked| asked.findings.clone()).unwrap_or_default()
    }

    /// Whether an environment is named that has errors: then nothing may be made for it.
    pub(super) fn is_broken(&self) -> bool {
        self.environment.as_ref().is_some_and(|asked| asked.read.is_none())
    }

    /// Changes a detection as the environment says; without one it stays as it is.
    pub(super) fn lay_over(&self, detection: &mut Detection, findings: &mut Vec<Diagnostic>) -> Laid {
        let Some(asked) = &self.environment else { return Laid::Over };
        let Some(environment) = &asked.read else { return Laid::Wrong };
        let profiles = profiles();
        let context = Context { catalogue: &self.catalogue, profiles: &profiles };
        environment.lay_over(detection, &context, Purpose::Queries, findings)
    }
}

fn profiles() -> Vec<&'static str> {
    targets::profiles().map(|profile| profile.id).collect()
}

impl Session<'_> {
    /// What the run is for.
    pub(super) fn site(&self) -> Result<Site, Failure> {
        self.site_in(self.environment.as_deref())
    }

    /// The same for another environment, or for none.
    pub(super) fn site_in(&self, environment: Option<&str>) -> Result<Site, Failure> {
        let Some(name) = environment else {
            return Ok(Site { catalogue: self.catalogue()?, environment: None });
        };
        let path = self.environment_file(name)?;
        self.output.detail(&format!("environment: {}", path.display()));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (file, unreadable) = Input::Path(path).read()?;
        let mut findings: Vec<Diagnostic> = unreadable.into_iter().collect();
        let read = if findings.is_empty() { Environment::read(&file, &mut findings) } else { None };
        let names = read.as_ref().map(Environment::names).unwrap_or_default();
        let catalogue = Arc::new(self.layered_catalogue()?.with_names(names));
        Ok(Site { catalogue, environment: Some(Asked { name, read, file, findings }) })
    }

    /// The detections at these paths in the environment of the run, with what they were checked against.
    pub(super) fn project(&self, given: &[PathBuf], purpose: Purpose) -> Result<(Project, Site), Failure> {
        let site = self.site()?;
        Ok((self.project_at(&site, given, purpose)?, site))
    }

    /// The same, where it is known already what the run is for.
    pub(super) fn project_at(
        &self,
        site: &Site,
        given: &[PathBuf],
        purpose: Purpose,
    ) -> Result<Project, Failure> {
        let mut project = Project::load(&self.paths(given), &site.catalogue)?;
        let Some(asked) = &site.environment else { return Ok(project) };
        let mut findings = asked.findings.clone();
        match &asked.read {
            Some(environment) => {
                // Of a part of the detections nothing can be said to be gone.
                let whole = given.is_empty();
                findings.extend(self.lay_over(environment, &mut project, &site.catalogue, whole, purpose));
            }
            None => project.files.iter_mut().for_each(|loaded| loaded.detection = None),
        }
        project.findings.extend(findings);
        Diagnostic::sort(&mut project.findings);
        Ok(project)
    }

    fn lay_over(
        &self,
        environment: &Environment,
        project: &mut Project,
        catalogue: &Catalogue,
        whole: bool,
        purpose: Purpose,
    ) -> Vec<Diagnostic> {
        let profiles = profiles();
        let mut findings = Vec::new();
        if whole {
            findings.extend(environment.check_ids(project.ids()));
            // Other names change what the catalogue itself says, so the question goes to one without them.
            if let Ok(plain) = self.layered_catalogue() {
                findings.extend(environment.check_names(&plain, &profiles));
            }
        }
        // Then the environment is not what its author takes it for.
        let broken = findings.iter().any(|finding| finding.severity() == Severity::Error);
        let context = Context { catalogue, profiles: &profiles };
        let laid: Vec<(Option<String>, Vec<Diagnostic>)> = project
            .files
            .par_iter_mut()
            .map(|loaded| {
                let mut found = Vec::new();
                let Some(detection) = &mut loaded.detection else { return (None, found) };
                let name = detection.metadata.name.value.clone();
                match environment.lay_over(detection, &context, purpose, &mut found) {
                    Laid::Over => (None, found),
                    Laid::Disabled => {
                        loaded.detection = None;
                        (Some(name), found)
                    }
                    Laid::Wrong => {
                        loaded.detection = None;
                        (None, found)
                    }
                }
            })
            .collect();
        if broken {
            project.files.iter_mut().for_each(|loaded| loaded.detection = None);
        }
        for (disabled, found) in laid {
            disabled.iter().for_each(|name| self.output.say(&format!("disabled here: {name}")));
            findings.extend(found);
        }
        findings
    }

    /// `environments/NAME.yml` beside the configuration; a name that ends in `.yml` is a path.
    pub(super) fn environment_file(&self, name: &str) -> Result<PathBuf, Failure> {
        let is_path = name.ends_with(".yml") || name.ends_with(".yaml");
        let folder = self.config.folder.join("environments");
        let path = if is_path { Path::new(name).to_owned() } else { folder.join(format!("{name}.yml")) };
        if path.is_file() {
            return Ok(path);
        }
        Err(Failure::new(format!("there is no environment `{name}`"))
            .help(format!("an environment is written in {}/NAME.yml", folder.display())))
    }
}
