//! Detections made by a program: as varied as the catalogue allows, and the same in every run.
//!
//! Which constructs a field takes in all targets is found out by trying: every candidate item is compiled alone, and
//! what a target refuses is left out. So the generator needs no list of fields and follows the catalogue by itself.

mod items;

use std::fmt::Write;
use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::{Options, Target, profiles};
use rayon::prelude::*;

/// What can be used of one source.
struct Material {
    source: Arc<Source>,
    /// Items of a selection, as written: `Image|endswith: '\a.exe'`.
    items: Vec<String>,
    /// Common fields that a summary can use.
    by: Vec<String>,
}

/// Numbers that look random and are the same in every run (a linear congruential generator).
pub(crate) struct Dice(u64);

impl Dice {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// This many detections, as YAML; every one compiles in all targets.
pub(crate) fn detections(
    catalogue: &Arc<Catalogue>,
    targets: &[Box<dyn Target>],
    count: usize,
) -> Vec<String> {
    let ids: Vec<&str> = catalogue.ids().collect();
    let material: Vec<Material> = ids.par_iter().filter_map(|id| material(id, catalogue, targets)).collect();
    assert!(!material.is_empty(), "no data source of the catalogue can be used in all three targets");
    let mut dice = Dice(1);
    let mut texts = Vec::new();
    for number in 0..count * 10 {
        if texts.len() == count {
            break;
        }
        let chosen = &material[dice.below(material.len())];
        let text = detection(number, chosen, &mut dice);
        if compiles(&text, catalogue, targets) {
            texts.push(text);
        }
    }
    assert_eq!(texts.len(), count, "too many generated detections are refused");
    texts
}

/// Tries every construct on every field. `None` when the source does not exist in all targets.
fn material(id: &str, catalogue: &Catalogue, targets: &[Box<dyn Target>]) -> Option<Material> {
    let source = catalogue.source(id)?.ok()?;
    let accepted = |item: &String| {
        compiles(&document(0, id, &format!("  a:\n    {item}\n  condition: a\n")), catalogue, targets)
    };
    let items: Vec<String> = source.fields.values().flat_map(items::candidates).filter(accepted).collect();
    let first = items.first()?;
    let by = source
        .fields
        .values()
        .filter(|spec| spec.field.kind == detc::ir::FieldKind::Common)
        .map(|spec| spec.field.name.to_string())
        .filter(|name| {
            let block = format!("  a:\n    {first}\n  condition: a\nsummarize: {{by: [{name}]}}\n");
            compiles(&document(0, id, &block), catalogue, targets)
        })
        .collect();
    (items.len() >= 10).then_some(Material { source, items, by })
}

fn compiles(text: &str, catalogue: &Catalogue, targets: &[Box<dyn Target>]) -> bool {
    let known: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &known };
    let file = SourceFile::new("generated.yml", text);
    resolve_file(&file, &context, &mut Vec::new()).is_some_and(|detection| {
        targets.iter().all(|target| target.compile(&detection, Options::default()).is_ok())
    })
}

/// One to three selections, none to two exclusions, and perhaps a summary; with two tests.
fn detection(number: usize, material: &Material, dice: &mut Dice) -> String {
    let mut block = String::new();
    let selections = 1 + dice.below(3);
    let exclusions = dice.below(3);
    for place in 0..selections {
        selection(&mut block, &format!("selection_{place}"), material, dice);
    }
    for place in 0..exclusions {
        selection(&mut block, &format!("filter_{place}"), material, dice);
    }
    let found = ["1 of selection_*", "all of selection_*"][dice.below(2)];
    let without = if exclusions == 0 { "" } else { " and not 1 of filter_*" };
    line(&mut block, &format!("  condition: {found}{without}"));
    if !material.by.is_empty() && dice.below(2) == 0 {
        let mut by: Vec<&str> = Vec::new();
        for _ in 0..=dice.below(4) {
            let field = material.by[dice.below(material.by.len())].as_str();
            if !by.contains(&field) {
                by.push(field);
            }
        }
        line(&mut block, &format!("summarize: {{by: [{}]}}", by.join(", ")));
    }
    line(&mut block, "schedule: {every: 1h, lookback: 70m}");
    line(&mut block, "tests:");
    for name in ["one event", "another event"] {
        line(&mut block, &format!("  - name: {name}"));
        line(&mut block, &format!("    events: [{{{}}}]", items::event(&material.source, dice)));
        line(&mut block, "    expect: {matches: 0}");
    }
    document(number, &material.source.id, &block)
}

fn selection(block: &mut String, name: &str, material: &Material, dice: &mut Dice) {
    line(block, &format!("  {name}:"));
    let mut keys: Vec<&str> = Vec::new();
    for _ in 0..=dice.below(4) {
        let item = &material.items[dice.below(material.items.len())];
        let key = item.split(": ").next().unwrap_or_default();
        if !keys.contains(&key) {
            keys.push(key);
            line(block, &format!("    {item}"));
        }
    }
}

/// A detection around its `detection` block and what follows.
fn document(number: usize, source: &str, block: &str) -> String {
    format!(
        "id: 00000000-0000-4000-8000-{number:012x}\n\
         name: Generated detection {number}\n\
         version: 1\n\
         status: test\n\
         type: ttp\n\
         severity: medium\n\
         author: generator\n\
         date: 2026-01-01\n\
         description: Made by a program to measure how long compiling takes.\n\
         false_positives: [Everything that the generator happens to describe.]\n\
         attack: [T1059.001, T1199]\n\
         asset_type: Endpoint\n\
         data_source: {source}\n\
         detection:\n{block}"
    )
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes every line");
}
