//! Random conditions and events, the same on every run.

use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::Evaluator;
use detc::ir::{Detection, Event, Number, Value};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;

/// Fields of every type, bound to columns and fields of the same name.
pub(crate) const SOURCE: &str = r"
id: meaning.source
name: A source for tests
description: Not real.
fields:
  a: {meaning: text}
  b: {meaning: text}
  n: {type: integer, meaning: a number}
  f: {type: boolean, meaning: a boolean}
  m: {many: true, meaning: several texts}
  i: {type: ip, meaning: an address}
bindings:
  sigma: {logsource: {product: test}}
  splunk: {select: {sourcetype: t}, fields: {a: a, b: b, n: n, f: f, m: m, i: i}}
  kusto:xdr: {extends: kusto:sentinel}
  kusto:sentinel:
    table: T
    fields: {a: a, b: b, n: {column: n, type: long}, f: {column: f, type: bool}, m: {array: m}, i: i}
";

/// Lists whose texts the random events often have.
const WORDS: &str = r"
description: Words.
owner: tests
columns: {word: text, shape: pattern, number: integer, other: text}
rows:
  - {word: a, shape: 'a*b', number: 1}
  - {word: xB, shape: '*x', number: 2}
  - {word: '*', shape: 'B*', other: A}
  - {word: 'c\\', shape: '*c*'}
  - {word: b}
";
const NETWORKS_LIST: &str = "# owner: tests\n# description: Networks.\nnetwork:cidr,address:ip\n\
    10.0.0.0/8,203.0.113.7\n2001:db8::/33,2001:db8:8000::1\n";

/// One random detection with events and what the reference evaluator says of each.
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) detection: Detection,
    pub(crate) events: Vec<Event>,
    pub(crate) expected: Vec<bool>,
}

/// The catalogue with the test source.
pub(crate) fn catalogue() -> Arc<Catalogue> {
    Arc::new(
        Catalogue::embedded()
            .with_text("meaning.source", SOURCE)
            .with_list("words.yml", WORDS)
            .with_list("networks.csv", NETWORKS_LIST)
            .with_list("nothing.csv", "# owner: tests\n# description: Nothing.\nword\n"),
    )
}

/// Cases number `0..count`, each with its own events.
pub(crate) fn cases(catalogue: &Catalogue, dialect: &Dialect, count: u64) -> Vec<Case> {
    let source = catalogue.source("meaning.source").expect("is there").expect("reads");
    (0..count).map(|number| case(catalogue, &source, dialect, number)).collect()
}

/// What a target's engine is known to take differently, and so is left out.
pub(crate) struct Dialect {
    /// Whether a field can be present and empty, apart from missing.
    pub(crate) empty_is_not_missing: bool,
    /// Whether `?` works beside `startswith`, `endswith`, `contains` and `cased`.
    pub(crate) any_one_at_edges: bool,
    /// Whether a field that is null is the same as one that is missing, also for `fieldref`.
    pub(crate) null_is_missing: bool,
    /// Whether a field of numbers can hold text that is none.
    pub(crate) text_among_numbers: bool,
    /// Whether the target takes a list without rows.
    pub(crate) empty_lists: bool,
    /// Letters whose case the engine folds as we do.
    pub(crate) letters: &'static [&'static str],
}

fn case(catalogue: &Catalogue, source: &Source, dialect: &Dialect, number: u64) -> Case {
    let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1);
    let selections = 1 + random.below(3);
    let mut block = String::from("detection:\n");
    for index in 0..selections {
        block.push_str(&format!("  s{index}:\n"));
        for item in 0..=random.below(2) {
            block.push_str(&format!("    {}\n", item_text(&mut random, dialect, item, number % 3 == 2)));
        }
    }
    block.push_str(&format!("  condition: {}\n", condition(&mut random, selections)));
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: Case {number}\nversion: 1\nstatus: test\ntype: ttp\n\
         severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A case.\ndata_source: meaning.source\n{block}"
    );
    let context = Context { catalogue, profiles: &["splunk", "sigma", "kusto:sentinel", "kusto:xdr"] };
    let mut findings = Vec::new();
    let file = SourceFile::new("case.yml", text.as_str());
    let detection = resolve_file(&file, &context, &mut findings)
        .unwrap_or_else(|| panic!("case {number}: {findings:#?}\n{text}"));
    let events: Vec<Event> = (0..40).map(|_| event(&mut random, dialect)).collect();
    let expected = {
        let evaluator = Evaluator::new(&detection, source).expect("prepares");
        events.iter().map(|event| evaluator.matches(event)).collect()
    };
    Case { text, detection, events, expected }
}

