//! The sigma target.

use std::sync::Arc;

use super::{Compiled, Options, Profile, Target};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir;

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[Profile { id: "sigma", name: "Sigma", extension: "yml" }];

/// This target in one profile.
pub struct Sigma {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
}

impl Sigma {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, catalogue }
    }
}

impl Target for Sigma {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, _detection: &ir::Detection, _options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        let _ = &self.catalogue;
        Err(Vec::new())
    }
}
