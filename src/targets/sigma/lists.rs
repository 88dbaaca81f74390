//! Tests of membership in a list.
//!
//! In: a test. Out: the same with the list's rows as values, which is exact; or, where the list says so, the
//! placeholder that the specification's `expand` has for values that a reader fills in. Must not know how values are
//! written.

use crate::ir::{ColumnType, FieldTest, Match, Membership};
use crate::targets::{Delivery, NeededList};

/// The alternatives of a test, with the rows in place of a list that has no placeholder.
pub(super) fn with_rows(test: &FieldTest, mapped: bool, needed: &mut Vec<NeededList>) -> Vec<Match> {
    let mut alternatives = Vec::new();
    for alternative in &test.any_of {
        let Match::InList(membership) = alternative else {
            alternatives.push(alternative.clone());
            continue;
        };
        let rows = membership.alternatives();
        let stays = !mapped && placeholder(membership).is_some();
        let how = if stays { Delivery::Placeholder } else { Delivery::Inline };
        NeededList::new(membership, how).add_to(needed);
        if stays || rows.is_empty() {
            alternatives.push(alternative.clone());
        } else {
            alternatives.extend(rows);
        }
    }
    alternatives
}

/// `%NAME%`, for the key column of a list that asks for it. What is put in its place is compared as a text, so networks
/// and numbers have none.
pub(super) fn placeholder(membership: &Membership) -> Option<String> {
    let column = membership.column()?;
    let is_text = match column.column_type {
        ColumnType::Text | ColumnType::Pattern | ColumnType::Ip => true,
        ColumnType::Integer | ColumnType::Cidr => false,
    };
    let stands = membership.list.placeholder && membership.is_key() && is_text;
    stands.then(|| format!("%{}%", membership.list.name))
}
