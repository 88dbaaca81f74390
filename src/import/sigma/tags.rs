//! Tags: which techniques a rule is about.
//!
//! In: tags like `attack.t1059.001`. Out: the ids of techniques that the embedded ATT&CK table has. Tags of tactics say
//! nothing that the techniques do not say; those of groups, software, campaigns and of other namespaces have no place
//! in a detection.

use std::sync::Arc;

use crate::attack::{self, Lookup};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::{SourceFile, Spanned};

/// What a tag is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// A technique, as ATT&CK writes its id.
    Technique(String),
    /// A tactic: its techniques tell.
    Tactic,
    /// Something else.
    Other,
}

/// Reads one tag. Tactics are written with hyphens, or with underscores as before Sigma 2.
pub(super) fn tag(text: &str) -> Tag {
    let text = text.trim().to_lowercase();
    let Some(about) = text.strip_prefix("attack.") else { return Tag::Other };
    if about.strip_prefix('t').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit())) {
        return Tag::Technique(about.to_uppercase());
    }
    let tactic = about.replace('_', "-");
    // Renamed in ATT&CK 19; the table knows the older name.
    let known = attack::tactics().iter().any(|known| known.short_name == tactic) || tactic == "stealth";
    if known { Tag::Tactic } else { Tag::Other }
}

/// The techniques of the tags, each once, in order. What ATT&CK does not have is reported and left out.
pub(super) fn techniques(
    file: &Arc<SourceFile>,
    tags: &[Spanned<String>],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Spanned<String>> {
    let mut techniques: Vec<Spanned<String>> = Vec::new();
    for written in tags {
        let Tag::Technique(id) = tag(&written.value) else { continue };
        let (id, message) = match attack::exact(&id) {
            Lookup::Known(technique) => (Some(technique.id), None),
            Lookup::Revoked { name, successor } => {
                (successor, Some(format!("{id} ({name}) was revoked in ATT&CK {}", attack::VERSION)))
            }
            Lookup::Deprecated { name } => {
                (None, Some(format!("{id} ({name}) was deprecated in ATT&CK {}", attack::VERSION)))
            }
            Lookup::Unknown { .. } => {
                (None, Some(format!("ATT&CK {} has no technique {id}", attack::VERSION)))
            }
        };
        if let Some(message) = message {
            let effect = id.map_or("it is left out".to_owned(), |id| format!("{id} stands in its place"));
            findings.push(Diagnostic::new(Code::W0411, message).at(file, written.span, "").help(effect));
        }
        if let Some(id) = id
            && !techniques.iter().any(|known| known.value == id)
        {
            techniques.push(Spanned::new(id.to_owned(), written.span));
        }
    }
    techniques
}
