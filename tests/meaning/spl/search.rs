//! The `search` command: case-insensitive, `*` in values, OR before AND.

use super::tokens::{Token, of_search};
use super::{Answer, Problem, Row};

/// A search expression.
pub(super) enum Search {
    All(Vec<Search>),
    Any(Vec<Search>),
    Not(Box<Search>),
    Compare { field: String, sign: &'static str, value: String },
    In { field: String, values: Vec<String> },
}

/// Reads a search expression.
pub(super) fn read(text: &str) -> Answer<Search> {
    let tokens = of_search(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0 };
    let search = reader.all()?;
    match reader.peek() {
        None => Ok(search),
        Some(token) => Err(Problem::Syntax(format!("{token:?} in search"))),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn accept(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    /// S01, S02: neighbours are AND-ed, and OR binds tighter than AND.
    fn all(&mut self) -> Answer<Search> {
        let mut members = vec![self.any()?];
        while !matches!(self.peek(), None | Some(Token::Sign(")"))) {
            self.accept(&word("AND"));
            members.push(self.any()?);
        }
        Ok(Search::All(members))
    }

    fn any(&mut self) -> Answer<Search> {
        let mut members = vec![self.not()?];
        while self.accept(&word("OR")) {
            members.push(self.not()?);
        }
        Ok(Search::Any(members))
    }

    /// S03: NOT takes the term right after it.
    fn not(&mut self) -> Answer<Search> {
        if self.accept(&word("NOT")) { Ok(Search::Not(Box::new(self.not()?))) } else { self.term() }
    }

    fn term(&mut self) -> Answer<Search> {
        if self.accept(&Token::Sign("(")) {
            let inner = self.all()?;
            return if self.accept(&Token::Sign(")")) {
                Ok(inner)
            } else {
                Err(syntax("a parenthesis is not closed"))
            };
        }
        let field = match self.peek() {
            Some(Token::Word(name) | Token::Quoted(name)) => name.clone(),
            other => return Err(Problem::Syntax(format!("{other:?} for a field"))),
        };
        self.next += 1;
        if self.accept(&word("IN")) {
            return self.list(field);
        }
        match self.peek() {
            Some(Token::Sign(sign @ ("=" | "!=" | "<" | "<=" | ">" | ">="))) => {
                self.next += 1;
                Ok(Search::Compare { field, sign, value: self.value()? })
            }
            _ => Err(syntax("a bare term: keywords belong in `where`")),
        }
    }

    fn list(&mut self, field: String) -> Answer<Search> {
        if !self.accept(&Token::Sign("(")) {
            return Err(syntax("IN without a list"));
        }
        let mut values = vec![self.value()?];
        while self.accept(&Token::Sign(",")) {
            values.push(self.value()?);
        }
        if !self.accept(&Token::Sign(")")) {
            return Err(syntax("a list is not closed"));
        }
        Ok(Search::In { field, values })
    }

    fn value(&mut self) -> Answer<String> {
        match self.peek() {
            Some(Token::Word(text) | Token::Quoted(text)) => {
                self.next += 1;
                Ok(text.clone())
            }
            other => Err(Problem::Syntax(format!("{other:?} for a value"))),
        }
    }
}

fn word(text: &str) -> Token {
    Token::Word(text.to_owned())
}

fn syntax(text: &str) -> Problem {
    Problem::Syntax(text.to_owned())
}

/// Whether an event satisfies a search.
pub(super) fn holds(search: &Search, row: &Row) -> Answer<bool> {
    match search {
        Search::All(members) => {
            for member in members {
                if !holds(member, row)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Search::Any(members) => {
            for member in members {
                if holds(member, row)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Search::Not(inner) => Ok(!holds(inner, row)?),
        Search::In { field, values } => {
            for value in values {
                if value.contains('/') && value.parse::<ipnet::IpNet>().is_ok() {
                    return Err(Problem::Undetermined("S34: CIDR in IN"));
                }
                if equals(field, value, row)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Search::Compare { field, sign: "=", value } => equals(field, value, row),
        Search::Compare { sign: "!=", .. } => Err(Problem::Undetermined("S14, C3: `!=`")),
        Search::Compare { field, sign, value } => ordered(field, sign, value, row),
    }
}

fn equals(field: &str, value: &str, row: &Row) -> Answer<bool> {
    let Some(found) = row.get(field) else { return Ok(false) };
    if value == "*" {
        // S13, C6: whether an empty text counts.
        if found.iter().all(String::is_empty) {
            return Err(Problem::Undetermined("C6: `field=*` on an empty text"));
        }
        return Ok(true);
    }
    if value.is_empty() {
        return Err(Problem::Undetermined("C6: `field=\"\"`"));
    }
    if let Ok(network) = value.parse::<ipnet::IpNet>() {
        let inside =
            |text: &String| text.parse::<std::net::IpAddr>().is_ok_and(|address| network.contains(&address));
        return Ok(found.iter().any(inside));
    }
    for text in found {
        if wildcard(&value.to_lowercase(), &text.to_lowercase()) {
            return Ok(true);
        }
        // C1: strings by the documentation, numbers by folklore.
        if let (Ok(one), Ok(two)) = (value.parse::<f64>(), text.parse::<f64>())
            && one == two
        {
            return Err(Problem::Undetermined("C1: numbers in another spelling"));
        }
    }
    Ok(false)
}

fn ordered(field: &str, sign: &str, value: &str, row: &Row) -> Answer<bool> {
    let Some(found) = row.get(field) else { return Ok(false) };
    for text in found {
        let (Ok(one), Ok(two)) = (text.parse::<f64>(), value.parse::<f64>()) else {
            return Err(Problem::Undetermined("C2: order of text and number"));
        };
        let holds = match sign {
            "<" => one < two,
            "<=" => one <= two,
            ">" => one > two,
            _ => one >= two,
        };
        if holds {
            return Ok(true);
        }
    }
    Ok(false)
}

/// S09 to S12: `*` is any run and cannot be escaped; `?` is itself.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
