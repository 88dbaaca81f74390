//! Changes of a condition: its clauses, and what joins them.
//!
//! In: the tokens of a condition. Out: changes. The clauses are found by connectives and parentheses alone, so that one
//! reader does for three grammars; what a grammar binds closer does not matter for leaving a clause out.

use super::scan::{Sort, Token};
use super::{Edits, Kind, literal};
use crate::source::Span;

/// How a language writes conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// `search` and the `where` of `tstats`: neighbours are joined by *and*, connectives are in upper case.
    Terms,
    /// `where` and `eval` of SPL.
    Eval,
    /// Expressions of KQL.
    Kql,
    /// The condition of a Sigma rule.
    Sigma,
}

/// What a change of a comparison is.
pub(super) type Operators = fn(&str) -> &'static [(Kind, &'static str)];

/// A condition to be changed.
pub(super) struct Condition<'t> {
    pub(super) tokens: &'t [Token],
    pub(super) grammar: Grammar,
    /// Other comparisons for one.
    pub(super) operators: Operators,
}

/// Clauses of one level, with what stands between each two.
struct Level {
    clauses: Vec<Range>,
    /// The token that joins a clause with the next; nothing when they only stand side by side.
    joints: Vec<Option<usize>>,
}

/// Tokens from the first up to, but not with, the last.
type Range = (usize, usize);

