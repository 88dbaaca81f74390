//! Searches over data models.

use super::{query, refusals};

#[test]
fn what_fits_stands_in_the_where_of_tstats() {
    let body = "detection: {s: {Name: '*a*'}, t: {user: b}, condition: s and not t}\n\
                summarize: {by: [user, dest], values: [Other]}";
    assert_eq!(
        query(body, "splunk:cim"),
        concat!(
            "| tstats fillnull_value=unknown count min(_time) as firstTime max(_time) as lastTime ",
            "values(Processes.parent_process) as Other from datamodel=Endpoint.Processes ",
            "where Processes.action=allowed Processes.process=\"*a*\" NOT (Processes.user=\"b\") ",
            "by Processes.user Processes.dest\n",
            "| rename Processes.user as user Processes.dest as dest\n"
        )
    );
}

#[test]
fn without_summary_the_fields_of_the_condition_are_shown() {
    assert_eq!(
        query("detection: {s: {Name: a, Id: 1}, condition: s}", "splunk:cim"),
        concat!(
            "| tstats fillnull_value=unknown count min(_time) as firstTime max(_time) as lastTime ",
            "from datamodel=Endpoint.Processes where Processes.action=allowed Processes.process=\"a\" ",
            "Processes.process_id=1 by Processes.process Processes.process_id\n",
            "| rename Processes.process as Name Processes.process_id as Id\n"
        )
    );
}

