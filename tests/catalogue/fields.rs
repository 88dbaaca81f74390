//! A query for every field of every binding: none may fail for another reason than what the catalogue says.
//!
//! In: the embedded catalogue. Out: nothing; it fails with every field that a target cannot read.

use std::sync::Arc;

use detc::catalogue::{Catalogue, FieldSpec, Source};
use detc::ir::{FieldKind, FieldType};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{self, Options, Target};

/// What the catalogue itself says of a field: absent there (`E0503`), filled in part (`E0504`), without such a value
/// (`E0407`), or with values that cannot be translated (`E0501`).
const SAID: [&str; 4] = ["E0407", "E0501", "E0503", "E0504"];

/// A selection of one field.
fn selection(name: &str, spec: &FieldSpec) -> String {
    let listed = spec.values.as_ref().and_then(|values| values.first().map(String::as_str));
    let value = match spec.field.field_type {
        FieldType::Text => listed.unwrap_or("a"),
        FieldType::Integer | FieldType::Real => listed.unwrap_or("1"),
        FieldType::Boolean => "true",
        FieldType::Ip => "192.0.2.1",
        FieldType::Timestamp | FieldType::Pairs => return format!("{{'{name}|exists': true}}"),
    };
    format!("{{'{name}': '{value}'}}")
}

fn problem(target: &dyn Target, catalogue: &Catalogue, source: &Source, name: &str) -> Option<String> {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
         author: nobody\ndate: 2026-01-02\ndescription: A test.\ndata_source: {}\ndetection:\n  s: {}\n  condition: s\n",
        source.id,
        selection(name, &source.fields[name]),
    );
    let mut findings = Vec::new();
    let context = Context { catalogue, profiles: &[] };
    let Some(detection) = resolve_file(&SourceFile::new("test.yml", text), &context, &mut findings) else {
        return Some(format!("{findings:#?}"));
    };
    let found = target.compile(&detection, Options::default()).err()?;
    let wrong = found.into_iter().find(|finding| !SAID.contains(&finding.code.id()))?;
    Some(format!("{}: {}", wrong.code.id(), wrong.message))
}

#[test]
fn every_native_field_of_every_binding_is_read() {
    let catalogue = Arc::new(Catalogue::embedded());
    let mut problems = Vec::new();
    for profile in targets::profiles() {
        let target = targets::target(profile.id, &catalogue).expect("the profile exists");
        for source in super::sources().iter().filter(|source| source.profiles().any(|id| id == profile.id)) {
            let natives = source.fields.iter().filter(|(_, spec)| spec.field.kind == FieldKind::Native);
            problems.extend(natives.filter_map(|(name, _)| {
                let problem = problem(target.as_ref(), &catalogue, source, name)?;
                Some(format!("{}: {}: `{name}`: {problem}", source.id, profile.id))
            }));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
