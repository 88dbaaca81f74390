//! What a code says by its form.
//!
//! In: a code, or how it is printed. Out: how bad it is, its title. Which codes there are is in `codes`.

use super::{Code, Severity};

impl Code {
    /// Codes that start with `E` are errors, those with `W` are warnings.
    pub fn severity(self) -> Severity {
        if self.id().starts_with('E') { Severity::Error } else { Severity::Warning }
    }

    /// Finds a code by its printed form, in either case.
    pub fn parse(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }

    /// The first line of the explanation.
    pub fn title(self) -> &'static str {
        self.explanation().lines().next().unwrap_or_default().trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented_and_found() {
        for code in Code::ALL {
            assert!(code.title().ends_with('.'), "{}: {}", code.id(), code.title());
            assert_eq!(Code::parse(&code.id().to_lowercase()), Some(*code));
        }
        assert_eq!(Code::parse("E9999"), None);
    }
}
