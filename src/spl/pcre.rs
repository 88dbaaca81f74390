//! Regular expressions: PCRE, as Splunk reads them, in the notation of the engine that is used here.
//!
//! In: the expression, escapes of the quoted text resolved. Out: a compiled expression of bounded size that runs in
//! linear time, or what it has that this engine cannot do. Where PCRE and the engine read the same characters
//! differently, they are written so that the engine does what PCRE documents (pcrepattern(3), PCRE 8).

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::limits;
use crate::kept::Kept;

/// Compiles an expression. The error names what cannot be done. It is shared: a clone of an expression has a cache of its
/// own.
pub(super) fn compile(pattern: &str) -> Result<Arc<Regex>, String> {
    static KEPT: Kept<String, Result<Arc<Regex>, String>> = Kept::empty();
    KEPT.get(pattern, || compiled(pattern).map(Arc::new))
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    let translated =
        Translator { rest: pattern, out: String::with_capacity(pattern.len() + 8), multi_line: false }
            .run()?;
    RegexBuilder::new(&translated)
        .size_limit(limits::REGEX)
        .dfa_size_limit(limits::REGEX)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => format!("the regular expression `{pattern}` is not valid"),
        })
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    multi_line: bool,
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.group()?,
                // Without the multi-line flag the end is also before a last line end.
                '$' if !self.multi_line => self.out.push_str(r"(?:\n?\z)"),
                // A brace that opens no quantifier is itself.
                '{' if !self.opens_quantifier() => self.out.push_str(r"\{"),
                '}' => self.out.push('}'),
                '*' | '+' | '?' if self.rest.starts_with('+') => {
                    return Err(cannot("a possessive quantifier"));
                }
                c => self.out.push(c),
            }
        }
        Ok(self.out)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn opens_quantifier(&self) -> bool {
        let Some((inside, _)) = self.rest.split_once('}') else { return false };
        let (low, high) = inside.split_once(',').unwrap_or((inside, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !low.is_empty() && digits(low) && digits(high)
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(c) = self.next() else {
            return Err("a backslash at the end of a regular expression".to_owned());
        };
        match c {
            // Without PCRE_UCP these are ASCII.
            'd' => self.out.push_str(if in_class { "0-9" } else { "[0-9]" }),
            'w' => self.out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
            's' => self.out.push_str(if in_class { r"\t\n\x0B\f\r " } else { r"[\t\n\x0B\f\r ]" }),
            'D' => self.out.push_str("[^0-9]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            'S' => self.out.push_str(r"[^\t\n\x0B\f\r ]"),
            'h' => self.out.push_str(if in_class { r"\t " } else { r"[\t ]" }),
            'b' if !in_class => self.out.push_str(r"(?-u:\b)"),
            'B' if !in_class => self.out.push_str(r"(?-u:\B)"),
            'Z' if !in_class => self.out.push_str(r"(?:\n?\z)"),
            'b' => self.out.push_str(r"\x08"),
            'A' | 'z' if !in_class => {
                self.out.push('\\');
                self.out.push(c);
            }
            't' | 'n' | 'r' | 'f' | 'x' => {
                self.out.push('\\');
                self.out.push(c);
                if c == 'x' && !self.rest.starts_with(|c: char| c.is_ascii_hexdigit() || c == '{') {
                    return Err(cannot(r"`\x` without a number"));
                }
            }
            'v' => self.out.push_str(if in_class { r"\n\x0B\f\r" } else { r"[\n\x0B\f\r]" }),
            'e' => self.out.push_str(r"\x1B"),
            'a' => self.out.push_str(r"\x07"),
            'p' | 'P' => {
                self.out.push('\\');
                self.out.push(c);
            }
            '0' => return Err(cannot("an octal number")),
            '1'..='9' | 'g' | 'k' => return Err(cannot("a back-reference")),
            c if c.is_ascii_alphanumeric() => return Err(cannot(&format!(r"`\{c}`"))),
            c => self.literal(c),
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_punctuation()
            && !matches!(
                c,
                '<' | '>' | '_' | '"' | '\'' | '/' | ',' | ':' | ';' | '=' | '@' | '`' | '!' | '%'
            )
        {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.next();
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.next() else { return Err("a character class is not closed".to_owned()) };
            match c {
                ']' if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    let end = self.rest.find(":]").unwrap_or_default() + 2;
                    self.out.push('[');
                    self.out.push_str(&self.rest[..end]);
                    self.rest = &self.rest[end..];
                }
                '\\' => {
                    // A negated class inside of a class needs brackets of its own, which the engine takes.
                    self.escape(true)?;
                }
                // What the engine takes for a set operation is a plain character in PCRE.
                '[' | ']' | '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '-' if self.rest.starts_with('-') => self.out.push_str(r"\-"),
                c => self.out.push(c),
            }
            first = false;
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(rest) = self.rest.strip_prefix('?') else {
            return if self.rest.starts_with('*') { Err(cannot("a verb")) } else { Ok(()) };
        };
        for (start, what) in [
            ("=", "look-around"),
            ("!", "look-around"),
            ("<=", "look-around"),
            ("<!", "look-around"),
            (">", "an atomic group"),
            ("|", "a branch reset"),
            ("(", "a conditional group"),
            ("R", "recursion"),
            ("&", "recursion"),
            ("P>", "recursion"),
            ("P=", "a back-reference"),
        ] {
            if rest.starts_with(start) {
                return Err(cannot(what));
            }
        }
        if let Some(comment) = rest.strip_prefix('#') {
            let Some((_, after)) = comment.split_once(')') else {
                return Err("a comment is not closed".to_owned());
            };
            self.out.pop();
            self.rest = after;
            return Ok(());
        }
        // `(?'name'…)` is PCRE's third way to name a group.
        if let Some((name, after)) = rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
            self.out.push_str(&format!("?<{name}>"));
            self.rest = after;
            return Ok(());
        }
        let flags: String = rest.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').collect();
        let after = &rest[flags.len()..];
        if !flags.is_empty() && after.starts_with([')', ':']) {
            if flags.chars().any(|c| !"ims-".contains(c)) {
                return Err(cannot(&format!("the flags `{flags}`")));
            }
            let on = flags.split('-').next().unwrap_or_default();
            if on.contains('m') {
                self.multi_line = true;
            }
        }
        Ok(())
    }
}

fn cannot(what: &str) -> String {
    format!("{what} in a regular expression is not evaluated")
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn the_ends_are_those_of_pcre() {
        let finds = |pattern: &str, text: &str| compile(pattern).expect("compiles").is_match(text);
        assert!(finds("a$", "a\n") && finds(r"a\Z", "a\n") && !finds(r"a\z", "a\n") && !finds("a$", "a\n\n"));
        assert!(finds("(?m)a$", "a\nb") && !finds("a$", "a\nb"));
    }

    #[test]
    fn classes_are_ascii_and_odd_characters_are_themselves() {
        let finds = |pattern: &str, text: &str| compile(pattern).expect("compiles").is_match(text);
        assert!(
            !finds(r"\d", "٣") && !finds(r"^\w$", "é") && finds(r"^[\w.]+$", "a.b") && finds("(?i)É", "é")
        );
        assert!(finds(r"^\<\/$", "</") && finds("a{b}", "a{b}") && finds("[[]", "[") && finds("[]x]", "]"));
        assert!(finds("[a&&b]", "&") && finds(r"[\D]", "a") && finds("^[^[:space:]]$", "x"));
        assert!(finds(r"^\$\.\\$", r"$.\") && finds(r"\x41", "A") && finds("[a--z]", "-"));
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "a++", "(?>a)", r"\K", "a\\", "(", "[a", "(?R)"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        assert!(compile("(?:a{1000}){1000}").is_err(), "is too large");
    }
}
