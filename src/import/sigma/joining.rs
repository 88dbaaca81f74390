//! Filters as a part of the block that they are joined to.
//!
//! In: a block and those of the filters for it. Out: what each selection of a filter is called there, and one condition
//! for all of them. Must not know what a selection says, or how a block is written.
//!
//! A name of the block is never given to a selection of a filter. `1 of` and `all of` go on meaning the selections that
//! they meant where they were written: one that would reach others as well is written out.

use crate::maps::IndexMap;
use crate::resolve::{named_by, slug_of, words_of};
use crate::schema::Block;

/// Words that have a meaning of their own in a block or its condition.
const RESERVED: [&str; 9] = ["all", "and", "any", "condition", "not", "of", "or", "them", "timeframe"];

/// A block that is joined to another.
#[derive(Debug, Clone)]
pub(super) struct Guest<'a> {
    /// Its selections and condition, as written.
    pub(super) block: &'a Block,
    /// What its selections are called together.
    pub(super) name: String,
    /// What each of them is called: as written, and there.
    names: IndexMap<String, String>,
}

impl<'a> Guest<'a> {
    /// What a selection is called.
    pub(super) fn called(&self, selection: &str) -> String {
        self.names.get(selection).cloned().unwrap_or_else(|| selection.to_owned())
    }

    /// The filters of a block, with their titles, in order.
    pub(super) fn all(host: &Block, filters: &[(&str, &'a Block)]) -> Vec<Self> {
        let mut taken: Vec<String> = names(host).map(str::to_owned).collect();
        let mut guests = Vec::new();
        for (title, block) in filters {
            let guest = Self::new(title, block, &taken);
            taken.extend(guest.names.values().cloned());
            guests.push(guest);
        }
        guests
    }

    fn new(title: &str, block: &'a Block, taken: &[String]) -> Self {
        let slug = slug_of(title);
        let usable = slug.starts_with(|c: char| c.is_ascii_alphabetic()) && !RESERVED.contains(&&*slug);
        let base = if usable { slug } else { "filter".to_owned() };
        let mut number = 1;
        loop {
            let name = if number == 1 { base.clone() } else { format!("{base}_{number}") };
            let guest = Self { block, names: called(block, &name), name };
            let is_taken = |name: &String| taken.iter().any(|known| known.eq_ignore_ascii_case(name));
            if !guest.names.values().any(is_taken) {
                return guest;
            }
            number += 1;
        }
    }
}

/// The only selection is called as the whole; of several, each keeps its own name behind that.
fn called(block: &Block, whole: &str) -> IndexMap<String, String> {
    let one = block.selections.len() == 1;
    let name = |own: &str| if one { whole.to_owned() } else { format!("{whole}_{own}") };
    names(block).map(|own| (own.to_owned(), name(own))).collect()
}

fn names(block: &Block) -> impl Iterator<Item = &str> {
    block.selections.iter().map(|(name, _)| name.value.as_str())
}

/// The condition of the block and of all that are joined to it.
pub(super) fn condition(host: &Block, guests: &[Guest]) -> String {
    let own = names(host).map(str::to_owned);
    let all: Vec<String> = own.chain(guests.iter().flat_map(|guest| guest.names.values().cloned())).collect();
    let host = Part { block: host, guest: None, all: &all }.condition();
    let guests =
        guests.iter().map(|guest| Part { block: guest.block, guest: Some(guest), all: &all }.condition());
    std::iter::once(host).chain(guests).collect::<Vec<_>>().join(" and ")
}

/// A block among others.
struct Part<'a> {
    block: &'a Block,
    guest: Option<&'a Guest<'a>>,
    /// The names of all selections, as they are called together.
    all: &'a [String],
}

impl Part<'_> {
    /// Its condition, to stand beside `and`. Of several, one must hold.
    fn condition(&self) -> String {
        let conditions: Vec<String> =
            self.block.condition.iter().map(|condition| self.rewritten(&condition.value)).collect();
        let apart = |text: &String, words: &[&str]| {
            if has_outside(text, words) { format!("({text})") } else { text.clone() }
        };
        match conditions.as_slice() {
            [one] => apart(one, &["or"]),
            several => {
                let several: Vec<String> = several.iter().map(|one| apart(one, &["and", "or"])).collect();
                format!("({})", several.join(" or "))
            }
        }
    }

    /// The condition with the names of the whole.
    fn rewritten(&self, condition: &str) -> String {
        let words = words_of(condition);
        let mut written: Vec<String> = Vec::new();
        let mut next = 0;
        while let Some(word) = words.get(next) {
            let pattern = words.get(next + 2).filter(|_| words.get(next + 1) == Some(&"of"));
            match (*word, pattern) {
                ("1" | "all" | "any", Some(pattern)) => {
                    written.push(self.group(word, pattern));
                    next += 3;
                }
                _ => {
                    written.push(self.called(word));
                    next += 1;
                }
            }
        }
        spaced(&written)
    }

    fn called(&self, name: &str) -> String {
        self.guest.map_or_else(|| name.to_owned(), |guest| guest.called(name))
    }

