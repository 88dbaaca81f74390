//! Which targets a run is for, and whether they were asked for by name.

use clap::Args;

use super::failure::Failure;
use crate::diagnostics::did_you_mean;
use crate::targets::{Profile, profiles};

/// `-t`, given once or more.
#[derive(Args)]
pub(super) struct Named {
    /// a profile, for instance splunk:escu; may be repeated, or be a list with commas
    #[arg(short, long = "target", value_name = "TARGET", value_delimiter = ',')]
    pub(super) targets: Vec<String>,
}

/// The profiles of a run, in the order in which they are listed everywhere.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The profiles.
    pub(super) profiles: Vec<&'static Profile>,
    /// Asked for one by one: what one of them refuses is then an error, not a fact to list.
    pub(super) by_name: bool,
}

/// Environment variable with a list of targets.
const VARIABLE: &str = "DETC_TARGETS";

impl Chosen {
    /// By flag, environment or configuration, the first that says anything.
    pub(super) fn new(named: &Named, all: bool, configured: &[String]) -> Result<Option<Self>, Failure> {
        if all {
            return Ok(Some(Self { profiles: profiles().collect(), by_name: false }));
        }
        let environment = std::env::var(VARIABLE).unwrap_or_default();
        let environment: Vec<String> =
            environment.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let (ids, by_name) = if !named.targets.is_empty() {
            (named.targets.as_slice(), true)
        } else if !environment.is_empty() {
            (environment.as_slice(), true)
        } else {
            (configured, false)
        };
        if ids.is_empty() {
            return Ok(None);
        }
        let known = ids.iter().map(|id| find(id)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Self { profiles: profiles().filter(|profile| known.contains(profile)).collect(), by_name }))
    }
}

fn find(id: &str) -> Result<&'static Profile, Failure> {
    if let Some(profile) = profiles().find(|profile| profile.id == id) {
        return Ok(profile);
    }
    let of_target = list(profiles().filter(|profile| profile.target() == id));
    if !of_target.is_empty() {
        return Err(
            Failure::new(format!("`{id}` has several profiles")).help(format!("name one: {of_target}"))
        );
    }
    let help = match did_you_mean(id, profiles().map(|profile| profile.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the targets are {}", list(profiles())),
    };
    Err(Failure::new(format!("unknown target `{id}`")).help(help))
}

/// The ids, for a help line.
pub(super) fn list(profiles: impl Iterator<Item = &'static Profile>) -> String {
    profiles.map(|profile| profile.id).collect::<Vec<_>>().join(", ")
}
