//! Escaping: what goes in comes out, and nothing that goes in becomes syntax.

use proptest::prelude::*;

use crate::ir::{Case, Pattern, Piece, Regex};
use crate::targets::splunk::lexer::{Dialect, Token, check_expression, check_query, tokens};
use crate::targets::splunk::pcre::RegexText;
use crate::targets::splunk::tokens::{Comment, EvalText, Fact, FieldName, MacroName, SearchText};

/// Texts rich in what SPL could take for syntax.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        ".{0,4}",
        Just("`".to_owned()),
        Just("```".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("|".to_owned()),
        Just("[search".to_owned()),
        Just("]".to_owned()),
        Just("'".to_owned()),
        Just("$a$".to_owned()),
        Just("*".to_owned()),
        Just("\n".to_owned()),
        Just("%".to_owned()),
        Just("(?i)".to_owned()),
        Just("10.0.0.0/8".to_owned()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// The one text that the printed token reads as. Its neighbours show that it ends where it should.
fn read_back(printed: &str) -> String {
    let query = format!("a={printed} b");
    match tokens(&query, Dialect::Query).expect("well-formed").as_slice() {
        [Token::Word("a="), Token::Text(text), Token::Word("b")] => text.clone(),
        other => panic!("{printed}: {other:?}"),
    }
}

/// The text of an eval literal, which may be cut into parts joined by `.`.
fn read_back_eval(printed: &str) -> String {
    let tokens = tokens(printed, Dialect::Eval).expect("well-formed");
    let mut text = String::new();
    for token in &tokens {
        match token {
            Token::Text(part) => text.push_str(part),
            Token::Word(".") | Token::Open | Token::Close => {}
            other => panic!("{printed}: {other:?}"),
        }
    }
    text
}

proptest! {
    #[test]
    fn a_search_literal_reads_back(text in hostile()) {
        if let Some(token) = SearchText::literal(&text) {
            let printed = token.to_string();
            prop_assert_eq!(read_back(&printed), text);
            prop_assert!(!printed.contains(['\n', '\r']) && !printed.contains("```"));
            prop_assert_eq!(check_query(&format!("a={printed}")), Ok(()));
        }
    }

    #[test]
    fn what_search_cannot_hold_is_refused(text in hostile()) {
        let unsayable = text.is_empty() || text.contains('*') || text.contains("```")
            || text.contains(|c: char| c.is_control()) || text.parse::<ipnet::IpNet>().is_ok();
        prop_assert!(!unsayable || SearchText::literal(&text).is_none());
    }

    #[test]
    fn wildcards_stay_wildcards(pieces in proptest::collection::vec(
        prop_oneof![hostile().prop_map(Piece::Literal), Just(Piece::AnyRun)], 1..5)) {
        let pattern = Pattern::from_pieces(pieces);
        if let Some(token) = SearchText::new(&pattern) {
            // No literal holds `*`, so each in the text read back is a wildcard.
            let expected: String = pattern.pieces().iter().map(|piece| match piece {
                Piece::Literal(text) => text.as_str(),
                Piece::AnyRun | Piece::AnyOne => "*",
            }).collect();
            prop_assert_eq!(read_back(&token.to_string()), expected);
        }
    }

    #[test]
    fn an_eval_literal_reads_back(text in hostile()) {
        match EvalText::new(&text) {
            Some(token) => {
                let printed = token.to_string();
                prop_assert_eq!(read_back_eval(&printed), text);
                prop_assert!(!printed.contains(['\n', '\r']) && !printed.contains("```"));
                let expression = format!("lower({printed})");
                prop_assert_eq!(check_expression(&expression), Ok(Vec::new()));
            }
            None => {
                let odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
                prop_assert!(text.contains(odd));
            }
        }
    }

    #[test]
    fn a_field_name_reads_back_or_is_refused(name in hostile()) {
        if let Some(field) = FieldName::new(&name) {
            let printed = field.to_string();
            let bare = [Token::Word(&printed)];
            let quoted = [Token::Text(name.clone())];
            let read = tokens(&printed, Dialect::Query).expect("well-formed");
            prop_assert!(read == bare && printed == name || read == quoted, "{}", printed);
            let in_eval = field.in_eval().to_string();
            let read = tokens(&in_eval, Dialect::Eval).expect("well-formed");
            prop_assert!(read == [Token::Word(&name)] || read == [Token::Name(&name)], "{}", in_eval);
        }
    }

    #[test]
    fn a_pattern_as_regex_matches_what_the_pattern_matches(
        pieces in proptest::collection::vec(
            prop_oneof![hostile().prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne)], 0..4),
        other in hostile()) {
        let pattern = Pattern::from_pieces(pieces);
        for case in [Case::Sensitive, Case::Insensitive] {
            let printed = RegexText::whole(&[&pattern], case).to_string();
            prop_assert!(!printed.contains(['\n', '\r', '`']));
            let regex = regex::Regex::new(&read_back(&printed)).expect("valid");
            let sample: String = pattern.pieces().iter().map(|piece| match piece {
                Piece::Literal(text) => text.as_str(),
                Piece::AnyRun => "",
                Piece::AnyOne => "x",
            }).collect();
            prop_assert!(regex.is_match(&sample), "{} {:?}", printed, sample);
            // Case folding beyond ASCII differs between engines.
            if case == Case::Sensitive || (other.is_ascii() && pattern.literals().all(str::is_ascii)) {
                prop_assert_eq!(regex.is_match(&other), pattern.matches(&other, case), "{} {:?}", printed, other);
            }
        }
    }

    #[test]
    fn a_regex_reads_back_as_one_that_means_the_same(source in hostile(), text in hostile()) {
        if let Ok(regex) = Regex::parse(&source, "") {
            let printed = RegexText::of(&regex).to_string();
            prop_assert!(!printed.contains(['\n', '\r', '`']));
            let read = regex::Regex::new(&read_back(&printed)).expect("valid");
            let meant = regex.compile().expect("valid");
            prop_assert_eq!(read.is_match(&text), meant.is_match(&text), "{} {:?}", printed, text);
        }
    }

    #[test]
    fn a_fact_and_a_macro_open_nothing(text in hostile()) {
        if let Some(fact) = Fact::new(&text) {
            let printed = format!("a={fact} b");
            prop_assert!(matches!(
                tokens(&printed, Dialect::Query).expect("well-formed").as_slice(),
                [Token::Word(_), Token::Text(_), Token::Word("b")] | [Token::Word(_), Token::Word("b")]
            ), "{}", printed);
        }
        if let Some(name) = MacroName::new(&text) {
            let printed = name.to_string();
            prop_assert_eq!(tokens(&printed, Dialect::Query), Ok(vec![Token::Macro(&text)]));
        }
    }

    #[test]
    fn a_comment_stays_one_comment_on_one_line(text in hostile()) {
        let printed = Comment::new(&text).to_string();
        prop_assert!(!printed.contains(['\n', '\r', '|', '$', '[', '"']));
        prop_assert!(matches!(tokens(&printed, Dialect::Query).expect("well-formed").as_slice(), [Token::Comment(_)]));
    }
}

#[test]
fn three_backticks_are_cut_in_eval() {
    let printed = EvalText::new("a```b").expect("one line").to_string();
    assert_eq!(printed, r#"("a``"."`b")"#);
}

#[test]
fn reserved_words_are_quoted_as_names() {
    let name = |text: &str| FieldName::new(text).expect("a name");
    assert_eq!(
        (name("by").to_string(), name("in").in_eval().to_string()),
        ("\"by\"".to_owned(), "'in'".to_owned())
    );
    assert_eq!(name("c-uri").as_target().expect("a target").to_string(), "\"c-uri\"");
    assert_eq!(name("5minutes").in_eval().to_string(), "'5minutes'");
    assert!(name("Actor{}.ID").as_target().is_none());
}

#[test]
fn fragments_are_checked_and_say_what_they_read() {
    assert_eq!(
        check_expression(r#"case(match(mvindex('Actor{}.ID',-1),"User|x"),User,true(),'b c'.d)"#),
        Ok(["Actor{}.ID", "User", "b c", "d"].map(str::to_owned).to_vec())
    );
    for wrong in ["", "a)", "(a", "\"a", "'a", "a | b", "`m`", "[search x]", "a ```c```", "a\nb"] {
        assert!(check_expression(wrong).is_err(), "{wrong}");
    }
}

/// The query for a value, written as YAML by JSON's rules. `None` when the detection itself is refused.
fn query_for(key: &str, value: &str, profile: &str) -> Option<String> {
    thread_local! {
        static CATALOGUE: std::sync::Arc<crate::catalogue::Catalogue> = super::catalogue(super::SOURCE);
    }
    CATALOGUE.with(|catalogue| {
        let value = serde_json::to_string(value).expect("a text");
        let body = format!("detection: {{s: {{{key}: {value}}}, condition: not s}}");
        let profiles: Vec<&str> = crate::targets::profiles().map(|profile| profile.id).collect();
        let context = crate::resolve::Context { catalogue, profiles: &profiles };
        let file = crate::source::SourceFile::new("test.yml", format!("{}{body}\n", super::HEAD));
        let detection = crate::resolve::resolve_file(&file, &context, &mut Vec::new())?;
        let target = crate::targets::target(profile, catalogue).expect("a profile");
        target.compile(&detection, crate::targets::Options::default()).ok().map(|compiled| compiled.text)
    })
}

#[test]
fn hostile_values_do_compile() {
    for value in ["a`b|c", "```", "\n", "[x] \"$y$\"", "*", "\\"] {
        for (key, profile) in [("Name", "splunk"), ("'Name|contains'", "splunk:cim"), ("user", "splunk")] {
            assert!(query_for(key, value, profile).is_some(), "{key} {value:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_value_opens_anything(
        value in hostile(),
        key in prop_oneof![Just("Name"), Just("'Name|contains'"), Just("'Name|cased'"), Just("'Roles|endswith'"),
                           Just("user"), Just("'|all'")],
        profile in prop_oneof![Just("splunk"), Just("splunk:cim")]) {
        if let Some(text) = query_for(key, &value, profile) {
            prop_assert_eq!(check_query(&text), Ok(()), "{}", text);
            let tokens = tokens(&text, Dialect::Query).expect("well-formed");
            let opened = tokens.iter().any(|token| {
                matches!(token, Token::Macro(_) | Token::Comment(_) | Token::OpenBracket | Token::CloseBracket)
            });
            prop_assert!(!opened, "{}", text);
            let pipes = tokens.iter().filter(|token| **token == Token::Pipe).count();
            let lines = text.lines().count();
            prop_assert_eq!(pipes, if profile == "splunk" { lines - 1 } else { lines }, "{}", text);
        }
    }
}
