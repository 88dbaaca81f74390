//! Lists in both formats, and everything that can be wrong with one.

use proptest::prelude::*;

use super::Lists;
use crate::diagnostics::Diagnostic;
use crate::ir::{ColumnType, List, Match};

const YAML: &str = "description: Accounts.
owner: them
columns: {account: text, port: integer, address: ip, network: cidr, shape: pattern}
rows:
  - {account: 'A*b', port: 5, address: 203.0.113.7, network: 203.0.113.0/24, shape: 'a*?'}
  - {account: 7, network: '2001:db8::/32'}
";

fn read(file: &str, text: &str) -> Result<List, Vec<Diagnostic>> {
    let mut lists = Lists::default();
    lists.add_text(file, text.to_owned());
    let name = lists.names().next().expect("a list").to_owned();
    lists.get(&name).expect("is there").map(|list| List::clone(&list))
}

/// The findings of a file, as `line:column message | help`.
fn wrong(file: &str, text: &str) -> Vec<String> {
    let findings = read(file, text).expect_err("something is wrong");
    findings
        .iter()
        .map(|finding| {
            let label = finding.labels.first().expect("a place");
            let place = label.file.line_column(label.span.start);
            let help = finding.help.as_deref().unwrap_or("-");
            format!("{}:{} {} | {help}", place.line, place.column, finding.message)
        })
        .collect()
}

fn yaml(old: &str, new: &str) -> Vec<String> {
    assert!(YAML.contains(old), "{old}");
    wrong("accounts.yml", &YAML.replace(old, new))
}

fn texts(list: &List) -> Vec<Vec<Option<&str>>> {
    list.rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.as_ref().map(|cell| cell.text.as_str())).collect())
        .collect()
}

#[test]
fn yaml_is_read() {
    let list = read("accounts.yml", YAML).expect("sound");
    assert_eq!((list.name.as_str(), list.owner.as_str(), list.key), ("accounts", "them", 0));
    assert_eq!(
        texts(&list),
        [
            [Some("A*b"), Some("5"), Some("203.0.113.7"), Some("203.0.113.0/24"), Some("a*?")],
            [Some("7"), None, None, Some("2001:db8::/32"), None]
        ]
    );
    let test = |row: usize, column: usize| &list.rows[row][column].as_ref().expect("a cell").test;
    // A star is a star in a text, and a wildcard in a pattern.
    let Match::Text { pattern, .. } = test(0, 0) else { panic!("a text") };
    assert_eq!(pattern.as_literal(), Some("A*b"));
    let Match::Text { pattern, .. } = test(0, 4) else { panic!("a pattern") };
    assert!(pattern.has_wildcards());
    assert!(matches!(test(0, 3), Match::Network(_)));
}

#[test]
fn csv_is_read() {
    let text = "\u{feff}# owner: them\r\n# description: Networks: all.\r\n# key: tenant\r\n# inline: true\r\n\
                network:cidr,tenant\r\n203.0.113.0/24,\"a,b\"\r\n,c\r\n";
    let list = read("networks.csv", text).expect("sound");
    assert_eq!((list.description.as_str(), list.key, list.inline), ("Networks: all.", 1, true));
    assert_eq!(list.columns[0].column_type, ColumnType::Cidr);
    assert_eq!(texts(&list), [[Some("203.0.113.0/24"), Some("a,b")], [None, Some("c")]]);
    assert_eq!(list.to_csv(), "network,tenant\n203.0.113.0/24,\"a,b\"\n,c\n");
}

#[test]
fn a_list_may_be_empty() {
    let list = read("none.csv", "# owner: a\n# description: b\nx\n").expect("sound");
    assert!(list.rows.is_empty());
    assert_eq!(list.to_csv(), "x\n");
}

