//! The Splunk app: each expectation follows from the detection and Splunk's documentation.

use serde_json::Value;

use super::conf::{read, value};
use super::fixture::{Draft, codes, pack_of, text_of};
use crate::diagnostics::Diagnostic;
use crate::packs::Pack;

const NAME: &str = "ACME Rules - Suspicious Program - Rule";

fn app(drafts: &[Draft]) -> Result<Pack, Vec<Diagnostic>> {
    pack_of("splunk-app", None, "", drafts)
}

fn saved(pack: &Pack) -> Vec<super::conf::Stanza> {
    read(text_of(pack, "acme_detections/default/savedsearches.conf")).expect("a conf file")
}

#[test]
fn a_ttp_raises_a_notable_and_risk() {
    let pack = app(&[Draft::default()]).expect("a pack");
    let stanzas = saved(&pack);
    let get = |key: &str| value(&stanzas, NAME, key).unwrap_or_else(|| panic!("{key} in {stanzas:?}"));
    assert_eq!(get("description"), "A program that is seldom good news was started.");
    assert_eq!((get("action.notable"), get("action.risk")), ("1", "1"));
    assert_eq!(get("action.notable.param.rule_title"), "Suspicious Program");
    assert_eq!(get("action.notable.param.nes_fields"), "user,dest");
    assert_eq!(
        (get("action.notable.param.severity"), get("action.notable.param.security_domain")),
        ("high", "endpoint")
    );
    assert_eq!(get("action.risk.param._risk_message"), "$user$ started $Image$ on $dest$");
    let risk: Value = serde_json::from_str(get("action.risk.param._risk")).expect("JSON");
    assert_eq!(
        risk,
        serde_json::json!([
            {"risk_object_field": "user", "risk_object_type": "user", "risk_score": 70},
            {"risk_object_field": "dest", "risk_object_type": "system", "risk_score": 70},
            {"threat_object_field": "Image", "threat_object_type": "process"},
        ])
    );
    let annotations: Value = serde_json::from_str(get("action.correlationsearch.annotations")).expect("JSON");
    assert_eq!(annotations["mitre_attack"], serde_json::json!(["T1003.001"]));
    assert_eq!(annotations["analytic_story"], serde_json::json!(["Bad Programs"]));
    assert_eq!((get("alert.suppress.fields"), get("alert.suppress.period")), ("user,dest", "86400s"));
    assert_eq!(get("cron_schedule"), "0 * * * *");
    assert_eq!((get("dispatch.earliest_time"), get("dispatch.latest_time")), ("-70m@m", "-10m@m"));
    assert!(get("search").starts_with("`sysmon` ") && get("search").ends_with("`suspicious_program_filter`"));
    let drilldowns: Value =
        serde_json::from_str(get("action.notable.param.drilldown_searches")).expect("JSON");
    let search = drilldowns[0]["search"].as_str().expect("a search");
    assert_eq!(search, format!("{} | search user=\"$user$\" dest=\"$dest$\"", get("search")));
    assert_eq!(drilldowns[0]["earliest_offset"], "$info_min_time$");
}

