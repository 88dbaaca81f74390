//! The targets: what a checked detection becomes.
//!
//! In: `ir::Detection` and the catalogue. Out: text in a target's language, with a verdict, or the errors that say why
//! not. Only this file names all targets; they do not know each other.

mod bindings;
mod consent;
mod facts;
mod field_loss;
pub mod kusto;
mod needs;
mod raw;
pub mod sigma;
pub mod splunk;

pub use consent::{AcceptedLoss, Consent, Loss, Polarity, Verdict};
pub use needs::{Delivery, NeededList, Needs};

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir;

/// A flavour of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profile {
    /// As written after `-t`, for instance `kusto:xdr`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// The extension of its files, without a dot.
    pub extension: &'static str,
}

impl Profile {
    /// The target that it belongs to: `kusto` of `kusto:xdr`.
    pub fn target(&self) -> &'static str {
        self.id.split(':').next().unwrap_or(self.id)
    }

    /// A line that the target's language ignores; YAML documents are also set apart from each other. Line breaks become
    /// blanks, and backticks, which would end a comment of SPL, apostrophes.
    pub fn comment(&self, text: &str) -> String {
        let text = text.replace(['\n', '\r'], " ").replace('`', "'");
        match self.extension {
            "kql" => format!("// {text}"),
            "yml" => format!("---\n# {text}"),
            _ => format!("```{text}```"),
        }
    }

    /// The name of its folder: `kusto-xdr`. A colon is not allowed in file names everywhere.
    pub fn folder(&self) -> String {
        self.id.replace(':', "-")
    }
}

/// What the user asked for beyond the detection itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Write the schedule's lookback into the query, for a hunt by hand.
    pub with_time: bool,
    /// Keep the target's own syntax tree beside the text, for `detc explain`.
    pub with_tree: bool,
}

/// A rendered detection.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The query or rule. Ends in one line break.
    pub text: String,
    /// Whether it alerts on exactly what the detection says.
    pub verdict: Verdict,
    /// The losses that the author consented to, in the order met.
    pub losses: Vec<AcceptedLoss>,
    /// The output columns that summaries, risk and entities rely on: neutral field and its name in the output.
    pub columns: Vec<(String, String)>,
    /// The target's own syntax tree, for people; only when asked for, and never for a raw query.
    pub tree: Option<String>,
    /// What must be there for the query to run. Of a raw query detc does not know.
    pub needs: Needs,
}

/// A target in one profile.
pub trait Target: Send + Sync {
    /// Which profile.
    fn profile(&self) -> &'static Profile;

    /// Lowers and renders one detection. All errors at once.
    fn compile(&self, detection: &ir::Detection, options: Options) -> Result<Compiled, Vec<Diagnostic>>;

    /// What is wrong with the detection's raw query for this profile (`E0505`), and which parts of it are not read
    /// (`W0950`). Nothing without one.
    fn check_raw(&self, detection: &ir::Detection) -> Vec<Diagnostic>;
}

/// Every profile, in the order in which they are listed everywhere.
pub fn profiles() -> impl Iterator<Item = &'static Profile> {
    splunk::PROFILES.iter().chain(kusto::PROFILES).chain(sigma::PROFILES)
}

/// The target of a profile, if there is one of that name.
pub fn target(profile: &str, catalogue: &Arc<Catalogue>) -> Option<Box<dyn Target>> {
    let profile = profiles().find(|known| known.id == profile)?;
    Some(match profile.target() {
        "splunk" => Box::new(splunk::Splunk::new(profile, Arc::clone(catalogue))),
        "kusto" => Box::new(kusto::Kusto::new(profile, Arc::clone(catalogue))),
        _ => Box::new(sigma::Sigma::new(profile, Arc::clone(catalogue))),
    })
}
