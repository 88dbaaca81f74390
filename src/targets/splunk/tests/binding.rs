//! Bindings of the catalogue.

use crate::catalogue::Catalogue;
use crate::targets::splunk::PROFILES;
use crate::targets::splunk::binding::Binding;

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
