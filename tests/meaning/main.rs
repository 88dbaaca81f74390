//! The emitted queries mean what the reference evaluator says: random conditions over random events, run by engines
//! that this project did not write.
//!
//! SPL runs in `detc::spl`, which shares no code with the printer and refuses contested rules. Sigma runs in process
//! (rsigma-eval). KQL runs in `oracles/kqlrun.py` (duckdb-kql), which needs Python: without `oracles/.venv` that half is
//! skipped, and says so; CI has it.

mod cases;
mod kql;
#[path = "../common/kqlrun.rs"]
mod kqlrun;
mod kusto;
mod kusto_correlations;
#[path = "../common/say.rs"]
mod say;
mod sigma;
mod spl;
mod spl_derivations;
mod splunk;
mod splunk_correlations;
