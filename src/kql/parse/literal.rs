//! Literals in parentheses: `datetime(…)`, `dynamic(…)` and their like.
//!
//! In: the type's name, and the text in the parentheses. Out: the value. Must not know tokens.

use std::sync::Arc;

use uuid::Uuid;

use super::Parsed;
use crate::kql::clock::{self, Read};
use crate::kql::json;
use crate::kql::lex::{self, Token};
use crate::kql::problem::Problem;
use crate::kql::types::Type;
use crate::kql::value::{Bag, Value};
use crate::source::Span;

/// How deep a `dynamic` literal may be nested.
const MAX_DEPTH: usize = 64;

/// Reads a typed literal.
pub(super) fn typed(name: &str, raw: &str, span: Span) -> Parsed<(Value, Type)> {
    let Some(kind) = Type::parse(name) else {
        return Err(Problem::outside(format!("a literal of the type `{name}`"), span));
    };
    if raw == "null" {
        return Ok((Value::Null, kind));
    }
    let value = match kind {
        Type::Bool => match raw.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        Type::Int => raw.parse::<i32>().ok().map(|number| Value::Long(number.into())),
        Type::Long => raw.parse().ok().map(Value::Long),
        Type::Real => match raw {
            "nan" => Some(Value::Real(f64::NAN)),
            "+inf" => Some(Value::Real(f64::INFINITY)),
            "-inf" => Some(Value::Real(f64::NEG_INFINITY)),
            _ if raw.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
                raw.parse().ok().map(Value::Real)
            }
            _ => None,
        },
        Type::DateTime => match clock::read(raw.trim_matches(['"', '\''])) {
            Read::Ticks(ticks) => Some(Value::DateTime(ticks)),
            Read::Nothing => None,
            Read::Unknown => {
                return Err(Problem::outside(format!("the date `{raw}`"), span)
                    .help("write it as YYYY-MM-DDThh:mm:ssZ"));
            }
        },
        Type::TimeSpan => {
            let text = raw.trim_matches(['"', '\'']);
            clock::read_clock(text).or_else(|| clock::read_span(text)).map(Value::TimeSpan)
        }
        Type::Guid => Uuid::parse_str(raw.trim_matches(['"', '\''])).ok().map(Value::Guid),
        Type::Dynamic => return dynamic(raw, span).map(|value| (value, Type::Dynamic)),
        Type::String => None,
    };
    value.map(|value| (value, kind)).ok_or_else(|| Problem::syntax(format!("`{raw}` is no {kind}"), span))
}

/// JSON, with Kusto's strings and typed literals allowed inside.
fn dynamic(raw: &str, span: Span) -> Parsed<Value> {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(raw) {
        return Ok(json::value(&value));
    }
    let tokens = lex::tokens(raw).map_err(|problem| Problem { span, ..problem })?;
    let mut reader = Reader { tokens: tokens.into_iter().map(|placed| placed.token).collect(), at: 0, span };
    let value = reader.value(0)?;
    if reader.peek() != &Token::End {
        return Err(reader.wrong());
    }
    Ok(value)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    span: Span,
}

impl Reader {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn wrong(&self) -> Problem {
        Problem::syntax("this is no dynamic literal", self.span)
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        if depth == MAX_DEPTH {
            return Err(Problem::outside("a dynamic literal nested so deep", self.span));
        }
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.eat("]") {
                items.push(self.value(depth + 1)?);
                if !self.eat(",") && !matches!(self.peek(), Token::Sign("]")) {
                    return Err(self.wrong());
                }
            }
            return Ok(Value::array(items));
        }
        if self.eat("{") {
            let mut bag = Bag::default();
            while !self.eat("}") {
                let Token::Text(name) = self.peek().clone() else { return Err(self.wrong()) };
                self.at += 1;
                if !self.eat(":") {
                    return Err(self.wrong());
                }
                let value = self.value(depth + 1)?;
                bag.insert(Arc::from(name), value);
                if !self.eat(",") && !matches!(self.peek(), Token::Sign("}")) {
                    return Err(self.wrong());
                }
            }
            return Ok(Value::Bag(Arc::new(bag)));
        }
        let negative = self.eat("-");
        let token = self.peek().clone();
        self.at += 1;
        match (token, negative) {
            (Token::Text(text), false) => Ok(Value::text(text)),
            (Token::Long(number), _) => Ok(Value::Long(if negative { -number } else { number })),
            (Token::Real(number), _) => Ok(Value::Real(if negative { -number } else { number })),
            (Token::TimeSpan(ticks), _) => Ok(Value::TimeSpan(if negative { -ticks } else { ticks })),
            (Token::Typed(name, raw), false) => typed(&name, &raw, self.span).map(|(value, _)| value),
            (Token::Name(name), false) => match name.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                _ => Err(self.wrong()),
            },
            _ => Err(self.wrong()),
        }
    }
}
