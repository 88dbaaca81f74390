//! From files to queries, file by file and side by side.
//!
//! In: files, the catalogue, profiles. Out: what came of each rule, in the order of the files. Must not know how that is
//! shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::consent::Accepted;
use crate::catalogue::Catalogue;
use crate::cli::environment::Site;
use crate::cli::failure::Failure;
use crate::cli::files::Found;
use crate::cli::sigma_file::SigmaFile;
use crate::diagnostics::{Code, Diagnostic, Severity, did_you_mean};
use crate::import::sigma::{self, Document, Together};
use crate::ir;
use crate::lints::lint;
use crate::overlays::Laid;
use crate::packs::names::file_name;
use crate::resolve;
use crate::source::{SourceFile, Span};
use crate::targets::{AcceptedLoss, Compiled, Options, Profile, Target, Verdict, profiles, target};

/// What came of one rule.
pub(super) struct Converted {
    /// The name of its file.
    pub(super) name: String,
    /// The line that it begins in.
    pub(super) line: usize,
    /// Its file, where that was asked for: thousands of them take much room.
    pub(super) file: Option<Arc<SourceFile>>,
    /// Its title; empty where the document is none.
    pub(super) title: String,
    /// Its id as a detection; empty where it was not resolved.
    pub(super) id: String,
    /// Its first line.
    pub(super) place: Span,
    /// All of it.
    pub(super) document: Span,
    /// What a person should look at, though it was converted.
    pub(super) warnings: Vec<Diagnostic>,
    /// What came of it, one a profile.
    pub(super) fates: Vec<Outcome>,
    /// Where its queries are written, without extension.
    stem: PathBuf,
}

/// A query, without what only tests and packs ask of it: thousands are kept until they are written.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) verdict: Verdict,
    pub(super) losses: Vec<AcceptedLoss>,
}

/// What came of one rule for one profile.
pub(super) enum Outcome {
    /// A query.
    Query(Query),
    /// It cannot be said there, or the catalogue lacks what it needs.
    Refused(Vec<Diagnostic>),
    /// The rule itself is wrong.
    Wrong(Vec<Diagnostic>),
}

impl Outcome {
    /// The reasons why there is no query, and one more before them.
    fn findings_with(self, first: &Diagnostic) -> Vec<Diagnostic> {
        let reasons = match self {
            Outcome::Query(_) => Vec::new(),
            Outcome::Refused(findings) | Outcome::Wrong(findings) => findings,
        };
        std::iter::once(first.clone()).chain(reasons).collect()
    }
}

impl Converted {
    /// Adds an error of the document to whatever came of it, for each of so many profiles.
    fn fail(&mut self, finding: Diagnostic, profiles: usize) {
        let mut fates = std::mem::take(&mut self.fates);
        fates.resize_with(profiles, || Outcome::Wrong(Vec::new()));
        self.fates = fates.into_iter().map(|fate| Outcome::Wrong(fate.findings_with(&finding))).collect();
    }

    /// Where the query of a profile stands below the folder of `-o`: as the rule stands below the path that was given.
    pub(super) fn path(&self, profile: &Profile) -> String {
        let folders = self.stem.parent().into_iter().flat_map(Path::iter);
        let stem = self.stem.file_name().unwrap_or_default().to_string_lossy();
        let mut path = profile.folder();
        for folder in folders {
            path.push('/');
            path.push_str(&folder.to_string_lossy());
        }
        format!("{path}/{}", file_name(&stem, profile.extension))
    }
}

/// Everything that does not change from rule to rule.
pub(super) struct Converter<'a> {
    site: &'a Site,
    catalogue: &'a Catalogue,
    known_profiles: Vec<&'static str>,
    targets: Vec<Box<dyn Target>>,
    accepts: Vec<ir::Accept>,
    data_source: Option<&'a str>,
    keeps_files: bool,
}

