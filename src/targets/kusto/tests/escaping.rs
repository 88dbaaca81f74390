//! Whatever a value holds, it stays a value.

use proptest::prelude::*;

use crate::ir::{Case, Pattern};
use crate::targets::kusto::lexer::{Kind, check_query, lex};
use crate::targets::kusto::tokens::{Comment, Ident, StringLiteral};

/// Any text, rich in what could break out.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "\"",
            "'",
            "\\",
            "\n",
            "\r",
            "\r\n",
            "\t",
            "\0",
            "|",
            ";",
            "//",
            "/*",
            "```",
            "~~~",
            "@\"",
            "h\"",
            "['",
            "']",
            ")",
            "(",
            "{",
            "}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{7f}",
            "\\u0041",
            " | take 1",
            "union *",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z_ ]{1,4}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_literal_is_read_back_as_the_same_text(text in hostile()) {
        let written = StringLiteral::new(text.as_str()).to_string();
        let tokens = lex(&written).map_err(|problem| TestCaseError::fail(format!("{written}: {problem:?}")))?;
        prop_assert_eq!(tokens.len(), 1, "{}", written);
        prop_assert_eq!(&tokens[0].kind, &Kind::Text(text));
    }

    #[test]
    fn a_name_is_read_back_as_the_same_name(name in hostile()) {
        let written = Ident::new(name.as_str()).to_string();
        let tokens = lex(&written).map_err(|problem| TestCaseError::fail(format!("{written}: {problem:?}")))?;
        match tokens.as_slice() {
            [word] => prop_assert_eq!(word.text, name),
            [open, text, close] => {
                prop_assert!(open.is("[") && close.is("]"));
                prop_assert_eq!(&text.kind, &Kind::Text(name));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_comment_is_one_token(text in hostile()) {
        let written = Comment(text).to_string();
        let tokens = lex(&written).map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
        prop_assert_eq!(tokens.len(), 1);
        prop_assert_eq!(&tokens[0].kind, &Kind::Comment);
    }

    /// The regular expression of a pattern says what the pattern says.
    #[test]
    fn the_expression_of_a_pattern_means_the_pattern(
        pattern in "[ab.*?\\\\(|$é\n]{1,6}", text in "[ab.(|$éÉ\n\\\\*]{0,8}", sensitive: bool
    ) {
        let case = if sensitive { Case::Sensitive } else { Case::Insensitive };
        let pattern = Pattern::parse(&pattern);
        let expression = crate::targets::kusto::lower::pattern_regex(&pattern, case);
        let regex = regex::Regex::new(&expression).map_err(|problem| TestCaseError::fail(problem.to_string()))?;
        prop_assert_eq!(regex.is_match(&text), pattern.matches(&text, case), "{}", expression);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A query differs from that of a harmless value in its literals alone.
    #[test]
    fn no_value_opens_a_pipe_or_a_statement(text in "\\PC{1,12}", edge in 0..4_usize) {
        let modifier = ["", "|contains", "|startswith", "|endswith"][edge];
        let value = Pattern::literal(text.as_str()).to_sigma();
        let item = |value: &str| {
            let json = serde_json::Value::from(value).to_string();
            super::selecting(&format!("\"Image{modifier}\": {json}"))
        };
        let Ok(compiled) = super::compile(&item(&value)) else { return Ok(()) };
        check_query(compiled.text.trim()).map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
        let kinds = |query: &str| -> Vec<bool> {
            lex(query).map(|tokens| tokens.iter().map(|token| token.is("|") || token.is(";")).collect())
                .unwrap_or_default()
        };
        let harmless = super::compile(&item("é")).map(|compiled| compiled.text).unwrap_or_default();
        let plain = super::compile(&item("e")).map(|compiled| compiled.text).unwrap_or_default();
        let found = kinds(&compiled.text);
        prop_assert!(found == kinds(&harmless) || found == kinds(&plain), "{}", compiled.text);
    }
}
