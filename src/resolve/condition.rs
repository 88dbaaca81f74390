//! Conditions: `selection and not 1 of filter_*`, parsed and filled in with the selections' predicates.
//!
//! Precedence as in Sigma: `or` binds least, then `and`, then `not`, then `1 of` and `all of`.

use super::scope::Scope;
use super::{Dialect, Resolver};
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::{Case, Matcher, Pattern, Predicate};
use crate::maps::{HashMap, IndexMap};
use crate::schema::Block;
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// The words of the condition's grammar. `1`, `all` and `any` are such only before `of`.
const OPERATORS: [&str; 5] = ["and", "or", "not", "of", "them"];

/// Deeper nesting of parentheses and `not` is refused.
const MAX_DEPTH: usize = 64;

impl Resolver<'_> {
    /// Resolves a whole `detection` block. `written` is the block in the document: what could not be decoded stands only
    /// there.
    pub(super) fn block(
        &mut self,
        block: &Spanned<Block>,
        written: Option<&Node>,
        scope: &Scope,
    ) -> Option<Predicate> {
        let mut selections = Selections::default();
        for (name, selection) in &block.value.selections {
            self.selection_name(name);
            selections.predicates.insert(&name.value, self.selection(selection, scope));
        }
        // What the decoder could not read has been reported: the condition may name it all the same.
        let written = written.map(Node::entries).unwrap_or_default();
        for (name, _) in written.iter().filter(|(name, _)| name.value != "condition") {
            selections.predicates.entry(&name.value).or_insert(None);
        }
        if block.value.condition.is_empty() {
            if let Some((_, condition)) = written.iter().find(|(name, _)| name.value == "condition") {
                if !self.is_spoilt(condition.span) {
                    let finding = self.error(Code::E0207, condition.span, "the list of conditions is empty");
                    self.report(finding.help("name a selection"));
                }
                return None;
            }
            if let Some((near, _)) = block
                .value
                .selections
                .iter()
                .find(|(name, _)| did_you_mean(&name.value, ["condition"]).is_some())
            {
                let finding = self
                    .error(Code::E0203, near.span, "the required key `condition` is missing")
                    .help("write `condition` here, if that is what is meant");
                self.report(finding);
                return None;
            }
            let names: Vec<&str> = selections.predicates.keys().copied().collect();
            let help = match names.as_slice() {
                [] => "add a selection and `condition: selection`".to_owned(),
                [one] => format!("add `condition: {one}`"),
                _ => format!("add, for instance, `condition: {}`", likely(&names)),
            };
            let first_line = self.file.slice(block.span).lines().next().unwrap_or_default().len();
            let span = Span::new(block.span.start, block.span.start + first_line);
            self.report(self.error(Code::E0203, span, "the required key `condition` is missing").help(help));
            return None;
        }
        let mut conditions = Vec::new();
        let mut fine = true;
        for condition in &block.value.condition {
            let tokens = tokenize(&condition.value);
            let mut parser = Parser {
                text: &condition.value,
                tokens: &tokens,
                next: 0,
                depth: 0,
                selections: &mut selections,
            };
            match parser.whole() {
                Ok(condition) => conditions.push(condition),
                Err(problem) => {
                    fine = false;
                    let span = self.part(condition.span, &condition.value, problem.start, problem.end);
                    let finding = Diagnostic::new(problem.code, problem.message).at(self.file, span, "");
                    self.report(finding.maybe_help(problem.help));
                }
            }
        }
        if fine {
            let code = match self.dialect {
                Dialect::Neutral => Code::E0302,
                Dialect::Sigma => Code::W0410,
            };
            let unused = |name: &str| !selections.uses.contains_key(name);
            for (name, _) in block.value.selections.iter().filter(|(name, _)| unused(&name.value)) {
                let finding = self
                    .error(code, name.span, format!("the condition does not use `{}`", name.value))
                    .help("use it in the condition, or remove it");
                self.report(finding);
            }
        }
        if !fine {
            return None;
        }
        // Selections that failed have been reported.
        let conditions: Option<Vec<Predicate>> =
            conditions.into_iter().map(|condition| selections.fill(condition)).collect();
        conditions.map(super::selection::any)
    }
}

/// The selections of a block by name, and how often its conditions use each.
#[derive(Default)]
struct Selections<'s> {
    /// `None` where it has failed.
    predicates: IndexMap<&'s str, Option<Predicate>>,
    uses: HashMap<&'s str, usize>,
}

