//! Broken catalogue files: each is answered at its place, and nothing in them is dropped in silence.

use super::{Catalogue, Logsource, ValueMap};
use crate::diagnostics::Diagnostic;
use crate::maps::IndexMap;

const SOURCE: &str = "id: test.source
name: A source
description: Not real.
fields:
  Image: {meaning: a path}
  Kind: {type: integer, meaning: a kind, values: ['1', '2']}
  Roles: {many: true, meaning: roles}
common:
  user: {}
bindings:
  sigma: {logsource: {product: test}}
";

fn shown(findings: &[Diagnostic]) -> Vec<String> {
    let place = |finding: &Diagnostic| {
        finding.labels.first().map(|label| label.file.slice(label.span).to_owned()).unwrap_or_default()
    };
    let help =
        |finding: &Diagnostic| finding.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
    findings
        .iter()
        .map(|finding| format!("{}{} @ {}", finding.message, help(finding), place(finding)))
        .collect()
}

/// The findings of a source after one replacement.
fn wrong(old: &str, new: &str) -> Vec<String> {
    assert!(SOURCE.contains(old));
    let catalogue = Catalogue::embedded().with_text("test.source", SOURCE.replace(old, new));
    match catalogue.source("test.source").expect("added") {
        Ok(_) => Vec::new(),
        Err(findings) => shown(&findings),
    }
}

/// The findings of a value map in a binding.
fn values(written: &str) -> Vec<String> {
    let text = SOURCE.replace("{logsource: {product: test}}", &format!("{{values: {written}}}"));
    let catalogue = Catalogue::embedded().with_text("test.source", text);
    let source = catalogue.source("test.source").expect("added").expect("reads");
    source
        .binding::<IndexMap<String, ValueMap>>("sigma")
        .err()
        .map(|findings| shown(&findings))
        .unwrap_or_default()
}

#[test]
fn names_in_bindings_are_fields_of_the_source() {
    let bound = |binding: &str| wrong("{logsource: {product: test}}", binding);
    assert!(bound("{fields: {Image: a, user: b}, unmapped: {Kind: why}}").is_empty());
    assert_eq!(
        bound("{fields: {Imge: a}}"),
        ["this source has no field `Imge` | did you mean `Image`? @ Imge"]
    );
    assert_eq!(bound("{unmapped: {Nothing: a}}"), ["this source has no field `Nothing` @ Nothing"]);
    assert_eq!(
        bound("{union: [{fields: {usr: a}}]}"),
        ["this source has no field `usr` | did you mean `user`? @ usr"]
    );
}

#[test]
fn a_profile_is_bound_or_absent_for_a_reason() {
    let absent = |written: &str| wrong("bindings:\n", &format!("absent: {written}\nbindings:\n"));
    assert!(absent("{'splunk:cim': no data model has it}").is_empty());
    assert_eq!(
        absent("{sigma: no such log}"),
        ["`sigma` has a binding and a reason for having none | leave out one of the two @ sigma"]
    );
    assert_eq!(absent("{splunk: ' '}"), ["the reason is empty @ splunk"]);
    let text = SOURCE.replace("bindings:\n", "absent: {splunk: nobody reads it}\nbindings:\n");
    let source = Catalogue::embedded().with_text("test.source", text).source("test.source");
    let source = source.expect("added").expect("reads");
    assert_eq!(source.absent("splunk"), Some("nobody reads it"));
    assert_eq!(source.absent("sigma"), None);
}

#[test]
fn fields_can_be_named_and_their_values_fit() {
    assert_eq!(
        wrong("Image:", "'Im|age':"),
        [
            "a detection cannot name the field `Im|age` | no white space, `|` or `$`: they mean something there @ 'Im|age'"
        ]
    );
    assert_eq!(
        wrong("user: {}\n", "user: {same_as: Roles}\n"),
        ["`Roles` holds several values, a common field one | leave out `same_as` @ Roles"]
    );
    assert_eq!(wrong("['1', '2']", "['1', x]"), ["the value `x` does not fit the type integer @ Kind"]);
    assert_eq!(
        wrong("['1', '2']", "[]"),
        ["a field with no values is never there | leave out `values` @ Kind"]
    );
}

