//! The tokens of SPL: each knows how to quote and escape itself.
//!
//! In: plain names and texts. Out: text in a query. What cannot be written safely cannot be built: the constructors
//! refuse it, and the lowering then finds another form or reports it. Must not know the IR's predicates or bindings.

use std::fmt::{self, Display, Write};
use std::sync::Arc;

use crate::ir::{Pattern, Piece};

/// Lets tokens stand in templates: askama prints `FastWritable` without an intermediate string.
macro_rules! printed_by_display {
    ($($token:ty),+ $(,)?) => {
        $(impl askama::FastWritable for $token {
            fn write_into(&self, out: &mut dyn std::fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
                Ok(write!(out, "{self}")?)
            }
        })+
    };
}
pub(super) use printed_by_display;

printed_by_display!(FieldName, EvalTarget, Fact, MacroName, ModelName, Comment);

/// Words that are operators somewhere: as names they are quoted. `search` needs the operators in upper case, eval
/// takes them in either; `by` and `as` stand in `stats`.
const RESERVED: [&str; 12] =
    ["and", "or", "not", "xor", "in", "like", "by", "as", "where", "over", "output", "outputnew"];

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// A character that must not stand raw in a query: line breaks end a line of a `.conf` file, and what the search bar
/// makes of other control characters is documented nowhere.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The name of a field. Displays as `search`, `stats`, `fillnull`, `rename` and `by` write it: bare if plain, else in
/// double quotes (spl-rules, "Emission rules" 6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FieldName(Arc<str>);

impl FieldName {
    /// A name; `None` when no quoting is known for it (quotes, backslashes, wildcards, tokens, macros, pipes,
    /// brackets, white space at an edge, which eval does not find again: E06).
    pub(super) fn new(name: &str) -> Option<Self> {
        let wrong = |c: char| is_control(c) || "\"'\\`$*|[]".contains(c);
        let allowed = !name.is_empty() && name.trim() == name && !name.contains(wrong);
        allowed.then(|| Self(name.into()))
    }

    /// `_raw`: the whole event's text.
    pub(super) fn raw_event() -> Self {
        Self("_raw".into())
    }

    /// The name itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a value in `where` and `eval`.
    pub(super) fn in_eval(&self) -> impl Display {
        EvalName(&self.0)
    }

    /// The name on the left side of `eval`. `None` for names with braces: there they take the name from a value (E05).
    pub(super) fn as_target(&self) -> Option<EvalTarget> {
        (!self.0.contains(['{', '}'])).then(|| EvalTarget(Arc::clone(&self.0)))
    }
}

impl Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '{' | '}');
        let bare = self.0.chars().all(plain) && self.0.contains(|c: char| !c.is_ascii_digit());
        if bare && !is_reserved(&self.0) { f.write_str(&self.0) } else { write!(f, "\"{}\"", self.0) }
    }
}

struct EvalName<'a>(&'a str);

impl Display for EvalName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if is_identifier(self.0) { f.write_str(self.0) } else { write!(f, "'{}'", self.0) }
    }
}

/// A name on the left side of `eval`: double quotes there, single ones on the right (E05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EvalTarget(Arc<str>);

impl Display for EvalTarget {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if is_identifier(&self.0) { f.write_str(&self.0) } else { write!(f, "\"{}\"", self.0) }
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_reserved(name)
}

/// A value in `search`: text in double quotes in which `*` is a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SearchText(Pattern);

impl SearchText {
    /// A value; `None` when `search` cannot say it exactly: a literal `*` (S11), `?` (S12), the empty text (C6), a text
    /// that reads as a network (S32), control characters, and three backticks, which open a comment.
    pub(super) fn new(pattern: &Pattern) -> Option<Self> {
        let sayable = !pattern.pieces().is_empty()
            && !pattern.pieces().contains(&Piece::AnyOne)
            && pattern
                .literals()
                .all(|text| !text.contains('*') && !text.contains(is_control) && !text.contains("```"))
            && !pattern.as_literal().is_some_and(reads_as_network);
        sayable.then(|| Self(pattern.clone()))
    }

    /// A plain text, under the same restrictions.
    pub(super) fn literal(text: &str) -> Option<Self> {
        Self::new(&Pattern::literal(text))
    }

    /// A network, which `search` tests by containment (S32).
    pub(super) fn network(network: &ipnet::IpNet) -> Self {
        Self(Pattern::literal(network.trunc().to_string()))
    }