/// Every source that Splunk has: those whose events no add-on gives a place, with what the user says of them.
#[test]
fn every_source_can_be_packed() {
    use std::sync::Arc;

    use crate::catalogue::Catalogue;
    use crate::packs::{self, Content, Entry, MacroDefinition};
    use crate::resolve::{Context, resolve_file};
    use crate::source::{SourceFile, Span, Spanned};
    use crate::targets::{self, splunk::source_macros};

    let catalogue = Arc::new(Catalogue::embedded());
    let context = Context { catalogue: &catalogue, profiles: &[] };
    let target = targets::target("splunk:escu", &catalogue).expect("a profile");
    let resolved = |id: &str, number: usize, test: String| {
        let text = format!(
            "id: 00000000-0000-4000-8000-{number:012x}\nname: About {id}\nversion: 1\nstatus: test\ntype: hunting\n\
             severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A test.\ndata_source: {id}\n\
             detection: {{s: {{{}: x}}, condition: s}}\n",
            serde_json::Value::from(test)
        );
        resolve_file(&SourceFile::new(id, text), &context, &mut Vec::new())
    };
    let mut found = Vec::new();
    let (mut there, mut absent) = (0, Vec::new());
    for (number, id) in catalogue.ids().enumerate() {
        let source = catalogue.source(id).expect("listed").expect("sound");
        if !source.profiles().any(|profile| profile == "splunk:escu") {
            continue;
        }
        there += 1;
        // The first field that can be tested there.
        let tests = source.fields.keys().flat_map(|name| [name.clone(), format!("{name}|contains")]);
        let compiled = tests.filter_map(|test| resolved(id, number, test)).find_map(|detection| {
            let compiled = target.compile(&detection, targets::Options::default()).ok()?;
            Some((detection, compiled))
        });
        match compiled {
            Some(compiled) => found.push(compiled),
            None => absent.push(id),
        }
    }
    assert!(absent.is_empty(), "{absent:?}");
    let entries: Vec<Entry> =
        found.iter().map(|(detection, compiled)| Entry { detection, compiled: compiled.clone() }).collect();
    assert!(there >= 100, "{there} sources");
    let undefined =
        source_macros(&catalogue).expect("macros").into_iter().filter(|(_, places)| places.is_none());
    let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
    let macros: Vec<MacroDefinition> = undefined
        .map(|(name, _)| MacroDefinition {
            name: spanned(&name),
            text: spanned("index=app sourcetype=app"),
            file: SourceFile::new("prod.yml", ""),
        })
        .collect();
    assert!(macros.len() >= 15, "{macros:?}");
    let content = Content::new(target.profile(), entries, Vec::new(), Arc::clone(&catalogue));
    let kind = packs::kind("splunk-app").expect("a kind");
    let refused = packs::build(kind, &content, &super::fixture::options("")).expect_err("macros are missing");
    assert_eq!(codes(&refused), ["E1003"]);
    let pack = packs::build(kind, &content.with_macros(macros), &super::fixture::options(""));
    assert!(pack.is_ok(), "{:?}", pack.err());
}

/// What leaves out whole rows stands in the filter macro; what rows cannot show stays in the search.
#[test]
fn exclusions_are_in_the_filter_macro_where_that_means_the_same() {
    let exclusion = |when: &str| {
        format!("      - {{when: {when}, owner: us, reason: it is known, expires: 2099-12-31}}\n")
    };
    let tuned = |all: &[&str]| {
        let exclusions: String = all.iter().map(|when| exclusion(when)).collect();
        let text =
            format!("detections:\n  00000000-0000-4000-8000-000000000001:\n    exclusions:\n{exclusions}");
        super::fixture::pack_in(&text, "splunk-app", None, "", &[Draft::default()]).expect("a pack")
    };
    let parts = |pack: &Pack| {
        let macros = read(text_of(pack, "acme_detections/default/macros.conf")).expect("a conf file");
        let filter = value(&macros, "suspicious_program_filter", "definition").expect("a filter").to_owned();
        let stanzas = saved(pack);
        (filter, value(&stanzas, NAME, "search").expect("a search").to_owned())
    };
    let (none, plain) = parts(&app(&[Draft::default()]).expect("a pack"));
    assert_eq!(none, "search *");
    let known = "{user: [svc-a, svc-b]}";
    let (filter, search) = parts(&tuned(&[known, "{user|startswith: test-, dest: lab}"]));
    let both = r#"search NOT (user IN ("svc-a","svc-b")) NOT (dest="lab" AND user="test-*")"#;
    assert_eq!(filter, both);
    assert_eq!(search, plain);
    // Each for a reason of its own: a field that no row has, a negation, what fits the 0 of a missing value, case, an
    // expression, and values that are written in another way there.
    for when in [
        "{CommandLine: x}",
        "{user|neq: x}",
        "{user|startswith: '0'}",
        "{user|cased: x}",
        "{user|re: x}",
        "{Image: x}",
    ] {
        let (filter, search) = parts(&tuned(&[when]));
        assert_eq!(filter, "search *", "{when}");
        assert_ne!(search, plain, "{when}");
    }
    let (filter, search) = parts(&tuned(&["{CommandLine: x}", known]));
    assert!(filter.contains("svc-a") && !filter.contains("CommandLine"), "{filter}");
    assert!(search.contains("CommandLine=\"x\"") && !search.contains("svc-a"), "{search}");
}

