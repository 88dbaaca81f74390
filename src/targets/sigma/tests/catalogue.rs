//! The embedded catalogue, and a detection as its author writes it.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::sigma::{PROFILES, Sigma, bind};
use crate::targets::{Options, Target, Verdict};

#[test]
fn every_binding_is_read() {
    let catalogue = Catalogue::embedded();
    let mut read = 0;
    for id in catalogue.ids() {
        let source = catalogue.source(id).expect("listed").unwrap_or_else(|findings| panic!("{findings:#?}"));
        match bind(&source, "sigma") {
            Ok(binding) => read += usize::from(binding.is_some()),
            Err(findings) => panic!("{id}: {findings:#?}"),
        }
    }
    assert!(read > 0, "no source has a binding");
}

const DETECTION: &str = r"
id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
name: Office application starts a shell
version: 1
status: test
type: ttp
severity: high
author: Jane Doe
date: 2026-03-10
description: >
  An Office application starts a shell,
  as macros do.
attack: [T1059.001]
data_source: windows.process_creation
detection:
  parent:
    ParentImage|endswith: ['\winword.exe', '\excel.exe']
  shell:
    - Image|endswith: '\powershell.exe'
      CommandLine|contains|all: [' -enc ', hidden]
    - OriginalFileName: Cmd.Exe
  filter_printing: {CommandLine|re|i: 'print(er)?\.vbs$'}
  filter_empty: {CommandLine: null}
  condition: parent and shell and not 1 of filter_*
";

#[test]
fn a_detection_is_written_as_an_author_would() {
    let catalogue = Arc::new(Catalogue::embedded());
    let context = Context { catalogue: &catalogue, profiles: &["sigma"] };
    let mut findings = Vec::new();
    let file = SourceFile::new("detections/shell.yml", DETECTION);
    let detection = resolve_file(&file, &context, &mut findings);
    assert!(findings.is_empty(), "{findings:#?}");
    let detection = detection.expect("resolves");
    let sigma = Sigma::new(&PROFILES[0], Arc::clone(&catalogue));
    let compiled = sigma.compile(&detection, Options::default()).expect("compiles");
    assert_eq!(compiled.verdict, Verdict::Exact);
    let expected = r"title: Office application starts a shell
id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f
status: test
description: An Office application starts a shell, as macros do.
author: Jane Doe
date: 2026-03-10
tags:
    - attack.execution
    - attack.t1059.001
logsource:
    category: process_creation
    product: windows
detection:
    parent:
        ParentImage|endswith:
            - '\winword.exe'
            - '\excel.exe'
    shell:
        - Image|endswith: '\powershell.exe'
          CommandLine|contains|all:
              - ' -enc '
              - hidden
        - OriginalFileName: Cmd.Exe
    filter_printing:
        CommandLine|re|i: 'print(er)?\.vbs$'
    filter_empty:
        CommandLine: null
    condition: parent and shell and not 1 of filter_*
level: high
";
    assert_eq!(compiled.text, expected);
}
