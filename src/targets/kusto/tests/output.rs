//! Outputs, summaries and time.

use super::{compile, compile_as, detection_of, query, selecting};
use crate::targets::kusto::{Kusto, PROFILES};
use crate::targets::{Options, Target, Verdict};

#[test]
fn a_summary_groups_by_text_and_names_the_missing() {
    let body = format!(
        "{}\nsummarize: {{by: [user, src, Code, vendor_product], values: [CommandLine]}}",
        selecting("Image: x")
    );
    assert_eq!(
        query(&body),
        "| where Image =~ \"x\"\n\
         | extend\n    \
         user = coalesce(tostring(Raw.user), tostring(Raw.app), \"unknown\"),\n    \
         src = coalesce(Address, \"unknown\"),\n    \
         Code = coalesce(tostring(Code), \"unknown\"),\n    \
         vendor_product = \"Test Events\"\n\
         | summarize\n    \
         count_ = count(),\n    \
         firstTime = min(TimeGenerated),\n    \
         lastTime = max(TimeGenerated),\n    \
         TimeGenerated = max(TimeGenerated),\n    \
         values_CommandLine = make_set_if(CommandLine, isnotempty(CommandLine))\n    \
         by user, src, Code, vendor_product"
    );
    let columns = compile(&body).map(|compiled| compiled.columns).unwrap_or_default();
    assert_eq!(columns[0], ("user".to_owned(), "user".to_owned()));
    assert_eq!(columns[4], ("CommandLine".to_owned(), "values_CommandLine".to_owned()));
}

/// A column that a test has needed is not computed again.
#[test]
fn a_summary_reuses_what_is_there() {
    let body = format!("{}\nsummarize: {{by: [Hidden, dest]}}", selecting("Hidden: x"));
    let query = query(&body);
    assert!(query.contains("Hidden = coalesce(Hidden, \"unknown\")"), "{query}");
    assert_eq!(query.matches("Raw.hidden").count(), 1, "{query}");
}

/// Nor is another field's column that holds the same.
#[test]
fn a_value_that_a_column_holds_is_read_from_there() {
    let body = format!("{}\nsummarize: {{by: [process]}}", selecting("Hidden: x"));
    assert_eq!(
        query(&body).split("| summarize").next(),
        Some(
            "| extend Hidden = tostring(Raw.hidden)\n\
             | where Hidden =~ \"x\"\n\
             | extend process = coalesce(Hidden, \"unknown\")\n"
        )
    );
    let shown = format!("{}\nentities: [{{field: process, type: process}}]", selecting("Hidden: x"));
    assert!(query(&shown).ends_with("| extend process = Hidden"), "{}", query(&shown));
}

/// One `extend` cannot read what it adds itself.
#[test]
fn columns_are_added_at_once_unless_one_reads_another() {
    let summary = |body: &str| {
        let derive = "derive:\n  kind: {lower: Hidden}\n";
        let query = query(&format!("{derive}{}\nsummarize: {body}", selecting("Image: x")));
        query.matches("| extend").count()
    };
    assert_eq!(summary("{by: [user], values: [Hidden]}"), 1);
    assert_eq!(summary("{by: [kind]}"), 2);
}

#[test]
fn a_case_of_texts_is_never_unknown() {
    let derived = |otherwise: &str| {
        let derive = format!(
            "derive:\n  kind: {{case: {{branches: [{{when: {{Image: x}}, then: one}}]{otherwise}}}}}\n"
        );
        query(&format!("{derive}{}\nsummarize: {{by: [kind]}}", selecting("Image: x")))
    };
    let query = derived(", else: two");
    assert!(query.contains("= case(Image =~ \"x\", \"one\", \"two\")\n"), "{query}");
    let query = derived("");
    assert!(query.contains("= coalesce(case(Image =~ \"x\", \"one\", \"\"), \"unknown\")\n"), "{query}");
}

#[test]
fn each_value_of_a_list_is_a_group() {
    let body = format!("{}\nsummarize: {{by: [Roles]}}", selecting("Image: x"));
    let query = query(&body);
    assert!(
        query.contains(
            "| mv-expand Roles = iff(array_length(set_difference(Raw.roles, dynamic([\"\"]))) > 0, \
             set_difference(Raw.roles, dynamic([\"\"])), dynamic([null]))\n\
             | extend Roles = coalesce(tostring(Roles), \"unknown\")"
        ),
        "{query}"
    );
}

/// The identifying columns are those of the event that `ReportId` names; the groups stay as written.
#[test]
fn defender_gets_the_columns_that_it_demands() {
    let body = format!("{}\nsummarize: {{by: [user]}}", selecting("Image: x"));
    let text = compile_as("kusto:xdr", "test.events", &body).map(|compiled| compiled.text);
    assert_eq!(
        text.as_deref(),
        Ok("DeviceEvents\n\
            | where FolderPath =~ \"x\"\n\
            | extend user = coalesce(tostring(AdditionalFields.user), \"unknown\")\n\
            | summarize\n    \
            count_ = count(),\n    \
            firstTime = min(Timestamp),\n    \
            lastTime = max(Timestamp),\n    \
            (Timestamp, ReportId, DeviceId, DeviceName) = arg_max(Timestamp, ReportId, DeviceId, DeviceName)\n    \
            by user\n")
    );
}

#[test]
fn an_asim_parser_is_called() {
    let text = compile_as("kusto:asim", "test.events", &selecting("Image: x")).map(|compiled| compiled.text);
    assert_eq!(text.as_deref(), Ok("imProcessCreate()\n| where TargetProcessName =~ \"x\"\n"));
}

#[test]
fn without_a_summary_the_fields_are_added() {
    let body = format!(
        "{}\nrisk:\n  message: x\n  objects: [{{field: user, type: user, score: 10}}]\n\
         entities: [{{field: Image, type: process}}, {{field: src, type: ip}}]",
        selecting("Image: x")
    );
    assert_eq!(
        query(&body),
        "| where Image =~ \"x\"\n\
         | extend user = coalesce(tostring(Raw.user), tostring(Raw.app)), src = Address"
    );
}

#[test]
fn time_stands_right_after_the_table() {
    let timed = |schedule: &str| {
        let detection = detection_of("test.events", &format!("{}\n{schedule}", selecting("Image: x")));
        let target = Kusto::new(&PROFILES[0], super::catalogue());
        let compiled = target.compile(&detection, Options { with_time: true, ..Options::default() });
        compiled.map(|compiled| compiled.text.lines().nth(1).unwrap_or_default().to_owned())
    };
    assert_eq!(
        timed("schedule: {every: 1h, lookback: 70m}").as_deref(),
        Ok("| where TimeGenerated > ago(70m)")
    );
    assert_eq!(
        timed("schedule: {every: 1h, lookback: 70m, delay: 10m}").as_deref(),
        Ok("| where TimeGenerated between (ago(80m) .. ago(10m))")
    );
}

#[test]
fn an_accepted_loss_is_said_above_the_query() {
    let body = format!(
        "{}\naccept: [{{target: kusto, loss: partly-filled, reason: fine for us}}]",
        selecting("Partly: x")
    );
    let compiled = compile(&body).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(compiled.verdict, Verdict::Narrowed);
    assert_eq!(
        compiled.text.lines().next(),
        Some("// detc: narrowed: partly-filled on Partly: the column is often empty; accepted: fine for us")
    );
}
