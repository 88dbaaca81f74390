//! A record that satisfies many expressions at once.
//!
//! In: expressions with what each must give, and a check that runs them. Out: the record, what the check found in it, and
//! those that it does not satisfy.

use super::{Cells, Formula, Want, solve};

/// An expression and what it must give.
pub(in crate::proof) struct Aim<'a> {
    /// The expression.
    pub(in crate::proof) formula: &'a Formula,
    /// What it must give.
    pub(in crate::proof) want: Want,
}

/// Runs the expressions of the aims with these numbers over a record. It gives what it found; the error says why one does
/// not give what it must.
pub(in crate::proof) type Fits<'a, T> = &'a dyn Fn(&Cells, &[usize]) -> Result<T, String>;

/// A record that was filled.
pub(in crate::proof) struct Filled<T> {
    /// The record.
    pub(in crate::proof) cells: Cells,
    /// What the check found in it; nothing where no aim could be satisfied.
    pub(in crate::proof) found: Option<T>,
    /// The numbers of the aims that it does not satisfy, with the reason.
    pub(in crate::proof) unfilled: Vec<(usize, String)>,
}

/// Fills a record. First for all aims at once, which nearly always is right; else one after the other, where each
/// proposal is checked with all before it.
pub(in crate::proof) fn fill<T>(start: &Cells, aims: &[Aim], fits: Fits<T>) -> Filled<T> {
    let first = aims
        .iter()
        .try_fold(start.clone(), |cells, aim| solve(aim.formula, &aim.want, &cells).into_iter().next());
    let every: Vec<usize> = (0..aims.len()).collect();
    if let Some(cells) = first
        && let Ok(found) = fits(&cells, &every)
    {
        return Filled { cells, found: Some(found), unfilled: Vec::new() };
    }
    let mut filled = Filled { cells: start.clone(), found: None, unfilled: Vec::new() };
    let mut carried = Vec::new();
    for (number, aim) in aims.iter().enumerate() {
        let mut reason = "no record gives this value back".to_owned();
        carried.push(number);
        let next = solve(aim.formula, &aim.want, &filled.cells).into_iter().find_map(|next| {
            let found = fits(&next, &carried).map_err(|problem| reason = problem).ok()?;
            Some((next, found))
        });
        match next {
            Some((next, found)) => (filled.cells, filled.found) = (next, Some(found)),
            None => {
                carried.pop();
                filled.unfilled.push((number, reason));
            }
        }
    }
    filled
}
