//! Entries in the three shapes that the content has had, and searches that say more than a detection can.

use super::{Document, Entry, Imported, Importer, read};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::resolve::Context;
use crate::source::SourceFile;

const HEAD: &str = "
name: Shadow Copies Deleted
id: 3f2b6c7e-0d5a-4c55-9d0e-5a8a7c1f4e21
version: 3
date: '2025-02-03'
author: A. Writer
status: production
type: TTP
description: Shadow copies were deleted.
data_source: [Sysmon EventID 1]
how_to_implement: Collect process events.
known_false_positives: Backup software.
references: [https://example.com/a]
";

const VERSION_4: &str = "
tags:
  analytic_story: [Ransomware]
  asset_type: Endpoint
  confidence: 90
  impact: 90
  message: $user$ deleted shadow copies on $dest$ with $other$
  mitre_attack_id: [T1490]
  observable:
  - {name: dest, type: Endpoint, role: [Victim]}
  - {name: process_name, type: Process Name, role: [Attacker]}
  risk_score: 81
  security_domain: endpoint
";

const MODEL: &str = "'| tstats `security_content_summariesonly` count min(_time) as firstTime from datamodel=Endpoint.Processes \
     where Processes.process_name=vssadmin.exe Processes.process IN (\"*delete*\", \"*resize*\") NOT Processes.user=\"backup?\" \
     by Processes.dest Processes.user Processes.process_name | `drop_dm_object_name(Processes)` \
     | `security_content_ctime(firstTime)` | `shadow_copies_deleted_filter`'";

fn entry(search: &str, rest: &str) -> Box<Entry> {
    let text = format!("{}search: {search}{rest}", HEAD.trim_start());
    let mut findings = Vec::new();
    match read(&SourceFile::new("detections/shadow_copies_deleted.yml", text), &mut findings) {
        Some(Document::Detection(entry)) => entry,
        other => panic!("{other:?} {findings:?}"),
    }
}

fn import(search: &str, rest: &str) -> (Option<Imported>, Vec<Diagnostic>) {
    let catalogue = Catalogue::embedded();
    let context = Context { catalogue: &catalogue, profiles: &["splunk:escu"] };
    let macros = [
        (
            "process_tool".to_owned(),
            Vec::new(),
            "(Processes.process_name=a.exe OR Processes.process_name=b.exe)".to_owned(),
        ),
        ("sysmon".to_owned(), Vec::new(), "sourcetype=x".to_owned()),
    ];
    let mut findings = Vec::new();
    let imported = Importer::new(&context, &macros).import(&entry(search, rest), &mut findings);
    (imported, findings)
}

fn text(search: &str, rest: &str) -> String {
    let (imported, findings) = import(search, rest);
    let imported = imported.unwrap_or_else(|| panic!("{findings:?}"));
    assert_eq!(imported.raw, None, "{findings:?}");
    imported.text
}

/// The lines from `data_source` on.
fn logic(search: &str) -> String {
    let text = text(search, VERSION_4);
    let start = text.find("\ndata_source:").expect("is there") + 1;
    let end = text.find("\nsummarize:").or_else(|| text.find("\nrisk:")).unwrap_or(text.len());
    text[start..end].trim_end().to_owned()
}

fn reason(search: &str) -> String {
    let (imported, findings) = import(search, VERSION_4);
    assert_eq!(findings.iter().map(|it| it.code.id()).collect::<Vec<_>>(), ["W0920"]);
    let imported = imported.expect("is kept");
    let reason = imported.raw.expect("is raw");
    assert!(imported.text.contains("raw:\n  splunk:escu:\n    query: "), "{}", imported.text);
    reason
}

#[test]
fn a_search_over_a_data_model_becomes_selections() {
    assert_eq!(
        logic(MODEL),
        "data_source: windows.process_creation\n\
         detection:\n  \
           selection:\n    \
             process_name: vssadmin.exe\n    \
             CommandLine|contains:\n      \
               - delete\n      \
               - resize\n  \
           filter:\n    \
             user: 'backup\\?'\n  \
           condition: selection and not filter"
    );
}

#[test]
fn metadata_risk_and_columns_come_along() {
    let text = text(MODEL, VERSION_4);
    for part in [
        "version: 3\n",
        "severity: critical\n",
        "date: 2025-02-03\n",
        "attack: [T1490]\n",
        "analytic_stories:\n  - Ransomware\n",
        "asset_type: Endpoint\n",
        "security_domain: endpoint\n",
        "  by: [dest, user, process_name]\n",
        "  message: '$user$ deleted shadow copies on $dest$ with other'\n",
        "    - {field: dest, type: system, score: 81}\n",
        "    - {field: process_name, type: process_name}\n",
        "#   data_source: Sysmon EventID 1\n",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn risk_of_later_versions_is_read() {
    let five = "
rba:
  message: $user$ did it
  risk_objects: [{field: user, type: user, score: 64}, {field: nope, type: user, score: 64}]
  threat_objects: [{field: process_name, type: process_name}]
tags: {analytic_story: [Ransomware], asset_type: Endpoint, mitre_attack_id: [T1490], security_domain: endpoint}
";
    let six = "
creation_date: 2024-01-01
modification_date: 2026-05-06
finding: {title: $user$ did it, entity: {field: user, type: user, score: 64}}
threat_objects: [{field: process_name, type: process_name}]
analytic_story: [Ransomware]
asset_type: Endpoint
mitre_attack_id: [T1490]
security_domain: endpoint
";
    for (rest, date) in [(five, "2025-02-03"), (six, "2026-05-06")] {
        let text = text(MODEL, rest);
        for part in [
            "severity: high\n",
            &format!("date: {date}\n"),
            "  message: '$user$ did it'\n",
            "    - {field: user, type: user, score: 64}\n",
            "    - {field: process_name, type: process_name}\n",
            "attack: [T1490]\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}

#[test]
fn a_search_behind_a_macro_finds_its_data_source_by_what_it_states() {
    let found = logic(
        "'`sysmon` EventCode=10 TargetImage=*\\\\lsass.exe (CallTrace=*a* OR CallTrace=\"*b\") | stats count by dest | `x_filter`'",
    );
    assert_eq!(
        found,
        "data_source: windows.process_access\n\
         detection:\n  \
           selection:\n    \
             TargetImage|endswith: '\\lsass.exe'\n  \
           selection_2:\n    \
             - CallTrace|contains: a\n    \
             - CallTrace|endswith: b\n  \
           present:\n    \
             dest|exists: true\n  \
           condition: selection and selection_2 and present"
    );
}

#[test]
fn what_a_summary_drops_is_asked_for_or_told_of() {
    let dropped = |search: &str| {
        let text = text(search, VERSION_4);
        let notes: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#   summary: ")).collect();
        (notes.join("\n"), logic(search).contains("present:"))
    };
    let search =
        |middle: &str, by: &str| format!("'`sysmon` EventCode=1 Image=a {middle} | stats count by {by}'");
    // A01: `stats` drops what lacks a field that it groups by; the condition asks for `Image` already.
    assert_eq!(
        dropped(&search("", "Image dest")),
        ("the search drops events without dest: `present` asks for them".to_owned(), true)
    );
    assert_eq!(dropped(&search("", "Image")), (String::new(), false));
    // Filled fields are there.
    assert_eq!(dropped(&search("| fillnull", "dest user")), (String::new(), false));
    assert_eq!(dropped(&search("| fillnull value=x dest", "dest")), (String::new(), false));
    assert!(dropped(&search("| fillnull value=x user", "dest")).1);
    assert_eq!(
        dropped(&search("| eval y=lower(Image)", "y nowhere")),
        (
            "the search drops events without a value of `y` (computed), `nowhere` (not in the catalogue); this keeps them"
                .to_owned(),
            false
        )
    );
    assert_eq!(dropped(MODEL), (String::new(), false));
    // The catalogue says that this model writes a word for what is missing: nothing is dropped.
    assert_eq!(dropped(&MODEL.replace("`security_content_summariesonly`", "")), (String::new(), false));
}

#[test]
fn alternatives_stand_together_beside_what_must_be_there() {
    let found = logic("'`sysmon` EventCode=10 (TargetImage=a OR NOT CallTrace=b) | stats count by dest'");
    assert!(found.ends_with("condition: '(selection or not filter) and present'"), "{found}");
}

#[test]
fn a_search_that_stays_as_it_is_keeps_what_reads_its_results() {
    let search = "'`sysmon` EventCode=1 | eventstats count as total by dest | where total > 5'";
    let four = "
tags:
  analytic_story: [Ransomware]
  asset_type: Endpoint
  message: $user$ on $dest name$ and $dest$
  mitre_attack_id: [T1490]
  observable:
  - {name: dest, type: Endpoint, role: [Victim]}
  - {name: dest name, type: Endpoint, role: [Victim]}
  - {name: process_name, type: Process Name, role: [Attacker]}
  risk_score: 81
  security_domain: endpoint
  throttling: {fields: [dest], period: 3600s}
drilldown_searches: [{name: x, search: '%original_detection_search%'}]
";
    let (imported, findings) = import(search, four);
    let text = imported.unwrap_or_else(|| panic!("{findings:?}")).text;
    for part in [
        "#   risk: without dest name 81: no column of the result\n",
        "  message: '$user$ on dest name and $dest$'\n",
        "    - {field: dest, type: system, score: 81}\n",
        "    - {field: process_name, type: process_name}\n",
        "suppress:\n  by: [dest]\n  for: 3600s\n",
        "drilldowns: default\n",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn macros_that_are_conditions_are_expanded() {
    let search = "'| tstats count from datamodel=Endpoint.Processes where `process_tool` Processes.process=*x* Processes.process=*y* by Processes.dest'";
    let found = logic(search);
    assert!(found.contains("process_name:\n      - a.exe\n      - b.exe\n"), "{found}");
    assert!(found.contains("CommandLine|contains|all:\n      - x\n      - 'y'\n"), "{found}");
}

#[test]
fn conditions_behind_the_summary_are_conditions_of_events() {
    let search = "'| tstats count from datamodel=Endpoint.Processes where Processes.process_name=a.exe by Processes.dest Processes.process \
         | `drop_dm_object_name(Processes)` | rename process as line | search line!=\"*b*\" | where match(line, \"(?i)c+\") | eval x=1'";
    let found = logic(search);
    // No row of this model lacks a field: `!=` asks for nothing more.
    assert!(!found.contains("exists"), "{found}");
    assert!(found.contains("CommandLine|re|i: c+\n"), "{found}");
    assert!(found.contains("filter:\n    CommandLine|contains: b\n"), "{found}");
}

#[test]
fn presence_in_a_data_model_is_told_of() {
    let search = "'| tstats count from datamodel=Endpoint.Processes where Processes.process_name=a.exe by Processes.process \
         | where isnotnull(process)'";
    let text = text(
        &search.replace("where isnotnull", "rename Processes.process as process | where isnotnull"),
        VERSION_4,
    );
    let note =
        "#   presence: the model writes `unknown` for a missing value; `exists` here asks for a real one\n";
    assert!(text.contains(note) && text.contains("CommandLine|exists: true\n"), "{text}");
}

#[test]
fn both_spellings_of_xml_are_one_value() {
    let found = logic(
        "'| tstats count from datamodel=Endpoint.Processes where Processes.process IN (\"*2>&1*\", \"*2&gt;&amp;1*\") by Processes.dest'",
    );
    assert!(
        found.contains("CommandLine|contains: 2>&1\n") || found.contains("CommandLine|contains: '2>&1'\n"),
        "{found}"
    );
}

#[test]
fn a_rename_with_a_star_leaves_names_open() {
    let star = "'`sysmon` EventCode=1 Image=a | rename other.* as * ";
    assert_eq!(
        reason(&format!("{star}| search CommandLine=b'")),
        "a condition on `CommandLine`, which a `rename` with a star may have made"
    );
    let text = text(&format!("{star}| stats count by Image dest'"), VERSION_4);
    assert!(
        text.contains("of `Image` (computed), `dest` (computed); this keeps them")
            && text.contains("  by: [Image, dest]\n"),
        "{text}"
    );
}

#[test]
fn what_a_detection_cannot_say_is_kept_with_the_reason() {
    for (search, expected) in [
        (
            "'| tstats count from datamodel=Endpoint.Processes where Processes.process_name=a by Processes.dest | where count > 5'",
            "a condition on `count`, which the search computes",
        ),
        (
            "'| tstats count from datamodel=Endpoint.Processes where Processes.nope=a by Processes.dest'",
            "the field `Processes.nope`, which `windows.process_creation` of the catalogue does not have",
        ),
        (
            "'| tstats count from datamodel=Nope.Nope where Nope.a=a by Nope.b'",
            "no data source of the catalogue is in the data model `Nope.Nope`",
        ),
        (
            "'`nope` a=b | stats count by dest'",
            "no data source of the catalogue starts with the macro `nope`",
        ),
        ("'`sysmon` EventCode=1 Image=a | transaction dest'", "the command `transaction`"),
        ("'`sysmon` EventCode=1 Image=a | stats count by dest | stats count'", "a summary of a summary"),
        ("'`sysmon` EventCode=1 Image=a evil'", "the bare term `evil`"),
        (
            "'`sysmon` EventCode=1 Image=a | eval y=lower(Image) | where y=\"a\"'",
            "a condition on `y`, which the search computes",
        ),
        ("'`sysmon` EventCode=1 Image=a | where len(Image)>5'", "a `where` that computes"),
        ("'`sysmon` EventCode=1 Image=\"a'", "a double quote is not closed"),
        ("'| inputlookup x'", "a search that begins with another command"),
        (
            "'`sysmon` EventCode=1 Image=a | stats count'",
            "a summary without `by`, which has a result even where nothing is found",
        ),
    ] {
        assert_eq!(reason(search), expected, "{search}");
    }
}

#[test]
fn an_entry_without_its_keys_is_refused() {
    let text = "name: A\nid: x\ntype: TTP\nsearch: a=1\n";
    let mut findings = Vec::new();
    let Some(Document::Detection(entry)) = read(&SourceFile::new("a.yml", text), &mut findings) else {
        panic!("is a detection");
    };
    let catalogue = Catalogue::embedded();
    let context = Context { catalogue: &catalogue, profiles: &["splunk:escu"] };
    assert!(Importer::new(&context, &[]).import(&entry, &mut findings).is_none());
    assert_eq!(findings.iter().map(|it| it.code.id()).collect::<Vec<_>>(), ["E0920"]);
}

#[test]
fn other_files_are_told_apart() {
    let kind = |text: &str| match read(&SourceFile::new("a.yml", text), &mut Vec::new()) {
        Some(Document::Macro { name, arguments, text }) => format!("{name} {arguments:?} {text}"),
        Some(Document::Detection(_)) => "detection".to_owned(),
        Some(Document::Other) => "other".to_owned(),
        None => "nothing".to_owned(),
    };
    assert_eq!(kind("name: m\narguments: [a]\ndefinition: x=$a$\n"), "m [\"a\"] x=$a$");
    assert_eq!(kind("name: story\ndescription: x\n"), "other");
    assert_eq!(kind("a: [\n"), "nothing");
}
