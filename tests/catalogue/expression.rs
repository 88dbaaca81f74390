//! The names in a KQL expression: columns, and what is asked of them.
//!
//! In: the text of an expression. Out: each bare name, with the member that is read from it, if any. A small reader of
//! its own, so that the test shares no code with the target. Must not know schemas.

/// A bare name in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The name.
    pub(super) text: String,
    /// Whether a member or an element of it is read: `x.y`, `x["y"]`, `x[0]`.
    pub(super) is_opened: bool,
}

/// Words that are no names.
const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "has",
    "has_cs",
    "has_any",
    "has_all",
    "contains",
    "contains_cs",
    "startswith",
    "startswith_cs",
    "endswith",
    "endswith_cs",
    "matches",
    "regex",
    "between",
    "true",
    "false",
    "null",
    "typeof",
];

/// Every bare name, in order; functions, members and words are left out.
pub(super) fn names(expression: &str) -> Vec<Name> {
    let characters: Vec<char> = expression.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    // Whether the last thing read was a value's end followed by a dot: then a member follows, not a name.
    let mut after_dot = false;
    while at < characters.len() {
        let character = characters[at];
        if let Some(end) = end_of_text(&characters, at) {
            at = end;
            after_dot = false;
        } else if character.is_alphabetic() || character == '_' {
            let end = end_of_word(&characters, at);
            let text: String = characters[at..end].iter().collect();
            let next = characters[end..].iter().find(|c| !c.is_whitespace());
            if !after_dot && next != Some(&'(') && !WORDS.contains(&text.as_str()) {
                found.push(Name { text, is_opened: matches!(next, Some('.' | '[')) });
            }
            at = end;
            after_dot = false;
        } else if character.is_ascii_digit() {
            at = end_of_word(&characters, at);
            after_dot = false;
        } else {
            after_dot = character == '.' && at > 0 && !characters[at - 1].is_whitespace();
            at += 1;
        }
    }
    found
}

/// What `function(` is given first, for every call: `parse_json(X)` gives `X`.
pub(super) fn first_arguments<'a>(expression: &'a str, function: &str) -> Vec<&'a str> {
    let call = format!("{function}(");
    expression
        .match_indices(&call)
        .filter_map(|(start, _)| expression[start + call.len()..].split([')', ',']).next())
        .map(str::trim)
        .collect()
}

fn end_of_word(characters: &[char], start: usize) -> usize {
    let rest = characters[start..].iter();
    start + rest.take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// The end of a text literal that starts here: `"…"`, `'…'`, and `@"…"`, where quotes are doubled.
fn end_of_text(characters: &[char], start: usize) -> Option<usize> {
    let is_verbatim = characters[start] == '@';
    let open = start + usize::from(is_verbatim);
    let quote = *characters.get(open).filter(|c| matches!(c, '"' | '\''))?;
    let mut at = open + 1;
    while let Some(&character) = characters.get(at) {
        let is_doubled = is_verbatim && character == quote && characters.get(at + 1) == Some(&quote);
        if is_doubled || (!is_verbatim && character == '\\') {
            at += 2;
        } else if character == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    Some(characters.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(expression: &str) -> Vec<String> {
        names(expression)
            .into_iter()
            .map(|name| if name.is_opened { format!("{}.", name.text) } else { name.text })
            .collect()
    }

    #[test]
    fn functions_members_words_and_texts_are_no_names() {
        assert_eq!(written("tostring(InitiatedBy.user.userPrincipalName)"), ["InitiatedBy."]);
        assert_eq!(written(r#"iff(isempty(A) and B =~ "C", bool(null), D["E"])"#), ["A", "B", "D."]);
        assert_eq!(written(r#"extract(@"^""(x)$", 1, Url)"#), ["Url"]);
        assert_eq!(written(r#"Provider == "a\"b" or EventID !in (1, 2)"#), ["Provider", "EventID"]);
        assert_eq!(written("tostring(TargetResources[0].type)"), ["TargetResources."]);
    }

    #[test]
    fn arguments_are_found() {
        assert_eq!(first_arguments("tostring(parse_json(Item).ParentFolder)", "parse_json"), ["Item"]);
    }
}