    /// Whether it says how the value begins or ends, or both.
    pub(super) fn is_anchored(&self) -> bool {
        let pieces = self.0.pieces();
        pieces.first() != Some(&Piece::AnyRun) || pieces.last() != Some(&Piece::AnyRun)
    }

    /// Whether it has wildcards.
    pub(super) fn has_wildcards(&self) -> bool {
        self.0.has_wildcards()
    }
}

/// Whether `search` would take the text for a network: an address, a slash, a number.
fn reads_as_network(text: &str) -> bool {
    text.trim().split_once('/').is_some_and(|(address, _)| address.parse::<std::net::IpAddr>().is_ok())
}

impl Display for SearchText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_char('"')?;
        for piece in self.0.pieces() {
            match piece {
                Piece::AnyRun => f.write_char('*')?,
                // Never here: the constructor refuses it.
                Piece::AnyOne => f.write_char('?')?,
                Piece::Literal(text) => write_escaped(f, text)?,
            }
        }
        f.write_char('"')
    }
}

/// Inside double quotes a backslash and a double quote are escaped by a backslash; nothing else needs it (S35, S36).
fn write_escaped(f: &mut impl Write, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(next) = rest.find(['"', '\\']) {
        let (plain, special) = rest.split_at(next);
        let (special, after) = special.split_at(1);
        write!(f, "{plain}\\{special}")?;
        rest = after;
    }
    f.write_str(rest)
}

/// A text in `where` and `eval`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EvalText(Arc<str>);

impl EvalText {
    /// The empty text.
    pub(super) fn empty() -> Self {
        Self("".into())
    }

    /// A text; `None` for one with control characters, for which eval has no escape.
    pub(super) fn new(text: &str) -> Option<Self> {
        (!text.contains(is_control)).then(|| Self(text.into()))
    }
}

impl Display for EvalText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Three backticks open a comment, maybe inside quotes too: the text is cut between them and joined by `.`.
        let is_cut = self.0.contains("```");
        f.write_str(if is_cut { "(\"" } else { "\"" })?;
        let mut backticks = 0;
        for c in self.0.chars() {
            backticks = if c == '`' { backticks + 1 } else { 0 };
            if backticks == 3 {
                f.write_str("\".\"")?;
                backticks = 1;
            }
            write_escaped(f, c.encode_utf8(&mut [0; 4]))?;
        }
        f.write_str(if is_cut { "\")" } else { "\"" })
    }
}

/// A value of the facts of a binding: bare if it is a plain word, else in double quotes; `*` is Splunk's own wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact(Arc<str>);

impl Fact {
    /// A value; `None` when it cannot be written.
    pub(super) fn new(text: &str) -> Option<Self> {
        let wrong = text.is_empty() || text.contains(is_control) || text.contains("```");
        (!wrong).then(|| Self(text.into()))
    }

    /// The value itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The value in quotes, as lists have it.
    pub(super) fn quoted(&self) -> impl Display {
        SearchText(Pattern::from_pieces(self.pieces()))
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (i, part) in self.0.split('*').enumerate() {
            if i > 0 {
                pieces.push(Piece::AnyRun);
            }
            pieces.push(Piece::Literal(part.to_owned()));
        }
        pieces
    }
}

impl Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let plain = self.0.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !is_reserved(&self.0) { f.write_str(&self.0) } else { write!(f, "{}", self.quoted()) }
    }
}

/// The name of a search macro; displays as its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MacroName(Arc<str>);

impl MacroName {
    /// A name of ASCII letters, digits, `_` and `-` (P04); `None` otherwise.
    pub(super) fn new(name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        (!name.is_empty() && name.chars().all(plain)).then(|| Self(name.into()))
    }

    /// The name itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for MacroName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// The name of a data model's dataset: `Model.Dataset`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModelName(Arc<str>);

impl ModelName {
    /// A name of ASCII letters, digits, `_` and dots; `None` otherwise.
    pub(super) fn new(name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        (!name.is_empty() && name.chars().all(plain)).then(|| Self(name.into()))
    }
}

impl Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A comment of one line. What a careless reader could take for syntax is replaced, so that no text can close it, open
/// a macro or a token, or break the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment(String);

impl Comment {
    /// A comment that says `text`.
    pub(super) fn new(text: &str) -> Self {
        Self(
            text.chars()
                .map(|c| match c {
                    '`' | '"' => '\'',
                    '[' | '{' => '(',
                    ']' | '}' => ')',
                    '|' => '/',
                    '$' => '#',
                    c if is_control(c) => ' ',
                    c => c,
                })
                .collect(),
        )
    }
}

impl Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "```{}```", self.0)
    }
}
