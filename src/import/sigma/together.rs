//! The documents of one run, where they concern each other: correlations and filters name rules of other files.
//!
//! In: documents. Out: those of each kind. Must not know what any of them says.

use super::{Correlation, Document, Filter, Metadata, Rule};

/// The documents of one run.
#[derive(Debug, Clone, Default)]
pub struct Together<'a> {
    /// Its rules.
    pub rules: Vec<&'a Rule>,
    /// Its correlations.
    pub correlations: Vec<&'a Correlation>,
    /// Its filters.
    pub filters: Vec<&'a Filter>,
    /// The names of rules and correlations that are parts of correlations alone.
    parts: Vec<&'a str>,
}

impl<'a> Together<'a> {
    /// Whether a rule or correlation is a part of another, and no detection of its own.
    pub fn is_part(&self, metadata: &Metadata) -> bool {
        self.parts.iter().any(|name| metadata.is_called(name))
    }

    /// The filters that are for a rule.
    pub fn filters_of(&self, rule: &Rule) -> Vec<&'a Filter> {
        self.filters.iter().copied().filter(|filter| filter.is_for(rule)).collect()
    }
}

impl<'a> FromIterator<&'a Document> for Together<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Document>>(documents: I) -> Self {
        let mut together = Self::default();
        for document in documents {
            match document {
                Document::Rule(rule) => together.rules.push(rule),
                Document::Filter(filter) => together.filters.push(filter),
                Document::Correlation(correlation) => {
                    together.correlations.push(correlation);
                    if !correlation.generate {
                        together.parts.extend(correlation.rules.iter().map(|name| name.value.as_str()));
                    }
                }
            }
        }
        together
    }
}