/// The rows of a search of a pack over events, with its own macros.
fn rows(pack: &Pack, events: &[Value]) -> Vec<String> {
    use crate::spl::{Context, Dataset, Macros, Program, Row, expand, parse};

    let mut macros = Macros::default();
    let stanzas = read(text_of(pack, "acme_detections/default/macros.conf")).expect("a conf file");
    for (name, _) in &stanzas {
        let of = |key: &str| value(&stanzas, name, key).unwrap_or_default();
        let arguments: Vec<&str> = of("args").split(", ").filter(|name| !name.is_empty()).collect();
        let plain = name.split('(').next().unwrap_or_default();
        macros.define(plain, &arguments, of("definition")).expect("a macro");
    }
    let text = value(&saved(pack), NAME, "search").expect("a search").to_owned();
    let text = expand(&text, &macros).expect("expanded").text;
    let search = parse(&text).unwrap_or_else(|problems| panic!("{problems:?}: {text}"));
    let program =
        Program::compile_saved(&search, &text).unwrap_or_else(|problems| panic!("{problems:?}: {text}"));
    let events = events.iter().map(|event| Row::from_json(event.as_object().expect("an object"))).collect();
    let found = program.run(&Dataset { events, ..Dataset::default() }, &Context::default());
    let found = found.unwrap_or_else(|stop| panic!("{stop:?}: {text}"));
    let columns = |row: &Row| {
        ["user", "dest", "Image", "count"].map(|name| row.text(name).unwrap_or_default().into_owned())
    };
    let mut found: Vec<String> = found.iter().map(|row| columns(row).join(" | ")).collect();
    found.sort();
    found
}

/// The macro leaves out what the search leaves out where the exclusion stands in it: the same rows with the same counts.
#[test]
fn the_filter_macro_means_the_exclusion() {
    let event = |user: Option<&str>, dest: &str, image: &str| {
        let mut event = serde_json::json!({
            "_time": 1_700_000_000, "source": "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", "EventCode": 1,
            "dest": dest, "Image": image, "Computer": dest,
        });
        if let Some(user) = user {
            event["user"] = user.into();
            event["User"] = user.into();
        }
        event
    };
    let bad = r"C:\x\mimikatz.exe";
    let events = [
        event(Some("svc-archive"), "a", bad),
        event(Some("SVC-Archive"), "a", bad),
        event(Some("svc-archiver"), "a", bad),
        event(Some("svc-archive"), "b", bad),
        event(Some("bea"), "a", bad),
        event(Some("bea"), "a", bad),
        event(Some("0"), "a", bad),
        event(None, "a", bad),
        event(Some("bea"), "a", r"D:\tools\mimikatz.exe"),
        event(Some("bea"), "a", r"C:\x\other.exe"),
    ];
    let text = |when: &str| {
        format!(
            "detections:\n  00000000-0000-4000-8000-000000000001:\n    exclusions:\n      \
             - {{when: {when}, owner: us, reason: known, expires: 2099-12-31}}\n"
        )
    };
    let tuned = |when: &str| {
        super::fixture::pack_in(&text(when), "splunk-app", None, "", &[Draft::default()]).expect("a pack")
    };
    let filter =
        |pack: &Pack| text_of(pack, "acme_detections/default/macros.conf").matches("search NOT").count();
    assert_eq!(rows(&app(&[Draft::default()]).expect("a pack"), &events).len(), 7);
    for (in_macro, in_search, left) in [
        ("{user: svc-archive}", "{user|re|i: '^svc-archive$'}", 4),
        ("{user: svc-archive, dest: a}", "{user|re|i: '^svc-archive$', dest: a}", 5),
        ("{user: ['b*', nothing]}", "{user|re|i: '^b'}", 5),
    ] {
        let (moved, stays) = (tuned(in_macro), tuned(in_search));
        assert_eq!((filter(&moved), filter(&stays)), (1, 0), "{in_macro}");
        let found = rows(&moved, &events);
        assert_eq!(found.len(), left, "{in_macro}: {found:?}");
        assert_eq!(found, rows(&stays, &events), "{in_macro}");
    }
}

#[test]
fn the_type_decides_what_an_alert_becomes() {
    for (detection_type, notable, risk) in [
        ("ttp", true, true),
        ("anomaly", false, true),
        ("hunting", false, false),
        ("correlation", true, false),
    ] {
        let pack = app(&[Draft { detection_type, ..Draft::default() }]).expect("a pack");
        let stanzas = saved(&pack);
        let has = |key: &str| value(&stanzas, NAME, key) == Some("1");
        assert_eq!((has("action.notable"), has("action.risk")), (notable, risk), "{detection_type}");
    }
}

#[test]
fn every_macro_that_is_called_is_defined() {
    let pack = app(&[Draft::default(), Draft::named(2, "Another One")]).expect("a pack");
    let macros = read(text_of(&pack, "acme_detections/default/macros.conf")).expect("a conf file");
    let names: Vec<&str> = macros.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["another_one_filter", "security_content_ctime(1)", "suspicious_program_filter", "sysmon"]
    );
    assert_eq!(value(&macros, "security_content_ctime(1)", "args"), Some("field"));
    assert_eq!(value(&macros, "suspicious_program_filter", "definition"), Some("search *"));
}

