//! The smaller commands that change fields of rows.

use super::{Answer, Cursor, fields, options, parse_template};
use crate::source::{Span, Spanned};
use crate::spl::ast::{Bin, Command, Convert, Foreach, MakeMv, Name, Rex, Spath, Splitter};
use crate::spl::problem::Problem;

/// `fillnull [value=x] [fields]`. The option is also found behind the fields.
pub(super) fn fillnull(cursor: &mut Cursor) -> Answer<Command> {
    let mut value = None;
    let mut names = Vec::new();
    loop {
        cursor.separators();
        if let Some((key, given)) = options::option(cursor)? {
            if key.value != "value" {
                return Err(options::unknown(&key));
            }
            value = Some(given.value);
            continue;
        }
        let Some(name) = fields::name_if_any(cursor)? else { break };
        names.push(name);
    }
    Ok(Command::Fillnull { value, fields: names })
}

/// `rex [field=f] [max_match=n] [mode=sed] "expression"`.
pub(super) fn rex(cursor: &mut Cursor) -> Answer<Command> {
    let mut found =
        Rex { field: fields::raw(cursor), pattern: fields::raw(cursor), max_match: 1, sed: false };
    let mut pattern = None;
    loop {
        cursor.space();
        if pattern.is_none() && matches!(cursor.peek(), Some('"')) {
            pattern = cursor.quoted()?;
            continue;
        }
        match options::option(cursor)? {
            Some((key, value)) => match key.value.as_str() {
                "field" => found.field = value,
                "max_match" => found.max_match = options::whole(&value)?,
                "mode" if value.value == "sed" => found.sed = true,
                "offset_field" => return Err(options::not_run(&key)),
                _ => return Err(options::unknown(&key)),
            },
            None if pattern.is_none() && cursor.peek().is_some() => pattern = Some(bare_pattern(cursor)),
            None => break,
        }
    }
    found.pattern = pattern.ok_or_else(|| cursor.unexpected("a regular expression in double quotes"))?;
    Ok(Command::Rex(found))
}

/// A regular expression without quotes: up to the next white space.
fn bare_pattern(cursor: &mut Cursor) -> Name {
    cursor.run(|c| !c.is_whitespace())
}

/// `regex f="expression"`, `regex f!="expression"`, `regex "expression"`.
pub(super) fn regex(cursor: &mut Cursor) -> Answer<Command> {
    if let Some(pattern) = cursor.quoted()? {
        return Ok(Command::Regex { field: fields::raw(cursor), negated: false, pattern });
    }
    let field = cursor.run(|c| !c.is_whitespace() && !matches!(c, '=' | '!' | '"' | '|'));
    cursor.space();
    let negated = cursor.eat("!=");
    if !negated && !cursor.eat("=") {
        return Err(cursor.unexpected("`=` or `!=`"));
    }
    cursor.space();
    let pattern = match cursor.quoted()? {
        Some(pattern) => pattern,
        None => bare_pattern(cursor),
    };
    if pattern.value.is_empty() || field.value.is_empty() {
        return Err(cursor.unexpected("a field and a regular expression"));
    }
    Ok(Command::Regex { field, negated, pattern })
}

/// `bin f span=5m [AS g]`, in any order.
pub(super) fn bin(cursor: &mut Cursor) -> Answer<Bin> {
    let mut field = None;
    let mut found =
        Bin { field: fields::raw(cursor), as_field: None, span: None, width: None, options: Vec::new() };
    loop {
        cursor.separators();
        if let Some((key, value)) = options::option(cursor)? {
            match key.value.as_str() {
                "span" => {
                    if value.value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                        found.width = value.value.parse().ok();
                    } else {
                        found.span = Some(options::time_span(&value)?);
                    }
                }
                "bins" | "minspan" | "start" | "end" | "aligntime" => found.options.push((key, value)),
                _ => return Err(options::unknown(&key)),
            }
            continue;
        }
        if let Some(name) = fields::renamed(cursor)? {
            found.as_field = Some(name);
            continue;
        }
        match fields::name_if_any(cursor)? {
            Some(name) if field.is_none() => field = Some(name),
            Some(name) => return Err(Problem::syntax("`bin` takes one field", name.span)),
            None => break,
        }
    }
    found.field = field.ok_or_else(|| cursor.unexpected("a field"))?;
    Ok(found)
}

/// K26: exactly one field.
pub(super) fn mvexpand(cursor: &mut Cursor) -> Answer<Command> {
    let field = fields::plain(fields::name(cursor)?)?;
    let mut limit = 0;
    for (key, value) in options::options(cursor)? {
        match key.value.as_str() {
            "limit" => limit = options::whole(&value)?,
            _ => return Err(options::unknown(&key)),
        }
    }
    cursor.space();
    if cursor.peek() == Some(',') {
        return Err(Problem::refused("`mvexpand` takes one field", cursor.here()));
    }
    Ok(Command::MvExpand { field, limit })
}

