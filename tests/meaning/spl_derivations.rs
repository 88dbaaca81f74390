//! Every way to derive a field, as the emitted `eval` computes it and as the reference evaluator does.
//!
//! A derived field is probed from outside: is it there, is it this text? Both sides must agree on every event.

use std::collections::BTreeMap;
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::evaluate::Evaluator;
use detc::ir::{Event, Value};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::spl::Dataset;
use detc::targets::{self, Options};

use crate::spl::{self, Query};

const SOURCE: &str = "
id: derived.source
name: A source for tests
description: Not real.
fields:
  a: {meaning: text}
  b: {meaning: text}
  m: {many: true, meaning: several texts}
  i: {type: ip, meaning: an address}
  p: {type: pairs, meaning: pairs}
  q: {type: pairs, meaning: pairs whose values may lack}
bindings:
  splunk:
    select: {sourcetype: t}
    fields:
      a: a
      b: b
      m: m
      i: i
      p: {names: 'p{}.Name', values: 'p{}.Value', aligned: true}
      q: {names: 'q{}.Name', values: 'q{}.Value'}
";

/// The derivations, each with how often a text must at least be found in the derived field.
const DERIVATIONS: &[(&str, usize)] = &[
    ("first_of: [a, b]", 97),
    ("first_of: [b, a]", 97),
    ("lower: a", 80),
    ("element: {field: m, index: 0}", 100),
    ("element: {field: m, index: -2}", 72),
    ("split: {field: a, by: '@', index: 0}", 84),
    ("split: {field: a, by: '@', index: 1}", 20),
    ("split: {field: a, by: '@', index: 3}", 2),
    ("split: {field: a, by: '--', index: 1}", 4),
    ("split: {field: a, by: '|', index: 1}", 4),
    ("split: {field: a, by: '\\', index: 2}", 8),
    ("split: {field: a, by: '-', index: 1}", 4),
    (r"regex: {field: a, pattern: '-enc\s+(\S+)'}", 10),
    (r"regex: {field: a, pattern: '(?i)-ENC\s+(\S+)$'}", 8),
    (r"regex: {field: a, pattern: '^(\w+)@'}", 10),
    ("regex: {field: a, pattern: '(b|c)'}", 30),
    ("regex: {field: a, pattern: 'a(.*)'}", 16),
    (r"regex: {field: a, pattern: '(?s)one.(t\w+)'}", 4),
    (r"replace: {field: a, pattern: '@', with: '-'}", 50),
    (r"replace: {field: a, pattern: '^[A-Z]:\\', with: ''}", 50),
    (r"replace: {field: a, pattern: '[|`]', with: '#'}", 50),
    ("network: {field: i, v4: 24, v6: 64}", 3),
    ("network: {field: i, v4: 16, v6: 64}", 3),
    ("network: {field: i, v4: 8, v6: 64}", 3),
    ("network: {field: i, v4: 32, v6: 64}", 3),
    ("pair: {list: p, name: Role.Name}", 2),
    ("pair: {list: q, name: role.name}", 1),
    (
        "case: {branches: [{when: {a|contains: '@'}, then: at}, {when: {b: null}, then: $a}, \
         {when: {b: [x, y], a|re: '^[ab]'}, then: xy}], else: other}",
        50,
    ),
    ("case: {branches: [{when: {a|fieldref: b}, then: same}, {when: {m: [one, A]}, then: $b}]}", 5),
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "b",
    "x",
    "a@b",
    "A@b@c",
    "@",
    "a@@b",
    "@b",
    "a@b@c@d",
    "b-c",
    "a--b--c",
    "---",
    "one\ntwo@b",
    "p -enc QQ== y",
    "p -enc QQ==",
    "-enc",
    "p -ENC x -enc y",
    "a|b`c",
    "||",
    r"C:\x\y",
    r"\\h\s",
    "1",
    "01",
];

/// What derived fields are probed for, beside the texts.
const PROBES: &[&str] = &[
    "c",
    "d",
    "two",
    "QQ==",
    "y",
    "p",
    "at",
    "xy",
    "other",
    "same",
    "one",
    "h",
    "s",
    "b`c",
    "a-b",
    "A-b-c",
    r"x\y",
    "a#b#c",
    "10.1.2.0/24",
    "10.1.0.0/16",
    "10.0.0.0/8",
    "10.1.2.3/32",
    "Admin",
    "Guest",
    "@b",
    "--b--c",
    "|b`c",
    "c:\\x\\y",
];

