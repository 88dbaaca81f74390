//! The rows that a window of `streamstats` holds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Answer;
use super::state::{Run, time_of};
use crate::source::Span;
use crate::spl::problem::Stop;
use crate::spl::value::Row;

/// Rows with the groups that they belong to, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window<'r> {
    rows: VecDeque<(Vec<Arc<str>>, &'r Row)>,
}

impl<'r> Window<'r> {
    pub(super) fn push(&mut self, key: &[Arc<str>], row: &'r Row) {
        self.rows.push_back((key.to_vec(), row));
    }

    /// Keeps the last rows.
    pub(super) fn keep_last(&mut self, count: usize) {
        while self.rows.len() > count {
            self.rows.pop_front();
        }
    }

    /// Keeps the rows whose time is less than `length` away from that of `row`. C10: whether one that is exactly so far
    /// away counts is contested, and so is whether the window slides.
    pub(super) fn keep_within(&mut self, row: &Row, length: f64, direction: f64, run: &Run) -> Answer<()> {
        let now = time_of(row).ok_or(Stop::open("A28"))?;
        while let Some((_, first)) = self.rows.front() {
            run.step(1)?;
            let away = (now - time_of(first).ok_or(Stop::open("A28"))?) * direction;
            if away == length {
                return Err(Stop::open("C10"));
            }
            if away < length {
                break;
            }
            self.rows.pop_front();
        }
        Ok(())
    }

    /// The rows of one group.
    pub(super) fn rows_of<'w>(&'w self, key: &'w [Arc<str>]) -> impl Iterator<Item = &'r Row> + 'w {
        self.rows.iter().filter(move |(known, _)| known == key).map(|(_, row)| *row)
    }
}

/// A28: whether times rise (1) or fall (-1); otherwise the search fails.
pub(super) fn direction(rows: &[Row], span: Span) -> Answer<f64> {
    let times: Option<Vec<f64>> = rows.iter().map(time_of).collect();
    let Some(times) = times else { return Err(Stop::open("A28")) };
    if times.is_sorted() {
        Ok(1.0)
    } else if times.is_sorted_by(|left, right| left >= right) {
        Ok(-1.0)
    } else {
        Err(Stop::Fails {
            what: "`time_window` needs rows in the order of their times (A28)".to_owned(),
            span,
        })
    }
}
