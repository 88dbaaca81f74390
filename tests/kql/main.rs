//! The KQL interpreter: held against the documented rules, against bad and hostile queries, and against the queries
//! that detc ships.

mod hostile;
mod problems;
mod rules;
mod shipped;