#[test]
fn what_is_wrong_with_a_cell_is_said() {
    let cases = [
        ("port: 5", "port: five", "5:28 `five` is not a whole number | for instance 4625"),
        ("port: 5", "port: '05'", "5:28 `05` is not a whole number | for instance 4625"),
        ("port: 5", "port: 5.5", "5:28 a cell of type integer is a text here | put it in quotes"),
        ("address: 203.0.113.7", "address: ten", "5:40 `ten` is not an address | for instance 203.0.113.7"),
        (
            "address: 203.0.113.7",
            "address: '2001:db8:0::1'",
            "5:40 `2001:db8:0::1` is not the usual form | write 2001:db8::1",
        ),
        (
            "network: 203.0.113.0/24",
            "network: 203.0.113.7/24",
            "5:62 the address has bits behind the prefix | write 203.0.113.0/24",
        ),
        (
            "network: 203.0.113.0/24",
            "network: 203.0.113.7",
            "5:62 `203.0.113.7` is not a network | for instance 203.0.113.0/24 or 2001:db8::/32",
        ),
        ("shape: 'a*?'", "shape: '*?'", "5:85 `*?` fits everything | write a part of the value"),
        (
            "account: 'A*b'",
            "account: ' a'",
            "5:15 the cell has white space around it, or control characters in it | targets differ on those: remove them",
        ),
        (
            "account: 'A*b'",
            "account: ''",
            "5:15 the cell is the empty text | leave the column out of the row",
        ),
        (
            "account: 'A*b'",
            "account: null",
            "5:5 the row has no `account`, which is the key | fill it in, or remove the row",
        ),
        (
            "account: 7",
            "account: a*B",
            "6:15 `a*B` stands twice | the key column identifies a row: remove one of the two",
        ),
        (
            "account: 7,",
            "account: 7, acount: 8,",
            "6:18 the list has no column `acount` | did you mean `account`?",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(yaml(old, new), [expected], "{new}");
    }
}

#[test]
fn what_is_wrong_with_a_list_is_said_at_once() {
    assert_eq!(
        wrong("Bad-Name.yml", "columns: {A: text}\nkey: b\nrows: [{A: 1}, {}]\n"),
        [
            "1:1 `Bad-Name` is not a name for a list | a lower-case letter, then lower-case letters, digits and underscores; at most 64",
            "1:1 `description` is missing | say what stands in the list",
            "1:1 `owner` is missing | say who keeps the list up to date",
            "1:11 `A` is not a name for a column | a lower-case letter, then lower-case letters, digits and underscores; at most 64",
            "2:6 the list has no column `b` | did you mean `A`?",
            "3:16 the row has no `A`, which is the key | fill it in, or remove the row",
        ]
    );
    assert_eq!(
        wrong("a.csv", "# owner: x\n# describtion: y\n# inline: yes\nb,b,n:number\n1,2\n\"x\n"),
        [
            "1:1 `description` is missing | say what stands in the list",
            "2:3 unknown remark `describtion` | did you mean `description`?",
            "3:11 write `true` or `false` | -",
            "4:3 the column `b` stands twice | rename one of the two",
            "4:5 `n:number` has no known type | n:TYPE, with text, pattern, integer, ip, cidr",
            "5:1 the row has 2 cells, the table 3 columns | put a cell that holds a comma in quotes",
            "6:1 the quote is not closed | -",
        ]
    );
    assert_eq!(
        wrong("a.csv", ""),
        [
            "1:1 `description` is missing | say what stands in the list",
            "1:1 `owner` is missing | say who keeps the list up to date",
            "1:1 the list has no columns | columns: {account: text}; in CSV: a head line `account,network:cidr`",
        ]
    );
    assert!(wrong("a.yml", "colums: {a: text}\n")[0].ends_with("| did you mean `columns`?"));
}

#[test]
fn two_files_of_one_name_and_bytes_that_are_no_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    write("a.csv", b"# owner: a\n# description: b\nx\n");
    write("a.yml", b"description: b\nowner: a\ncolumns: {x: text}\n");
    write("b.csv", b"# owner: a\n# description: caf\xe9\nx\n");
    write("README.md", b"no list");
    let mut lists = Lists::default();
    lists.add_folder(folder.path()).expect("read");
    assert_eq!(lists.names().collect::<Vec<_>>(), ["a", "b"]);
    let message = |name: &str| lists.get(name).expect("is there").expect_err("is wrong")[0].message.clone();
    assert_eq!(message("a"), "the list `a` is also written in `a.csv`");
    assert_eq!(message("b"), "the list is not UTF-8 text");
}

#[test]
fn the_embedded_lists_are_sound() {
    let lists = Lists::embedded();
    for name in lists.names() {
        assert!(lists.get(name).expect("is there").is_ok(), "{name}");
    }
    assert!(lists.names().any(|name| name == "maintenance_accounts"));
}

proptest! {
    /// What is written as CSV is read back as the same cells.
    #[test]
    fn a_list_survives_csv(cells in prop::collection::hash_set("[ -~é]{1,8}", 1..5)) {
        let cells: Vec<String> = cells.into_iter().filter(|cell| cell.trim() == cell).collect();
        let unique: crate::maps::HashSet<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
        prop_assume!(unique.len() == cells.len());
        let rows: Vec<serde_json::Value> = cells.iter().map(|cell| serde_json::json!({"x": cell})).collect();
        let text = format!("description: d\nowner: o\ncolumns: {{x: text, y: text}}\nrows: {}\n", serde_json::json!(rows));
        let list = read("a.yml", &text).expect("sound");
        let again = read("a.csv", &format!("# owner: o\n# description: d\n{}", list.to_csv())).expect("sound");
        prop_assert_eq!(list, again);
    }

    #[test]
    fn nothing_panics(text in r#"[a#:,"\n -]{0,60}"#) {
        let _ = read("a.csv", &text);
        let _ = read("a.yml", &text);
    }
}
