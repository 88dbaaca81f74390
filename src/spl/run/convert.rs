//! `convert`.

use std::sync::Arc;

use super::fields::one_text;
use super::state::{Run, Table};
use super::{Answer, Step};
use crate::spl::ast::Convert;
use crate::spl::problem::{Problem, Stop};
use crate::spl::time;
use crate::spl::value::{Look, Value, look};

/// `convert`.
#[derive(Debug)]
pub(super) struct ConvertStep {
    format: String,
    conversions: Vec<(Conversion, Arc<str>, Arc<str>)>,
}

#[derive(Debug, Clone, Copy)]
enum Conversion {
    Time,
    Number,
}

impl ConvertStep {
    pub(super) fn compile(convert: &Convert, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut conversions = Vec::new();
        for (function, field, name) in &convert.conversions {
            let conversion = match function.value.as_str() {
                "ctime" => Conversion::Time,
                "num" => Conversion::Number,
                other => {
                    problems.push(Problem::outside(
                        format!("`convert {other}()` is not evaluated"),
                        function.span,
                    ));
                    return None;
                }
            };
            if field.value.contains('*') {
                problems.push(Problem::outside("`convert` with a wildcard is not evaluated", field.span));
                return None;
            }
            let target = name.as_ref().unwrap_or(field);
            conversions.push((conversion, Arc::from(field.value.as_str()), Arc::from(target.value.as_str())));
        }
        // K49.
        let format = convert.timeformat.clone().unwrap_or_else(|| "%m/%d/%Y %H:%M:%S".to_owned());
        Some(Self { format, conversions })
    }
}

impl Step for ConvertStep {
    /// K49, K50.
    fn apply(&self, mut table: Table, run: &Run) -> Answer<Table> {
        for row in &mut table.rows {
            for (conversion, field, target) in &self.conversions {
                run.step(1)?;
                let Some(text) = one_text(row, field)? else { continue };
                let value = match (conversion, look(&text)) {
                    (_, Look::Doubtful) => return Err(Stop::open("E10")),
                    (Conversion::Time, Look::Number(moment)) => {
                        run.take_value(self.format.len() * 12)?;
                        Some(Value::text(time::format(moment, &self.format).ok_or(Stop::open("E50"))?))
                    }
                    (Conversion::Time, Look::Text) => return Err(Stop::open("K49")),
                    (Conversion::Number, Look::Number(number)) => Some(Value::Number(number)),
                    (Conversion::Number, Look::Text) => None,
                };
                row.set_optional(target, value);
            }
        }
        Ok(table)
    }
}
