//! `detc pack`: a content pack, as one archive or as a folder; and whether one that is there is still true.
//!
//! Nothing is written when anything is wrong. What the profile refuses is an error, unless `--skip-refused`: then the
//! manifest lists it as refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rayon::prelude::*;

use super::args::Paths;
use super::check::hint;
use super::config::PackConfig;
use super::environment::Site;
use super::failure::Failure;
use super::project::{Count, plural};
use super::render::Report;
use super::session::Session;
use super::tree::{self, Files};
use super::verdicts::{self, Cell, Row};
use super::{Outcome, archive as file};
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::overlays::Purpose;
use crate::packs::manifest::Manifest;
use crate::packs::{self, Content, Entry, KINDS, Kind, Options, Pack, archive, drift};
use crate::targets::{self, Profile, profiles};

#[derive(Args)]
pub(super) struct PackArgs {
    /// which kind of pack; left out with --check, since the manifest says it
    #[arg(value_name = "KIND", required_unless_present = "check")]
    kind: Option<String>,
    #[command(flatten)]
    paths: Paths,
    /// where to write: an archive by its ending (.tar.gz, .tgz, .spl, .zip), or a folder
    #[arg(short, long, value_name = "FILE|DIR", required_unless_present = "check", conflicts_with = "check")]
    output: Option<PathBuf>,
    /// hold this pack against the sources: what is stale, edited, orphaned or missing
    #[arg(long, value_name = "FILE|DIR")]
    check: Option<PathBuf>,
    /// the profile of the queries, instead of the kind's first
    #[arg(short, long, value_name = "TARGET", conflicts_with = "check")]
    target: Option<String>,
    /// the form of the pack, where its kind has several
    #[arg(long, value_name = "FORMAT", conflicts_with = "check")]
    format: Option<String>,
    /// leave out what the profile refuses, rather than to fail
    #[arg(short, long, conflicts_with = "check")]
    skip_refused: bool,
    #[command(flatten)]
    names: PackConfig,
}

pub(super) fn run(args: PackArgs, session: &Session) -> Result<Outcome, Failure> {
    let mut paths = args.paths.paths;
    if let Some(pack) = &args.check {
        // Without a kind, the first word is a path like the others.
        paths.splice(0..0, args.kind.map(PathBuf::from));
        return check(pack, &paths, session);
    }
    let kind = find(args.kind.as_deref().unwrap_or_default())?;
    let profile = profile(kind, args.target.as_deref())?;
    let options = options(kind, args.format, args.names.or(&session.config.pack))?;
    let Some(output) = args.output else {
        return Err(Failure::new("no place to write to").help("-o FILE|DIR"));
    };
    let site = session.site()?;
    let order = Order { kind, profile, options: &options, lenient: args.skip_refused };
    let made = make(&order, &paths, &site, session)?;
    session.findings_as_talk(&Report { findings: &made.findings, cases: Vec::new(), records: Vec::new() });
    let count = Count::of(&made.findings);
    let outcome = match made.pack {
        Some(pack) if count.errors == 0 => {
            write(&output, &pack)?;
            session.output.say(&format!(
                "wrote {}: {} of {}, {}",
                output.display(),
                kind.id,
                plural(made.packed, "detection"),
                plural(pack.files().len(), "file")
            ));
            Outcome::Fine
        }
        Some(_) | None => {
            session.output.problem("nothing was written");
            Outcome::Findings
        }
    };
    made.talk.iter().for_each(|line| session.output.say(line));
    hint(session, count, &made.findings);
    Ok(outcome)
}

/// What came of packing.
struct Made {
    pack: Option<Pack>,
    /// How many detections are in it.
    packed: usize,
    findings: Vec<Diagnostic>,
    /// Refusals and accepted losses, one a line.
    talk: Vec<String>,
}