/// Items of one selection use different fields, so that their keys differ.
fn item_text(random: &mut Random, dialect: &Dialect, item: u64, lists: bool) -> String {
    let field = ["a", "b"][item as usize % 2];
    let other = ["b", "a"][item as usize % 2];
    // Every third case may look things up in lists.
    match random.below(if lists { 27 } else { 21 }) {
        0 => format!("{field}: {}", values(random, dialect, true)),
        1 => format!("{field}|contains: {}", values(random, dialect, dialect.any_one_at_edges)),
        2 => format!("{field}|startswith: {}", values(random, dialect, dialect.any_one_at_edges)),
        3 => format!("{field}|endswith: {}", values(random, dialect, dialect.any_one_at_edges)),
        4 => format!("{field}|contains|all: {}", values(random, dialect, dialect.any_one_at_edges)),
        5 => format!("{field}|cased: {}", values(random, dialect, dialect.any_one_at_edges)),
        6 => format!("{field}|contains|cased: {}", values(random, dialect, dialect.any_one_at_edges)),
        7 => format!("{field}|re: '{}'", REGEXES[random.below(REGEXES.len() as u64) as usize]),
        8 => format!("{field}|re|i: '{}'", REGEXES[random.below(REGEXES.len() as u64) as usize]),
        9 => format!("{field}|fieldref: {other}"),
        10 => format!(
            "{field}|fieldref|{}: {other}",
            ["contains", "startswith", "endswith"][random.below(3) as usize]
        ),
        11 if dialect.empty_is_not_missing => {
            format!("{field}: {}", ["null", "''"][random.below(2) as usize])
        }
        11 => format!("{field}: null"),
        12 => format!("{field}|exists: {}", random.below(2) == 0),
        13 if item == 0 => {
            format!("n|{}: {}", ["gt", "gte", "lt", "lte"][random.below(4) as usize], random.below(4))
        }
        14 if item == 0 => format!("n: [{}, {}]", random.below(4), random.below(4)),
        15 if item == 0 => format!("f: {}", random.below(2) == 0),
        16 if item == 0 => format!("m: {}", values(random, dialect, dialect.any_one_at_edges)),
        17 if item == 0 => format!("m|contains: {}", values(random, dialect, dialect.any_one_at_edges)),
        18 if item == 0 => format!("m|endswith|cased: {}", values(random, dialect, dialect.any_one_at_edges)),
        19 if item == 0 => format!("m: {}", ["null", "'*'"][random.below(2) as usize]),
        20 if item == 0 => format!("i|cidr: [{}, '{}']", NETWORKS[random.below(3) as usize], NETWORKS[3]),
        21 => format!("{field}|in_list: words"),
        22 => format!("{field}|in_list: [words.shape{}]", ["", ", words.other"][random.below(2) as usize]),
        23 if item == 0 => "n|in_list: words.number".to_owned(),
        24 if item == 0 => "m|in_list: words".to_owned(),
        25 if item == 0 => format!("i|in_list: networks{}", ["", ".address"][random.below(2) as usize]),
        26 if dialect.empty_lists => format!("{field}|in_list: nothing"),
        _ => format!("{field}|neq: {}", values(random, dialect, true)),
    }
}

const NETWORKS: [&str; 4] = ["10.0.0.0/8", "192.168.4.0/23", "203.0.113.7/32", "2001:db8::/33"];
const ADDRESSES: [&str; 7] = [
    "10.255.0.1",
    "11.0.0.0",
    "192.168.5.255",
    "203.0.113.7",
    "2001:db8::1",
    "2001:db8:8000::1",
    "not an address",
];

