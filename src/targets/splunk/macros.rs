//! The macros that emitted searches call: which a text calls, and what each stands for.
//!
//! In: the catalogue, or the text of a search. Out: definitions, and calls. Packs need both; nothing here changes a
//! search.

use std::collections::{BTreeMap, BTreeSet};

use super::ESCU;
use super::binding::Binding;
use super::expr::Term;
use super::lexer::{Dialect, Token, check_query, tokens};
use super::tokens::Fact;
use crate::catalogue::{Catalogue, Source};
use crate::diagnostics::Diagnostic;

/// Where the events are in plain Splunk.
const RAW: &str = "splunk";

/// The fields that say where events are; a macro stands for these alone.
const PLACES: [&str; 4] = ["index", "sourcetype", "source", "host"];

/// A call of a macro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MacroCall {
    /// The name.
    pub name: String,
    /// How many arguments it is given.
    pub arguments: usize,
}

impl MacroCall {
    /// The name of its stanza in `macros.conf`: `name`, or `name(2)`.
    pub fn stanza(&self) -> String {
        match self.arguments {
            0 => self.name.clone(),
            count => format!("{}({count})", self.name),
        }
    }
}

/// The macros that a search calls, each once, in order of name. `None` when the text is no search.
pub fn macro_calls(search: &str) -> Option<Vec<MacroCall>> {
    let calls = tokens(search, Dialect::Query).ok()?.into_iter().filter_map(|token| match token {
        Token::Macro(call) => Some(read_call(call)),
        _ => None,
    });
    Some(calls.collect::<BTreeSet<_>>().into_iter().collect())
}

/// `name`, or `name(a, b)`: commas within quotes or parentheses part nothing.
fn read_call(call: &str) -> MacroCall {
    let call = call.trim();
    let Some((name, inner)) = call.strip_suffix(')').and_then(|call| call.split_once('(')) else {
        return MacroCall { name: call.to_owned(), arguments: 0 };
    };
    let (mut depth, mut quoted, mut escaped, mut arguments) = (0_i32, false, false, 1);
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => arguments += 1,
            _ => {}
        }
    }
    MacroCall { name: name.trim().to_owned(), arguments: if inner.trim().is_empty() { 0 } else { arguments } }
}

/// Where the events of a source are in plain Splunk: fields such as `sourcetype`, each with its values. Empty when the
/// source does not exist there, or is found by other fields alone.
pub fn source_places(source: &Source) -> Result<Vec<(String, Vec<String>)>, Vec<Diagnostic>> {
    let Some(binding) = Binding::read(source, RAW)? else { return Ok(Vec::new()) };
    let places = binding.select.into_iter().filter(|(field, _)| PLACES.contains(&field.as_str()));
    let texts = |values: Vec<Fact>| values.iter().map(|value| value.as_str().to_owned()).collect();
    Ok(places.map(|(field, values)| (field.as_str().to_owned(), texts(values))).collect())
}

/// What the macro of each data source stands for: the places of its events in plain Splunk. A macro that several
/// sources share stands for all their places; which of the events are meant is said beside the macro. `None` where no
/// add-on gives the events a place: then only the user knows.
pub fn source_macros(catalogue: &Catalogue) -> Result<BTreeMap<String, Option<String>>, Vec<Diagnostic>> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut findings = Vec::new();
    for id in catalogue.ids() {
        let Some(Ok(source)) = catalogue.source(id) else { continue };
        let read = Binding::read(&source, ESCU).and_then(|escu| Ok((escu, Binding::read(&source, RAW)?)));
        let (escu, raw) = match read {
            Ok(found) => found,
            Err(found) => {
                findings.extend(found);
                continue;
            }
        };
        // Without a plain binding, its own facts are all there is.
        let named = escu.as_ref().and_then(|escu| escu.macro_name.clone());
        let plain = raw.as_ref().and_then(|raw| raw.macro_name.clone());
        for name in plain.into_iter().chain(named.clone()) {
            places.entry(name.as_str().to_owned()).or_default();
        }
        let (Some(name), Some(raw)) = (named, raw) else { continue };
        let facts = raw.select.into_iter().filter(|(field, _)| PLACES.contains(&field.as_str()));
        let facts: Vec<String> = facts.map(|(field, values)| Term::Fact(field, values).to_string()).collect();
        let place = match facts.as_slice() {
            [] => continue,
            [fact] => fact.clone(),
            facts => format!("({})", facts.join(" ")),
        };
        places.entry(name.as_str().to_owned()).or_default().insert(place);
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let join = |places: BTreeSet<String>| places.into_iter().collect::<Vec<_>>().join(" OR ");
    let definition = |places: BTreeSet<String>| (!places.is_empty()).then(|| parenthesised(join(places)));
    Ok(places.into_iter().map(|(name, places)| (name, definition(places))).collect())
}