impl Condition<'_> {
    /// Changes the whole. `alone` is what is removed when the condition is a single clause.
    pub(super) fn collect(&self, edits: &mut Edits, alone: Option<Span>) {
        let whole = (0, self.tokens.len());
        if let Some(alone) = alone
            && self.level(edits, whole).clauses.len() == 1
            && self.is_free(edits, whole)
        {
            edits.change(Kind::DroppedFromAll, alone, "");
        }
        self.walk(edits, whole);
    }

    /// The clauses of the outermost level.
    pub(super) fn terms(&self, edits: &Edits) -> Vec<Span> {
        let level = self.level(edits, (0, self.tokens.len()));
        level.clauses.iter().map(|clause| self.span(*clause)).collect()
    }

    fn span(&self, (start, end): Range) -> Span {
        match (self.tokens.get(start), end.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => Span::default(),
        }
    }

    fn word(&self, edits: &Edits, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            let written = edits.slice(token.span);
            token.sort == Sort::Word
                && match self.grammar {
                    Grammar::Terms => written == word.to_uppercase(),
                    Grammar::Eval | Grammar::Sigma => written.eq_ignore_ascii_case(word),
                    Grammar::Kql => written == word,
                }
        })
    }

    fn is_free(&self, edits: &mut Edits, range: Range) -> bool {
        edits.meet(self.span(self.bare(edits, range)))
    }

    /// The clauses of a range, by the connectives outside of parentheses.
    fn level(&self, edits: &Edits, (start, end): Range) -> Level {
        let mut level = Level { clauses: Vec::new(), joints: Vec::new() };
        let mut from = start;
        let mut at = start;
        while at < end {
            if self.word(edits, at, "and") || self.word(edits, at, "or") {
                level.clauses.push((from, at));
                level.joints.push(Some(at));
                from = at + 1;
                at += 1;
                continue;
            }
            let next = self.after(edits, at, end);
            // Side by side: a new term begins where one is complete.
            let joined = next >= end || self.word(edits, next, "and") || self.word(edits, next, "or");
            if self.grammar == Grammar::Terms && !joined && !self.word(edits, at, "not") {
                level.clauses.push((from, next));
                level.joints.push(None);
                from = next;
            }
            at = next;
        }
        if from < end {
            level.clauses.push((from, end));
        }
        level
    }

    /// Where what begins here ends: a group in brackets, a term of `search`, or a single token.
    fn after(&self, edits: &Edits, at: usize, end: usize) -> usize {
        let group = |at: usize| match self.tokens.get(at) {
            Some(token) if token.sort == Sort::Open => self.closing(at, end),
            _ => at + 1,
        };
        if self.grammar != Grammar::Terms {
            return group(at);
        }
        match self.tokens.get(at + 1).filter(|_| at + 1 < end) {
            Some(next) if next.sort == Sort::Sign => group(at + 2).min(end),
            Some(_) if self.word(edits, at + 1, "in") => group(at + 2).min(end),
            // `TERM(x)`, `CASE(x)`
            Some(next)
                if next.sort == Sort::Open
                    && (self.word(edits, at, "term") || self.word(edits, at, "case")) =>
            {
                group(at + 1)
            }
            _ => group(at),
        }
    }

    /// The token after the bracket that closes the one at `open`.
    fn closing(&self, open: usize, end: usize) -> usize {
        let mut depth = 0usize;
        for at in open..end {
            match self.tokens.get(at).map(|token| token.sort) {
                Some(Sort::Open) => depth += 1,
                Some(Sort::Close) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        end
    }

    /// A clause without parentheses and negation around it.
    fn bare(&self, edits: &Edits, (start, end): Range) -> Range {
        let inner = if self.word(edits, start, "not") { start + 1 } else { start };
        let is_group = self
            .tokens
            .get(inner)
            .is_some_and(|token| token.sort == Sort::Open && edits.slice(token.span) == "(")
            && self.closing(inner, end) == end;
        match is_group && inner + 1 < end {
            true => self.bare(edits, (inner + 1, end - 1)),
            false if inner > start && inner < end => (inner, end),
            false => (start, end),
        }
    }

    fn walk(&self, edits: &mut Edits, range: Range) {
        let level = self.level(edits, range);
        if level.clauses.len() < 2 {
            self.clause(edits, range);
            return;
        }
        let mut heads: Vec<&str> = Vec::new();
        for (index, clause) in level.clauses.iter().enumerate() {
            let head = self.head(edits, *clause);
            let known = !head.is_empty() && heads.contains(&head);
            heads.push(head);
            let free = self.is_free(edits, *clause);
            // A fact that is joined in another way is no mistake that a test could show.
            let next = level.clauses.get(index + 1);
            let next = next.filter(|next| free && self.is_free(edits, **next));
            if let (Some(joint), Some(next)) = (level.joints.get(index), next)
                && !known
            {
                self.joint(edits, *joint, *next);
            }
            if free {
                self.dropped(edits, &level, index);
                // Values of one list are written alike: one of them stands for all, and each can be left out.
                if known {
                    continue;
                }
                self.clause(edits, *clause);
            }
        }
    }

    /// A comparison without its value: several of one level come from one list, and are written alike.
    fn head<'a>(&self, edits: &Edits<'a>, (start, end): Range) -> &'a str {
        let literal = (start..end).find(|at| literal::is_literal(self.tokens[*at]));
        literal.filter(|at| *at > start).map_or("", |at| edits.slice(self.span((start, at))))
    }

    /// Leaves a clause out, and what joins it with its neighbour.
    fn dropped(&self, edits: &mut Edits, level: &Level, index: usize) {
        let is_or = |joint: Option<&Option<usize>>| {
            joint.is_some_and(|joint| joint.is_some_and(|joint| self.word(edits, joint, "or")))
        };
        let before = index.checked_sub(1).and_then(|before| level.joints.get(before));
        let after = level.joints.get(index);
        // `or` first: what stands beside both an `and` and an `or` is one of several that are joined by `or`, or it is
        // not; either way leaving it out with the `or` is a small mistake.
        let by_or = is_or(before) || is_or(after);
        let kind = if by_or { Kind::DroppedFromAny } else { Kind::DroppedFromAll };
        let own = self.span(level.clauses[index]);
        let with_next = (!by_or || is_or(after)).then(|| level.clauses.get(index + 1)).flatten();
        let span = match (with_next, index.checked_sub(1)) {
            (Some(next), _) => Span::new(own.start, self.span(*next).start),
            (None, Some(before)) => Span::new(self.span(level.clauses[before]).end, own.end),
            (None, None) => own,
        };
        edits.change(kind, span, "");
    }

    fn joint(&self, edits: &mut Edits, joint: Option<usize>, next: Range) {
        let Some(joint) = joint else {
            let at = self.span(next).start;
            edits.change(Kind::OrForAnd, Span::new(at, at), "OR ");
            return;
        };
        let is_or = self.word(edits, joint, "or");
        let other = if is_or { "and" } else { "or" };
        let kind = if is_or { Kind::AndForOr } else { Kind::OrForAnd };
        let other = match self.grammar {
            Grammar::Terms | Grammar::Eval => other.to_uppercase(),
            Grammar::Kql | Grammar::Sigma => other.to_owned(),
        };
        edits.change(kind, self.span((joint, joint + 1)), other);
    }

    /// Changes within one clause.
    fn clause(&self, edits: &mut Edits, (start, end): Range) {
        if start >= end {
            return;
        }
        let span = self.span((start, end));
        if self.word(edits, start, "not") {
            let parenthesis = self.tokens.get(start + 1).is_some_and(|token| token.sort == Sort::Open);
            let not = self.span((start, start + 1));
            // `not (x)` is not `(x)` where a word would be drawn to what stands before.
            edits.change(
                Kind::Negated,
                Span::new(not.start, self.span((start + 1, end)).start),
                if parenthesis { " " } else { "" },
            );
            self.inside(edits, (start + 1, end));
            return;
        }
        let negated = match self.grammar {
            Grammar::Terms | Grammar::Eval => format!("NOT ({})", edits.slice(span)),
            Grammar::Kql => format!("not({})", edits.slice(span)),
            Grammar::Sigma => format!("not ({})", edits.slice(span)),
        };
        edits.change(Kind::Negated, span, negated);
        self.inside(edits, (start, end));
    }

    fn inside(&self, edits: &mut Edits, (start, end): Range) {
        let opens = self.tokens.get(start).is_some_and(|token| token.sort == Sort::Open);
        if opens && self.closing(start, end) == end {
            if edits.slice(self.span((start, start + 1))) == "(" {
                self.walk(edits, (start + 1, end - 1));
            }
            return;
        }
        if self.is_free(edits, (start, end)) {
            self.atom(edits, (start, end));
        }
    }

    /// A comparison: its operator, and its values.
    fn atom(&self, edits: &mut Edits, (start, end): Range) {
        let mut ordered = false;
        let takes_case = self.takes_case(edits, (start, end));
        for at in start..end {
            let token = self.tokens[at];
            if matches!(token.sort, Sort::Sign | Sort::Word) {
                let sign = edits.slice(token.span);
                ordered |= ["<", "<=", ">", ">="].contains(&sign);
                let others = (self.operators)(sign).iter();
                for (kind, other) in others.filter(|(kind, _)| takes_case || *kind != Kind::Case) {
                    edits.change(*kind, token.span, *other);
                }
            }
        }
        let is_list = (start..end).any(|at| self.word(edits, at, "in"))
            || (start..end).any(|at| ["in~", "!in", "!in~"].contains(&edits.slice(self.tokens[at].span)));
        if self.grammar == Grammar::Sigma {
            return;
        }
        let mut first = true;
        for at in start..end {
            let token = self.tokens[at];
            if (literal::is_literal(token) || self.is_value(edits, start, at))
                && !self.only_reads(edits, start, at)
            {
                self.literal(edits, token, ordered && !is_list, first);
                first = false;
            }
        }
    }

    /// Whether upper and lower case can matter: one of the texts has a letter, or what is compared is no text of the query.
    fn takes_case(&self, edits: &Edits, (start, end): Range) -> bool {
        let mut texts =
            (start..end).map(|at| self.tokens[at]).filter(|token| token.sort == Sort::Text).peekable();
        texts.peek().is_none() || texts.any(|text| edits.slice(text.span).chars().any(char::is_alphabetic))
    }

    /// Whether this is a number that says how a field is read, and not what is asked of it: what `coalesce` puts in the
    /// place of a missing one, and how exactly `round` rounds.
    fn only_reads(&self, edits: &Edits, start: usize, at: usize) -> bool {
        let sort = |at: usize| self.tokens.get(at).map(|token| token.sort);
        if sort(at) != Some(Sort::Number) || sort(at + 1) != Some(Sort::Close) {
            return false;
        }
        let opens = |open: &usize| sort(*open) == Some(Sort::Open) && self.closing(*open, at + 2) == at + 2;
        let call = (start..at).rev().find(opens).and_then(|open| open.checked_sub(1));
        sort(at.saturating_sub(1)) == Some(Sort::Comma)
            && call.is_some_and(|name| ["coalesce", "round"].contains(&edits.slice(self.tokens[name].span)))
    }

    /// A word that is a value: what follows a sign in `search`, or stands in a list there.
    fn is_value(&self, edits: &Edits, start: usize, at: usize) -> bool {
        let behind = |at: usize| at.checked_sub(1).and_then(|at| self.tokens.get(at));
        self.grammar == Grammar::Terms
            && self.tokens[at].sort == Sort::Word
            && at > start
            && !self.word(edits, at, "in")
            && behind(at).is_some_and(|token| matches!(token.sort, Sort::Sign | Sort::Open | Sort::Comma))
    }

    fn literal(&self, edits: &mut Edits, token: Token, ordered: bool, first: bool) {
        match token.sort {
            Sort::Number => literal::number(edits, token, ordered),
            Sort::Text | Sort::Word => {
                if first {
                    match self.grammar {
                        Grammar::Terms => literal::ends(edits, token, '*'),
                        Grammar::Eval => {
                            literal::ignore_case(edits, token);
                            literal::anchors(edits, token);
                            literal::ends(edits, token, '%');
                        }
                        Grammar::Kql => literal::anchors(edits, token),
                        Grammar::Sigma => {}
                    }
                }
                literal::text(edits, token);
            }
            Sort::Quoted | Sort::Sign | Sort::Open | Sort::Close | Sort::Comma | Sort::Pipe => {}
        }
    }
}
