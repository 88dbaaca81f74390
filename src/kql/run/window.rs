//! Functions over all rows in their order.
//!
//! In: rows. Out: one value a row. Must not know columns by name.
//!
//! <https://learn.microsoft.com/kusto/query/row-number-function>, `row-cumsum-function`, `row-window-session-function`.

use super::{Env, Run};
use crate::kql::plan::{Node, Scalars, Window};
use crate::kql::problem::Stop;
use crate::kql::table::Row;
use crate::kql::value::Value;

/// The values of each function, one a row.
pub(super) type Windows = Vec<Vec<Value>>;

impl Run<'_> {
    pub(super) fn windows(&self, scalars: &Scalars, rows: &[Row]) -> Result<Windows, Stop> {
        let mut windows = Windows::new();
        for window in &scalars.windows {
            let values = match window {
                Window::Number(first, restart) => self.numbers(*first, restart.as_ref(), rows, &windows)?,
                Window::Sum(term, restart) => self.sums(term, restart.as_ref(), rows, &windows)?,
                Window::Session(time, first, last, restart) => {
                    self.sessions([time, first, last], restart.as_ref(), rows, &windows)?
                }
            };
            windows.push(values);
        }
        Ok(windows)
    }

    fn restarts(&self, restart: Option<&Node>, env: &Env) -> Result<bool, Stop> {
        match restart {
            Some(node) => Ok(matches!(self.value(env, node)?, Value::Bool(true))),
            None => Ok(false),
        }
    }

    fn numbers(
        &self,
        first: i64,
        restart: Option<&Node>,
        rows: &[Row],
        windows: &Windows,
    ) -> Result<Vec<Value>, Stop> {
        let mut number = first;
        let mut values = Vec::with_capacity(rows.len());
        for index in 0..rows.len() {
            if index > 0 {
                let restarts = self.restarts(restart, &Env::at(rows, index, windows))?;
                number = if restarts { first } else { number + 1 };
            }
            values.push(Value::Long(number));
        }
        Ok(values)
    }

    fn sums(
        &self,
        term: &Node,
        restart: Option<&Node>,
        rows: &[Row],
        windows: &Windows,
    ) -> Result<Vec<Value>, Stop> {
        let mut sum = Value::Null;
        let mut values = Vec::with_capacity(rows.len());
        for index in 0..rows.len() {
            let env = Env::at(rows, index, windows);
            if self.restarts(restart, &env)? {
                sum = Value::Null;
            }
            sum = match (sum, self.value(&env, term)?) {
                (_, Value::Null) => return Err(Stop::undetermined("row_cumsum of a null")),
                (Value::Null, term) => term,
                (Value::Long(sum), Value::Long(term)) => Value::Long(
                    sum.checked_add(term)
                        .ok_or_else(|| Stop::undetermined("a sum beyond the range of long"))?,
                ),
                (sum, term) => Value::Real(sum.number().unwrap_or(0.0) + term.number().unwrap_or(0.0)),
            };
            values.push(sum.clone());
        }
        Ok(values)
    }

    /// The time at which the session of each row began. A new one begins when a distance is reached or passed.
    fn sessions(
        &self,
        [time, first, last]: [&Node; 3],
        restart: Option<&Node>,
        rows: &[Row],
        windows: &Windows,
    ) -> Result<Vec<Value>, Stop> {
        let (mut began, mut before): (Option<i64>, Option<i64>) = (None, None);
        let mut values = Vec::with_capacity(rows.len());
        for index in 0..rows.len() {
            let env = Env::at(rows, index, windows);
            let ticks = match self.value(&env, time)? {
                Value::DateTime(ticks) => ticks,
                _ => return Err(Stop::undetermined("row_window_session of a null")),
            };
            let (Value::TimeSpan(most), Value::TimeSpan(gap)) =
                (self.value(&env, first)?, self.value(&env, last)?)
            else {
                return Err(Stop::undetermined("row_window_session with a null distance"));
            };
            let goes_on = match (began, before) {
                (Some(began), Some(before)) => {
                    ticks < began.saturating_add(most) && ticks < before.saturating_add(gap)
                }
                _ => false,
            };
            if !goes_on || self.restarts(restart, &env)? {
                began = Some(ticks);
            }
            before = Some(ticks);
            values.push(Value::DateTime(began.unwrap_or(ticks)));
        }
        Ok(values)
    }
}
