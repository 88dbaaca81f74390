//! SigmaHQ's rules over the real events that SigmaHQ keeps for them, of which two other evaluators say which rule finds
//! which: the reference evaluator finds exactly those, and so do the emitted queries. The Sigma that is emitted for what was
//! imported finds what the rule of its author finds.
//!
//! Neither the rules nor the events are part of this project. They are read from `$DETC_SIGMA_CORPUS` (default
//! `../shared/corpora/sigmahq`) and `$DETC_SIGMA_REGRESSION` (default `../shared/data/sigma-regression`); without them
//! nothing is tested, and the output says so.

#[path = "../common/corpora.rs"]
mod corpora;
mod emitted;
#[path = "../common/events.rs"]
mod events;
#[path = "../common/kqlrun.rs"]
mod kqlrun;
mod listed;
mod made;
mod oracle;
mod reference;
mod round_trip;
#[path = "../common/say.rs"]
mod say;
