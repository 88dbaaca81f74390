//! Rows as the tables of Microsoft have them.
//!
//! In: names of tables with rows as JSON. Out: tables. A row without a time is of the start of the test.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{Bench, OfTable, Rows, moment, schema};
use crate::catalogue::Source;
use crate::ir::Time;
use crate::kql::{Schemas, Table, Tables};

/// The columns that say when an event was.
const TIMES: [&str; 2] = ["TimeGenerated", "Timestamp"];

impl Bench {
    /// The rows that are given, and no others in the tables of the sources; and the time of the last.
    pub(in crate::proof) fn recorded(
        &self,
        sources: &[Arc<Source>],
        records: &Json,
        start: Time,
    ) -> Result<(Rows, Time), String> {
        let known = schema::of_profile(self.profile);
        let mut own = Schemas::default();
        sources.iter().for_each(|source| self.add_unknown(source, &mut own));
        let records = records.as_object().ok_or("tables with their rows are expected")?;
        let mut tables: BTreeMap<String, OfTable> = BTreeMap::new();
        for (name, columns) in own.tables.into_iter().chain(own.functions) {
            let of_microsoft = known.tables.get(&name).or_else(|| known.functions.get(&name));
            let columns = of_microsoft.cloned().unwrap_or(columns);
            tables.insert(name, (columns, Vec::new()));
        }
        let (mut number, mut last) = (0_u64, start);
        for (name, rows) in records {
            let (columns, into) = tables.get_mut(name).ok_or_else(|| {
                format!("`{name}` is no table that the detection reads in {}", self.profile)
            })?;
            for row in rows.as_array().ok_or_else(|| format!("`{name}` is no list of rows"))? {
                let mut row: Map<String, Json> =
                    row.as_object().ok_or_else(|| format!("a row of `{name}` is no object"))?.clone();
                for time in TIMES.iter().filter(|time| columns.iter().any(|column| column.name == **time)) {
                    let given = row.entry(*time).or_insert_with(|| moment(start).into());
                    let given: Option<jiff::Timestamp> = given.as_str().and_then(|text| text.parse().ok());
                    last = last.max(given.map_or(start, |time| Time { milliseconds: time.as_millisecond() }));
                }
                row.insert(schema::EVENT.to_owned(), number.into());
                number += 1;
                into.push(row);
            }
        }
        let mut made = Rows { tables: Tables::default(), json: Json::Object(records.clone()) };
        for (name, (columns, rows)) in tables {
            let table = Table::from_json(columns, &rows).map_err(|reason| format!("`{name}`: {reason}"))?;
            made.tables.tables.insert(name, table);
        }
        self.add_watchlists(&mut made.tables);
        Ok((made, last))
    }
}
