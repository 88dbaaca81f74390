//! Lookups, held against what ATT&CK 18.1 says.

use super::*;

fn known(id: &str) -> &'static Technique {
    match technique(id) {
        Lookup::Known(technique) => technique,
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn a_technique_knows_its_tactics_and_platforms() {
    let trusted = known("T1199");
    assert_eq!((trusted.name, trusted.parent()), ("Trusted Relationship", None));
    assert_eq!(trusted.tactics, ["initial-access"]);
    assert!(trusted.platforms.contains(&"Identity Provider"));
    let trust = known("T1484.002");
    assert_eq!((trust.name, trust.parent()), ("Trust Modification", Some("T1484")));
    assert_eq!(trust.tactics, ["defense-evasion", "privilege-escalation"]);
}

#[test]
fn a_revoked_technique_names_its_successor() {
    assert_eq!(technique("T1086"), Lookup::Revoked { name: "PowerShell", successor: Some("T1059.001") });
}

#[test]
fn a_chain_of_successors_is_followed_to_its_end() {
    // T1073 was revoked by T1574.002, which was itself revoked by T1574.001.
    assert_eq!(
        technique("T1073"),
        Lookup::Revoked { name: "DLL Side-Loading", successor: Some("T1574.001") }
    );
}

#[test]
fn a_deprecated_technique_has_no_successor() {
    assert_eq!(technique("T1064"), Lookup::Deprecated { name: "Scripting" });
}

#[test]
fn an_unknown_id_suggests_the_nearest_in_use() {
    let near = |id| match technique(id) {
        Lookup::Unknown { near } => near,
        other => panic!("{id}: {other:?}"),
    };
    assert_eq!(near("t1199"), Some("T1199"));
    assert_eq!(near("T1059.0001"), Some("T1059.001"));
    assert_eq!(near("T1059001"), Some("T1059.001"));
    assert_eq!(near("T1199.001"), Some("T1199"));
    assert_eq!(near("phishing"), None);
    assert_eq!(near(""), None);
}

#[test]
fn tactics_are_listed_once() {
    let names: Vec<&str> = tactics().iter().map(|tactic| tactic.short_name).collect();
    assert_eq!(names.len(), 14);
    assert!(names.contains(&"initial-access") && names.contains(&"command-and-control"));
    assert_eq!(techniques().filter(|technique| technique.parent().is_none()).count(), 216);
}
