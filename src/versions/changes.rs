//! What changed between two sets of detections.
//!
//! In: two snapshots, each from detections or from the manifest of a pack. Out: changes by detection and profile, as a
//! report for people or as the entry of a changelog.

use std::collections::BTreeMap;

use similar::TextDiff;

/// What a set of detections is: by id.
pub type Snapshot = BTreeMap<String, Side>;

/// A detection of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// By profile: the verdict, the hash of the query, and its text where that is at hand.
    pub queries: BTreeMap<String, (String, String, Option<String>)>,
}

/// What became of a detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(Side),
    /// It is gone.
    Removed(Side),
    /// It was there before, and differs.
    Changed {
        /// As it was.
        old: Side,
        /// As it is.
        new: Side,
        /// A line a profile whose query or verdict differs, and the difference of the texts.
        profiles: Vec<(String, String)>,
    },
}

impl Change {
    fn name(&self) -> &str {
        match self {
            Change::Added(side) | Change::Removed(side) | Change::Changed { new: side, .. } => &side.name,
        }
    }
}

/// The changes, by name. Only profiles that both sides know are compared.
pub fn changes(old: &Snapshot, new: &Snapshot) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for (id, side) in old {
        match new.get(id) {
            None => all.push(Change::Removed(side.clone())),
            Some(now) => {
                let profiles = profiles(side, now);
                if !profiles.is_empty() || side.version != now.version || side.name != now.name {
                    all.push(Change::Changed { old: side.clone(), new: now.clone(), profiles });
                }
            }
        }
    }
    let added = new.iter().filter(|(id, _)| !old.contains_key(*id));
    all.extend(added.map(|(_, side)| Change::Added(side.clone())));
    all.sort_by(|a, b| a.name().cmp(b.name()));
    all
}

fn profiles(old: &Side, new: &Side) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (profile, (verdict, hash, text)) in &old.queries {
        let Some((new_verdict, new_hash, new_text)) = new.queries.get(profile) else { continue };
        if hash == new_hash && verdict == new_verdict {
            continue;
        }
        let line = match (verdict == new_verdict, hash == new_hash) {
            (true, _) => format!("{profile}: the query has changed"),
            (false, true) => format!("{profile}: {verdict} is now {new_verdict}"),
            (false, false) => format!("{profile}: {verdict} is now {new_verdict}; the query has changed"),
        };
        let diff = match (text, new_text) {
            (Some(text), Some(new_text)) if text != new_text => {
                TextDiff::from_lines(text.as_str(), new_text.as_str()).unified_diff().to_string()
            }
            _ => String::new(),
        };
        lines.push((line, diff));
    }
    lines
}

/// For people: one line a change, one a profile below it, and the difference of the queries on request.
pub fn report(changes: &[Change], with_queries: bool) -> String {
    let mut text = String::new();
    for change in changes {
        match change {
            Change::Added(side) => {
                text.push_str(&format!("added: {} (version {})\n", side.name, side.version))
            }
            Change::Removed(side) => {
                text.push_str(&format!("removed: {} (version {})\n", side.name, side.version));
            }
            Change::Changed { old, new, profiles } => {
                text.push_str(&format!(
                    "changed: {}{} ({})\n",
                    new.name,
                    renamed(old, new),
                    versions(old, new)
                ));
                for (line, diff) in profiles {
                    text.push_str(&format!("  {line}\n"));
                    if with_queries {
                        text.extend(diff.lines().map(|line| format!("    {line}\n")));
                    }
                }
            }
        }
    }
    text
}

/// The entry of a changelog, in Markdown, as <https://keepachangelog.com> has it.
pub fn changelog(changes: &[Change]) -> String {
    let mut groups: [(&str, Vec<String>); 3] =
        [("Added", Vec::new()), ("Changed", Vec::new()), ("Removed", Vec::new())];
    for change in changes {
        let (group, line) = match change {
            Change::Added(side) => (0, format!("- {} (version {}).", plain(&side.name), side.version)),
            Change::Removed(side) => (2, format!("- {} (version {}).", plain(&side.name), side.version)),
            Change::Changed { old, new, profiles } => {
                let lines: Vec<&str> = profiles.iter().map(|(line, _)| line.as_str()).collect();
                let what =
                    if lines.is_empty() { "no query has changed".to_owned() } else { lines.join("; ") };
                let head = format!("{}{}", plain(&new.name), plain(&renamed(old, new)));
                (1, format!("- {head} ({}): {what}.", versions(old, new)))
            }
        };
        groups[group].1.push(line);
    }
    let filled = groups.iter().filter(|(_, lines)| !lines.is_empty());
    filled
        .map(|(title, lines)| format!("### {title}\n\n{}\n", lines.join("\n")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn renamed(old: &Side, new: &Side) -> String {
    if old.name == new.name { String::new() } else { format!(", before: {}", old.name) }
}

fn versions(old: &Side, new: &Side) -> String {
    if old.version == new.version {
        format!("version {}, not raised", new.version)
    } else {
        format!("version {} to {}", old.version, new.version)
    }
}

/// A name in Markdown: what would be taken for markup is escaped.
fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if "\\`*_{}[]<>#|".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
