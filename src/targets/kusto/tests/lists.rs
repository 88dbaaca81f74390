//! Lists: watchlists in Sentinel, arrays in Defender XDR, alternatives where neither would mean the same.

use super::{compile, compile_as, selecting};
use crate::targets::Delivery;

pub(super) const LIST: &str = "description: d
owner: o
columns: {host: text, number: integer, address: ip, network: cidr, shape: pattern, word: text}
rows:
  - {host: Abc, number: 5, address: 203.0.113.7, network: 203.0.113.0/24, shape: 'a*', word: MÜLLER}
  - {host: 'x \"y\\', number: 6, network: '2001:db8::/32', shape: '*b', word: b}
";

pub(super) const EMPTY: &str = "description: d\nowner: o\ncolumns: {host: text, network: cidr}\n";

const FACTS: &str = "Events\n| where Kind == \"process\" or Kind == \"thread\"\n";

/// The `let`s and the last `where`.
fn parts(text: &str) -> (String, String) {
    let (lets, rest) = text.split_once("Events\n").expect("the table");
    (lets.trim_end().to_owned(), rest.trim_end().rsplit_once("| where ").expect("a test").1.to_owned())
}

fn sentinel(items: &str) -> (String, String) {
    let compiled = compile(&selecting(items)).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert!(compiled.text.contains(FACTS), "{}", compiled.text);
    parts(&compiled.text)
}

fn excluded(items: &str) -> (String, String) {
    let body = format!("detection:\n  s: {{{items}}}\n  condition: not s");
    parts(&compile(&body).unwrap_or_else(|findings| panic!("{findings:#?}")).text)
}

fn pair(lets: &str, test: &str) -> (String, String) {
    (lets.to_owned(), test.to_owned())
}

#[test]
fn a_watchlist_is_read_by_its_search_key_or_its_item() {
    let hosts = r#"let hosts = _GetWatchlist("hosts") | where isnotempty(SearchKey) | project SearchKey;"#;
    assert_eq!(sentinel("Image|in_list: hosts"), pair(hosts, "Image in~ (hosts)"));
    assert_eq!(excluded("Image|in_list: hosts"), pair(hosts, "Image !in~ (hosts)"));
    assert_eq!(
        sentinel("Address|in_list: hosts.address"),
        pair(
            r#"let hosts_address = _GetWatchlist("hosts") | where isnotempty(tostring(WatchlistItem.address)) | project address = tostring(WatchlistItem.address);"#,
            "Address in~ (hosts_address)"
        )
    );
    let number = r#"let hosts_number = _GetWatchlist("hosts") | where isnotempty(tostring(WatchlistItem.number)) | project number = tolong(tostring(WatchlistItem.number));"#;
    assert_eq!(sentinel("Code|in_list: hosts.number"), pair(number, "Code in (hosts_number)"));
    let text = r#"let hosts_number = _GetWatchlist("hosts") | where isnotempty(tostring(WatchlistItem.number)) | project number = tostring(WatchlistItem.number);"#;
    assert_eq!(sentinel("CodeText|in_list: hosts.number"), pair(text, "CodeText in (hosts_number)"));
    // Letters outside ASCII are compared in lower case on both sides.
    let word = r#"let hosts_word = _GetWatchlist("hosts") | where isnotempty(tostring(WatchlistItem.word)) | project word = tolower(tostring(WatchlistItem.word));"#;
    assert_eq!(sentinel("Image|in_list: hosts.word"), pair(word, "tolower(Image) in (hosts_word)"));
    // The list can be filled without a new query.
    let none = r#"let none = _GetWatchlist("none") | where isnotempty(SearchKey) | project SearchKey;"#;
    assert_eq!(sentinel("Image|in_list: none"), pair(none, "Image in~ (none)"));
    assert_eq!(sentinel("Key|in_list: hosts"), pair(hosts, "tostring(Key) in~ (hosts)"));
}

#[test]
fn networks_of_both_families_are_asked_for() {
    let item = "tostring(WatchlistItem.network)";
    let lets = format!(
        "let hosts_v4 = toscalar(_GetWatchlist(\"hosts\") | where isnotempty({item}) and {item} !contains \":\" | summarize make_list({item}));\n\
         let hosts_v6 = toscalar(_GetWatchlist(\"hosts\") | where isnotempty({item}) and {item} contains \":\" | summarize make_list({item}));"
    );
    assert_eq!(
        sentinel("Address|in_list: hosts.network"),
        pair(
            &lets,
            "ipv4_is_in_any_range(Address, hosts_v4) or (Address contains \":\" and ipv6_is_in_any_range(Address, hosts_v6))"
        )
    );
    let (_, test) = excluded("Address|in_list: hosts.network");
    assert_eq!(
        test.split_whitespace().collect::<Vec<_>>().join(" "),
        "not(Address contains \":\" and coalesce(ipv6_is_in_any_range(Address, hosts_v6), false))"
    );
}

