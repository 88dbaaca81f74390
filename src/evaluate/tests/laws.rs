//! Laws that hold whatever the event.

use proptest::prelude::*;

use super::fixture::*;
use crate::ir::{Case, Comparison, Event, Match, Number, Pattern, Predicate, Value};

/// Texts of few letters, so that patterns often fit.
fn small_text() -> impl Strategy<Value = String> {
    r"[aAbB*?\\.é É\n]{0,5}"
}

fn any_match() -> impl Strategy<Value = Match> {
    prop_oneof![
        small_text().prop_map(|written| text(&written)),
        small_text().prop_map(|written| cased(&written)),
        Just(regex("^a.*b$", "i")),
        (0..4_i64).prop_map(|n| number(Comparison::LessOrEqual, Number::Integer(n))),
        Just(Match::Missing),
        Just(Match::Present),
    ]
}

fn any_predicate() -> impl Strategy<Value = Predicate> {
    let name = || prop_oneof![Just("Cmd"), Just("Roles"), Just("Port"), Just("user")];
    let leaf = prop_oneof![
        8 => (name(), proptest::collection::vec(any_match(), 1..4)).prop_map(|(name, any_of)| on(name, any_of)),
        1 => "[ab]{1,2}".prop_map(|text| keyword(&[&text])),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Predicate::All),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Predicate::Any),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let single = prop_oneof![
        Just(Value::Null),
        small_text().prop_map(Value::Text),
        (0..5_i64).prop_map(|n| Value::Number(Number::Integer(n))),
    ];
    prop_oneof![3 => single.clone(), 1 => proptest::collection::vec(single, 0..3).prop_map(Value::Many)]
}

fn any_event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![Just("Cmd"), Just("Roles"), Just("Port"), Just("Account"), Just("user")];
    proptest::collection::vec((name, any_value()), 0..5)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn not(inner: &Predicate) -> Predicate {
    Predicate::Not(Box::new(inner.clone()))
}

/// Sigma's notation as a regular expression, written without the pattern type.
fn as_regex(sigma: &str, case: Case) -> regex::Regex {
    let mut out = String::from(if case == Case::Insensitive { r"(?is)\A" } else { r"(?s)\A" });
    let characters: Vec<char> = sigma.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        let escaped = characters[at] == '\\' && matches!(characters.get(at + 1), Some('*' | '?' | '\\'));
        if escaped {
            at += 1;
        }
        match characters[at] {
            '*' if !escaped => out.push_str(".*"),
            '?' if !escaped => out.push('.'),
            literal => out.push_str(&regex::escape(&literal.to_string())),
        }
        at += 1;
    }
    out.push_str(r"\z");
    regex::Regex::new(&out).expect("a valid translation")
}

proptest! {
    #[test]
    fn double_negation(p in any_predicate(), event in any_event()) {
        prop_assert_eq!(holds(&not(&not(&p)), &event), holds(&p, &event));
        prop_assert_eq!(holds(&not(&p), &event), !holds(&p, &event));
    }

    #[test]
    fn de_morgan(ps in proptest::collection::vec(any_predicate(), 1..4), event in any_event()) {
        let negated = || ps.iter().map(not).collect::<Vec<_>>();
        prop_assert_eq!(
            holds(&not(&Predicate::All(ps.clone())), &event),
            holds(&Predicate::Any(negated()), &event)
        );
        prop_assert_eq!(
            holds(&not(&Predicate::Any(ps.clone())), &event),
            holds(&Predicate::All(negated()), &event)
        );
    }

    #[test]
    fn order_does_not_matter(ps in proptest::collection::vec(any_predicate(), 1..5), event in any_event()) {
        let reversed: Vec<Predicate> = ps.iter().rev().cloned().collect();
        prop_assert_eq!(
            holds(&Predicate::Any(ps.clone()), &event),
            holds(&Predicate::Any(reversed.clone()), &event)
        );
        prop_assert_eq!(holds(&Predicate::All(ps), &event), holds(&Predicate::All(reversed), &event));
    }

    #[test]
    fn alternatives_of_a_field_are_an_any(
        matches in proptest::collection::vec(any_match(), 1..4),
        name in prop_oneof![Just("Cmd"), Just("Roles"), Just("Port")],
        event in any_event()
    ) {
        let apart = matches.iter().map(|one| on(name, [one.clone()])).collect();
        prop_assert_eq!(holds(&on(name, matches), &event), holds(&Predicate::Any(apart), &event));
    }

    #[test]
    fn the_flattening_constructors_mean_the_same(p in any_predicate(), q in any_predicate(), event in any_event()) {
        let plain = Predicate::All(vec![p.clone(), q.clone()]);
        prop_assert_eq!(holds(&Predicate::all([p.clone(), q.clone()]), &event), holds(&plain, &event));
        let plain = Predicate::Any(vec![p.clone(), q.clone()]);
        prop_assert_eq!(holds(&Predicate::any([p.clone(), q]), &event), holds(&plain, &event));
        prop_assert_eq!(holds(&Predicate::not(p.clone()), &event), !holds(&p, &event));
    }

    #[test]
    fn present_is_the_opposite_of_missing(event in any_event()) {
        for name in ["Cmd", "Roles", "Port", "user"] {
            let present = holds(&on(name, [Match::Present]), &event);
            prop_assert_eq!(present, !holds(&on(name, [Match::Missing]), &event));
        }
    }

    #[test]
    fn a_pattern_is_its_regular_expression(pattern in small_text(), value in small_text()) {
        for case in [Case::Insensitive, Case::Sensitive] {
            prop_assert_eq!(
                Pattern::parse(&pattern).matches(&value, case),
                as_regex(&pattern, case).is_match(&value),
                "{} on {}", pattern, value
            );
        }
    }

    #[test]
    fn a_pattern_made_from_its_value_matches(value in r"[aB*?\\.é ]{1,8}", hole in 0..8_usize, wide in any::<bool>()) {
        // Replace one character by a wildcard; the rest is escaped.
        let written: String = value.chars().enumerate().map(|(place, c)| match c {
            _ if place == hole => (if wide { "*" } else { "?" }).to_owned(),
            '*' | '?' | '\\' => format!("\\{c}"),
            _ => c.to_string(),
        }).collect();
        prop_assert!(holds(&on("Cmd", [cased(&written)]), &Event::from_iter([("Cmd".to_owned(), Value::Text(value))])));
    }

    #[test]
    fn an_explanation_points_at_tests_whenever_there_are_any(p in any_predicate(), event in any_event()) {
        let detection = detection(p);
        let evaluator = crate::evaluate::Evaluator::new(&detection, source()).expect("compiles");
        prop_assert!(!evaluator.explain(&event).decisive().is_empty());
    }
}