#[test]
fn the_word_for_missing_is_no_value() {
    let terms = |selection: &str| {
        let text = query(&format!("detection: {{s: {selection}, condition: s}}"), "splunk:cim");
        let start = text.find("allowed ").expect("the fact") + "allowed ".len();
        text[start..text.find(" by ").expect("by")].to_owned()
    };
    assert_eq!(terms("{Name: null}"), r#"Processes.process="unknown""#);
    assert_eq!(terms("{Name|exists: true}"), r#"NOT (Processes.process="unknown")"#);
    assert_eq!(terms("{Name: 'un*'}"), r#"Processes.process="un*" NOT (Processes.process="unknown")"#);
    assert_eq!(terms("{Name: 'x*'}"), r#"Processes.process="x*""#);
    assert_eq!(
        refusals("detection: {s: {Name: Unknown}, condition: s}", "splunk:cim"),
        [("E0501", "splunk:cim cannot say that `Name` is `unknown`".to_owned())]
    );
}

#[test]
fn what_does_not_fit_is_tested_on_the_groups() {
    let body = "detection: {s: {Name|re: 'a|b'}, condition: s}\nsummarize: {by: [user, src]}";
    assert_eq!(
        query(body, "splunk:cim"),
        concat!(
            "| tstats fillnull_value=unknown count min(_time) as firstTime max(_time) as lastTime ",
            "from datamodel=Endpoint.Processes where Processes.action=allowed ",
            "by Processes.user Processes.src Processes.process\n",
            "| eval \"Processes.src\" = if('Processes.src'==\"unknown\",null(),'Processes.src')\n",
            "| where match('Processes.process',\"a|b\")\n",
            "| eval src = lower('Processes.src')\n",
            "| rename Processes.user as user\n",
            "| fillnull value=\"unknown\" src\n",
            "| stats sum(count) as count min(firstTime) as firstTime max(lastTime) as lastTime by user src\n"
        )
    );
}

#[test]
fn the_word_for_missing_is_taken_back_where_a_test_could_take_it_for_a_value() {
    let lines = |selection: &str, condition: &str| {
        let body =
            format!("detection: {{s: {selection}, condition: {condition}}}\nsummarize: {{by: [dest]}}");
        let text = query(&body, "splunk:cim");
        text.lines().skip(1).take_while(|line| !line.starts_with("| rename")).collect::<Vec<_>>().join("\n")
    };
    // `unknown` fails these tests as a missing value does, and every group has the field.
    assert_eq!(
        lines("{Name|re: x, Other: [a, b]}", "not s"),
        "| where NOT (match('Processes.process',\"x\") AND in(lower('Processes.parent_process'),\"a\",\"b\"))"
    );
    assert_eq!(
        lines("{Name|re: x, Id: 1}", "not s"),
        "| where NOT (match('Processes.process',\"x\") AND coalesce(tonumber('Processes.process_id'),0)==1)"
    );
    let taken_back =
        "| eval \"Processes.process\" = if('Processes.process'==\"unknown\",null(),'Processes.process')\n";
    for selection in
        ["{Name|re: '^u'}", "{Name: [null, 'a?']}", "{Name|contains|cased: now}", "{Other|fieldref: Name}"]
    {
        assert!(lines(selection, "s").contains(taken_back), "{selection}: {}", lines(selection, "s"));
    }
    assert_eq!(lines("{Name|contains|cased: Now}", "s"), "| where match('Processes.process',\"Now\")");
}

#[test]
fn groups_that_are_those_of_the_result_are_not_counted_again() {
    let body = |by: &str, selection: &str| {
        query(&format!("detection: {{s: {selection}, condition: s}}\nsummarize: {{by: {by}}}"), "splunk:cim")
    };
    let end = "\n| rename Processes.user as user Processes.process as Name\n";
    assert!(
        body("[user, Name]", "{Name|re: x}")
            .ends_with(&format!("| where match('Processes.process',\"x\"){end}"))
    );
    // What was taken back gets its word again.
    assert!(
        body("[user, Name]", "{Name: [null, 'a?']}")
            .ends_with(&format!("{end}| fillnull value=\"unknown\" Name\n"))
    );
    // Other groups are: finer, or of something computed.
    assert!(body("[user]", "{Name|re: x}").contains("| stats sum(count)"));
    assert!(body("[src, Name]", "{Name|re: x}").contains("| stats sum(count)"));
    // Without a summary, a result is a combination of the fields that are shown.
    let text = query("detection: {s: {Name|re: x, Id: 1}, condition: s}", "splunk:cim");
    assert!(text.ends_with("| rename Processes.process as Name Processes.process_id as Id\n"), "{text}");
}

#[test]
fn the_groups_are_few_where_tstats_can_say_a_part() {
    let text = query(
        "detection: {s: {Name|re: 'a|b', Id: 1}, t: {Name|cased: un*}, condition: s and t}\n\
         summarize: {by: [user]}",
        "splunk:cim",
    );
    assert!(
        text.contains(
            "where Processes.action=allowed Processes.process_id=1 by Processes.user Processes.process Processes.process_id\n"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "| where match('Processes.process',\"a|b\") AND tonumber('Processes.process_id')==1 AND match('Processes.process',\"^un\")\n"
        ),
        "{text}"
    );
}

#[test]
fn a_field_under_two_names_is_collected_once() {
    // The same aggregate of one field cannot have two names (A18).
    let body = "detection: {s: {Name: a}, condition: s}\nsummarize: {by: [user], values: [Other, parent]}";
    let source = super::SOURCE.replace("\n  Other:", "\n  parent: {meaning: the same}\n  Other:").replace(
        "      Other: Processes.parent_process\n",
        "      Other: Processes.parent_process\n      parent: Processes.parent_process\n",
    );
    let text = super::compile_over(&source, body, "splunk:cim", Default::default()).expect("compiles").text;
    assert_eq!(text.matches("values(").count(), 1, "{text}");
    assert!(text.contains("values(Processes.parent_process) as Other "), "{text}");
    assert!(text.contains("| eval parent = Other\n"), "{text}");
}

#[test]
fn a_data_model_has_no_whole_event() {
    let body = "detection: {s: [mimikatz], condition: s}";
    assert_eq!(refusals(body, "splunk:cim")[0], ("E0501", "splunk:cim cannot say a keyword".to_owned()));
}