/// K27.
pub(super) fn makemv(cursor: &mut Cursor) -> Answer<MakeMv> {
    let mut by = Splitter::Delimiter(" ".to_owned());
    let mut allow_empty = false;
    let mut field = None;
    loop {
        cursor.separators();
        if let Some((key, value)) = options::option(cursor)? {
            match key.value.as_str() {
                "delim" => by = Splitter::Delimiter(value.value),
                "tokenizer" => by = Splitter::Tokenizer(value),
                "allowempty" => allow_empty = options::truth(&value)?,
                "setsv" if !options::truth(&value)? => {}
                "setsv" => return Err(options::not_run(&key)),
                _ => return Err(options::unknown(&key)),
            }
            continue;
        }
        match fields::name_if_any(cursor)? {
            Some(name) if field.is_none() => field = Some(fields::plain(name)?),
            Some(name) => return Err(Problem::syntax("`makemv` takes one field", name.span)),
            None => break,
        }
    }
    let field = field.ok_or_else(|| cursor.unexpected("a field"))?;
    Ok(MakeMv { field, by, allow_empty })
}

/// `mvcombine [delim=x] f`.
pub(super) fn mvcombine(cursor: &mut Cursor) -> Answer<Command> {
    let mut delim = None;
    for (key, value) in options::options(cursor)? {
        match key.value.as_str() {
            "delim" => delim = Some(value.value),
            _ => return Err(options::unknown(&key)),
        }
    }
    Ok(Command::MvCombine { field: fields::plain(fields::name(cursor)?)?, delim })
}

/// K28: `spath [input=f] [output=g] [path=p]`, or the path alone. `as` is not supported.
pub(super) fn spath(cursor: &mut Cursor) -> Answer<Spath> {
    let mut found = Spath { input: fields::raw(cursor), output: None, path: None };
    loop {
        cursor.separators();
        if cursor.sees_word("as") {
            return Err(
                Problem::refused("`spath` has no `as`", cursor.here()).help("write output=NAME (K28)")
            );
        }
        if let Some((key, value)) = options::option(cursor)? {
            match key.value.as_str() {
                "input" => found.input = value,
                "output" => found.output = Some(value),
                "path" => found.path = Some(value),
                _ => return Err(options::unknown(&key)),
            }
            continue;
        }
        match fields::name_if_any(cursor)? {
            Some(path) if found.path.is_none() => found.path = Some(path),
            Some(other) => return Err(Problem::syntax("`spath` takes one path", other.span)),
            None => break,
        }
    }
    if found.output.is_some() && found.path.is_none() {
        return Err(cursor.unexpected("`path=` beside `output=`"));
    }
    Ok(found)
}

/// `foreach f g* [eval …]`.
pub(super) fn foreach(cursor: &mut Cursor) -> Answer<Command> {
    let mut names = Vec::new();
    cursor.separators();
    while !matches!(cursor.peek(), None | Some('[')) {
        if let Some((key, _)) = options::option(cursor)? {
            return Err(match key.value.as_str() {
                "mode" | "itemstr" | "iterstr" | "fieldstr" | "matchstr" | "matchseg1" | "matchseg2"
                | "matchseg3" => options::not_run(&key),
                _ => options::unknown(&key),
            });
        }
        names.push(fields::name(cursor)?);
        cursor.separators();
    }
    if names.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    cursor.expect("[")?;
    let start = cursor.at();
    let end = closing_bracket(cursor)?;
    let template = cursor.slice(Span::new(start, end)).to_owned();
    // `<<FIELD>>` parses as a part of a name or text, so that the template can be checked as it is.
    let sample = sample(&template);
    let checked = cursor.deeper(|_| Ok(parse_template(&sample)))?;
    for problem in checked.err().into_iter().flatten() {
        cursor.report(Problem { span: Span::new(start, end), ..problem });
    }
    cursor.jump(end + 1);
    Ok(Command::Foreach(Foreach { fields: names, template: Spanned::new(template, Span::new(start, end)) }))
}

/// The template with plain names in the places of the words that `foreach` replaces.
fn sample(template: &str) -> String {
    ["<<FIELD>>", "<<MATCHSTR>>", "<<MATCHSEG1>>", "<<MATCHSEG2>>", "<<MATCHSEG3>>"]
        .iter()
        .fold(template.to_owned(), |text, word| text.replace(word, "field_at_hand"))
}

fn closing_bracket(cursor: &mut Cursor) -> Answer<usize> {
    let mut ahead = cursor.clone();
    loop {
        let end = ahead.end_of_command();
        ahead.jump(end);
        match ahead.peek() {
            Some(']') => return Ok(end),
            Some('|') => ahead.jump(end + 1),
            _ => return Err(Problem::syntax("a bracket is not closed", cursor.here())),
        }
    }
}

/// K49, K50: `convert [timeformat=x] ctime(f) [AS g] …`.
pub(super) fn convert(cursor: &mut Cursor) -> Answer<Convert> {
    let mut found = Convert { timeformat: None, conversions: Vec::new() };
    for (key, value) in options::options(cursor)? {
        match key.value.as_str() {
            "timeformat" => found.timeformat = Some(value.value),
            _ => return Err(options::unknown(&key)),
        }
    }
    loop {
        cursor.separators();
        let function = cursor.run(|c| c.is_ascii_alphanumeric() || c == '_');
        if function.value.is_empty() {
            break;
        }
        let known =
            ["auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num", "rmcomma", "rmunit"];
        if !known.contains(&function.value.to_ascii_lowercase().as_str()) {
            return Err(Problem::refused(
                format!("`convert` has no function `{}`", function.value),
                function.span,
            ));
        }
        cursor.expect("(")?;
        let field = fields::name(cursor)?;
        cursor.expect(")")?;
        let name = fields::renamed(cursor)?;
        found.conversions.push((function.map(|name| name.to_ascii_lowercase()), field, name));
    }
    if found.conversions.is_empty() {
        return Err(cursor.unexpected("a function"));
    }
    Ok(found)
}
