//! What packs hold, read back by readers that share no code with the writers.

mod conf;
mod contentctl;
mod drift;
mod fixture;
mod hostile;
mod sentinel;
mod sentinel_yaml;
mod sigma;
mod splunk_app;