#[test]
fn arrays_stand_in_the_query_for_defender() {
    let xdr = |items: &str| {
        let text = compile_as("kusto:xdr", "test.events", &selecting(items)).expect("compiles").text;
        let (lets, rest) = text.split_once("DeviceEvents\n").expect("the table");
        (lets.trim_end().to_owned(), rest.trim_end().to_owned())
    };
    assert_eq!(
        xdr("Image|in_list: hosts"),
        pair(r#"let hosts = dynamic(["Abc", "x \"y\\"]);"#, "| where FolderPath in~ (hosts)")
    );
    assert_eq!(
        xdr("Image|in_list: hosts.word"),
        pair(r#"let hosts_word = dynamic(["müller", "b"]);"#, "| where tolower(FolderPath) in (hosts_word)")
    );
    assert_eq!(xdr("Image|in_list: none"), pair("let none = dynamic([]);", "| where FolderPath in~ (none)"));
    assert_eq!(
        xdr("Image|in_list: hosts.shape"),
        pair("", "| where FolderPath startswith \"a\" or FolderPath endswith \"b\"")
    );
}

#[test]
fn rows_are_alternatives_where_names_would_not_do() {
    assert_eq!(
        sentinel("Image|in_list: hosts.shape"),
        pair("", "Image startswith \"a\" or Image endswith \"b\"")
    );
    assert_eq!(sentinel("Operation|in_list: hosts"), pair("", r#"ActionType in~ ("Abc.", @"x ""y\.")"#));
    let compiled = compile(&selecting("Roles|in_list: hosts")).expect("compiles");
    assert!(compiled.text.contains("countif(tostring(Roles_item) in~ (\"Abc\", "), "{}", compiled.text);
    assert_eq!(compiled.needs.lists[0].how, Delivery::Inline);
    let (_, test) = sentinel("Roles|in_list: none");
    assert_eq!(test, "false");
}

/// A column hides a name of the same spelling, so they differ.
#[test]
fn names_of_lists_hide_no_column() {
    let catalogue = std::sync::Arc::new(
        crate::catalogue::Catalogue::embedded()
            .with_text("test.events", super::SOURCE)
            .with_list("user.csv", "# owner: o\n# description: d\nhost\na\n"),
    );
    let target = super::Kusto::new(&super::PROFILES[0], std::sync::Arc::clone(&catalogue));
    let text = format!("{}data_source: test.events\n{}\n", HEAD, selecting("user|in_list: user"));
    let profiles = ["kusto:sentinel"];
    let context = crate::resolve::Context { catalogue: &catalogue, profiles: &profiles };
    let file = crate::source::SourceFile::new("test.yml", text);
    let detection = crate::resolve::resolve_file(&file, &context, &mut Vec::new()).expect("resolves");
    let compiled = crate::targets::Target::compile(&target, &detection, crate::targets::Options::default());
    let text = compiled.expect("compiles").text;
    assert!(
        text.starts_with(
            "let user_ = _GetWatchlist(\"user\") | where isnotempty(SearchKey) | project SearchKey;\n"
        ),
        "{text}"
    );
    assert!(text.contains("user in~ (user_)"), "{text}");
}

const HEAD: &str = "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\n\
                    severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A test.\n";

proptest::proptest! {
    /// What is in a list opens nothing, and an array gives back the texts that were put in.
    #[test]
    fn no_row_opens_anything(cell in "[ -~é|;\u{2029}]{1,10}") {
        let cell = cell.trim();
        proptest::prop_assume!(!cell.is_empty() && !cell.contains('\u{2029}'));
        let body = super::super::ast::Body::Values(vec![super::super::ast::Value::Text(cell.to_owned())]);
        let text = format!("let a = {body}; T | where x in~ (a)");
        let tokens = super::super::lexer::lex(&text).expect("well-formed");
        let count = |symbol: &str| tokens.iter().filter(|token| token.is(symbol)).count();
        proptest::prop_assert_eq!((count("|"), count(";")), (1, 1), "{}", text);
        let json = text.strip_prefix("let a = dynamic(").and_then(|rest| rest.split_once("); T")).expect("an array").0;
        let read: Vec<String> = serde_json::from_str(json).expect("JSON");
        proptest::prop_assert_eq!(read, [cell]);
    }
}
