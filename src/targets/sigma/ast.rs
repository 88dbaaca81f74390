//! A Sigma rule: what `templates/sigma/rule.yml` prints.
//!
//! In: built by `lower`. Out: text. Must not know the IR.

use std::fmt;

use askama::{FastWritable, Template, Values};

use crate::yaml::{Comment, YamlBlock, YamlScalar};

/// One rule.
#[derive(Debug, Template)]
#[template(path = "sigma/rule.yml")]
pub(super) struct Rule {
    /// The name.
    pub(super) title: YamlScalar,
    /// The UUID.
    pub(super) id: YamlScalar,
    /// How a correlation refers to it.
    pub(super) name: Option<YamlScalar>,
    /// `stable`, `test`, `experimental` or `deprecated`.
    pub(super) status: YamlScalar,
    /// What it finds.
    pub(super) description: YamlBlock,
    /// Web addresses.
    pub(super) references: Vec<YamlScalar>,
    /// Who wrote it.
    pub(super) author: YamlScalar,
    /// When.
    pub(super) date: YamlScalar,
    /// ATT&CK tactics and techniques.
    pub(super) tags: Vec<YamlScalar>,
    /// Keys and values of the log source.
    pub(super) logsource: Vec<(&'static str, YamlScalar)>,
    /// What is not as the detection says, by consent.
    pub(super) notes: Vec<Comment>,
    /// The search identifiers.
    pub(super) selections: Vec<Selection>,
    /// How they are joined.
    pub(super) condition: Condition,
    /// The fields to show.
    pub(super) fields: Vec<YamlScalar>,
    /// What else triggers it.
    pub(super) falsepositives: Vec<YamlScalar>,
    /// How bad a true hit is.
    pub(super) level: YamlScalar,
}

/// A correlation with the rules that it refers to, one document each.
#[derive(Debug, Template)]
#[template(path = "sigma/correlation.yml")]
pub(super) struct Correlation {
    /// The rules, and other correlations, that it refers to.
    pub(super) stages: Vec<Document>,
    /// The name.
    pub(super) title: YamlScalar,
    /// The UUID.
    pub(super) id: YamlScalar,
    /// How another correlation refers to it.
    pub(super) name: Option<YamlScalar>,
    /// `stable`, `test`, `experimental` or `deprecated`.
    pub(super) status: YamlScalar,
    /// What it finds.
    pub(super) description: YamlBlock,
    /// Web addresses.
    pub(super) references: Vec<YamlScalar>,
    /// Who wrote it.
    pub(super) author: YamlScalar,
    /// When.
    pub(super) date: YamlScalar,
    /// ATT&CK tactics and techniques.
    pub(super) tags: Vec<YamlScalar>,
    /// What is not as the detection says, by consent.
    pub(super) notes: Vec<Comment>,
    /// `event_count`, `temporal` …
    pub(super) kind: &'static str,
    /// The names of the rules that it refers to, in order.
    pub(super) rules: Vec<YamlScalar>,
    /// Names for fields that are called differently in the rules.
    pub(super) aliases: Vec<Alias>,
    /// The fields that are equal.
    pub(super) group_by: Vec<YamlScalar>,
    /// The window.
    pub(super) timespan: YamlScalar,
    /// What the aggregate is compared with.
    pub(super) condition: Vec<(&'static str, YamlScalar)>,
    /// What else triggers it.
    pub(super) falsepositives: Vec<YamlScalar>,
    /// How bad a true hit is.
    pub(super) level: YamlScalar,
}

/// What is left out of rules.
#[derive(Debug, Template)]
#[template(path = "sigma/filter.yml")]
pub(super) struct Filter {
    /// The name.
    pub(super) title: YamlScalar,
    /// The UUID.
    pub(super) id: YamlScalar,
    /// Why.
    pub(super) description: YamlBlock,
    /// Who answers for it.
    pub(super) author: YamlScalar,
    /// Keys and values of the log source.
    pub(super) logsource: Vec<(&'static str, YamlScalar)>,
    /// The ids of the rules.
    pub(super) rules: Vec<YamlScalar>,
    /// The search identifiers.
    pub(super) selections: Vec<Selection>,
    /// How they are joined.
    pub(super) condition: Condition,
}

/// One document that a correlation refers to.
#[derive(Debug)]
pub(super) enum Document {
    /// A rule.
    Rule(Box<Rule>),
    /// Another correlation.
    Correlation(Box<Correlation>),
}

/// A name for fields that are called differently in the rules.
#[derive(Debug)]
pub(super) struct Alias {
    /// The name.
    pub(super) name: YamlScalar,
    /// The rule, and the field there.
    pub(super) fields: Vec<(YamlScalar, YamlScalar)>,
}

/// A named search identifier.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    /// Its name: letters, digits and underscores.
    pub(super) name: String,
    /// What it holds.
    pub(super) body: Body,
}

/// What a search identifier holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// Every item holds. The keys differ.
    Map(Vec<Item>),
    /// Every item of one of the maps holds.
    Maps(Vec<Vec<Item>>),
    /// One of the texts is somewhere in the event.
    Keywords(Vec<YamlScalar>),
}

/// `field|modifiers: values`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// The key, modifiers included.
    pub(super) key: YamlScalar,
    /// The values.
    pub(super) values: ItemValues,
}

