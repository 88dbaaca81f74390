//! Annotations: what Enterprise Security shows of a detection beside its results.
//!
//! In: a detection. Out: JSON objects with sorted keys.

use serde_json::{Value, json};

use super::type_word;
use crate::ir::{DetectionType, SecurityDomain};
use crate::packs::Entry;

/// The frameworks that Enterprise Security knows. NIST and CIS are as Splunk's own content derives them: a TTP is
/// monitoring (DE.CM), everything else analysis (DE.AE); the network domain is CIS 13, every other one CIS 10.
pub(in crate::packs) fn annotations(entry: &Entry) -> Value {
    let metadata = &entry.detection.metadata;
    let nist = match metadata.detection_type {
        DetectionType::Ttp => "DE.CM",
        DetectionType::Anomaly | DetectionType::Hunting | DetectionType::Correlation => "DE.AE",
    };
    let cis = match metadata.security_domain {
        Some(SecurityDomain::Network) => "CIS 13",
        Some(
            SecurityDomain::Access
            | SecurityDomain::Audit
            | SecurityDomain::Endpoint
            | SecurityDomain::Identity
            | SecurityDomain::Threat,
        )
        | None => "CIS 10",
    };
    json!({
        "analytic_story": metadata.analytic_stories,
        "cis20": [cis],
        "mitre_attack": metadata.techniques.iter().map(|technique| &technique.id).collect::<Vec<_>>(),
        "nist": [nist],
        "type": type_word(metadata.detection_type),
    })
}

/// Which detection this is. The time of publication is the day of its version, at midnight in UTC.
pub(in crate::packs) fn identity(entry: &Entry) -> Value {
    use crate::ir::Status;
    let metadata = &entry.detection.metadata;
    let deprecated = match metadata.status {
        Status::Deprecated => "1",
        Status::Experimental | Status::Test | Status::Production => "0",
    };
    json!({
        "deprecated": deprecated,
        "detection_id": metadata.id,
        "detection_version": metadata.version.to_string(),
        "publish_time": midnight(&metadata.date),
    })
}

/// Seconds from 1970 to a day that the resolver has checked.
fn midnight(day: &str) -> f64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = day.parse::<jiff::civil::Date>().ok().and_then(|day| day.since(epoch).ok());
    f64::from(days.map_or(0, |span| span.get_days())) * 86_400.0
}

#[cfg(test)]
mod tests {
    use super::midnight;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(midnight("1970-01-02"), 86_400.0);
        assert_eq!(midnight("2024-09-30"), 1_727_654_400.0);
    }
}