impl<'a> Converter<'a> {
    /// Prepares a run, that keeps the files of rules or does not. Fails when the data source that is asked for does not
    /// exist.
    pub(super) fn new(
        site: &'a Site,
        chosen: &[&'static Profile],
        accepted: &[Accepted],
        data_source: Option<&'a str>,
        keeps_files: bool,
    ) -> Result<Self, Failure> {
        let catalogue = &site.catalogue;
        if let Some(id) = data_source.filter(|id| catalogue.source(id).is_none()) {
            let near = did_you_mean(id, catalogue.ids());
            return Err(Failure::new(format!("the catalogue has no data source `{id}`")).help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`detc sources` lists them".to_owned(),
            }));
        }
        // Which source a rule reads is known when all of them are.
        catalogue.read_all();
        Ok(Self {
            site,
            catalogue,
            known_profiles: profiles().map(|profile| profile.id).collect(),
            targets: chosen.iter().filter_map(|profile| target(profile.id, catalogue)).collect(),
            accepts: accepted.iter().flat_map(|accepted| accepted.consents(chosen)).collect(),
            data_source,
            keeps_files,
        })
    }

    /// Converts every rule of the files; `done` is called once a file.
    pub(super) fn convert(
        &self,
        inputs: &[Found],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Converted>, Failure> {
        let of_file = |input: &Found| {
            let read = SigmaFile::read(input)?;
            // Correlations and filters concern rules of other files: then all of them are read first.
            let alone = read.documents.iter().all(|document| document.as_rule().is_some());
            let converted = alone.then(|| self.convert_file(read, &input.relative, &Together::default()));
            done();
            Ok(converted)
        };
        let files: Vec<Option<Vec<Converted>>> = inputs.par_iter().map(of_file).collect::<Result<_, _>>()?;
        match files.into_iter().collect::<Option<Vec<_>>>() {
            Some(files) => Ok(files.into_iter().flatten().collect()),
            None => self.convert_together(inputs),
        }
    }

    fn convert_together(&self, inputs: &[Found]) -> Result<Vec<Converted>, Failure> {
        let read: Vec<SigmaFile> = inputs.par_iter().map(SigmaFile::read).collect::<Result<_, _>>()?;
        let together: Together = read.iter().flat_map(|read| &read.documents).collect();
        let of_file = |(read, input): (&SigmaFile, &Found)| {
            let own = SigmaFile {
                file: Arc::clone(&read.file),
                documents: Vec::new(),
                findings: read.findings.clone(),
            };
            self.convert_documents(&read.documents, own, &input.relative, &together)
        };
        let files: Vec<Vec<Converted>> = read.par_iter().zip(inputs).map(of_file).collect();
        Ok(files.into_iter().flatten().collect())
    }

    fn convert_file(&self, mut read: SigmaFile, relative: &Path, together: &Together) -> Vec<Converted> {
        let documents = std::mem::take(&mut read.documents);
        self.convert_documents(&documents, read, relative, together)
    }

    fn convert_documents(
        &self,
        documents: &[Document],
        read: SigmaFile,
        relative: &Path,
        together: &Together,
    ) -> Vec<Converted> {
        // Several rules of a file are numbered from the second on.
        let stem = |number: usize| match number {
            0 => relative.to_owned(),
            _ => {
                let name = relative.file_name().unwrap_or_default().to_string_lossy();
                relative.with_file_name(format!("{name}_{}", number + 1))
            }
        };
        let context = sigma::Context {
            resolve: resolve::Context { catalogue: self.catalogue, profiles: &self.known_profiles },
            data_source: self.data_source,
        };
        let mut converted = Vec::with_capacity(documents.len());
        for (number, document) in documents.iter().enumerate() {
            let mut findings = Vec::new();
            let stem = stem(number);
            match document {
                // A part of a correlation is no detection of its own.
                Document::Rule(rule) if together.is_part(&rule.metadata) => {}
                Document::Rule(rule) => {
                    let detection = rule.filtered(&together.filters_of(rule), &context, &mut findings);
                    let about = About {
                        file: &rule.file,
                        title: rule.title(),
                        root: rule.root.span,
                        place: rule.metadata.place,
                    };
                    converted.push(self.compiled(about, detection, findings, stem));
                }
                Document::Correlation(whole) if together.is_part(&whole.metadata) => {}
                Document::Correlation(whole) => {
                    let detection = whole.resolve(together, &context, &mut findings);
                    let about = About {
                        file: &whole.file,
                        title: whole.title(),
                        root: whole.root.span,
                        place: whole.metadata.place,
                    };
                    converted.push(self.compiled(about, detection, findings, stem));
                }
                Document::Filter(filter) => {
                    let findings = sigma::unmet(filter, &together.rules);
                    let place = filter.metadata.place;
                    let title = filter.metadata.title.as_ref().map_or("", |title| title.value.as_str());
                    if !findings.is_empty() {
                        let about = About { file: &filter.file, title, root: place, place };
                        converted.push(self.compiled(about, None, findings, stem));
                    }
                }
            }
        }
        self.add_findings(&read.file, read.findings, &mut converted, stem(0));
        converted
    }

    /// Findings of the reader go to the rule that they stand in, or else to the first; where there is no rule, they are
    /// a failure of their own.
    fn add_findings(
        &self,
        file: &Arc<SourceFile>,
        findings: Vec<Diagnostic>,
        converted: &mut Vec<Converted>,
        stem: PathBuf,
    ) {
        if converted.is_empty() && !findings.is_empty() {
            converted.push(Converted {
                name: file.name().to_owned(),
                line: 1,
                file: self.keeps_files.then(|| Arc::clone(file)),
                title: String::new(),
                id: String::new(),
                place: Span::default(),
                document: Span::default(),
                warnings: Vec::new(),
                fates: Vec::new(),
                stem,
            });
        }
        for finding in findings {
            let start = finding.labels.first().map_or(0, |label| label.span.start);
            let owner = converted.iter().rposition(|rule| rule.document.start <= start).unwrap_or(0);
            let Some(rule) = converted.get_mut(owner) else { continue };
            match finding.severity() {
                Severity::Warning => rule.warnings.push(finding),
                Severity::Error => rule.fail(finding, self.targets.len()),
            }
        }
    }

    /// What came of a detection, or of what is none for these findings.
    fn compiled(
        &self,
        about: About,
        detection: Option<ir::Detection>,
        mut findings: Vec<Diagnostic>,
        stem: PathBuf,
    ) -> Converted {
        let detection =
            detection.and_then(|mut detection| match self.site.lay_over(&mut detection, &mut findings) {
                Laid::Over => Some(detection),
                Laid::Disabled => {
                    let message = format!("`{}` is disabled in this environment", about.title);
                    findings.push(Diagnostic::new(Code::E1106, message).at(about.file, about.place, ""));
                    None
                }
                Laid::Wrong => None,
            });
        let (errors, mut warnings): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|finding| finding.severity() == Severity::Error);
        let mut id = String::new();
        let fates = match detection {
            Some(mut detection) => {
                detection.accepts.clone_from(&self.accepts);
                // A rule of Sigma carries no tests.
                warnings.extend(lint(&detection).into_iter().filter(|finding| finding.code != Code::W0601));
                id.clone_from(&detection.metadata.id);
                self.targets.iter().map(|target| compile(target.as_ref(), &detection)).collect()
            }
            None => self.targets.iter().map(|_| fate(errors.clone())).collect(),
        };
        Converted {
            name: about.file.name().to_owned(),
            line: about.file.line_column(about.place.start).line,
            file: self.keeps_files.then(|| Arc::clone(about.file)),
            title: about.title.to_owned(),
            id,
            place: about.place,
            document: about.root,
            warnings,
            fates,
            stem,
        }
    }
}

/// What a document says of itself.
struct About<'a> {
    file: &'a Arc<SourceFile>,
    title: &'a str,
    root: Span,
    place: Span,
}

fn compile(target: &dyn Target, detection: &ir::Detection) -> Outcome {
    match target.compile(detection, Options::default()) {
        Ok(Compiled { text, verdict, losses, .. }) => Outcome::Query(Query { text, verdict, losses }),
        Err(findings) => fate(findings),
    }
}

/// Whether findings are a matter of what can be said, or of the rule as such.
fn fate(findings: Vec<Diagnostic>) -> Outcome {
    if !findings.is_empty() && findings.iter().all(is_refusal) {
        Outcome::Refused(findings)
    } else {
        Outcome::Wrong(findings)
    }
}

/// What the catalogue or a target cannot do with a rule that is well-formed.
fn is_refusal(finding: &Diagnostic) -> bool {
    matches!(
        finding.code,
        Code::E0303
            | Code::E0306
            | Code::E0310
            | Code::E0401
            | Code::E0402
            | Code::E0407
            | Code::E0501
            | Code::E0502
            | Code::E0503
            | Code::E0504
            | Code::E0902
            | Code::E0907
            | Code::E1106
    )
}