/// A parsed condition.
enum Condition<'s> {
    Selection(&'s str),
    Any(Vec<Condition<'s>>),
    All(Vec<Condition<'s>>),
    Not(Box<Condition<'s>>),
}

impl<'s> Selections<'s> {
    /// A use of the selection of this name.
    fn used(&mut self, name: &str) -> Option<Condition<'s>> {
        let (name, _) = self.predicates.get_key_value(name)?;
        *self.uses.entry(name).or_default() += 1;
        Some(Condition::Selection(name))
    }

    /// Puts the predicates in; `None` where one has failed. At the last of its uses a predicate need not be copied.
    fn fill(&mut self, condition: Condition<'s>) -> Option<Predicate> {
        match condition {
            Condition::Selection(name) => {
                let left = self.uses.get_mut(name)?;
                *left -= 1;
                let predicate = self.predicates.get_mut(name)?;
                if *left == 0 { predicate.take() } else { predicate.clone() }
            }
            Condition::Any(members) => self.fill_all(members).map(super::selection::any),
            Condition::All(members) => self.fill_all(members).map(Predicate::all),
            Condition::Not(inner) => self.fill(*inner).map(Predicate::not),
        }
    }

    fn fill_all(&mut self, members: Vec<Condition<'s>>) -> Option<Vec<Predicate>> {
        members.into_iter().map(|member| self.fill(member)).collect()
    }
}

impl Resolver<'_> {
    /// Refuses a name that no condition can use.
    fn selection_name(&mut self, name: &Spanned<String>) {
        let fits = !name.value.is_empty()
            && !name.value.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '(' | ')'))
            && !OPERATORS.iter().any(|operator| operator.eq_ignore_ascii_case(&name.value));
        if !fits {
            let finding = self
                .error(Code::E0409, name.span, format!("a condition cannot name `{}`", name.value))
                .help("letters, digits and `_`, and none of the condition's own words");
            self.report(finding);
        }
    }
}

/// What most conditions over such selections look like: those named `filter…` are excluded.
fn likely(names: &[&str]) -> String {
    let (filters, wanted): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.starts_with("filter"));
    let excluded = filters.iter().map(|name| format!("not {name}"));
    wanted.iter().map(|name| (*name).to_owned()).chain(excluded).collect::<Vec<_>>().join(" and ")
}

/// The words and parentheses of a condition.
pub fn words_of(condition: &str) -> Vec<&str> {
    tokenize(condition).iter().map(|token| token.text).collect()
}

/// Which of the names `1 of` and `all of` mean by `them` or a pattern. Names that start with `_` are not among `them`.
pub fn named_by<'n>(pattern: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    if pattern == "them" {
        return names.filter(|name| !name.starts_with('_')).collect();
    }
    let wildcard = Matcher::new(&Pattern::parse(pattern), Case::Sensitive);
    names.filter(|name| wildcard.fits(name)).collect()
}

/// A word or a parenthesis, with its place in the condition.
#[derive(Debug, PartialEq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
}

fn tokenize(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut word: Option<usize> = None;
    for (i, c) in text.char_indices() {
        let ends_word = c.is_whitespace() || matches!(c, '(' | ')');
        if ends_word && let Some(start) = word.take() {
            tokens.push(Token { text: &text[start..i], start });
        }
        if matches!(c, '(' | ')') {
            tokens.push(Token { text: &text[i..=i], start: i });
        } else if !ends_word {
            word.get_or_insert(i);
        }
    }
    if let Some(start) = word {
        tokens.push(Token { text: &text[start..], start });
    }
    tokens
}

/// Why a condition is wrong, and where in it.
struct Problem {
    code: Code,
    message: String,
    help: Option<String>,
    start: usize,
    end: usize,
}

struct Parser<'a, 'p, 's> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    next: usize,
    depth: usize,
    selections: &'p mut Selections<'s>,
}

type Parsed<'s> = Result<Condition<'s>, Problem>;