impl Item {
    /// Whether one of its values must hold, so that more may be listed. Null stands in no list.
    pub(super) fn is_list(&self) -> bool {
        let null = self.values == ItemValues::One(YamlScalar::Null);
        let every = matches!(&self.key, YamlScalar::Text(key) if key.ends_with("|all"));
        !null && !every
    }

    /// Adds the values of another item, each once.
    pub(super) fn join(&mut self, other: Self) {
        let mut values = std::mem::replace(&mut self.values, ItemValues::Many(Vec::new())).into_list();
        for value in other.values.into_list() {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        self.values =
            if values.len() == 1 { ItemValues::One(values.remove(0)) } else { ItemValues::Many(values) };
    }
}

impl ItemValues {
    fn into_list(self) -> Vec<YamlScalar> {
        match self {
            ItemValues::One(value) => vec![value],
            ItemValues::Many(values) => values,
        }
    }
}

/// One value, or a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ItemValues {
    /// Written behind the key.
    One(YamlScalar),
    /// Written below it.
    Many(Vec<YamlScalar>),
}

/// Selections joined. Precedence, least binding first: `or`, `and`, `not`, `1 of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// A selection's name, or a quantified pattern of names.
    Term(String),
    /// It does not hold.
    Not(Box<Condition>),
    /// Every one holds.
    And(Vec<Condition>),
    /// One of them holds.
    Or(Vec<Condition>),
}

impl fmt::Display for Condition {
    /// Parentheses stand wherever another operator is nested: where they are needed, and where a reader would else
    /// have to know the precedence of `and` and `or`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Condition::Term(name) => f.write_str(name),
            Condition::Not(inner) => write!(f, "not {}", Nested(inner)),
            Condition::And(members) => join(f, members, " and "),
            Condition::Or(members) => join(f, members, " or "),
        }
    }
}

fn join(f: &mut fmt::Formatter, members: &[Condition], operator: &str) -> fmt::Result {
    for (i, member) in members.iter().enumerate() {
        if i > 0 {
            f.write_str(operator)?;
        }
        write!(f, "{}", Nested(member))?;
    }
    Ok(())
}

/// A condition inside another.
struct Nested<'a>(&'a Condition);

impl fmt::Display for Nested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            inner @ (Condition::Term(_) | Condition::Not(_)) => write!(f, "{inner}"),
            inner @ (Condition::And(_) | Condition::Or(_)) => write!(f, "({inner})"),
        }
    }
}

impl FastWritable for Condition {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}
