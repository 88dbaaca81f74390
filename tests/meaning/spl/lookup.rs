//! `lookup` over CSV files, and `fields -`.
//!
//! What a definition says of a match: Splunk's manual, "Add field matching rules to your lookup configuration".

use detc::ir::List;
use detc::targets::splunk::LookupDefinition;

use super::tokens::{Token, of_search};
use super::{Answer, Problem, Row};

/// A lookup's definition with its rows.
pub(super) struct Table {
    definition: LookupDefinition,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// What the pack of a list brings along.
    pub(super) fn of(list: &List) -> Self {
        let text = list.to_csv();
        assert!(!text.contains('"'), "this reader knows no quotes");
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
        let columns = lines.next().expect("a head");
        Self { definition: LookupDefinition::of(list), columns, rows: lines.collect() }
    }

    /// Whether a row's cell matches a value in this column.
    fn fits(&self, column: &str, cell: &str, value: &str) -> bool {
        let of_type = |name: &str| self.definition.match_type.contains(&format!("{name}({column})"));
        let fold = |text: &str| {
            if self.definition.case_sensitive_match { text.to_owned() } else { text.to_ascii_lowercase() }
        };
        if of_type("CIDR") {
            let (network, address) = (cell.parse::<ipnet::IpNet>(), value.parse::<std::net::IpAddr>());
            return matches!((network, address), (Ok(network), Ok(address)) if network.contains(&address));
        }
        if of_type("WILDCARD") {
            return wildcard(&fold(cell), &fold(value));
        }
        fold(cell) == fold(value)
    }
}

/// `*` is any run; there is no other wildcard and no escape.
fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(i, _)| i).chain([text.len()]).any(|at| wildcard(rest, &text[at..]))
        }),
    }
}

/// `lookup NAME column AS field OUTPUT column AS found`
pub(super) struct Lookup {
    name: String,
    column: String,
    field: String,
    output: String,
    found: String,
}

fn words(text: &str) -> Answer<Vec<String>> {
    let word = |token| match token {
        Token::Word(word) | Token::Quoted(word) => Ok(word),
        Token::Field(_) | Token::Sign(_) => Err(Problem::Syntax(format!("a name in `{text}`"))),
    };
    of_search(text)?.into_iter().map(word).collect()
}

pub(super) fn read(text: &str) -> Answer<Lookup> {
    match words(text)?.as_slice() {
        [name, column, first, field, output_word, output, second, found]
            if first == "AS" && output_word == "OUTPUT" && second == "AS" =>
        {
            let [name, column, field, output, found] = [name, column, field, output, found].map(Clone::clone);
            Ok(Lookup { name, column, field, output, found })
        }
        other => Err(Problem::Syntax(format!("lookup {other:?}"))),
    }
}

pub(super) fn read_removed(text: &str) -> Answer<Vec<String>> {
    match words(text)?.split_first() {
        Some((sign, fields)) if sign == "-" && !fields.is_empty() => Ok(fields.to_vec()),
        _ => Err(Problem::Syntax(format!("fields {text}"))),
    }
}

/// K34 and K35: with a match the output is written; without one nothing is, and whether an old value is cleared is open.
pub(super) fn run(lookup: &Lookup, tables: &[Table], row: &mut Row) -> Answer<()> {
    let Some(table) = tables.iter().find(|table| table.definition.name == lookup.name) else {
        return Err(Problem::Syntax(format!("no lookup {}", lookup.name)));
    };
    let column = |name: &str| {
        let place = table.columns.iter().position(|column| column == name);
        place.ok_or_else(|| Problem::Syntax(format!("no column {name}")))
    };
    let (key, output) = (column(&lookup.column)?, column(&lookup.output)?);
    if row.contains_key(&lookup.found) {
        return Err(Problem::Undetermined("whether OUTPUT clears an old value without a match"));
    }
    let value = match row.get(&lookup.field).map(Vec::as_slice) {
        None | Some([]) => return Ok(()),
        Some([value]) => value,
        Some(_) => return Err(Problem::Undetermined("how several values are looked up")),
    };
    let hit = table.rows.iter().find(|cells| table.fits(&lookup.column, &cells[key], value));
    if let Some(cells) = hit {
        row.insert(lookup.found.clone(), vec![cells[output].clone()]);
    }
    Ok(())
}
