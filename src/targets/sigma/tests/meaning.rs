//! What is written means what was meant: random predicates are rendered, and a small reader of Sigma's text, which
//! shares no code with the printer, answers as the predicate does on every event of a small world.

use proptest::prelude::*;

use super::{compile, detection, field, keyword, test, text};
use crate::ir::{Case, Match, Predicate};
use crate::source::SourceFile;
use crate::yaml::{self, Node, Value};

const FIELDS: [&str; 3] = ["Image", "CommandLine", "Roles"];

/// One value a field; `None` is missing.
type Small = [Option<&'static str>; 3];

fn world() -> Vec<Small> {
    let values = [None, Some(""), Some("a"), Some("ab"), Some("ba")];
    let mut all = Vec::new();
    for image in values {
        for command in values {
            for roles in values {
                all.push([image, command, roles]);
            }
        }
    }
    all
}

/// The predicate's own meaning.
fn holds(predicate: &Predicate, event: &Small) -> bool {
    match predicate {
        Predicate::All(members) => members.iter().all(|member| holds(member, event)),
        Predicate::Any(members) => members.iter().any(|member| holds(member, event)),
        Predicate::Not(inner) => !holds(inner, event),
        Predicate::Field(test) => {
            let place = FIELDS.iter().position(|name| **name == *test.field.name).expect("known");
            test.any_of.iter().any(|alternative| match (alternative, event[place]) {
                (Match::Text { pattern, case }, Some(value)) => pattern.matches(value, *case),
                (Match::Missing, value) => value.is_none(),
                (Match::Present, value) => value.is_some(),
                _ => false,
            })
        }
        Predicate::Keyword(keyword) => keyword
            .any_of
            .iter()
            .any(|pattern| event.iter().flatten().any(|value| pattern.matches(value, Case::Insensitive))),
    }
}

/// Sigma's meaning of a search identifier.
fn selected(node: &Node, event: &Small) -> bool {
    match &node.value {
        Value::Map(items) => items.iter().all(|(key, values)| item(&key.value, values, event)),
        Value::List(members) => members.iter().any(|member| selected(member, event)),
        Value::Text(text) => event.iter().flatten().any(|value| glob(&format!("*{text}*"), value)),
        other => panic!("{other:?}"),
    }
}

fn item(key: &str, values: &Node, event: &Small) -> bool {
    let mut parts = key.split('|');
    let name = parts.next().expect("a name");
    let modifiers: Vec<&str> = parts.collect();
    let (all, modifiers) = match modifiers.split_last() {
        Some((&"all", rest)) => (true, rest),
        _ => (false, modifiers.as_slice()),
    };
    let values: Vec<&Value> = match &values.value {
        Value::List(list) => list.iter().map(|node| &node.value).collect(),
        one => vec![one],
    };
    assert!(!all || values.len() > 1, "`all` of one value");
    let place = FIELDS.iter().position(|field| *field == name);
    let one = |value: &&Value| match (place, value, modifiers) {
        (None, Value::Text(_), []) => {
            selected(&Node { value: (*value).clone(), span: Default::default() }, event)
        }
        (Some(place), Value::Null, []) => event[place].is_none(),
        (Some(place), Value::Boolean(true), ["exists"]) => event[place].is_some(),
        (Some(place), Value::Text(pattern), modifiers) => event[place].is_some_and(|value| match modifiers {
            [] => glob(pattern, value),
            ["contains"] => glob(&format!("*{pattern}*"), value),
            ["startswith"] => glob(&format!("{pattern}*"), value),
            ["endswith"] => glob(&format!("*{pattern}"), value),
            other => panic!("{other:?}"),
        }),
        other => panic!("{other:?}"),
    };
    if all { values.iter().all(one) } else { values.iter().any(one) }
}

/// Wildcards alone: the values of this world hold neither backslashes nor upper case.
fn glob(pattern: &str, value: &str) -> bool {
    match pattern.chars().next() {
        None => value.is_empty(),
        Some('*') => (0..=value.len()).any(|from| glob(&pattern[1..], &value[from..])),
        Some('?') => !value.is_empty() && glob(&pattern[1..], &value[1..]),
        Some(c) => value.starts_with(c) && glob(&pattern[1..], &value[1..]),
    }
}

/// Reads a condition: `or` binds least, then `and`, then `not`, then `1 of`.
struct Reader<'a> {
    words: Vec<String>,
    at: usize,
    names: &'a [(String, bool)],
}

impl Reader<'_> {
    fn next_is(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|next| next == word);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> bool {
        let mut value = self.and();
        while self.next_is("or") {
            value |= self.and();
        }
        value
    }

    fn and(&mut self) -> bool {
        let mut value = self.not();
        while self.next_is("and") {
            value &= self.not();
        }
        value
    }

    fn not(&mut self) -> bool {
        if self.next_is("not") { !self.not() } else { self.term() }
    }

    fn term(&mut self) -> bool {
        if self.next_is("(") {
            let value = self.or();
            assert!(self.next_is(")"));
            return value;
        }
        let all = self.words[self.at] == "all";
        if all || self.words[self.at] == "1" {
            assert_eq!(self.words[self.at + 1], "of");
            let prefix = self.words[self.at + 2].strip_suffix('*').expect("a pattern").to_owned();
            self.at += 3;
            let mut named =
                self.names.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, value)| *value);
            return if all { named.all(|value| value) } else { named.any(|value| value) };
        }
        let name = self.words[self.at].clone();
        self.at += 1;
        self.names.iter().find(|(known, _)| *known == name).expect("a known name").1
    }
}

fn rule_holds(rule: &Node, event: &Small) -> bool {
    let Some(Value::Map(entries)) = rule.get("detection").map(|node| &node.value) else { panic!("no map") };
    let names: Vec<(String, bool)> = entries
        .iter()
        .filter(|(key, _)| key.value != "condition")
        .map(|(key, node)| (key.value.clone(), selected(node, event)))
        .collect();
    let condition =
        rule.get("detection").and_then(|node| node.get("condition")).and_then(|node| node.as_text());
    let spaced = condition.expect("text").replace('(', "( ").replace(')', " )");
    let words = spaced.split_whitespace().map(str::to_owned).collect();
    let mut reader = Reader { words, at: 0, names: &names };
    let value = reader.or();
    assert_eq!(reader.at, reader.words.len(), "{spaced}");
    value
}

fn alternative() -> impl Strategy<Value = Match> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "ab", "*a", "a*", "*a*", "*b*", "?", "b?", "", "*", "a*b"])
            .prop_map(text),
        1 => Just(Match::Missing),
        1 => Just(Match::Present),
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let leaf = prop_oneof![
        5 => (prop::sample::select(FIELDS.to_vec()), prop::collection::vec(alternative(), 1..4))
            .prop_map(|(name, any_of)| test(field(name).name.as_ref(), any_of)),
        1 => prop::collection::vec(prop::sample::select(vec!["a", "b", "ab"]), 1..3)
            .prop_map(|texts| keyword(&texts)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::Any),
            inner.prop_map(Predicate::not),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_rule_means_the_predicate(predicate in predicate()) {
        let text = compile(&detection(predicate.clone())).expect("compiles").text;
        let mut findings = Vec::new();
        let rule = yaml::parse(&SourceFile::new("r.yml", text.as_str()), &mut findings).expect("a rule");
        prop_assert!(findings.is_empty(), "{:?}", findings);
        for event in world() {
            prop_assert_eq!(rule_holds(&rule, &event), holds(&predicate, &event), "{:?}\n{}", event, text);
        }
    }
}
