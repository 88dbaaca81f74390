//! What packs hold, read back by readers that share no code with the writers.

mod conf;
mod contentctl;
mod defender;
mod drift;
mod fixture;
mod hostile;
mod hostile_microsoft;
mod sentinel;
mod sentinel_yaml;
mod sigma;
mod splunk_app;
