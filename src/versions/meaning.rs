//! What a detection means in each profile: the query, without what only describes it.
//!
//! In: a detection and the targets. Out: a hash a profile. A new description, reference or reason changes no query, though
//! it changes the text of a Sigma rule: such words are taken out of a copy before it is rendered.

use crate::ir::{Detection, Logic, Severity, Status};
use crate::packs::manifest::sha256;
use crate::targets::{Options, Target};

/// What stands for a query where there is none.
const REFUSED: &str = "refused";

/// The query of a detection in one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The profile.
    pub profile: String,
    /// `exact`, `widened`, `narrowed`, `raw` or `refused`.
    pub verdict: String,
    /// SHA-256 of the query without what only describes it; `refused` without a query.
    pub hash: String,
    /// The query without what only describes it; empty without a query.
    pub text: String,
}

/// The meaning in each of these profiles, in their order.
pub fn meaning(detection: &Detection, targets: &[Box<dyn Target>]) -> Vec<Meaning> {
    let bare = without_words(detection);
    let one = |target: &dyn Target| {
        let profile = target.profile().id.to_owned();
        match target.compile(&bare, Options::default()) {
            Ok(compiled) => Meaning {
                profile,
                verdict: compiled.verdict.name().to_owned(),
                hash: sha256(compiled.text.as_bytes()),
                text: compiled.text,
            },
            Err(_) => Meaning {
                profile,
                verdict: REFUSED.to_owned(),
                hash: REFUSED.to_owned(),
                text: String::new(),
            },
        }
    };
    targets.iter().map(|target| one(target.as_ref())).collect()
}

/// The detection without the words that no query depends on. Its name stays: macros are named after it.
fn without_words(detection: &Detection) -> Detection {
    let mut bare = detection.clone();
    let metadata = &mut bare.metadata;
    metadata.version = 1;
    metadata.status = Status::Production;
    metadata.severity = Severity::Medium;
    metadata.author = String::new();
    metadata.date = "2000-01-01".to_owned();
    metadata.description = String::new();
    metadata.how_to_implement = None;
    metadata.false_positives.clear();
    metadata.references.clear();
    metadata.techniques.clear();
    metadata.analytic_stories.clear();
    metadata.asset_type = None;
    metadata.security_domain = None;
    for accept in &mut bare.accepts {
        accept.reason = String::new();
    }
    match &mut bare.logic {
        Logic::Events(events) => events.selections.clear(),
        Logic::Correlation(correlation) => {
            correlation.stages.iter_mut().for_each(|stage| stage.events.selections.clear());
        }
        Logic::Raw(_) => {}
    }
    bare
}
