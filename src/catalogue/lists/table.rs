//! The table of a list, checked.
//!
//! In: a list as written, in either format. Out: an [`ir::List`], or a finding for everything that is wrong with it.
//! Must not know how the formats are read.

use std::sync::Arc;

use super::csv::Csv;
use super::{NAME_HELP, is_name, wrong};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::ir::{self, Case, Cell, ColumnType, Comparison, ListColumn, Match, Number, Pattern, Piece};
use crate::maps::HashMap;
use crate::maps::IndexMap;
use crate::schema::{self, Scalar};
use crate::source::{SourceFile, Span, Spanned};

/// A list of either format.
#[derive(Default)]
pub(super) struct Draft {
    description: Option<Spanned<String>>,
    owner: Option<Spanned<String>>,
    columns: Vec<(Spanned<String>, ColumnType)>,
    key: Option<Spanned<String>>,
    /// Each with its cells by column.
    rows: Vec<Spanned<IndexMap<String, Spanned<Scalar>>>>,
    /// Names of columns in rows, where they are written by name.
    named: Vec<Spanned<String>>,
    inline: bool,
    placeholder: bool,
}

impl From<schema::Column> for ColumnType {
    fn from(written: schema::Column) -> Self {
        match written {
            schema::Column::Text => ColumnType::Text,
            schema::Column::Pattern => ColumnType::Pattern,
            schema::Column::Integer => ColumnType::Integer,
            schema::Column::Ip => ColumnType::Ip,
            schema::Column::Cidr => ColumnType::Cidr,
        }
    }
}

const TYPES: [ColumnType; 5] =
    [ColumnType::Text, ColumnType::Pattern, ColumnType::Integer, ColumnType::Ip, ColumnType::Cidr];

impl Draft {
    /// A list as YAML.
    pub(super) fn of_yaml(written: schema::List) -> Self {
        let columns = written.columns.unwrap_or_default();
        let mut named = Vec::new();
        let mut rows = Vec::new();
        for row in written.rows {
            let mut cells = IndexMap::default();
            for (name, value) in row.value {
                cells.insert(name.value.clone(), value);
                named.push(name);
            }
            rows.push(Spanned::new(cells, row.span));
        }
        Self {
            description: written.description,
            owner: written.owner,
            columns: columns.into_iter().map(|(name, column)| (name, column.value.into())).collect(),
            key: written.key,
            rows,
            named,
            inline: written.inline,
            placeholder: written.placeholder,
        }
    }

    /// A list as CSV: `# owner: …` and the like above the table, `name` or `name:type` in the head.
    pub(super) fn of_csv(csv: Csv, file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> Self {
        let mut draft = Self::default();
        for (key, value) in csv.remarks {
            match key.as_str() {
                "description" => draft.description = Some(value),
                "owner" => draft.owner = Some(value),
                "key" => draft.key = Some(value),
                "inline" => draft.inline = flag(&value, file, findings),
                "placeholder" => draft.placeholder = flag(&value, file, findings),
                other => {
                    let known = ["description", "owner", "key", "inline", "placeholder"];
                    let near = did_you_mean(other, known);
                    findings.push(wrong(file, key.span, format!("unknown remark `{other}`")).help(
                        match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("the remarks are {}", known.join(", ")),
                        },
                    ));
                }
            }
        }
        for cell in csv.head {
            let (name, column_type) = match cell.value.split_once(':') {
                None => (cell.value.trim(), Some(ColumnType::Text)),
                Some((name, word)) => {
                    (name.trim(), TYPES.into_iter().find(|column| column.name() == word.trim()))
                }
            };
            if column_type.is_none() {
                let message = format!("`{}` has no known type", cell.value);
                findings.push(wrong(file, cell.span, message).help(format!("{name}:TYPE, with {}", types())));
            }
            let name = Spanned::new(name.to_owned(), cell.span);
            draft.columns.push((name, column_type.unwrap_or(ColumnType::Text)));
        }
        for row in csv.rows {
            if row.value.len() != draft.columns.len() {
                let message = format!(
                    "the row has {} cells, the table {} columns",
                    row.value.len(),
                    draft.columns.len()
                );
                findings.push(wrong(file, row.span, message).help("put a cell that holds a comma in quotes"));
                continue;
            }
            let cells = draft.columns.iter().zip(row.value).map(|((name, _), cell)| {
                let value =
                    if cell.value.is_empty() { Scalar::Null } else { Scalar::Text(cell.value.clone()) };
                (name.value.clone(), Spanned::new(value, cell.span))
            });
            draft.rows.push(Spanned::new(cells.collect(), row.span));
        }
        draft
    }