/// What is to be packed.
struct Order<'a> {
    kind: &'a Kind,
    profile: &'static Profile,
    options: &'a Options,
    /// Leave out what the profile refuses.
    lenient: bool,
}

fn make(order: &Order, paths: &[PathBuf], site: &Site, session: &Session) -> Result<Made, Failure> {
    let &Order { kind, profile, options, lenient } = order;
    let project = session.project_at(site, paths, Purpose::Queries)?;
    let catalogue = &site.catalogue;
    let mut findings = project.findings.clone();
    let macros = session.macros(site);
    findings.extend(packs::check_macros(&macros, catalogue));
    let detections: Vec<_> = project.detections().collect();
    let target = targets::target(profile.id, catalogue);
    let compile = targets::Options::default();
    let rows: Vec<Row> = detections
        .par_iter()
        .map(|detection| Row {
            detection,
            cells: target.iter().map(|target| Cell::compile(target.as_ref(), detection, compile)).collect(),
        })
        .collect();
    let mut talk = if lenient { verdicts::refusals(&rows, &[profile]) } else { Vec::new() };
    talk.extend(verdicts::losses(&rows, &[profile]));
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for row in rows {
        for cell in row.cells {
            match cell {
                Cell::Compiled(compiled) => entries.push(Entry { detection: row.detection, compiled }),
                Cell::Refused(_) if lenient => refused.push(row.detection),
                Cell::Refused(found) | Cell::Failed(found) => findings.extend(found),
            }
        }
    }
    let packed = entries.len();
    let content = Content::new(profile, entries, refused, Arc::clone(catalogue))
        .with_macros(macros)
        .for_environment(site.manifest());
    let pack = match packs::build(kind, &content, options) {
        Ok(pack) => {
            findings.extend(pack.warnings().iter().cloned());
            Some(pack)
        }
        Err(found) => {
            findings.extend(found);
            None
        }
    };
    Diagnostic::sort(&mut findings);
    Ok(Made { pack, packed, findings, talk })
}

fn write(output: &Path, pack: &Pack) -> Result<(), Failure> {
    match archive::Format::of(&output.to_string_lossy()) {
        Some(format) => {
            let bytes = archive::write(pack.files(), format)
                .map_err(|error| Failure::io("make the archive", output, &error))?;
            file::write(output, &bytes)
        }
        // What an earlier pack held and this one does not must go: the product would go on to import it.
        None => tree::write(output, pack.files(), &pack.manifest_name(), true).map(drop),
    }
}

/// `--check`: the findings are the artefact.
fn check(path: &Path, sources: &[PathBuf], session: &Session) -> Result<Outcome, Failure> {
    let files = read(path)?;
    let (mut findings, facts) = match drift::manifest(&files) {
        Ok(found) => (Vec::new(), Some(found)),
        Err(finding) => (vec![*finding], None),
    };
    if let Some((name, manifest)) = facts {
        let kind = packs::kind(&manifest.kind).filter(|kind| manifest.options.check(kind).is_ok());
        let profile = profiles().find(|profile| profile.id == manifest.profile);
        if let (Some(kind), Some(profile)) = (kind, profile) {
            let environment = environment(&manifest, session, &mut findings);
            let site = session.site_in(environment.as_deref())?;
            let lenient = manifest.detections.values().any(|item| item.verdict == "refused");
            let order = Order { kind, profile, options: &manifest.options, lenient };
            let made = make(&order, sources, &site, session)?;
            findings.extend(made.findings);
            findings.extend(drift::compare(&files, &name, &manifest, made.pack.as_ref()));
        } else {
            findings.push(
                Diagnostic::new(
                    Code::E1014,
                    "the manifest names a kind, profile or option that does not exist",
                )
                .help("make the pack anew"),
            );
        }
    }
    Diagnostic::sort(&mut findings);
    session.findings_as_artefact(&Report { findings: &findings, cases: Vec::new(), records: Vec::new() })?;
    let count = Count::of(&findings);
    session.output.say(&format!("checked {}: {}", path.display(), count.words()));
    hint(session, count, &findings);
    Ok(Outcome::of(count.errors > 0))
}

