//! Patterns with `*`.
//!
//! In: a pattern. Out: whether a text fits, and what the stars stood for. `*` is any run and cannot be escaped; `?` is
//! itself (S09 to S12).

/// A pattern, taken apart once.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    parts: Vec<Box<str>>,
    ignores_case: bool,
}

impl Wildcard {
    /// Takes a pattern apart.
    pub(super) fn new(pattern: &str, ignores_case: bool) -> Self {
        let pattern = if ignores_case { fold(pattern) } else { pattern.to_owned() };
        Self { parts: pattern.split('*').map(Into::into).collect(), ignores_case }
    }

    /// Whether the pattern is only stars.
    pub(super) fn is_anything(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(|part| part.is_empty())
    }

    /// How many stars there are.
    pub(super) fn stars(&self) -> usize {
        self.parts.len() - 1
    }

    /// Whether the whole text fits.
    pub(super) fn fits(&self, text: &str) -> bool {
        if self.ignores_case && !self.is_anything() {
            self.fits_folded(&fold(text))
        } else {
            self.fits_folded(text)
        }
    }

    fn fits_folded(&self, text: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else { return text.is_empty() };
        let Some(mut rest) = text.strip_prefix(&**first) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for part in middle {
            match rest.find(&**part) {
                Some(place) => rest = &rest[place + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(&**last)
    }

    /// What each star stands for, the earlier ones as short as possible. The case of the text must fit.
    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.parts.split_first()?;
        let mut rest = text.strip_prefix(&**first)?;
        let (last, middle) = match others.split_last() {
            Some(split) => split,
            None => return rest.is_empty().then(Vec::new),
        };
        let mut found = Vec::new();
        for part in middle {
            let place = rest.find(&**part)?;
            found.push(&rest[..place]);
            rest = &rest[place + part.len()..];
        }
        found.push(rest.strip_suffix(&**last)?);
        Some(found)
    }
}

/// A text in lower case, as comparisons without regard to case see it.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run() {
        let fits = |pattern: &str, text: &str| Wildcard::new(pattern, true).fits(text);
        assert!(fits("web*", "WEB01") && fits("*", "") && fits("a*b*c", "aXbXbc") && fits("*x*", "x"));
        assert!(!fits("web?", "web1") && !fits("a*b", "ab c") && !fits("ab*ba", "aba") && !fits("", "a"));
    }

    #[test]
    fn stars_are_captured_from_the_left() {
        let captured = Wildcard::new("a.*.*", false).captures("a.b.c.d").expect("fits");
        assert_eq!(captured, ["b", "c.d"]);
        assert_eq!(Wildcard::new("a", false).captures("a"), Some(Vec::new()));
        assert_eq!(Wildcard::new("a*", false).captures("b"), None);
    }
}