impl<'a, 's> Parser<'a, '_, 's> {
    fn whole(&mut self) -> Parsed<'s> {
        let parsed = self.or()?;
        match self.peek() {
            None => Ok(parsed),
            Some(")") => Err(self.problem("this parenthesis closes nothing", None)),
            Some(word) => {
                let help = match word {
                    "AND" | "OR" | "NOT" => Some(format!("write `{}`", word.to_lowercase())),
                    "|" => Some("Sigma has replaced aggregations by correlation rules".to_owned()),
                    _ => None,
                };
                Err(self.problem("expected `and`, `or` or the end", help))
            }
        }
    }

    fn or(&mut self) -> Parsed<'s> {
        let mut members = vec![self.and()?];
        while self.accept("or") {
            members.push(self.and()?);
        }
        Ok(Condition::Any(members))
    }

    fn and(&mut self) -> Parsed<'s> {
        let mut members = vec![self.not()?];
        while self.accept("and") {
            members.push(self.not()?);
        }
        Ok(Condition::All(members))
    }

    fn not(&mut self) -> Parsed<'s> {
        if !self.accept("not") {
            return self.primary();
        }
        self.deeper(|parser| Ok(Condition::Not(Box::new(parser.not()?))))
    }

    fn primary(&mut self) -> Parsed<'s> {
        match self.peek() {
            Some("(") => {
                self.next += 1;
                self.deeper(|parser| {
                    let inner = parser.or()?;
                    if parser.accept(")") {
                        Ok(inner)
                    } else {
                        Err(parser.problem("a parenthesis is not closed", None))
                    }
                })
            }
            Some("1" | "all" | "any") if self.peek_at(1) == Some("of") => self.group(),
            Some(word) if word.bytes().all(|b| b.is_ascii_digit()) && self.peek_at(1) == Some("of") => {
                Err(self.problem("only `1 of` and `all of` are known", None))
            }
            Some(")" | "and" | "or" | "of") => {
                Err(self.problem("expected a selection, `not`, `1 of`, `all of` or `(`", None))
            }
            Some(word) if matches!(word, "AND" | "OR" | "NOT") => {
                let help = format!("write `{}`", word.to_lowercase());
                Err(self.problem("operators are written in lower case", Some(help)))
            }
            Some("them") => Err(self.problem("`them` goes with `1 of` or `all of`", None)),
            Some(word) if word.contains('*') => {
                let help = format!("write `1 of {word}` or `all of {word}`");
                Err(self.problem("a pattern goes with `1 of` or `all of`", Some(help)))
            }
            Some(name) => {
                let found = self.selection(name)?;
                self.next += 1;
                Ok(found)
            }
            None => Err(self.problem("the condition ends too early", None)),
        }
    }

    /// `1 of x*`, `all of them`.
    fn group(&mut self) -> Parsed<'s> {
        let all = self.peek() == Some("all");
        self.next += 2;
        let Some(pattern) = self.peek() else {
            return Err(self.problem("expected `them` or a pattern like `filter_*`", None));
        };
        let members = if pattern == "them" || pattern.contains('*') {
            let names = named_by(pattern, self.selections.predicates.keys().copied());
            names.into_iter().filter_map(|name| self.selections.used(name)).collect()
        } else {
            vec![self.selection(pattern)?]
        };
        if members.is_empty() {
            let mut problem = self.problem(&format!("no selection fits `{pattern}`"), None);
            problem.code = Code::E0301;
            return Err(problem);
        }
        self.next += 1;
        Ok(if all { Condition::All(members) } else { Condition::Any(members) })
    }

    fn selection(&mut self, name: &str) -> Parsed<'s> {
        match self.selections.used(name) {
            Some(selection) => Ok(selection),
            None => {
                let near = did_you_mean(name, self.selections.predicates.keys().copied());
                let help = match near {
                    Some(near) => Some(format!("did you mean `{near}`?")),
                    None => self.listed(),
                };
                let mut problem = self.problem(&format!("there is no selection `{name}`"), help);
                problem.code = Code::E0301;
                Err(problem)
            }
        }
    }

    /// The selections that there are, when they are few.
    fn listed(&self) -> Option<String> {
        let names: Vec<String> = self.selections.predicates.keys().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("the only selection is {one}")),
            few if few.len() <= 10 => Some(format!("the selections are {}", few.join(", "))),
            _ => None,
        }
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<'s>) -> Parsed<'s> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem("the condition is nested too deeply", None));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn peek(&self) -> Option<&'a str> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<&'a str> {
        self.tokens.get(self.next + ahead).map(|token| token.text)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.next += usize::from(found);
        found
    }

    /// A problem at the next token, or at the end.
    fn problem(&self, message: &str, help: Option<String>) -> Problem {
        let (start, end) = match self.tokens.get(self.next) {
            Some(token) => (token.start, token.start + token.text.len()),
            None => (self.text.len().saturating_sub(1), self.text.len()),
        };
        Problem { code: Code::E0206, message: message.to_owned(), help, start, end }
    }
}
