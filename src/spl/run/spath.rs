//! `spath`, for JSON.

use std::sync::Arc;

use serde_json::Value as Json;

use super::fields::one_text;
use super::json;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::Spath;
use crate::spl::problem::Stop;
use crate::spl::value::{Row, Value};

/// How much of a text is looked at (K30).
const CUTOFF: usize = 5_000;

/// `spath`.
#[derive(Debug)]
pub(super) struct SpathStep {
    input: Arc<str>,
    output: Arc<str>,
    path: Option<String>,
}

impl SpathStep {
    pub(super) fn new(spath: &Spath) -> Self {
        let path = spath.path.as_ref().map(|path| path.value.clone());
        let output = spath.output.as_ref().or(spath.path.as_ref());
        Self {
            input: Arc::from(spath.input.value.as_str()),
            output: Arc::from(output.map_or("", |name| name.value.as_str())),
            path,
        }
    }
}

impl Step for SpathStep {
    /// K28 to K32. The input must be JSON: XML has rules of its own.
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for row in &mut table.rows {
            let Some(text) = one_text(row, &self.input)? else { continue };
            run.step(1 + text.len() / 16)?;
            run.take(text.len() * 4)?;
            if text.len() > CUTOFF {
                return Err(Stop::open("K30"));
            }
            let json: Json = serde_json::from_str(&text).map_err(|_| Stop::open("K28"))?;
            match &self.path {
                Some(path) => {
                    // C12: the base of an index in a path of the command is not known.
                    if path.contains('{') && !path.replace("{}", "").chars().all(|c| c != '{') {
                        return Err(Stop::open("C12"));
                    }
                    let found = json::at(&json, path).ok_or(Stop::open("K28"))?;
                    match Value::many(found.into_iter().filter_map(json::shown).collect()) {
                        Some(value) => row.set(Arc::clone(&self.output), value),
                        None if row.get(&self.output).is_none() => {}
                        None => return Err(Stop::open("K28")),
                    }
                }
                None => {
                    let Json::Object(members) = &json else { return Err(Stop::open("K28")) };
                    let found = Row::from_json(members);
                    if found.len() > 100 {
                        return Err(Stop::open("K31"));
                    }
                    for (name, value) in found.fields() {
                        // Whether a field that is there is overwritten or gets further values is not documented.
                        if row.get(name).is_some_and(|known| !known.texts().eq(value.texts())) {
                            return Err(Stop::open("K28"));
                        }
                        row.set(Arc::clone(name), value.clone());
                    }
                }
            }
        }
        Ok(table)
    }
}
