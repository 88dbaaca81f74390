//! Correlations.

use std::sync::Arc;

use super::{catalogue, detection_of};
use crate::targets::kusto::{Kusto, PROFILES};
use crate::targets::{Compiled, Options, Target};

#[test]
fn show() {
    let _ = detection_of;
    for c in [
        "event_count: {group_by: [user], window: 5m, condition: {gte: 3}, values: [CommandLine]}",
        "event_count: {window: 5m, condition: {eq: 3}}",
        "value_count: {field: Image, group_by: [user, src], window: 5m, condition: {gte: 3}}",
        "value_count: {field: Roles, group_by: [user], window: 5m, condition: {gte: 3}}",
        "value_sum: {field: Code, group_by: [user], window: 5m, condition: {gt: 3}}",
        "value_avg: {field: Code, group_by: [user], window: 5m, condition: {gt: 3}}",
        "value_percentile: {field: Load, percentile: 95, group_by: [user], window: 5m, condition: {gt: 3, lte: 7.5}}",
        "new_value: {fields: [src], group_by: [user], window: 1h, baseline: 7d, values: [CommandLine]}",
    ] {
        let d = super::detection_of("test.events", &format!("{}\ncorrelation: {{{c}}}", super::selecting("Image: x")));
        let profile = &PROFILES[0];
        match Kusto::new(profile, catalogue()).compile(&d, Options::default()) {
            Ok(c) => println!("{}", c.text),
            Err(e) => println!("{e:#?}"),
        }
    }
}
