//! A record that satisfies many expressions at once.
//!
//! In: expressions with what each must give, and a check that runs them. Out: the record, and those that it does not
//! satisfy.

use super::{Cells, Formula, Want, solve};

/// An expression and what it must give.
pub(in crate::proof) struct Aim<'a> {
    /// The expression.
    pub(in crate::proof) formula: &'a Formula,
    /// What it must give.
    pub(in crate::proof) want: Want,
}

/// Runs the expressions of the aims with these numbers over a record; the error says why one does not give what it must.
pub(in crate::proof) type Fits<'a> = &'a dyn Fn(&Cells, &[usize]) -> Result<(), String>;

/// Fills a record. First for all aims at once, which nearly always is right; else one after the other, where each
/// proposal is checked with all before it.
pub(in crate::proof) fn fill(start: &Cells, aims: &[Aim], fits: Fits) -> (Cells, Vec<(usize, String)>) {
    let first = aims
        .iter()
        .try_fold(start.clone(), |cells, aim| solve(aim.formula, &aim.want, &cells).into_iter().next());
    let every: Vec<usize> = (0..aims.len()).collect();
    if let Some(cells) = first
        && fits(&cells, &every).is_ok()
    {
        return (cells, Vec::new());
    }
    let mut cells = start.clone();
    let mut carried = Vec::new();
    let mut wrong = Vec::new();
    for (number, aim) in aims.iter().enumerate() {
        let mut reason = "no record gives this value back".to_owned();
        carried.push(number);
        let next = solve(aim.formula, &aim.want, &cells)
            .into_iter()
            .find(|next| fits(next, &carried).map_err(|problem| reason = problem).is_ok());
        match next {
            Some(next) => cells = next,
            None => {
                carried.pop();
                wrong.push((number, reason));
            }
        }
    }
    (cells, wrong)
}
