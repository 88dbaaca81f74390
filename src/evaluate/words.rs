//! A match in words, for people who ask why.

use crate::ir::{Case, Comparison, FieldComparison, Match, TextShape, TimePart};

/// What a value is asked for, for instance ``ends with `\cmd.exe` ``.
pub(super) fn words(test: &Match) -> String {
    match test {
        Match::Text { pattern, case } => {
            let with_case = match case {
                Case::Insensitive => "",
                Case::Sensitive => ", in this case",
            };
            let what = match pattern.shape() {
                TextShape::Equals("") => "is the empty text".to_owned(),
                TextShape::Equals(text) => format!("is `{text}`"),
                TextShape::StartsWith(text) => format!("starts with `{text}`"),
                TextShape::EndsWith(text) => format!("ends with `{text}`"),
                TextShape::Contains(text) => format!("contains `{text}`"),
                TextShape::Anything => "is any text".to_owned(),
                TextShape::Other => format!("fits `{}`", pattern.to_sigma()),
            };
            format!("{what}{with_case}")
        }
        Match::Regex(regex) if regex.flags().is_empty() => format!("matches /{}/", regex.source()),
        Match::Regex(regex) => format!("matches /{}/ with the flags {}", regex.source(), regex.flags()),
        Match::Number { comparison, number } => format!("is {}{number}", sign(*comparison)),
        Match::Boolean(expected) => format!("is {expected}"),
        Match::Network(network) => format!("lies in {network}"),
        Match::InList(membership) => {
            let column = membership.column().map_or("", |column| column.name.as_str());
            format!("is in the column {column} of the list {}", membership.list.name)
        }
        Match::Missing => "is missing".to_owned(),
        Match::Present => "is there".to_owned(),
        Match::Field { comparison, other, case } => {
            let relation = match comparison {
                FieldComparison::Equals => "is the same as",
                FieldComparison::StartsWith => "starts with",
                FieldComparison::EndsWith => "ends with",
                FieldComparison::Contains => "contains",
            };
            let with_case = match case {
                Case::Insensitive => "",
                Case::Sensitive => ", in this case",
            };
            format!("{relation} the field `{}`{with_case}", other.name)
        }
        Match::TimePart { part, comparison, number } => {
            let part = match part {
                TimePart::Minute => "minute",
                TimePart::Hour => "hour",
                TimePart::Day => "day",
                TimePart::Week => "week",
                TimePart::Month => "month",
                TimePart::Year => "year",
            };
            format!("has the {part} {}{number} in UTC", sign(*comparison))
        }
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "",
        Comparison::Less => "less than ",
        Comparison::LessOrEqual => "at most ",
        Comparison::Greater => "more than ",
        Comparison::GreaterOrEqual => "at least ",
    }
}