#[test]
fn value_maps_are_not_ambiguous() {
    assert!(values(r"{prefix: {'HKLM\': 'HKEY_LOCAL_MACHINE\'}}").is_empty());
    assert_eq!(
        values("{map: {a: b, A: c}}"),
        ["`A` stands twice: case does not count here @ {map: {a: b, A: c}}"]
    );
    assert_eq!(values("{partial: {}}").len(), 1);
    assert_eq!(values("{append: ''}").len(), 1);
    assert_eq!(values("{hexadecimal: false}").len(), 1);
    assert_eq!(values("{append: a, prepend: b}").len(), 1);
    for prefix in ["{'': b}", r"{'HKLM\': HKEY}", r"{'HKLM\': 'A\', 'HKU/': 'B/'}", r"{'A\B\': 'C\'}"] {
        assert_eq!(values(&format!("{{prefix: {prefix}}}")).len(), 1, "{prefix}");
    }
}

#[test]
fn what_extends_a_binding_replaces_what_is_no_mapping() {
    let text = SOURCE.replace(
        "bindings:\n",
        "bindings:\n  base: {fields: {Image: a}}\n  own: {extends: base, fields: []}\n",
    );
    let catalogue = Catalogue::embedded().with_text("test.source", text);
    let source = catalogue.source("test.source").expect("added").expect("reads");
    let tree = source.binding::<serde_json::Value>("own").expect("reads").expect("is there");
    assert_eq!(tree, serde_json::json!({"fields": []}));
}

#[test]
fn a_folder_adds_common_fields_and_changes_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let read = || {
        let catalogue = Catalogue::embedded().with_folder(folder.path()).expect("readable");
        catalogue.source("test.source").expect("added")
    };
    write("test.source.yml", &SOURCE.replace("  user: {}", "  user: {}\n  badge: {}"));
    assert!(read().is_err());
    write("_common_fields.yml", "badge: {type: integer, meaning: the number of a badge}\n");
    let source = read().expect("known now");
    assert_eq!(source.field("badge").expect("there").field.field_type.name(), "integer");
    write("_common_fields.yml", "user: {type: integer, meaning: something else}\n");
    assert_eq!(
        shown(&read().expect_err("refused")),
        ["`user` is a common field already | use it as it is, or choose another name @ user"]
    );
    std::fs::write(folder.path().join("bad.yml"), b"\xff").expect("written");
    let error = Catalogue::embedded().with_folder(folder.path()).err().expect("not UTF-8");
    assert!(error.to_string().starts_with("bad.yml: "), "{error}");
}

#[test]
fn a_log_source_of_sigma_names_one_data_source() {
    let catalogue = Catalogue::embedded();
    let find = |category: &str, product: &str, service: &str| {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let logsource =
            Logsource { category: part(category), product: part(product), service: part(service) };
        catalogue.of_logsource(&logsource).expect("sound").map(str::to_owned)
    };
    assert_eq!(find("process_creation", "windows", "").as_deref(), Some("windows.process_creation"));
    assert_eq!(find("", "windows", "security").as_deref(), Some("windows.security"));
    assert_eq!(find("", "windows", "nothing"), None);

    // Embedded sources that are the default of one log source would be chosen between by their name.
    let mut seen = crate::maps::HashMap::default();
    for id in catalogue.ids() {
        if let Some(logsource) = catalogue.logsource_of(id).expect("sound") {
            assert!(!logsource.is_empty(), "{id}");
            assert_eq!(seen.insert(logsource, id), None, "{id}: which is the default?");
        }
    }

    // A user's own source wins, also under another name; one that is not the default does not.
    let own = SOURCE
        .replace("id: test.source", "id: zz.own")
        .replace("{product: test}", "{product: windows, service: security}");
    let with = |text: String| Catalogue::embedded().with_text("zz.own", text);
    let security =
        Logsource { category: None, product: Some("windows".into()), service: Some("security".into()) };
    assert_eq!(with(own.clone()).of_logsource(&security), Ok(Some("zz.own")));
    let second = own.replace("service: security}}", "service: security}, default: false}");
    assert_ne!(second, own);
    assert_eq!(with(second).of_logsource(&security), Ok(Some("windows.security")));
    let wrong = own.replace("service: security", "log: security");
    assert_ne!(wrong, own);
    assert!(with(wrong).of_logsource(&security).is_err());
}