/// The environment to hold a pack against: its own, which the manifest names. Where another one was asked for, or one
/// whose file stands elsewhere, that is taken, and must have the same name.
fn environment(manifest: &Manifest, session: &Session, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let own = manifest.environment.as_ref().map(|environment| environment.name.clone());
    let Some(asked) = session.environment.as_ref().filter(|_| session.asked_environment) else {
        // A configured file is the pack's own, too, if it is named so.
        let configured = session.environment.clone().filter(|name| own.as_deref() == Some(&*stem(name)));
        return configured.or(own);
    };
    if own.as_deref() != Some(&*stem(asked)) {
        let made_for = match &own {
            Some(own) => format!("the environment `{own}`"),
            None => "no environment".to_owned(),
        };
        let message = format!("the pack is for {made_for}, not for `{asked}`");
        findings.push(
            Diagnostic::new(Code::E1015, message)
                .help("leave out --environment, or make the pack anew for this one"),
        );
    }
    Some(asked.clone())
}

/// The name of an environment that may be named by its file.
fn stem(name: &str) -> std::borrow::Cow<'_, str> {
    if name.ends_with(".yml") || name.ends_with(".yaml") {
        Path::new(name).file_stem().unwrap_or_default().to_string_lossy()
    } else {
        name.into()
    }
}

/// The files of a pack: an archive, or a folder.
pub(super) fn read(path: &Path) -> Result<Files, Failure> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    if !path.is_dir() {
        let bytes = std::fs::read(path).map_err(failed)?;
        return archive::read(&bytes).map_err(failed);
    }
    let mut files = Files::new();
    let mut open = vec![(path.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else if kind.is_file() {
                files.insert(name, std::fs::read(entry.path()).map_err(failed)?);
            } else {
                return Err(Failure::new(format!("`{}` is no plain file", entry.path().display())));
            }
        }
    }
    Ok(files)
}

fn find(id: &str) -> Result<&'static Kind, Failure> {
    packs::kind(id).ok_or_else(|| {
        let ids = || KINDS.iter().map(|kind| kind.id);
        Failure::new(format!("unknown kind of pack `{id}`")).help(match did_you_mean(id, ids()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the kinds are {}", ids().collect::<Vec<_>>().join(", ")),
        })
    })
}

fn profile(kind: &Kind, asked: Option<&str>) -> Result<&'static Profile, Failure> {
    let id = asked.or(kind.profiles.first().copied()).unwrap_or_default();
    profiles().find(|profile| profile.id == id && kind.profiles.contains(&id)).ok_or_else(|| {
        Failure::new(format!("a {} pack cannot hold queries for `{id}`", kind.id))
            .help(format!("it takes {}", kind.profiles.join(", ")))
    })
}

fn options(kind: &Kind, format: Option<String>, names: PackConfig) -> Result<Options, Failure> {
    let or = |given: Option<String>, default: &str| given.unwrap_or_else(|| default.to_owned());
    let options = Options {
        id: or(names.id, "detc_detections"),
        label: or(names.label, "Detections"),
        version: or(names.version, "1.0.0"),
        author: or(names.author, "detc"),
        format: or(format, kind.formats.first().copied().unwrap_or_default()),
    };
    match options.check(kind) {
        Ok(()) => Ok(options),
        Err(packs::OptionProblem::Format) => {
            Err(Failure::new(format!("a {} pack has no such format", kind.id)).help(match kind.formats {
                [] => "it has one only: leave out --format".to_owned(),
                formats => format!("the formats are {}", formats.join(", ")),
            }))
        }
        Err(problem) => Err(Failure::new(problem.to_string())
            .help("--id, --label, --pack-version, --author, or [pack] in detc.toml")),
    }
}
