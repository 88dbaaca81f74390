//! Sources that lie in several tables, and bindings that are wrong.

use std::sync::Arc;

use super::{compile_as, detection_of, selecting};
use crate::catalogue::Catalogue;
use crate::targets::kusto::{Kusto, PROFILES};
use crate::targets::{Options, Target};

fn union(body: &str) -> String {
    let compiled = compile_as("kusto:sentinel", "test.union", body);
    compiled.unwrap_or_else(|findings| panic!("{findings:#?}")).text
}

#[test]
fn each_leg_brings_what_is_needed_to_neutral_names() {
    assert_eq!(
        union(&selecting("Image|endswith: x, user: y, EventID: 1")),
        r#"let decode = (t: string) { replace_string(t, "&amp;", "&") };
union isfuzzy=true
    (
        WindowsEvent
        | where Provider == "P" and EventID == 1
        | extend Image = tostring(EventData.Image), User = tostring(EventData.User)
    ),
    (
        Event
        | where Source == "P"
        | extend
            Image = decode(extract(@'<Data Name="Image">([^<]*)</Data>', 1, EventData)),
            User = decode(extract(@'<Data Name="User">([^<]*)</Data>', 1, EventData))
    )
| where EventID == 1 and Image endswith "x"
| extend user = tostring(split(User, "\\")[-1])
| where user =~ "y"
"#
    );
}

/// A union of one table would only hide that the table is missing.
#[test]
fn one_leg_is_no_union() {
    let source = "id: test.events\nname: n\ndescription: d\nfields: {Image: {meaning: m}}\nbindings:\n  \
                  kusto:sentinel:\n    union: [{table: Syslog, where: a == 1, each: 'tostring(Raw.{field})'}]\n";
    let catalogue = Arc::new(Catalogue::embedded().with_text("test.events", source));
    let detection = detection_of(
        "test.events",
        &format!("{}\nschedule: {{every: 1h, lookback: 2h}}", selecting("Image: x")),
    );
    let options = Options { with_time: true, ..Options::default() };
    let compiled = Kusto::new(&PROFILES[0], catalogue).compile(&detection, options);
    assert_eq!(
        compiled.unwrap_or_else(|findings| panic!("{findings:#?}")).text,
        "Syslog\n\
         | where TimeGenerated > ago(2h)\n\
         | where a == 1\n\
         | extend Image = tostring(Raw.Image)\n\
         | where Image =~ \"x\"\n"
    );
}

#[test]
fn what_the_legs_disagree_on_is_refused() {
    let refused = |items: &str| match compile_as("kusto:sentinel", "test.union", &selecting(items)) {
        Ok(compiled) => panic!("{}", compiled.text),
        Err(findings) => findings[0].labels[0].text.clone(),
    };
    assert_eq!(refused("Mixed: 1"), "its type, shape or values differ between the tables of the union");
    assert_eq!(refused("it's-odd: 1"), "`it's-odd` cannot stand in a literal");
}

/// The findings about a binding.
fn wrong(binding: &str) -> Vec<String> {
    let source = format!(
        "id: test.events\nname: n\ndescription: d\nfields: {{Image: {{meaning: m}}}}\n\
         bindings:\n  kusto:sentinel: {binding}\n"
    );
    let catalogue = Arc::new(Catalogue::embedded().with_text("test.events", &source));
    let detection = detection_of("test.events", &selecting("Image: x"));
    match Kusto::new(&PROFILES[0], catalogue).compile(&detection, Options::default()) {
        Ok(compiled) => panic!("{}", compiled.text),
        Err(findings) => {
            assert!(
                findings.iter().all(|finding| finding.code.id() == "E0701" || finding.code.id() == "E0201")
            );
            findings.into_iter().map(|finding| finding.message).collect()
        }
    }
}

#[test]
fn a_wrong_binding_is_refused_as_a_whole() {
    assert_eq!(
        wrong("{table: T, where: 'a == 1 | take 1', fields: {Image: {expr: 'f(a'}}}"),
        [
            "this is not one KQL expression: `|` after the end of the expression",
            "this is not one KQL expression: expected `,` after the end",
        ]
    );
    assert_eq!(wrong("{fields: {Image: x}}"), ["expected exactly one of `table`, `function`, `union`"]);
    assert_eq!(wrong("{table: T, fields: {Image: {array: a}}}"), ["`array` is for fields that are `many`"]);
    assert_eq!(
        wrong("{table: T, lets: {f: '() { 1 }; T'}, fields: {Image: x}}"),
        ["this is not one KQL expression: a function of a binding is one statement"]
    );
}

/// What `each` says by type, in a single table; `unmapped` wins.
#[test]
fn a_single_table_reads_what_is_not_listed_in_one_way() {
    let source = "id: test.each\nname: n\ndescription: d\n\
                  fields: {Image: {meaning: m}, Id: {type: integer, meaning: m}, Gone: {meaning: m}}\n\
                  common: {process: {same_as: Image}}\nbindings:\n  kusto:sentinel:\n    table: T\n    each: EACH\n    \
                  unmapped: {Gone: not there}\n";
    let compile = |each: &str, items: &str| {
        let catalogue = Arc::new(Catalogue::embedded().with_text("test.each", source.replace("EACH", each)));
        let text = format!(
            "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
             author: nobody\ndate: 2026-01-02\ndescription: A test.\ndata_source: test.each\n{}",
            selecting(items)
        );
        let context = crate::resolve::Context { catalogue: &catalogue, profiles: &["kusto:sentinel"] };
        let file = crate::source::SourceFile::new("test.yml", text);
        let detection = crate::resolve::resolve_file(&file, &context, &mut Vec::new()).expect("resolves");
        Kusto::new(&PROFILES[0], catalogue)
            .compile(&detection, Options::default())
            .map(|compiled| compiled.text)
            .map_err(|findings| findings.iter().map(|found| found.code.id()).collect::<Vec<_>>())
    };
    let typed = "{text: 'tostring(Data.{field})', integer: 'tolong(Data.{field})'}";
    assert_eq!(
        compile(typed, "Image: a, Id: 3").as_deref(),
        Ok(
            "T\n| extend Image = tostring(Data.Image), Id = tolong(Data.Id)\n| where Image =~ \"a\" and Id == 3\n"
        )
    );
    assert_eq!(compile("'{field}'", "Image: a").as_deref(), Ok("T\n| where Image =~ \"a\"\n"));
    assert_eq!(compile("'{field}'", "process: a").as_deref(), Ok("T\n| where Image =~ \"a\"\n"));
    assert_eq!(compile(typed, "Gone: a"), Err(vec!["E0503"]));
    for wrong in
        ["Data", "'{field} | take 1'", "{integer: 'tolong({field})'}", "{text: '{field}', real: 'x('}"]
    {
        assert_eq!(
            compile(wrong, "Image: a").expect_err(wrong)[0],
            if wrong.starts_with("{i") { "E0203" } else { "E0701" }
        );
    }
}
