//! The kusto target.

use std::sync::Arc;

use super::{Compiled, Options, Profile, Target};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir;

/// The profiles of this target.
pub const PROFILES: &[Profile] = &[
    Profile { id: "kusto:sentinel", name: "Microsoft Sentinel", extension: "kql" },
    Profile { id: "kusto:xdr", name: "Microsoft Defender XDR", extension: "kql" },
    Profile { id: "kusto:asim", name: "Microsoft Sentinel, ASIM", extension: "kql" },
];

/// This target in one profile.
pub struct Kusto {
    profile: &'static Profile,
    catalogue: Arc<Catalogue>,
}

impl Kusto {
    /// This target in `profile`.
    pub fn new(profile: &'static Profile, catalogue: Arc<Catalogue>) -> Self {
        Self { profile, catalogue }
    }
}

impl Target for Kusto {
    fn profile(&self) -> &'static Profile {
        self.profile
    }

    fn compile(&self, _detection: &ir::Detection, _options: Options) -> Result<Compiled, Vec<Diagnostic>> {
        let _ = &self.catalogue;
        Err(Vec::new())
    }
}
