//! The truth of a condition, as far as it is known.
//!
//! What null does in comparisons and under NOT, AND and OR is not documented (C5). A condition therefore holds every
//! outcome that some reading gives; only when they differ where it matters is the answer undetermined.

use super::Answer;
use crate::spl::problem::Stop;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const NULL: u8 = 4;

/// The outcomes that a condition can have, and the rule that leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    outcomes: u8,
    rule: &'static str,
}

impl Truth {
    /// Known.
    pub(super) fn known(value: bool) -> Self {
        Self { outcomes: if value { TRUE } else { FALSE }, rule: "" }
    }

    /// Not true: null in one reading, false in the other.
    pub(super) fn not_true() -> Self {
        Self { outcomes: FALSE | NULL, rule: "C5" }
    }

    /// `!=` beside null: null in one reading, true in the other.
    pub(super) fn null_or_true() -> Self {
        Self { outcomes: TRUE | NULL, rule: "C5" }
    }

    /// True or false, but not null.
    pub(super) fn either(rule: &'static str) -> Self {
        Self { outcomes: TRUE | FALSE, rule }
    }

    /// Anything.
    pub(super) fn open(rule: &'static str) -> Self {
        Self { outcomes: TRUE | FALSE | NULL, rule }
    }

    fn may_be(self, outcome: u8) -> bool {
        self.outcomes & outcome != 0
    }

    /// Whether it is true. What is null is not (E23; `where` keeps a row when "the boolean result was true").
    pub(super) fn is_true(self) -> Answer<bool> {
        match self.decided() {
            Some(value) => Ok(value),
            None => Err(Stop::open(self.rule)),
        }
    }

    /// Whether it is true, if all readings agree.
    pub(super) fn decided(self) -> Option<bool> {
        if !self.may_be(TRUE) {
            Some(false)
        } else if self.outcomes == TRUE {
            Some(true)
        } else {
            None
        }
    }

    /// The value when it is known to be true or false.
    pub(super) fn value(self) -> Answer<bool> {
        match self.outcomes {
            TRUE => Ok(true),
            FALSE => Ok(false),
            _ => Err(Stop::open(self.rule)),
        }
    }

    pub(super) fn not(self) -> Self {
        let mut outcomes = 0;
        if self.may_be(TRUE) {
            outcomes |= FALSE;
        }
        if self.may_be(FALSE) {
            outcomes |= TRUE;
        }
        // NOT null is null in one reading, true in the other (E18).
        if self.may_be(NULL) {
            outcomes |= NULL | TRUE;
        }
        Self { outcomes, rule: self.rule }
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.both(other, |left, right| match (left, right) {
            (TRUE, TRUE) => TRUE,
            (FALSE, TRUE | FALSE) | (TRUE, FALSE) => FALSE,
            // Not true in every reading; whether false or null is open.
            _ => FALSE | NULL,
        })
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.both(other, |left, right| match (left, right) {
            (FALSE, FALSE) => FALSE,
            (TRUE, TRUE | FALSE) | (FALSE, TRUE) => TRUE,
            // E19: three-valued logic makes null OR true true; nothing documents that it is used.
            (TRUE, NULL) | (NULL, TRUE) => TRUE | NULL,
            _ => FALSE | NULL,
        })
    }

    pub(super) fn xor(self, other: Self) -> Self {
        self.both(other, |left, right| match (left, right) {
            (NULL, _) | (_, NULL) => TRUE | FALSE | NULL,
            (left, right) if left == right => FALSE,
            _ => TRUE,
        })
    }

    fn both(self, other: Self, outcome: impl Fn(u8, u8) -> u8) -> Self {
        let mut outcomes = 0;
        for left in [TRUE, FALSE, NULL] {
            for right in [TRUE, FALSE, NULL] {
                if self.may_be(left) && other.may_be(right) {
                    outcomes |= outcome(left, right);
                }
            }
        }
        let open_left = self.outcomes.count_ones() > 1;
        let rule = if open_left || other.rule.is_empty() { self.rule } else { other.rule };
        let rule = if rule.is_empty() && outcomes.count_ones() > 1 { "C5" } else { rule };
        Self { outcomes, rule }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth;

    #[test]
    fn what_does_not_matter_is_decided() {
        let (yes, no) = (Truth::known(true), Truth::known(false));
        let (null, open) = (Truth::not_true(), Truth::open("C4"));
        assert_eq!(no.and(open).decided(), Some(false));
        assert_eq!(yes.and(null).decided(), Some(false));
        assert_eq!(null.not().decided(), None);
        assert_eq!(null.or(yes).decided(), None);
        assert_eq!(no.or(yes).decided(), Some(true));
        assert_eq!(yes.and(open).is_true(), Err(crate::spl::Stop::open("C4")));
        assert_eq!(yes.xor(yes).decided(), Some(false));
    }
}
