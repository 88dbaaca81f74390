//! An emitted search, run on one event at a time by `detc::spl`, which shares no code with the printer.
//!
//! Where a rule of Splunk is contested or unproven, the answer is *undetermined*, and the test fails: what is emitted must
//! not need such a rule.

use detc::ir::List;
use detc::spl::{Context, Dataset, LookupTable, MatchType, Program, Row, Stop, Value, parse};
use detc::targets::splunk::LookupDefinition;

/// A query, read once.
pub(crate) struct Query {
    program: Program,
    context: Context,
}

impl Query {
    /// Reads a query.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let search = parse(text).map_err(|problems| format!("{problems:?}"))?;
        let program = Program::compile_saved(&search, text).map_err(|problems| format!("{problems:?}"))?;
        Ok(Self { program, context: Context::default() })
    }

    /// With the lookups of these lists, as `transforms.conf` and their files would define them.
    pub(crate) fn with_lookups<'a>(mut self, lists: impl Iterator<Item = &'a List>) -> Self {
        let tables = lists.map(|list| (list.name.clone(), table(list)));
        self.context.lookups = tables.collect();
        self
    }

    /// Whether an event comes through.
    pub(crate) fn keeps(&self, event: &Dataset) -> Result<bool, Stop> {
        self.program.run(event, &self.context).map(|rows| !rows.is_empty())
    }
}

/// An event of these fields, each with its values.
pub(crate) fn event(fields: impl IntoIterator<Item = (String, Vec<String>)>) -> Dataset {
    let value = |values: Vec<String>| Value::many(values.into_iter().map(Into::into).collect());
    let row: Row = fields.into_iter().filter_map(|(name, values)| Some((name, value(values)?))).collect();
    Dataset { events: vec![row], ..Dataset::default() }
}

/// The lookup of a list, from its definition and its file.
fn table(list: &List) -> LookupTable {
    let text = list.to_csv();
    assert!(!text.contains('"'), "this reader knows no quotes");
    let mut lines = text.lines().map(|line| line.split(','));
    let columns = lines.next().expect("a head").map(str::to_owned).collect();
    let definition = LookupDefinition::of(list);
    let match_type = |written: &String| {
        let (kind, column) =
            written.strip_suffix(')').and_then(|rest| rest.split_once('(')).expect("KIND(column)");
        let kind = if kind == "CIDR" { MatchType::Cidr } else { MatchType::Wildcard };
        (column.to_owned(), kind)
    };
    LookupTable {
        columns,
        rows: lines.map(|cells| cells.map(Into::into).collect()).collect(),
        ignores_case: !definition.case_sensitive_match,
        match_types: definition.match_type.iter().map(match_type).collect(),
        max_matches: Some(definition.max_matches as usize),
        default_match: None,
    }
}
