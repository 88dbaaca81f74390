//! The catalogue that is shipped: every source parses, every field has its place or the reason for having none, and
//! every Kusto table, column and type is Microsoft's.
//!
//! In: the embedded catalogue and `oracles/schemas`. Out: nothing; it fails with all that is wrong.

mod expression;
mod fields;
mod kusto;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::ir::FieldKind;
use detc::targets::profiles;
use serde_json::Value;

use schemas::Schemas;

/// Every source; a source that does not parse fails the test.
fn sources() -> Vec<Arc<Source>> {
    let catalogue = Catalogue::embedded();
    let all: Vec<_> = catalogue
        .ids()
        .map(|id| match catalogue.source(id) {
            Some(Ok(source)) => source,
            Some(Err(findings)) => panic!("{id}: {findings:#?}"),
            None => panic!("{id} is listed and not there"),
        })
        .collect();
    assert!(!all.is_empty());
    all
}

/// The names of a source's fields, of one kind.
/// The native fields with the word for their type.
fn types(source: &Source) -> BTreeMap<String, &'static str> {
    let natives = source.fields.iter().filter(|(_, spec)| spec.field.kind == FieldKind::Native);
    natives.map(|(name, spec)| (name.clone(), spec.field.field_type.name())).collect()
}

fn fields(source: &Source, kind: FieldKind) -> BTreeSet<String> {
    let of_kind = source.fields.iter().filter(|(_, spec)| spec.field.kind == kind);
    of_kind.map(|(name, _)| name.clone()).collect()
}

/// A binding as a tree, with `extends` resolved.
fn binding(source: &Source, profile: &str) -> Value {
    match source.binding::<Value>(profile) {
        Ok(Some(tree)) => tree,
        Ok(None) => panic!("{}: {profile} is listed and not there", source.id),
        Err(findings) => panic!("{}: {profile}: {findings:#?}", source.id),
    }
}

/// The keys of a mapping in a binding.
fn keys(tree: &Value, key: &str) -> BTreeSet<String> {
    tree.get(key).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn check_all(check: impl Fn(&Source, &str, &Value) -> Vec<String>) {
    let mut problems = Vec::new();
    for source in sources() {
        for profile in source.profiles() {
            let found = check(&source, profile, &binding(&source, profile));
            problems.extend(found.into_iter().map(|problem| format!("{}: {profile}: {problem}", source.id)));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_source_parses_and_is_described() {
    for source in sources() {
        assert!(!source.description.trim().is_empty(), "{}: no description", source.id);
        assert!(!source.references.is_empty(), "{}: no references", source.id);
        assert!(source.profiles().next().is_some(), "{}: no bindings", source.id);
        for (name, spec) in &source.fields {
            assert!(
                spec.meaning.trim_end().ends_with(['.', '…', '`']),
                "{}: `{name}` has no meaning",
                source.id
            );
        }
    }
}

#[test]
fn every_profile_exists() {
    check_all(|_, profile, _| {
        let known = profiles().any(|known| known.id == profile);
        if known { Vec::new() } else { vec!["no such profile".to_owned()] }
    });
    for source in sources() {
        for absent in source.absent_profiles() {
            assert!(profiles().any(|known| known.id == absent), "{}: absent: {absent}", source.id);
        }
    }
}

#[test]
fn every_common_field_has_its_place_or_the_reason_for_having_none() {
    check_all(|source, profile, tree| {
        let (bound, unmapped) = (keys(tree, "fields"), keys(tree, "unmapped"));
        let common = fields(source, FieldKind::Common);
        // A native field that is not listed is where `each` says; in Sigma, it keeps its name.
        let legs = tree.get("union").and_then(Value::as_array).into_iter().flatten();
        let of_legs: BTreeSet<String> = legs.flat_map(|leg| keys(leg, "fields")).collect();
        let rest = tree.get("each").is_some() || tree.get("union").is_some() || profile == "sigma";
        let has_native = |name: &String| {
            let native = source.field(name).and_then(|spec| spec.same_as.as_ref());
            native.is_some_and(|native| {
                bound.contains(native) || of_legs.contains(native) || (rest && !unmapped.contains(native))
            })
        };
        let is_bound =
            |name: &String| bound.contains(name) || of_legs.contains(name) || unmapped.contains(name);
        let without = common.iter().filter(|name| !is_bound(name) && !has_native(name));
        without.map(|name| format!("`{name}` is neither bound nor unmapped")).collect()
    });
}

#[test]
fn no_binding_names_a_field_that_the_source_lacks() {
    check_all(|source, _, tree| {
        let (bound, unmapped) = (keys(tree, "fields"), keys(tree, "unmapped"));
        let legs = tree.get("union").and_then(Value::as_array).into_iter().flatten();
        let of_legs = legs.flat_map(|leg| keys(leg, "fields"));
        let all: BTreeSet<String> = bound.union(&unmapped).cloned().chain(of_legs).collect();
        let unknown = all.iter().filter(|name| source.field(name).is_none());
        let mut problems: Vec<_> = unknown.map(|name| format!("the source has no field `{name}`")).collect();
        problems.extend(bound.intersection(&unmapped).map(|name| format!("`{name}` is bound and unmapped")));
        problems
    });
}

#[test]
fn a_map_of_values_translates_exactly_the_values_that_the_field_has() {
    check_all(|source, _, tree| {
        let mut problems = Vec::new();
        let legs = tree.get("union").and_then(Value::as_array).into_iter().flatten();
        let places = std::iter::once(tree).chain(legs).filter_map(|place| place.get("fields")?.as_object());
        for (name, place) in places.flatten() {
            let Some(values) = source.field(name).and_then(|spec| spec.values.as_ref()) else { continue };
            let Some(translated) = place.get("values") else { continue };
            let (closed, partial) = (keys(translated, "map"), keys(translated, "partial"));
            let others = closed.union(&partial).filter(|key| !values.contains(key));
            problems.extend(others.map(|key| format!("`{name}` never has the value `{key}`")));
            if !closed.is_empty() {
                let missing = values.iter().filter(|value| !closed.contains(*value));
                problems.extend(missing.map(|value| {
                    format!("`{name}` has the value `{value}`, which `map` lacks: add it, or write `partial`")
                }));
            }
        }
        problems
    });
}

/// Parts of values are looked for as they are there, so something may be lost.
#[test]
fn values_in_parentheses_have_a_loss_that_excepts_whole_values() {
    check_all(|_, _, tree| {
        let fields = tree.get("fields").and_then(Value::as_object).into_iter().flatten();
        let wrong = fields.filter(|(_, place)| {
            let is_so = place.pointer("/values/parentheses").is_some();
            is_so && place.pointer("/loss/except/equals").is_none()
        });
        wrong.map(|(name, _)| format!("`{name}` lacks a loss")).collect()
    });
}

#[test]
fn every_kusto_table_column_and_type_is_microsofts() {
    let schemas = Schemas::read();
    check_all(|source, profile, tree| match profile.strip_prefix("kusto:") {
        Some(environment) => kusto::Check::binding(environment, tree, &types(source), &schemas),
        None => Vec::new(),
    });
}
