//! `--environment`: the detections as one SIEM has them.
//!
//! In: the name or file of an environment. Out: the project with what it changes. An environment with errors leaves no
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
use crate::overlays::{Environment, Laid, Purpose};
use crate::resolve::Context;
use crate::targets;

impl Session<'_> {
    /// The detections at these paths in the environment of the run, with the catalogue that they were checked against.
    pub(super) fn project(
        &self,
        given: &[PathBuf],
        purpose: Purpose,
    ) -> Result<(Project, Arc<Catalogue>), Failure> {
        let Some(name) = &self.environment else {
            let catalogue = self.catalogue()?;
            return Ok((Project::load(&self.paths(given), &catalogue)?, catalogue));
        };
        let path = self.environment_file(name)?;
        self.output.detail(&format!("environment: {}", path.display()));
        let (file, unreadable) = Input::Path(path).read()?;
        let mut findings: Vec<Diagnostic> = unreadable.into_iter().collect();
        let read = if findings.is_empty() { Environment::read(&file, &mut findings) } else { None };
        let names = read.as_ref().map(Environment::names).unwrap_or_default();
        let catalogue = Arc::new(self.layered_catalogue()?.with_names(names));
        let mut project = Project::load(&self.paths(given), &catalogue)?;
        match read {
            Some(environment) => {
                // Of a part of the detections nothing can be said to be gone.
                let whole = given.is_empty();
                findings.extend(self.lay_over(&environment, &mut project, &catalogue, whole, purpose));
            }
            None => project.files.iter_mut().for_each(|loaded| loaded.detection = None),
        }
        project.findings.extend(findings);
        Diagnostic::sort(&mut project.findings);
        Ok((project, catalogue))
    }

    fn lay_over(
        &self,
        environment: &Environment,
        project: &mut Project,
        catalogue: &Catalogue,
        whole: bool,
        purpose: Purpose,
    ) -> Vec<Diagnostic> {
        let profiles: Vec<&'static str> = targets::profiles().map(|profile| profile.id).collect();
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
        if broken {
            project.files.iter_mut().for_each(|loaded| loaded.detection = None);
        }
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
        for (disabled, found) in laid {
            disabled.iter().for_each(|name| self.output.say(&format!("disabled here: {name}")));
            findings.extend(found);
        }
        findings
    }

    /// `environments/NAME.yml` beside the configuration; a name that ends in `.yml` is a path.
    fn environment_file(&self, name: &str) -> Result<PathBuf, Failure> {
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
