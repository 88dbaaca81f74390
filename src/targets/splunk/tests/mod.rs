//! Unit tests of the target: detections in, text out. Expectations follow from the documented rules of SPL, whose
//! numbers the comments give.

mod binding;
mod correlations;
mod data_model;
mod derive;
mod each;
mod errors;
mod escaping;
mod filter;
mod first_detection;
mod lists;
mod outputs;
mod search;

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{self, Compiled, Options};

/// A source with a field of every kind, in every profile.
const SOURCE: &str = r#"
id: test.source
name: Test
description: A source for tests.
fields:
  Name: {meaning: text}
  Other: {meaning: text}
  Id: {type: integer, meaning: a whole number}
  Score: {type: real, meaning: a number}
  Flag: {type: boolean, meaning: a boolean}
  Address: {type: ip, meaning: an address}
  Time: {type: timestamp, meaning: a moment}
  Roles: {many: true, meaning: several texts}
  Ports: {type: integer, many: true, meaning: several numbers}
  Pairs: {type: pairs, meaning: pairs}
  Steps: {type: pairs, meaning: pairs in step}
  Dotted: {meaning: text with a dot behind it there}
  Kind: {meaning: one of three}
  Half: {meaning: filled in part}
  Nowhere: {meaning: in no profile}
common:
  user: {}
  src: {}
  dest: {}
  vendor_product: {}
bindings:
  splunk:
    select: {sourcetype: "a:b", Code: [1, 5]}
    fields: &fields
      Name: Name
      Other: "Other{}.Name"
      Id: Id
      Score: Score
      Flag: Flag
      Address: Address
      Time: _time
      Roles: "Roles{}"
      Ports: Ports
      Pairs: {names: "Pairs{}.Name", values: "Pairs{}.Value"}
      Steps: {names: "Steps{}.Name", values: "Steps{}.Value", aligned: true}
      Dotted: {field: Dotted, values: {append: "."}}
      Kind: {field: Kind, values: {map: {low: "1", middle: "2", high: "3"}}}
      Half: {field: Half, loss: {name: partly-filled, verdict: narrowed, reason: empty for old events}}
      user: {eval: "coalesce(UserName,'User-Id')"}
      src: SourceAddress
      dest: dest
      vendor_product: {constant: 'Test "1"'}
    unmapped: {Nowhere: nobody writes it}
  splunk:escu: {extends: splunk, macro: test_source, select: {Workload: Directory}}
  splunk:cim:
    data_model: Endpoint.Processes
    select: {Processes.action: allowed}
    missing: unknown
    fields:
      Name: Processes.process
      Other: Processes.parent_process
      Id: Processes.process_id
      Address: Processes.dest_ip
      user: Processes.user
      src: {eval: "lower('Processes.src')"}
      dest: Processes.dest
      vendor_product: {constant: Test}
"#;

const HEAD: &str = "
id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
name: Test Detection
version: 1
status: test
type: ttp
severity: low
author: A
date: 2026-01-01
description: A test.
attack: [T1059]
data_source: test.source
";

fn catalogue(source: &str) -> Arc<Catalogue> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("test.source.yml"), source).expect("written");
    Arc::new(
        Catalogue::embedded()
            .with_list("hosts.yml", lists::LIST)
            .with_list("none.yml", lists::EMPTY)
            .with_folder(folder.path())
            .expect("read"),
    )
}

/// The detection with this body: `detection:` and what follows.
fn detection(catalogue: &Catalogue, body: &str) -> ir::Detection {
    let profiles: Vec<&str> = targets::profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let file = SourceFile::new("test.yml", format!("{HEAD}{body}\n"));
    let detection = resolve_file(&file, &context, &mut findings);
    detection.unwrap_or_else(|| panic!("{body}: {findings:#?}"))
}

fn compile_over(
    source: &str,
    body: &str,
    profile: &str,
    options: Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let catalogue = catalogue(source);
    let target = targets::target(profile, &catalogue).expect("a profile");
    target.compile(&detection(&catalogue, body), options)
}

fn compile(body: &str, profile: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile_over(SOURCE, body, profile, Options::default())
}

/// The query of a detection that must compile.
fn query(body: &str, profile: &str) -> String {
    match compile(body, profile) {
        Ok(compiled) => compiled.text,
        Err(findings) => panic!("{body}: {findings:#?}"),
    }
}

/// The findings of a detection that must not compile: codes and messages.
fn refusals(body: &str, profile: &str) -> Vec<(&'static str, String)> {
    match compile(body, profile) {
        Ok(compiled) => panic!("compiled: {}", compiled.text),
        Err(findings) => findings.into_iter().map(|found| (found.code.id(), found.message)).collect(),
    }
}

/// The lines after the base facts, for a selection `s`, given as YAML flow, and a condition.
fn tail(selection: &str, condition: &str) -> String {
    let text = query(&format!("detection: {{s: {selection}, condition: {condition}}}"), "splunk");
    let rest = text.strip_prefix(r#"sourcetype="a:b" Code IN ("1","5")"#).expect("the facts");
    rest.trim().to_owned()
}
