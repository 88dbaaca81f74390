//! `detc diff`: what changed between two sets of detections, by target.
//!
//! A side is a file or folder of detections, a pack, or a revision that git knows. A pack knows the hashes of its queries
//! in one profile, so with a pack that profile alone is compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use rayon::prelude::*;

use super::Outcome;
use super::beside;
use super::environment::Site;
use super::failure::Failure;
use super::pack;
use super::project::{Count, plural};
use super::render::Report;
use super::session::Session;
use crate::overlays::Purpose;
use crate::packs::drift;
use crate::packs::manifest::sha256;
use crate::targets::{Options, profiles, target};
use crate::versions::{Side, Snapshot, changelog, changes, meaning, report};

#[derive(Args)]
pub(super) struct DiffArgs {
    /// the older side: detections, a pack, or a revision of git
    #[arg(value_name = "A")]
    old: PathBuf,
    /// the newer side
    #[arg(value_name = "B")]
    new: PathBuf,
    /// write the entry of a changelog, in Markdown
    #[arg(long)]
    changelog: bool,
}

/// One side: with the text of each query, or with the hashes that a pack holds.
struct Read {
    snapshot: Snapshot,
    is_pack: bool,
}

pub(super) fn run(args: DiffArgs, session: &Session) -> Result<Outcome, Failure> {
    let is_pack = |path: &Path| pack_at(path).map(|found| found.is_some());
    // A pack holds hashes of whole queries; between detections, what only describes them is left out.
    let whole = is_pack(&args.old)? || is_pack(&args.new)?;
    let site = session.site()?;
    let sides = [&args.old, &args.new].map(|path| side(path, whole, &site, session));
    let [old, new] = sides;
    let (Some(old), Some(new)) = (old?, new?) else { return Ok(Outcome::Findings) };
    let found = changes(&old.snapshot, &new.snapshot);
    let text = if args.changelog { changelog(&found) } else { report(&found, session.output.verbose()) };
    session.output.artefact(&text)?;
    if old.is_pack && new.is_pack && shares_no_profile(&old.snapshot, &new.snapshot) {
        session
            .output
            .say("the two packs hold queries of different profiles: only names and versions were compared");
    }
    session.output.say(&format!("{} differ", plural(found.len(), "detection")));
    Ok(Outcome::Fine)
}

fn shares_no_profile(old: &Snapshot, new: &Snapshot) -> bool {
    let profiles = |snapshot: &Snapshot| -> std::collections::BTreeSet<String> {
        snapshot.values().flat_map(|side| side.queries.keys().cloned()).collect()
    };
    profiles(old).is_disjoint(&profiles(new))
}

/// The files of a pack, if there is one at this path.
fn pack_at(path: &Path) -> Result<Option<super::tree::Files>, Failure> {
    let archive = crate::packs::archive::Format::of(&path.to_string_lossy()).is_some() && path.is_file();
    if !archive && !path.is_dir() {
        return Ok(None);
    }
    if !archive && !holds_manifest(path) {
        return Ok(None);
    }
    pack::read(path).map(Some)
}

fn holds_manifest(folder: &Path) -> bool {
    let name = crate::packs::manifest::FILE_NAME;
    let below = std::fs::read_dir(folder).into_iter().flatten().flatten();
    folder.join(name).is_file() || below.map(|entry| entry.path().join(name)).any(|path| path.is_file())
}

/// Reads a side; `None` when findings were reported.
fn side(path: &Path, whole: bool, site: &Site, session: &Session) -> Result<Option<Read>, Failure> {
    if let Some(files) = pack_at(path)? {
        let (_, manifest) = match drift::manifest(&files) {
            Ok(found) => found,
            Err(finding) => {
                let findings = [*finding];
                session.findings_as_talk(&Report {
                    findings: &findings,
                    cases: Vec::new(),
                    records: Vec::new(),
                });
                return Ok(None);
            }
        };
        let snapshot = manifest.detections.into_iter().map(|(id, item)| {
            let queries = item
                .queries
                .into_iter()
                .map(|(profile, hash)| (profile, (item.verdict.clone(), hash, None)))
                .collect();
            (id, Side { name: item.name, version: item.version, queries })
        });
        return Ok(Some(Read { snapshot: snapshot.collect(), is_pack: true }));
    }
    if path.exists() {
        return detections(&[path.to_owned()], whole, site, session);
    }
    let checkout = revision(path, session)?;
    detections(&[checkout.path().to_owned()], whole, site, session)
}

/// The detections below these paths, with the catalogue and the environment of today.
fn detections(
    paths: &[PathBuf],
    whole: bool,
    site: &Site,
    session: &Session,
) -> Result<Option<Read>, Failure> {
    let catalogue = &site.catalogue;
    let project = session.project_at(site, paths, Purpose::Queries)?;
    if Count::of(&project.findings).errors > 0 {
        let report = Report { findings: &project.findings, cases: Vec::new(), records: Vec::new() };
        session.findings_as_talk(&report);
        return Ok(None);
    }
    let targets: Vec<_> = profiles().filter_map(|profile| target(profile.id, catalogue)).collect();
    let all: Vec<_> = project.detections().collect();
    let sides = all.par_iter().map(|detection| {
        let queries = if whole {
            let compile = |target: &dyn crate::targets::Target| {
                let (verdict, hash, text) = match target.compile(detection, Options::default()) {
                    Ok(compiled) => {
                        let hash = sha256(compiled.text.as_bytes());
                        (compiled.verdict.name().to_owned(), hash, Some(compiled.text))
                    }
                    Err(_) => ("refused".to_owned(), "refused".to_owned(), None),
                };
                (target.profile().id.to_owned(), (verdict, hash, text))
            };
            targets.iter().map(|target| compile(target.as_ref())).collect()
        } else {
            let meanings = meaning(detection, &targets).into_iter();
            meanings.map(|one| (one.profile, (one.verdict, one.hash, Some(one.text)))).collect()
        };
        let metadata = &detection.metadata;
        let side = Side { name: metadata.name.value.clone(), version: metadata.version, queries };
        (metadata.id.clone(), side)
    });
    Ok(Some(Read { snapshot: sides.collect(), is_pack: false }))
}

/// The detections of a revision, in a temporary folder. What is configured as `paths` is taken, else `detections`.
fn revision(name: &Path, session: &Session) -> Result<beside::Folder, Failure> {
    let shown = name.display();
    let unknown = || {
        Failure::new(format!("`{shown}` is neither a file or folder nor a revision of git"))
            .help("name detections, a pack, or a revision such as HEAD~1 or v1.2.0")
    };
    let text = name.to_str().filter(|text| !text.starts_with('-')).ok_or_else(unknown)?;
    let temporary = std::env::temp_dir();
    let folder = beside::Folder::new(&temporary).map_err(|error| Failure::io("write", &temporary, &error))?;
    // `REV:./PATH` is seen from the current folder, wherever the root of the repository is.
    for path in session.paths(&[]) {
        let object = format!("{text}:./{}", path.display().to_string().trim_start_matches("./"));
        let done = Command::new("git").args(["archive", "--format=tar.gz", &object]).output();
        let done = done.map_err(|error| Failure::new(format!("cannot run git: {error}")))?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(unknown().help(format!("git says: {}", said.lines().next().unwrap_or_default())));
        }
        let files = crate::packs::archive::read(&done.stdout)
            .map_err(|error| Failure::new(format!("cannot read what git gave for `{shown}`: {error}")))?;
        let below = folder.path().join(path.file_name().unwrap_or_default());
        super::tree::write(&below, &files, super::tree::MANIFEST, false)?;
    }
    Ok(folder)
}