    /// The list; `None` when it has no column.
    pub(super) fn check(
        self,
        name: &str,
        file: &Arc<SourceFile>,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<ir::List> {
        let whole = Span::new(0, file.text().find('\n').unwrap_or(file.text().len()));
        let mut required = |what: &str, text: &Option<Spanned<String>>, help: &str| match text {
            Some(text) if !text.value.trim().is_empty() => text.value.trim().to_owned(),
            Some(text) => {
                findings.push(wrong(file, text.span, format!("`{what}` is empty")).help(help));
                String::new()
            }
            None => {
                findings.push(wrong(file, whole, format!("`{what}` is missing")).help(help));
                String::new()
            }
        };
        let description = required("description", &self.description, "say what stands in the list");
        let owner = required("owner", &self.owner, "say who keeps the list up to date");
        self.check_columns(file, whole, findings);
        let columns: Vec<ListColumn> = self
            .columns
            .iter()
            .map(|(name, column_type)| ListColumn { name: name.value.clone(), column_type: *column_type })
            .collect();
        let key = match &self.key {
            None => 0,
            Some(key) => columns.iter().position(|column| column.name == key.value).unwrap_or_else(|| {
                findings.push(no_column(file, key, &columns));
                0
            }),
        };
        for name in self.named.iter().filter(|name| !columns.iter().any(|column| column.name == name.value)) {
            findings.push(no_column(file, name, &columns));
        }
        let rows = self.rows.iter().map(|row| cells(row, &columns, file, findings)).collect::<Vec<_>>();
        check_key(&self.rows, &rows, columns.get(key)?, key, file, findings);
        Some(ir::List {
            name: name.to_owned(),
            description,
            owner,
            columns,
            key,
            rows,
            inline: self.inline,
            placeholder: self.placeholder,
        })
    }

    fn check_columns(&self, file: &Arc<SourceFile>, whole: Span, findings: &mut Vec<Diagnostic>) {
        if self.columns.is_empty() {
            let help = "columns: {account: text}; in CSV: a head line `account,network:cidr`";
            findings.push(wrong(file, whole, "the list has no columns").help(help));
        }
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in &self.columns {
            if !is_name(&name.value) {
                let message = format!("`{}` is not a name for a column", name.value);
                findings.push(wrong(file, name.span, message).help(NAME_HELP));
            } else if seen.contains(&name.as_str()) {
                let message = format!("the column `{}` stands twice", name.value);
                findings.push(wrong(file, name.span, message).help("rename one of the two"));
            }
            seen.push(&name.value);
        }
    }
}

fn types() -> String {
    TYPES.map(ColumnType::name).join(", ")
}

fn flag(value: &Spanned<String>, file: &Arc<SourceFile>, findings: &mut Vec<Diagnostic>) -> bool {
    match value.as_str() {
        "true" => true,
        "false" => false,
        _ => {
            findings.push(wrong(file, value.span, "write `true` or `false`"));
            false
        }
    }
}

fn no_column(file: &Arc<SourceFile>, name: &Spanned<String>, columns: &[ListColumn]) -> Diagnostic {
    let names = || columns.iter().map(|column| column.name.as_str());
    let help = match did_you_mean(&name.value, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the columns are {}", names().collect::<Vec<_>>().join(", ")),
    };
    wrong(file, name.span, format!("the list has no column `{}`", name.value)).help(help)
}

fn cells(
    row: &Spanned<IndexMap<String, Spanned<Scalar>>>,
    columns: &[ListColumn],
    file: &Arc<SourceFile>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Option<Cell>> {
    let read = |column: &ListColumn| {
        let written = row.value.get(&column.name)?;
        match cell(&written.value, column.column_type) {
            Ok(cell) => cell,
            Err((message, help)) => {
                findings.push(wrong(file, written.span, message).help(help));
                None
            }
        }
    };
    columns.iter().map(read).collect()
}

/// Every row has a key, and no two have the same.
fn check_key(
    written: &[Spanned<IndexMap<String, Spanned<Scalar>>>],
    rows: &[Vec<Option<Cell>>],
    column: &ListColumn,
    key: usize,
    file: &Arc<SourceFile>,
    findings: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<String, Span> = HashMap::default();
    for (written, row) in written.iter().zip(rows) {
        let place = written.value.get(&column.name);
        let given = place.is_some_and(|value| value.value != Scalar::Null);
        match row.get(key).and_then(Option::as_ref) {
            Some(cell) => {
                let span = place.map_or(written.span, |value| value.span);
                if let Some(first) = seen.insert(Case::Insensitive.fold(&cell.text), span) {
                    findings.push(
                        wrong(file, span, format!("`{}` stands twice", cell.text))
                            .at(file, first, "first here")
                            .help("the key column identifies a row: remove one of the two"),
                    );
                }
            }
            // A cell that cannot be read has been reported.
            None if given => {}
            None => {
                let message = format!("the row has no `{}`, which is the key", column.name);
                findings.push(wrong(file, written.span, message).help("fill it in, or remove the row"));
            }
        }
    }
}

type Problem = (String, String);

/// One cell. Nothing where the row has no value.
fn cell(value: &Scalar, column: ColumnType) -> Result<Option<Cell>, Problem> {
    let problem = |message: String, help: &str| Err((message, help.to_owned()));
    let text = match value {
        Scalar::Null => return Ok(None),
        Scalar::Text(text) => text.clone(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Boolean(_) | Scalar::Real(_) => {
            return problem(format!("a cell of type {} is a text here", column.name()), "put it in quotes");
        }
    };
    if text.is_empty() {
        return problem("the cell is the empty text".to_owned(), "leave the column out of the row");
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        let message = "the cell has white space around it, or control characters in it";
        return problem(message.to_owned(), "targets differ on those: remove them");
    }
    let test = match column {
        ColumnType::Text => literal(&text),
        ColumnType::Pattern => {
            let pattern = Pattern::parse(&text);
            if pattern.pieces().iter().all(|piece| !matches!(piece, Piece::Literal(_))) {
                return problem(format!("`{text}` fits everything"), "write a part of the value");
            }
            Match::Text { pattern, case: Case::Insensitive }
        }
        ColumnType::Integer => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => {
                Match::Number { comparison: Comparison::Equal, number: Number::Integer(number) }
            }
            _ => return problem(format!("`{text}` is not a whole number"), "for instance 4625"),
        },
        ColumnType::Ip => match text.parse::<std::net::IpAddr>() {
            Ok(address) if address.to_string() == text.to_lowercase() => literal(&text),
            Ok(address) => {
                return problem(format!("`{text}` is not the usual form"), &format!("write {address}"));
            }
            Err(_) => return problem(format!("`{text}` is not an address"), "for instance 203.0.113.7"),
        },
        ColumnType::Cidr => match text.parse::<ipnet::IpNet>() {
            Ok(network) if network.trunc() == network => Match::Network(network),
            Ok(network) => {
                let message = "the address has bits behind the prefix";
                return problem(message.to_owned(), &format!("write {}", network.trunc()));
            }
            Err(_) => {
                let message = format!("`{text}` is not a network");
                return problem(message, "for instance 203.0.113.0/24 or 2001:db8::/32");
            }
        },
    };
    Ok(Some(Cell { text, test }))
}

fn literal(text: &str) -> Match {
    Match::Text { pattern: Pattern::literal(text), case: Case::Insensitive }
}