#[test]
fn every_derivation_has_the_value_that_the_evaluator_gives() {
    let catalogue = Arc::new(Catalogue::embedded().with_text("derived.source", SOURCE));
    let source = catalogue.source("derived.source").expect("is there").expect("reads");
    let target = targets::target("splunk", &catalogue).expect("is there");
    let events: Vec<(Event, Dataset)> =
        events().into_iter().map(|event| (event.clone(), row(&event))).collect();
    for (how, at_least) in DERIVATIONS {
        let mut found = 0;
        for probe in probes() {
            let text = format!(
                "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: Case\nversion: 1\nstatus: test\ntype: ttp\n\
                 severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A case.\ndata_source: derived.source\n\
                 derive: {{it: {{{how}}}}}\ndetection:\n  s: {{{probe}}}\n  condition: s\n{}",
                consent(how)
            );
            let context = Context { catalogue: &catalogue, profiles: &["splunk"] };
            let mut findings = Vec::new();
            let file = SourceFile::new("case.yml", text.as_str());
            let detection = resolve_file(&file, &context, &mut findings)
                .unwrap_or_else(|| panic!("{findings:#?}\n{text}"));
            let evaluator = Evaluator::new(&detection, &source).expect("prepares");
            let compiled = target.compile(&detection, Options::default());
            let compiled = compiled.unwrap_or_else(|findings| panic!("{findings:#?}\n{text}")).text;
            let query = Query::read(&compiled).unwrap_or_else(|problem| panic!("{problem:?}\n{compiled}"));
            for (event, row) in &events {
                let expected = evaluator.matches(event);
                found += usize::from(expected && probe.contains("cased"));
                match query.keeps(row) {
                    Ok(kept) if kept == expected => {}
                    answer => panic!(
                        "{how}, {probe}: expected {expected}, got {answer:?} for {event:?}\n{compiled}"
                    ),
                }
            }
        }
        assert!(found >= *at_least, "{how}: only {found} texts were found");
    }
}

/// IPv6 networks and lists out of step are known losses; the events have neither.
fn consent(how: &str) -> &'static str {
    if how.starts_with("network") {
        "accept: [{target: splunk, loss: ipv4-only, reason: no IPv6 here}]\n"
    } else if how.contains("list: q") {
        "accept: [{target: splunk, loss: pairs-out-of-step, reason: none is}]\n"
    } else {
        ""
    }
}

fn probes() -> Vec<String> {
    let quoted = |text: &&str| format!("it|cased: '{}'", text.replace('\\', "\\\\"));
    let texts = TEXTS.iter().filter(|text| !text.is_empty() && !text.contains('\n'));
    let mut probes: Vec<String> = texts.chain(PROBES).map(quoted).collect();
    probes.extend(["it: null".to_owned(), "it: [A, zz, 'x*']".to_owned(), "it|re: '^.?$'".to_owned()]);
    probes
}

fn events() -> Vec<Event> {
    let text = |text: &str| Value::Text(text.to_owned());
    let pairs = |pairs: &[(&str, &str)]| {
        Value::Pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let lists: &[&[&str]] = &[&["one"], &["A", "two"], &["x", "y", "one"], &["b", "b"]];
    let addresses = ["10.1.2.3", "10.200.0.255", "192.168.1.1", "not an address", "10.1.2"];
    let given = [
        pairs(&[("Role.Name", "Admin"), ("x", "Guest")]),
        pairs(&[("x", "Admin"), ("ROLE.NAME", "Guest")]),
        pairs(&[("RoleXName", "Admin"), ("Role.Name.x", "Admin")]),
        pairs(&[("Role.Name", "Guest"), ("role.name", "Admin")]),
    ];
    let mut events = vec![Event::default()];
    for (number, a) in TEXTS.iter().enumerate() {
        for b in [None, Some("x"), Some(*a), Some("")] {
            let mut event = Event::from_iter([("a".to_owned(), text(a))]);
            event.extend(b.map(|b| ("b".to_owned(), text(b))));
            event.insert("i".to_owned(), text(addresses[number % addresses.len()]));
            let list = lists[number % lists.len()];
            event.insert("m".to_owned(), Value::Many(list.iter().map(|value| text(value)).collect()));
            for field in ["p", "q"] {
                event.insert(field.to_owned(), given[number % given.len()].clone());
            }
            events.push(event);
        }
    }
    events
}

/// An event as Splunk extracts it: a list of pairs is a field with the names and one with the values.
fn row(event: &Event) -> Dataset {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?} in a test event"),
    };
    let mut row = BTreeMap::from([("sourcetype".to_owned(), vec!["t".to_owned()])]);
    for (name, value) in event {
        match value {
            Value::Many(values) => drop(row.insert(name.clone(), values.iter().map(text).collect())),
            Value::Pairs(pairs) => {
                row.insert(format!("{name}{{}}.Name"), pairs.iter().map(|(name, _)| name.clone()).collect());
                row.insert(format!("{name}{{}}.Value"), pairs.iter().map(|(_, value)| text(value)).collect());
            }
            other => drop(row.insert(name.clone(), vec![text(other)])),
        }
    }
    spl::event(row)
}