    /// `1 of x*`, where that means the same selections among all, else written out.
    fn group(&self, quantity: &str, pattern: &str) -> String {
        let meant: Vec<String> = if pattern == "them" || pattern.contains('*') {
            named_by(pattern, names(self.block)).into_iter().map(|name| self.called(name)).collect()
        } else {
            vec![self.called(pattern)]
        };
        let wider = match (self.guest, pattern) {
            (None, _) => pattern.to_owned(),
            (Some(guest), "them") => format!("{}_*", guest.name),
            (Some(guest), _) => format!("{}_{pattern}", guest.name),
        };
        let word = if quantity == "all" { " and " } else { " or " };
        match meant.as_slice() {
            [one] => one.clone(),
            several if named_by(&wider, self.all.iter().map(String::as_str)) == *several => {
                format!("{quantity} of {wider}")
            }
            several => format!("({})", several.join(word)),
        }
    }
}

/// Whether one of the words stands outside of all parentheses.
fn has_outside(condition: &str, wanted: &[&str]) -> bool {
    let mut depth = 0_usize;
    words_of(condition).into_iter().any(|word| {
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && wanted.contains(&word)
    })
}

/// Words with blanks between them, and none inside parentheses.
fn spaced(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !text.ends_with('(') && word != ")" {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Selection;
    use crate::source::{Span, Spanned};

    fn block(names: &[&str], conditions: &[&str]) -> Block {
        let place = |text: &str| Spanned::new(text.to_owned(), Span::default());
        let selection = Spanned::new(Selection::All(Vec::new()), Span::default());
        Block {
            selections: names.iter().map(|name| (place(name), selection.clone())).collect(),
            condition: conditions.iter().map(|condition| place(condition)).collect(),
        }
    }

    /// The joined condition of a rule and filters: titles, names and conditions.
    fn joined(host: &Block, filters: &[(&str, &[&str], &str)]) -> String {
        let blocks: Vec<Block> = filters.iter().map(|(_, names, text)| block(names, &[text])).collect();
        let titled: Vec<(&str, &Block)> =
            filters.iter().zip(&blocks).map(|((title, ..), block)| (*title, block)).collect();
        condition(host, &Guest::all(host, &titled))
    }

    #[test]
    fn a_filter_is_called_by_its_title() {
        let host = block(&["selection"], &["selection"]);
        let one: (&str, &[&str], &str) = ("The scanner", &["selection"], "not selection");
        assert_eq!(joined(&host, &[one]), "selection and not the_scanner");
        // Of the same title, and with several selections.
        let two: (&str, &[&str], &str) = ("The Scanner", &["a", "b"], "not (a and b)");
        assert_eq!(
            joined(&host, &[one, one, two]),
            "selection and not the_scanner and not the_scanner_2 and not (the_scanner_a and the_scanner_b)"
        );
        let odd: [(&str, &[&str], &str); 2] = [("Not", &["x"], "not x"), ("5 hosts", &["x"], "not x")];
        assert_eq!(joined(&host, &odd), "selection and not filter and not filter_2");
        let taken = block(&["The_Scanner", "filter"], &["The_Scanner and not filter"]);
        assert_eq!(joined(&taken, &[one]), "The_Scanner and not filter and not the_scanner_2");
    }

    #[test]
    fn what_binds_less_than_and_stands_in_parentheses() {
        let filter: (&str, &[&str], &str) = ("F", &["a", "b"], "not a or b");
        let host = block(&["x", "y"], &["x or  y"]);
        assert_eq!(joined(&host, &[filter]), "(x or y) and (not f_a or f_b)");
        let host = block(&["x", "y"], &["x", "not( y )"]);
        assert_eq!(joined(&host, &[filter]), "(x or not (y)) and (not f_a or f_b)");
    }

    #[test]
    fn quantities_mean_what_they_meant() {
        let filter: (&str, &[&str], &str) = ("sel", &["a_1", "a_2", "b"], "not 1 of a_* and not all of them");
        let host = block(&["sel_1", "sel_2"], &["1 of sel_*"]);
        // The pattern would reach the selections of the filter.
        assert_eq!(
            joined(&host, &[filter]),
            "(sel_1 or sel_2) and not 1 of sel_a_* and not (sel_a_1 and sel_a_2 and sel_b)"
        );
        let host = block(&["x", "y", "_z"], &["all of them and 1 of _*"]);
        assert_eq!(joined(&host, &[filter]), "(x and y) and _z and not 1 of sel_a_* and not all of sel_*");
        let host = block(&["x_1", "x_2"], &["all of x_*"]);
        assert_eq!(joined(&host, &[filter]), "all of x_* and not 1 of sel_a_* and not all of sel_*");
        // Names with an underscore are not among `them`, and a pattern with one member is that.
        let hidden: (&str, &[&str], &str) = ("F", &["_a", "b"], "1 of them");
        assert_eq!(joined(&host, &[hidden]), "all of x_* and f_b");
    }
}