/// A raw query may call anything; Splunk would refuse it only when it runs.
#[test]
fn calls_that_would_fail_are_findings() {
    let raw = |query: &str| Draft {
        more: format!("raw: {{'splunk:escu': {{query: '{query}', reason: a test}}}}"),
        ..Draft::default()
    };
    for (query, said) in [
        ("index=a | `nowhere`", "the macro `nowhere` is not defined"),
        ("index=a | `security_content_ctime`", "the macro `security_content_ctime` takes 1 arguments, not 0"),
        ("index=a | `security_content_ctime(a, b)`", "takes 1 arguments, not 2"),
    ] {
        let findings = app(&[raw(query)]).expect_err("refused");
        assert_eq!(codes(&findings), ["E1003"], "{query}");
        assert!(findings[0].message.contains(said), "{findings:?}");
    }
    assert!(app(&[raw("index=a | `security_content_ctime(x)`")]).is_ok());
}

/// A raw query may look up anything, too.
#[test]
fn lookups_that_would_fail_are_findings() {
    let query = "index=a | lookup nowhere a OUTPUT b";
    let more = format!("raw: {{'splunk:escu': {{query: '{query}', reason: a test}}}}");
    let findings = app(&[Draft { more, ..Draft::default() }]).expect_err("refused");
    assert_eq!(codes(&findings), ["E1005"]);
    assert!(findings[0].message.contains("`nowhere`, which the pack does not hold"), "{findings:?}");
}

#[test]
fn names_that_splunk_cannot_hold_are_findings() {
    let long = "x".repeat(64);
    for name in ["A [default] Program", long.as_str()] {
        let findings = app(&[Draft::named(1, name)]).expect_err("refused");
        assert_eq!(codes(&findings), ["E1002"], "{name}");
    }
    let fits = "x".repeat(99 - "endpoint - ACME Rules -  - Rule - Rule".len());
    assert!(app(&[Draft::named(1, &fits)]).is_ok());
}

#[test]
fn a_schedule_that_cron_cannot_say_is_a_finding() {
    let draft = |more: &str| Draft { more: more.to_owned(), ..Draft::default() };
    let findings = app(&[draft("schedule: {every: 45m, lookback: 50m}")]).expect_err("refused");
    assert_eq!(codes(&findings), ["E1004"]);
    let findings = app(&[draft("schedule: {every: 5m, lookback: 5m, delay: 5m}")]).expect_err("refused");
    assert_eq!(codes(&findings), ["E1004"]);
    assert!(app(&[draft("schedule: {every: 15m, lookback: 20m}")]).is_ok());
}

#[test]
fn texts_that_a_conf_file_cannot_hold_are_findings() {
    let draft = Draft { description: "It ends in C:\\".to_owned(), ..Draft::default() };
    assert_eq!(codes(&app(&[draft]).expect_err("refused")), ["E1006"]);
}

#[test]
fn what_could_be_taken_for_a_token_is_a_finding() {
    let of = |value: &str| Draft { value: value.to_owned(), ..Draft::default() };
    assert_eq!(codes(&app(&[of("$user$.exe")]).expect_err("refused")), ["E1007"]);
    assert!(app(&[of("\\ADMIN$")]).is_ok(), "one `$` is no token");
}

#[test]
fn dollars_in_texts_are_doubled_and_tokens_are_not() {
    let draft =
        Draft { message: "$user$ paid $$5".to_owned(), name: "Costs $5".to_owned(), ..Draft::default() };
    let pack = app(&[draft]).expect("a pack");
    let stanzas = saved(&pack);
    let name = "ACME Rules - Costs $5 - Rule";
    assert_eq!(value(&stanzas, name, "action.notable.param.rule_title"), Some("Costs $$5"));
}

#[test]
fn all_findings_come_at_once() {
    let drafts = [
        Draft::named(1, "A [b]"),
        Draft {
            description: "\\".to_owned(),
            more: "schedule: {every: 45m, lookback: 50m}".to_owned(),
            ..Draft::named(2, "B")
        },
    ];
    let mut codes = codes(&app(&drafts).expect_err("refused"));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, ["E1002", "E1004", "E1006"]);
}

#[test]
fn the_other_profiles_make_apps_too() {
    for profile in ["splunk", "splunk:cim"] {
        let pack = pack_of("splunk-app", Some(profile), "", &[Draft::default()]).expect(profile);
        let stanzas = saved(&pack);
        assert!(
            value(&stanzas, NAME, "search").is_some_and(|search| search.contains("mimikatz")),
            "{profile}"
        );
    }
}
