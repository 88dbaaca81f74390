//! A reader of `.conf` files, after Splunk's documentation alone
//! (<https://docs.splunk.com/Documentation/Splunk/latest/Admin/Howtoeditaconfigurationfile> and the `.spec` files).

use proptest::prelude::*;

use crate::packs::conf::{ConfValue, StanzaName};

/// A stanza: its name, and its settings in order.
pub(super) type Stanza = (String, Vec<(String, String)>);

/// Reads a file, or says at which line it is not one.
pub(super) fn read(text: &str) -> Result<Vec<Stanza>, String> {
    let mut stanzas: Vec<Stanza> = Vec::new();
    let mut lines = text.split('\n').enumerate();
    while let Some((number, line)) = lines.next() {
        let start = line.trim_start();
        if start.is_empty() || start.starts_with('#') {
            continue;
        }
        if let Some(rest) = start.strip_prefix('[') {
            let name = rest.trim_end().strip_suffix(']').ok_or(format!("line {number}: an open bracket"))?;
            if stanzas.iter().any(|(known, _)| known == name) {
                return Err(format!("line {number}: [{name}] stands twice"));
            }
            stanzas.push((name.to_owned(), Vec::new()));
            continue;
        }
        // A backslash at the very end joins the next line on; the line break stays in the value.
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            let Some((_, next)) = lines.next() else { return Err(format!("line {number}: nothing follows")) };
            whole.push('\n');
            whole.push_str(next);
        }
        let (key, value) = whole.split_once('=').ok_or(format!("line {number}: no `=`: {line}"))?;
        let (_, settings) = stanzas.last_mut().ok_or(format!("line {number}: no stanza"))?;
        if settings.iter().any(|(known, _)| known == key.trim()) {
            return Err(format!("line {number}: {} stands twice", key.trim()));
        }
        settings.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(stanzas)
}

/// The value of a setting.
pub(super) fn value<'s>(stanzas: &'s [Stanza], stanza: &str, key: &str) -> Option<&'s str> {
    let (_, settings) = stanzas.iter().find(|(name, _)| name == stanza)?;
    settings.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

#[test]
fn the_reader_follows_the_rules() {
    let text = "# a comment\n[a b]\nkey = one \\\n| two\\\n[three]\nother=x=y\n\n[c]\nz =\n";
    let stanzas = read(text).expect("a file");
    assert_eq!(value(&stanzas, "a b", "key"), Some("one \n| two\n[three]"));
    assert_eq!(value(&stanzas, "a b", "other"), Some("x=y"));
    assert_eq!(value(&stanzas, "c", "z"), Some(""));
    assert!(read("key = 1\n").is_err() && read("[a]\n[a]\n").is_err() && read("[a\n").is_err());
}

/// Any text, and often what is special in a file.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\\",
        "\n",
        "[",
        "]",
        "=",
        "#",
        " ",
        "\t",
        "\r",
        "$",
        "\"",
        "'",
        "`",
        "|",
        ";",
        "\u{feff}",
        "\u{2028}",
        "\0",
        "[install]",
        "é",
        "%",
    ]);
    let piece = prop_oneof![3 => special.prop_map(str::to_owned), 1 => ".{0,4}"];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Whatever can be a value reads back as itself, and nothing after it is swallowed or added.
    #[test]
    fn values_read_back(text in any_text()) {
        if let Ok(value) = ConfValue::new(&text) {
            let file = format!("[a]\nfirst = 1\nkey = {value}\nlast = 2\n\n[b]\nkey = 3\n");
            let expected = |key: &str, value: &str| (key.to_owned(), value.to_owned());
            let a = vec![expected("first", "1"), expected("key", &text), expected("last", "2")];
            let b = vec![expected("key", "3")];
            prop_assert_eq!(read(&file), Ok(vec![("a".to_owned(), a), ("b".to_owned(), b)]), "{}", file);
        }
    }

    /// Prose becomes one line, and loses nothing but the form of its white space.
    #[test]
    fn prose_reads_back(text in any_text()) {
        if let Ok(value) = ConfValue::prose(&text) {
            let stanzas = read(&format!("[a]\nkey = {value}\nlast = 2\n")).expect("a file");
            let words = |text: &str| {
                let blank = |c: char| c.is_whitespace() || c.is_control() || "\u{2028}\u{2029}\u{feff}".contains(c);
                text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            };
            let meant = words(&text);
            prop_assert_eq!(super::conf::value(&stanzas, "a", "key"), Some(meant.as_str()));
            prop_assert_eq!(super::conf::value(&stanzas, "a", "last"), Some("2"));
        }
    }

    /// So do names of stanzas.
    #[test]
    fn names_read_back(text in any_text()) {
        if let Ok(name) = StanzaName::new(&text) {
            let stanzas = read(&format!("[{name}]\nkey = 1\n")).expect("a file");
            prop_assert_eq!(stanzas, vec![(text, vec![("key".to_owned(), "1".to_owned())])]);
        }
    }
}
