//! Expressions of `eval` and `where`: case-sensitive, NOT before AND before OR.

use super::functions;
use super::tokens::{Token, of_eval};
use super::value::Value;
use super::{Answer, Problem, Row};

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Arithmetic(&'static str, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    Name(String),
    Text(String),
    Number(f64),
}

/// Reads one expression.
pub(super) fn read(text: &str) -> Answer<Expr> {
    let tokens = of_eval(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0 };
    let expr = reader.or()?;
    reader.end()?;
    Ok(expr)
}

/// Reads `a=expr, b=expr`.
pub(super) fn read_assignments(text: &str) -> Answer<Vec<(String, Expr)>> {
    let tokens = of_eval(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0 };
    let mut assignments = Vec::new();
    loop {
        let name = match reader.take() {
            Some(Token::Word(name) | Token::Quoted(name)) => name.clone(),
            other => return Err(Problem::Syntax(format!("{other:?} for a name"))),
        };
        reader.expect("=")?;
        assignments.push((name, reader.or()?));
        if !reader.accept(&Token::Sign(",")) {
            reader.end()?;
            return Ok(assignments);
        }
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

    fn take(&mut self) -> Option<&'a Token> {
        self.next += 1;
        self.tokens.get(self.next - 1)
    }

    fn accept(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.accept(&Token::Word(word.to_owned()))
    }

    fn expect(&mut self, sign: &'static str) -> Answer<()> {
        if self.accept(&Token::Sign(sign)) {
            Ok(())
        } else {
            Err(Problem::Syntax(format!("expected {sign}, found {:?}", self.peek())))
        }
    }

    fn end(&self) -> Answer<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(Problem::Syntax(format!("{token:?} after an expression"))),
        }
    }

    fn or(&mut self) -> Answer<Expr> {
        let mut left = self.and()?;
        while self.keyword("OR") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Answer<Expr> {
        let mut left = self.not()?;
        while self.keyword("AND") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Answer<Expr> {
        if self.keyword("NOT") { Ok(Expr::Not(Box::new(self.not()?))) } else { self.comparison() }
    }

    fn comparison(&mut self) -> Answer<Expr> {
        let left = self.sum()?;
        if self.keyword("IN") {
            self.expect("(")?;
            let mut arguments = vec![left];
            arguments.extend(self.arguments()?);
            return Ok(Expr::Call("in".to_owned(), arguments));
        }
        if self.keyword("LIKE") {
            return Ok(Expr::Call("like".to_owned(), vec![left, self.sum()?]));
        }
        for sign in ["==", "=", "!=", "<=", ">=", "<", ">"] {
            if self.accept(&Token::Sign(sign)) {
                let sign = if sign == "=" { "==" } else { sign };
                return Ok(Expr::Compare(sign, Box::new(left), Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Answer<Expr> {
        let mut left = self.primary()?;
        let mut chain: Option<&str> = None;
        while let Some(Token::Sign(sign @ ("+" | "-" | "." | "*" | "/" | "%"))) = self.peek() {
            if chain.replace(sign).is_some_and(|before| before != *sign) {
                return Err(Problem::Syntax("mixed arithmetic without parentheses".to_owned()));
            }
            self.next += 1;
            left = Expr::Arithmetic(sign, Box::new(left), Box::new(self.primary()?));
        }
        Ok(left)
    }

    fn arguments(&mut self) -> Answer<Vec<Expr>> {
        let mut arguments = Vec::new();
        if self.accept(&Token::Sign(")")) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.or()?);
            if self.accept(&Token::Sign(")")) {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Answer<Expr> {
        match self.take() {
            Some(Token::Sign("(")) => {
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Sign("-")) => match self.primary()? {
                Expr::Number(number) => Ok(Expr::Number(-number)),
                _ => Err(Problem::Syntax("a sign before something else than a number".to_owned())),
            },
            Some(Token::Quoted(text)) => Ok(Expr::Text(text.clone())),
            Some(Token::Field(name)) => Ok(Expr::Name(name.clone())),
            Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                word.parse().map(Expr::Number).map_err(|_| Problem::Syntax(format!("number {word}")))
            }
            Some(Token::Word(word)) if self.accept(&Token::Sign("(")) => {
                Ok(Expr::Call(word.clone(), self.arguments()?))
            }
            Some(Token::Word(word)) => Ok(Expr::Name(word.clone())),
            other => Err(Problem::Syntax(format!("{other:?} in an expression"))),
        }
    }
}

/// `where` keeps a row when the condition is true; null is not (documented: "the boolean result was true").
pub(super) fn is_true(condition: &Expr, row: &Row) -> Answer<bool> {
    Ok(value(condition, row)?.truth()? == Some(true))
}

/// The value of an expression for one row.
pub(super) fn value(expr: &Expr, row: &Row) -> Answer<Value> {
    match expr {
        Expr::Text(text) => Ok(Value::Text(text.clone())),
        Expr::Number(number) => Ok(Value::Number(*number)),
        Expr::Name(name) => Ok(match row.get(name).map(Vec::as_slice) {
            None | Some([]) => Value::Null,
            Some([one]) => Value::Field(one.clone()),
            Some(many) => Value::Many(many.to_vec()),
        }),
        // C5: three-valued logic is not documented. Where the readings agree, there is an answer.
        Expr::And(left, right) => {
            let pair = (
                value(left, row).and_then(|value| value.truth()),
                value(right, row).and_then(|value| value.truth()),
            );
            match pair {
                (Ok(Some(left)), Ok(Some(right))) => Ok(Value::Boolean(left && right)),
                // Not true in every reading; whether false or null is open, and null is what says so here.
                (Ok(Some(false) | None), Ok(None) | Err(Problem::Undetermined(_)))
                | (Ok(None) | Err(Problem::Undetermined(_)), Ok(Some(false) | None)) => Ok(Value::Null),
                (Ok(Some(true)), Ok(None)) | (Ok(None), Ok(Some(true))) => Ok(Value::Null),
                (Err(problem), _) | (_, Err(problem)) => Err(problem),
            }
        }
        Expr::Or(left, right) => {
            match (value(left, row)?.truth()?, value(right, row).and_then(|v| v.truth())) {
                // What stands beside a truth does not matter, as long as it is not null.
                (Some(true), Ok(Some(_)) | Err(Problem::Undetermined(_))) => Ok(Value::Boolean(true)),
                (_, Err(problem)) => Err(problem),
                (Some(left), Ok(Some(right))) => Ok(Value::Boolean(left || right)),
                (None, Ok(Some(true))) | (Some(true), Ok(None)) => {
                    Err(Problem::Undetermined("C5: null OR true"))
                }
                _ => Ok(Value::Null),
            }
        }
        Expr::Not(inner) => match value(inner, row)?.truth()? {
            Some(inner) => Ok(Value::Boolean(!inner)),
            None => Err(Problem::Undetermined("C5: NOT null")),
        },
        Expr::Compare(sign, left, right) => compare(sign, &value(left, row)?, &value(right, row)?),
        Expr::Arithmetic(sign, left, right) => arithmetic(sign, &value(left, row)?, &value(right, row)?),
        Expr::Call(name, arguments) => functions::call(name, arguments, row),
    }
}

/// E07 to E10, E16, E17, C4.
fn compare(sign: &str, left: &Value, right: &Value) -> Answer<Value> {
    use std::cmp::Ordering;
    let number = |value: &Value| match value {
        Value::Number(number) => Some(*number),
        Value::Field(text) => text.parse::<f64>().ok(),
        _ => None,
    };
    let is_number = |value: &Value| matches!(value, Value::Number(_));
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return Ok(Value::Null);
    }
    let ordering = if is_number(left) || is_number(right) {
        match (number(left), number(right)) {
            (Some(left), Some(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
            _ => return Err(Problem::Undetermined("C4: number against text")),
        }
    } else {
        let (Some(one), Some(two)) = (left.text()?, right.text()?) else { return Ok(Value::Null) };
        let numeric = number(left).zip(number(right));
        if sign != "==" && sign != "!=" {
            return Err(Problem::Undetermined("C4: order of texts that may be numbers"));
        }
        if one != two && numeric.is_some_and(|(one, two)| one == two) {
            return Err(Problem::Undetermined("E10: two fields with one number in two spellings"));
        }
        one.cmp(&two)
    };
    Ok(Value::Boolean(match sign {
        "==" => ordering.is_eq(),
        "!=" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }))
}

/// E11, E12, E14. `.` joins texts.
fn arithmetic(sign: &str, left: &Value, right: &Value) -> Answer<Value> {
    if sign == "." {
        return Ok(match (left.text()?, right.text()?) {
            (Some(left), Some(right)) => Value::Text(format!("{left}{right}")),
            _ => Value::Null,
        });
    }
    let number = |value: &Value| match value {
        Value::Number(number) => Ok(Some(*number)),
        Value::Null => Ok(None),
        Value::Field(text) => Ok(text.parse::<f64>().ok()),
        _ => Err(Problem::Syntax("arithmetic on text (E13)".to_owned())),
    };
    Ok(match (number(left)?, number(right)?) {
        (Some(left), Some(right)) => Value::Number(match sign {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" if right == 0.0 => return Ok(Value::Null),
            "/" => left / right,
            _ => left % right,
        }),
        _ => Value::Null,
    })
}
