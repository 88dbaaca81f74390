//! Bindings of the catalogue.

use crate::catalogue::Catalogue;
use crate::targets::splunk::PROFILES;
use crate::targets::splunk::binding::Binding;
use crate::targets::splunk::lexer::check_query;

#[test]
fn every_binding_of_the_catalogue_reads() {
    let catalogue = Catalogue::embedded();
    let mut read = 0;
    for id in catalogue.ids() {
        let source = catalogue.source(id).expect("listed").expect("sound");
        for profile in PROFILES {
            match Binding::read(&source, profile.id) {
                Ok(binding) => read += usize::from(binding.is_some()),
                Err(findings) => panic!("{id}, {}: {findings:#?}", profile.id),
            }
        }
    }
    assert!(read > 10, "{read}");
}

#[test]
fn a_wrong_binding_is_a_finding_of_the_catalogue() {
    for (right, wrong) in [
        ("{eval: \"coalesce(UserName,'User-Id')\"}", "{eval: \"lower(a) | delete\"}"),
        ("{eval: \"coalesce(UserName,'User-Id')\"}", "{eval: \"lower(a\"}"),
        ("{eval: \"coalesce(UserName,'User-Id')\"}", "{eval: \"lower(`m`)\"}"),
        ("{eval: \"coalesce(UserName,'User-Id')\"}", "{eval: a, field: b}"),
        ("src: SourceAddress", "src: 'a\"b'"),
        ("src: SourceAddress", "src: {names: a}"),
        ("select: {sourcetype: \"a:b\", Code: [1, 5]}", "select: {}"),
        ("select: {sourcetype: \"a:b\", Code: [1, 5]}", "macro: 'a` | delete'"),
    ] {
        let source = super::SOURCE.replace(right, wrong);
        assert_ne!(source, super::SOURCE);
        let found = super::compile_over(
            &source,
            "detection: {s: {Name: a}, condition: s}",
            "splunk",
            crate::targets::Options::default(),
        )
        .expect_err(wrong);
        assert_eq!(found[0].code.id(), "E0701", "{wrong}");
        assert!(found[0].labels[0].file.name().ends_with("test.source.yml"));
    }
}

#[test]
fn every_shipped_detection_gives_a_well_formed_query() {
    let catalogue = std::sync::Arc::new(Catalogue::embedded());
    let mut open = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("detections")];
    let mut compiled = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let profiles: Vec<&str> = crate::targets::profiles().map(|profile| profile.id).collect();
        let context = crate::resolve::Context { catalogue: &catalogue, profiles: &profiles };
        let text = std::fs::read_to_string(&path).expect("a file");
        let file = crate::source::SourceFile::new(path.display().to_string(), text);
        let detection = crate::resolve::resolve_file(&file, &context, &mut Vec::new()).expect("resolves");
        for profile in PROFILES {
            let target = crate::targets::target(profile.id, &catalogue).expect("a profile");
            if let Ok(query) = target.compile(&detection, crate::targets::Options::default()) {
                compiled += 1;
                assert_eq!(check_query(&query.text), Ok(()), "{}", query.text);
                if profile.id == "splunk:escu" {
                    assert_eq!(query.text.lines().count(), 1);
                    assert!(query.text.ends_with(&format!("`{}_filter`\n", detection.metadata.slug)));
                }
            }
        }
    }
    assert!(compiled > 10, "{compiled}");
}
