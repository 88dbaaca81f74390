//! The splunk target.

use std::sync::Arc;

use super::{Compiled, Options, Profile, Target};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir;

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[
    Profile { id: "splunk", name: "Splunk, raw events", extension: "spl" },
    Profile { id: "splunk:escu", name: "Splunk, ESCU conventions", extension: "spl" },
    Profile { id: "splunk:cim", name: "Splunk, CIM data models", extension: "spl" },
];

/// This target in one profile.
pub struct Splunk {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
}

impl Splunk {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, catalogue }
    }
}

impl Target for Splunk {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, _detection: &ir::Detection, _options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        let _ = &self.catalogue;
        Err(Vec::new())
    }
}