const REGEXES: &[&str] =
    &["a+b", "^A", "b$", r"a\\b", "[ab]c?", r"^\w+$", "(a|b)x?$", "a.c", r"\.", "^$", "x{2,3}"];

/// One value or several; never a value that is the empty text under an edge.
fn values(random: &mut Random, dialect: &Dialect, any_one: bool) -> String {
    let mut list: Vec<String> =
        (0..=random.below(2)).map(|_| format!("'{}'", value(random, dialect, any_one))).collect();
    list.dedup();
    if list.len() == 1 { list.remove(0) } else { format!("[{}]", list.join(", ")) }
}

/// A value in Sigma's notation, with wildcards and escapes now and then.
fn value(random: &mut Random, dialect: &Dialect, any_one: bool) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        match random.below(9) {
            0 => text.push('*'),
            1 if any_one => text.push('?'),
            2 => text.push_str(r"\*"),
            3 => text.push_str(r"\\"),
            _ => text.push_str(random.pick(dialect.letters)),
        }
    }
    if text.chars().all(|c| c == '*') {
        text.push('a')
    }
    // A backslash before a wildcard would escape it: that is what the escapes above are for.
    text.replace('\'', "''")
}

fn condition(random: &mut Random, selections: u64) -> String {
    let name = |random: &mut Random| {
        let not = if random.below(3) == 0 { "not " } else { "" };
        format!("{not}s{}", random.below(selections))
    };
    // Every selection is used once, then some again.
    let mut text = (0..selections)
        .map(|index| format!("{}s{index}", if random.below(3) == 0 { "not " } else { "" }))
        .collect::<Vec<_>>()
        .join(if random.below(2) == 0 { " and " } else { " or " });
    if random.below(3) == 0 {
        text = format!("not ({text}) or {} and {}", name(random), name(random));
    }
    text
}

fn event(random: &mut Random, dialect: &Dialect) -> Event {
    let mut event = Event::default();
    for field in ["a", "b"] {
        match random.below(8) {
            0 => {}
            1 if dialect.empty_is_not_missing => {
                event.insert(field.to_owned(), Value::Text(String::new()));
            }
            2 if dialect.null_is_missing => {
                event.insert(field.to_owned(), Value::Null);
            }
            _ => {
                event.insert(field.to_owned(), Value::Text(event_text(random, dialect)));
            }
        }
    }
    if random.below(4) > 0 {
        let values = (0..1 + random.below(3)).map(|_| Value::Text(event_text(random, dialect))).collect();
        event.insert("m".to_owned(), Value::Many(values));
    }
    if random.below(4) > 0 {
        event.insert("i".to_owned(), Value::Text(random.pick(&ADDRESSES).to_owned()));
    }
    if random.below(4) > 0 {
        let value = match random.below(5) {
            0 if dialect.text_among_numbers => Value::Text("-".to_owned()),
            number => Value::Number(Number::Integer(number as i64)),
        };
        event.insert("n".to_owned(), value);
    }
    if random.below(4) > 0 {
        event.insert("f".to_owned(), Value::Boolean(random.below(2) == 0));
    }
    event
}

/// Never empty.
fn event_text(random: &mut Random, dialect: &Dialect) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        match random.below(8) {
            0 => text.push('*'),
            1 => text.push('\\'),
            2 => text.push('.'),
            _ => text.push_str(random.pick(dialect.letters)),
        }
    }
    text
}

/// A small generator (splitmix64), so that cases are the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A field's value as JSON.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) => text.as_str().into(),
        Value::Number(Number::Integer(number)) => (*number).into(),
        Value::Number(Number::Real(number)) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::Many(values) => values.iter().map(json).collect(),
        Value::Pairs(pairs) => pairs
            .iter()
            .map(|(name, value)| serde_json::json!({"Name": name, "Value": json(value)}))
            .collect(),
    }
}
