//! Names of files that every system can hold, and that stay where they are put.
//!
//! In: a slug, or a relative name. Out: a file name, or why the name is refused.

use sha2::{Digest, Sha256};
use thiserror::Error;

/// The longest part of a name, in bytes: file systems take 255, and extensions and temporary names need some room.
const MAX_PART: usize = 200;

/// The longest name, in bytes: Windows takes 260 with the folder that the pack is unpacked into.
const MAX_NAME: usize = 220;

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameProblem {
    /// Absolute, or with `..` or an empty part.
    #[error("the name would lead out of the pack")]
    Outside,
    /// Something else than ASCII letters, digits, `.`, `_`, `-`, blanks within, and `/` between folders.
    #[error("only ASCII letters, digits, `.`, `_` and `-` are the same on every system")]
    Characters,
    /// A device on Windows.
    #[error("Windows reserves this name")]
    Reserved,
    /// Longer than some system takes.
    #[error("the name is too long")]
    TooLong,
}

/// Checks a relative name with `/` between folders.
pub fn check(name: &str) -> Result<(), NameProblem> {
    if name.len() > MAX_NAME {
        return Err(NameProblem::TooLong);
    }
    name.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), NameProblem> {
    if part.is_empty() || part == "." || part == ".." {
        return Err(NameProblem::Outside);
    }
    if part.len() > MAX_PART {
        return Err(NameProblem::TooLong);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ');
    if !part.chars().all(fits) || part.starts_with(' ') || part.ends_with([' ', '.']) {
        return Err(NameProblem::Characters);
    }
    let stem = part.split('.').next().unwrap_or(part);
    if is_device(&stem.to_ascii_lowercase()) { Err(NameProblem::Reserved) } else { Ok(()) }
}

/// A file name from a slug, such that every system can hold it.
pub fn file_name(slug: &str, extension: &str) -> String {
    let prefix = if is_device(slug) { "detection_" } else { "" };
    format!("{prefix}{slug}.{extension}")
}

/// An id that follows from a name alone, for things that have none of their own: a UUID of version 8, whose bits are the
/// hash of the name (RFC 9562, section 5.8).
pub fn derived_id(name: &str) -> String {
    let hash = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// Windows reserves some names, whatever the extension
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
fn is_device(stem: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = stem.to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_digit()))
    });
    numbered || DEVICES.contains(&stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_prefixed() {
        assert_eq!(file_name("con", "spl"), "detection_con.spl");
        assert_eq!(file_name("com1", "spl"), "detection_com1.spl");
        assert_eq!(file_name("command", "spl"), "command.spl");
        assert_eq!(file_name("com", "kql"), "com.kql");
    }

    #[test]
    fn derived_ids_are_ids_and_differ() {
        let id = derived_id("story: a");
        assert_eq!(id, derived_id("story: a"));
        assert_ne!(id, derived_id("story: b"));
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
    }

    #[test]
    fn names_stay_inside_and_are_the_same_everywhere() {
        for name in ["a", "a/b.c", "default/app.conf", "Analytic Rules/x.json", ".detc", "a-b_c"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        let long = "x".repeat(201);
        for (name, problem) in [
            ("../../x", NameProblem::Outside),
            ("/etc/passwd", NameProblem::Outside),
            ("a//b", NameProblem::Outside),
            ("", NameProblem::Outside),
            ("a/./b", NameProblem::Outside),
            ("C:\\x", NameProblem::Characters),
            ("a\\b", NameProblem::Characters),
            ("a\0b", NameProblem::Characters),
            ("a\u{202e}b", NameProblem::Characters),
            ("a.", NameProblem::Characters),
            ("a ", NameProblem::Characters),
            ("CON", NameProblem::Reserved),
            ("x/nul.txt", NameProblem::Reserved),
            ("LPT1.a.b", NameProblem::Reserved),
            (long.as_str(), NameProblem::TooLong),
        ] {
            assert_eq!(check(name), Err(problem), "{name}");
        }
    }
}
