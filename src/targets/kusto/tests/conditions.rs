//! Text, case, wildcards, null, and boolean structure.

use super::{excluded, query, tested};

#[test]
fn text_ignores_case_unless_cased() {
    assert_eq!(tested("Image: a"), r#"| where Image =~ "a""#);
    assert_eq!(tested("Image: [a, b]"), r#"| where Image in~ ("a", "b")"#);
    assert_eq!(tested("Image|contains: a"), r#"| where Image contains "a""#);
    assert_eq!(tested("Image|startswith: a"), r#"| where Image startswith "a""#);
    assert_eq!(tested(r"Image|endswith: \a"), r#"| where Image endswith @"\a""#);
    assert_eq!(tested("Image|cased: a"), r#"| where Image == "a""#);
    assert_eq!(tested("Image|cased: [a, b]"), r#"| where Image in ("a", "b")"#);
    assert_eq!(tested("Image|contains|cased: a"), r#"| where Image contains_cs "a""#);
    assert_eq!(tested("Image|startswith|cased: a"), r#"| where Image startswith_cs "a""#);
    assert_eq!(tested("Image|endswith|cased: a"), r#"| where Image endswith_cs "a""#);
}

/// There is no case to ignore in `4688`.
#[test]
fn text_without_letters_is_compared_as_it_is() {
    assert_eq!(tested("Image: '0'"), r#"| where Image == "0""#);
    assert_eq!(tested("Image: ['0', '1']"), r#"| where Image in ("0", "1")"#);
    assert_eq!(tested("Image: ['0', 'a']"), r#"| where Image in~ ("0", "a")"#);
}

/// The operators that ignore case fold ASCII only, by Microsoft's page of string operators.
#[test]
fn letters_outside_ascii_are_compared_in_lower_case() {
    assert_eq!(tested("Image: MÜLLER"), r#"| where tolower(Image) == "müller""#);
    assert_eq!(tested("Image|contains: É"), r#"| where tolower(Image) contains_cs "é""#);
    assert_eq!(tested("Image: [a, É, b]"), r#"| where Image in~ ("a", "b") or tolower(Image) == "é""#);
    assert_eq!(tested("Image|cased: É"), r#"| where Image == "É""#);
    assert_eq!(tested("Image: 日本"), r#"| where Image =~ "日本""#);
}

#[test]
fn wildcards_inside_become_anchored_expressions() {
    assert_eq!(tested(r"Image: 'C:\\*\a.exe'"), r#"| where Image matches regex @"(?is)^C:\\.*\\a\.exe$""#);
    assert_eq!(tested("Image|contains: 'a*b'"), r#"| where Image matches regex "(?is)a.*b""#);
    assert_eq!(tested("Image|cased: 'a?b'"), r#"| where Image matches regex "(?s)^a.b$""#);
    // A literal star is text.
    assert_eq!(tested(r"Image: 'a\*b'"), r#"| where Image =~ "a*b""#);
    assert_eq!(tested(r"Image: '\\*'"), r#"| where Image startswith @"\""#);
    assert_eq!(tested("Image: '*'"), "| where isnotempty(Image)");
}

#[test]
fn regular_expressions_have_ascii_classes_and_flags() {
    assert_eq!(tested(r"Image|re: 'a\d+$'"), r#"| where Image matches regex "a[0-9]+$""#);
    assert_eq!(tested(r"Image|re|i: 'a\.b'"), r#"| where Image matches regex @"(?i)a\.b""#);
    assert_eq!(excluded("Image|re: a.b"), r#"| where not(Image matches regex "a.b")"#);
    // It would match the empty text, which stands for a missing value here.
    assert_eq!(tested("Image|re: '^a*$'"), r#"| where isnotempty(Image) and Image matches regex "^a*$""#);
}

#[test]
fn a_missing_string_is_an_empty_one() {
    assert_eq!(tested("Image: null"), "| where isempty(Image)");
    assert_eq!(tested("Image|exists: true"), "| where isnotempty(Image)");
    assert_eq!(excluded("Image: null"), "| where isnotempty(Image)");
    assert_eq!(tested("Image: [null, a]"), r#"| where isempty(Image) or Image =~ "a""#);
    // Both together are exact.
    assert_eq!(tested("Image: [null, '']"), "| where isempty(Image)");
    let filter = "detection:\n  s: {CommandLine: x}\n  filter_null: {Image: null}\n  \
                  filter_empty: {Image: ''}\n  condition: s and not 1 of filter_*";
    assert_eq!(query(filter), "| where CommandLine =~ \"x\" and isnotempty(Image)");
}

#[test]
fn negation_uses_the_operators_own() {
    assert_eq!(excluded("Image: a"), r#"| where Image !~ "a""#);
    assert_eq!(excluded("Image: [a, b]"), r#"| where Image !in~ ("a", "b")"#);
    assert_eq!(excluded("Image|contains: [a, b]"), r#"| where Image !contains "a" and Image !contains "b""#);
    assert_eq!(
        excluded("Image: a, CommandLine|endswith: b"),
        r#"| where not(Image =~ "a" and CommandLine endswith "b")"#
    );
}

#[test]
fn selective_terms_come_first_and_computed_columns_late() {
    let items = "CommandLine|contains: x, Hidden: y, Image: z, Flag: true";
    assert_eq!(
        tested(items),
        "| where Image =~ \"z\" and Flag == true and CommandLine contains \"x\"\n\
         | extend Hidden = tostring(Raw.hidden)\n\
         | where Hidden =~ \"y\""
    );
}

#[test]
fn a_computed_column_is_made_once() {
    let body = "detection:\n  a: {Hidden: x}\n  b: {Hidden|contains: y}\n  condition: a or not b";
    assert_eq!(
        query(body),
        "| extend Hidden = tostring(Raw.hidden)\n| where Hidden =~ \"x\" or Hidden !contains \"y\""
    );
}

/// `dest` reads the table's own `Status`.
#[test]
fn a_computed_column_never_hides_one_that_is_read() {
    assert_eq!(tested("Status: x"), "| extend Status_ = tostring(Raw.status)\n| where Status_ =~ \"x\"");
    // Alerts cannot show a column whose name needs quotes.
    assert_eq!(
        tested("odd-name: x"),
        "| extend odd_name = tostring(Raw[\"odd-name\"])\n| where odd_name =~ \"x\""
    );
}

#[test]
fn keywords_search_the_whole_event() {
    let body = "detection:\n  s: [one, 'two*three']\n  condition: s";
    assert_eq!(
        query(body),
        "| extend EventText = tostring(Raw)\n\
         | where EventText contains \"one\" or EventText matches regex \"(?is)two.*three\""
    );
    // One test needs no column of its own.
    let body = "detection:\n  s: [one]\n  condition: s";
    assert_eq!(query(body), "| where tostring(Raw) contains \"one\"");
}

#[test]
fn value_maps_translate_on_tokens() {
    assert_eq!(tested("Operation: Update user"), r#"| where ActionType =~ "Update user.""#);
    assert_eq!(tested("Operation|startswith: Add"), r#"| where ActionType startswith "Add""#);
    assert_eq!(tested("Level: [low, high]"), r#"| where Level in ("1", "3")"#);
}

#[test]
fn many_alternatives_stay_within_the_parsers_depth() {
    let values = (0..1000).map(|i| format!("v{i}")).collect::<Vec<_>>().join(", ");
    let Err(findings) = super::compile(&super::selecting(&format!("Image|contains: [{values}]"))) else {
        panic!("longer than Sentinel takes")
    };
    assert!(findings[0].message.contains("characters; a scheduled rule takes at most 10000"));
}