/// Reads what a user says that a macro stands for: terms of `search`, which are put into parentheses, since they stand
/// among others. Or why they are none.
pub fn place_definition(text: &str) -> Result<String, String> {
    if text.contains(['\n', '\r', '$']) {
        return Err("it holds a line break or `$`".to_owned());
    }
    check_query(text).map_err(|problem| problem.to_string())?;
    let tokens = tokens(text, Dialect::Query).map_err(|problem| problem.to_string())?;
    for token in &tokens {
        match token {
            Token::Pipe => return Err("it holds a pipe, though it stands among other terms".to_owned()),
            Token::OpenBracket | Token::CloseBracket => return Err("it holds a subsearch".to_owned()),
            Token::Macro(_) => return Err("it calls another macro".to_owned()),
            Token::Comment(_) => return Err("it holds a comment".to_owned()),
            Token::Word(word) if word.ends_with('\\') => {
                return Err("a word ends in a backslash, which would escape what follows".to_owned());
            }
            Token::Open | Token::Close | Token::Text(_) | Token::Name(_) | Token::Word(_) => {}
        }
    }
    // A text that is a single term needs no parentheses.
    Ok(if tokens.len() == 1 { text.trim().to_owned() } else { format!("({})", text.trim()) })
}

/// What stands beside the macro must apply to all of it: `AND` binds `OR` later in `search`, but not so in `tstats`.
fn parenthesised(definition: String) -> String {
    if definition.contains(" OR ") { format!("({definition})") } else { definition }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_with_their_arguments() {
        let search = "`a` x=\"`no`\" ```com`ment``` | `b(c)` | `d(\"x,y\", f(1, 2))` | `a` | `e()`";
        let calls: Vec<String> =
            macro_calls(search).expect("a search").iter().map(MacroCall::stanza).collect();
        assert_eq!(calls, ["a", "b(1)", "d(2)", "e"]);
        assert_eq!(macro_calls("`a"), None);
    }

    #[test]
    fn a_shared_macro_stands_for_the_places_of_all_its_sources() {
        let macros = source_macros(&Catalogue::embedded()).expect("macros");
        let of = |name: &str| macros[name].as_deref().expect("a place");
        assert_eq!(of("o365_management_activity"), "sourcetype=\"o365:management:activity\"");
        assert!(of("sysmon").starts_with('(') && of("sysmon").contains(" OR "), "{}", of("sysmon"));
        assert_eq!(macros["detc_linux_vsftpd"], None, "no add-on knows it");
    }

    #[test]
    fn what_a_user_says_stands_among_other_terms() {
        assert_eq!(place_definition("index=app"), Ok("index=app".to_owned()));
        assert_eq!(place_definition(" index=a OR index=b"), Ok("(index=a OR index=b)".to_owned()));
        assert_eq!(place_definition("a sourcetype=\"x|y\""), Ok("(a sourcetype=\"x|y\")".to_owned()));
        for bad in [
            "",
            " ",
            "a) OR (b",
            "(a",
            "a | delete",
            "[search x]",
            "`m`",
            "```x```a",
            "a\nb",
            "$x$",
            "\"a",
            "a]",
            "a\\",
        ] {
            assert!(place_definition(bad).is_err(), "{bad}");
        }
    }
}
