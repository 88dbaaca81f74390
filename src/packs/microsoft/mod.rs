//! What the packs for Microsoft's products share: columns, entities, schedules, custom details and titles.
//!
//! In: a detection and its compiled KQL. Out: the values of a rule, or findings. Must not know the layout of any pack.

mod columns;
mod connectors;
mod details;
mod entities;
mod rule;
mod schedule;
mod texts;

pub(super) use entities::Mapping;
pub(super) use rule::{Form, Rule, rules};
pub(super) use schedule::{iso, short};

/// The product, as messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// Microsoft Sentinel.
    Sentinel,
}

impl Product {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Product::Sentinel => "Microsoft Sentinel",
        }
    }
}
