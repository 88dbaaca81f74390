//! `test --emit`: tests as queries that bring their events along. Each is run before it is written: see `portable`.

use std::path::Path;

use super::{read, streams};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/detections");

fn detc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = super::detc(folder).env_remove("DETC_DATA_SOURCES").arg("test").args(arguments).output();
    let run = run.expect("it runs");
    let (out, talk) = streams(&run);
    (run.status.code(), out, talk)
}

#[test]
fn a_test_is_one_query() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("{SHIPPED}/entra/o365_cross_tenant_access_change.yml");
    let (code, out, talk) = detc(folder.path(), &["--emit", "kusto:sentinel", &file]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    assert!(out.starts_with("// O365 Cross-Tenant Access Change, kusto:sentinel: test '"), "{out}");
    assert!(out.contains("\nlet AuditLogs = datatable("), "{out}");
    let (code, out, _) = detc(folder.path(), &["--emit", "splunk:escu", &file]);
    assert_eq!(code, Some(0));
    assert!(out.contains("\n| makeresults format=json data=\"[{"), "{out}");
    assert!(!out.contains("`security_content_ctime"), "macros are put in: {out}");
}

#[test]
fn each_query_is_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("{SHIPPED}/entra/o365_cross_tenant_access_change.yml");
    let (code, out, talk) = detc(folder.path(), &["--emit", "kusto", "-o", "out", &file]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{talk}");
    let manifest = read(folder.path(), "out/manifest.json");
    assert!(manifest.contains("kusto-sentinel/o365_cross_tenant_access_change/01-"), "{manifest}");
}

#[test]
fn what_cannot_bring_its_events_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("{SHIPPED}/windows/office_application_starts_script_host.yml");
    let (code, out, talk) = detc(folder.path(), &["--emit", "splunk:cim", &file]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(talk.contains("error[E1225]") && talk.contains("`tstats` reads"), "{talk}");
    let (code, out, talk) = detc(folder.path(), &["--emit", "splunk", &file]);
    assert_eq!(code, Some(0), "of a whole target those come that can");
    assert!(out.contains("makeresults") && talk.contains("not written: the test `"), "{talk}");
    for (target, message) in [("sigma", "cannot bring"), ("splonk", "did you mean `splunk`?")] {
        let (code, _, talk) = detc(folder.path(), &["--emit", target, &file]);
        assert_eq!(code, Some(2));
        assert!(talk.contains(message), "{talk}");
    }
}

#[test]
fn nothing_to_write_is_no_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("{SHIPPED}/windows/unsigned_system_dll_name_loaded_from_user_folder.yml");
    // A profile that was asked for by name says why it has no query.
    let (code, out, talk) = detc(folder.path(), &["--emit", "kusto:xdr", &file]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(talk.contains("error[E0503]") && talk.contains("`SignatureStatus`"), "{talk}");
    let (code, out, talk) = detc(folder.path(), &["--emit", "kusto", "--filter", "no such name", &file]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(talk.contains("no test matches `no such name`"), "{talk}");
}
