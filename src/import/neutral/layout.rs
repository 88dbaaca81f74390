//! Selections and conditions laid out anew, in block style.
//!
//! In: a block as the schema has it. Out: the lines below `detection:`, indented by two. Must not know how its author
//! laid it out.

use crate::schema::{Block, Item, Scalar, Selection, Values};
use crate::yaml::YamlScalar;

/// The lines below `detection:`, without a line break at the end. A block without a condition has no line for it.
pub fn laid_out(block: &Block) -> String {
    let mut lines = Lines::default();
    for (name, selection) in &block.selections {
        lines.named(&name.value, &selection.value, 1);
    }
    match block.condition.as_slice() {
        [] => {}
        [one] => lines.line(1, &format!("condition: {}", YamlScalar::text(one.value.as_str()))),
        several => {
            lines.line(1, "condition:");
            for condition in several {
                lines.line(2, &format!("- {}", YamlScalar::text(condition.value.as_str())));
            }
        }
    }
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn line(&mut self, level: usize, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&"  ".repeat(level));
        self.text.push_str(text);
    }

    fn named(&mut self, name: &str, selection: &Selection, level: usize) {
        let key = YamlScalar::text(name);
        match selection {
            Selection::Keyword(value) => self.line(level, &format!("{key}: {}", scalar(value))),
            Selection::All(items) if items.is_empty() => self.line(level, &format!("{key}: {{}}")),
            Selection::Any(members) if members.is_empty() => self.line(level, &format!("{key}: []")),
            Selection::All(items) => {
                self.line(level, &format!("{key}:"));
                items.iter().for_each(|item| self.item(item, level + 1, ""));
            }
            Selection::Any(members) => {
                self.line(level, &format!("{key}:"));
                members.iter().for_each(|member| self.member(&member.value, level + 1));
            }
        }
    }

    /// A member of a list of alternatives.
    fn member(&mut self, selection: &Selection, level: usize) {
        match selection {
            Selection::Keyword(value) => self.line(level, &format!("- {}", scalar(value))),
            Selection::All(items) if items.is_empty() => self.line(level, "- {}"),
            Selection::Any(members) if members.is_empty() => self.line(level, "- []"),
            Selection::All(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(item, level, if index == 0 { "- " } else { "  " });
                }
            }
            Selection::Any(members) => {
                self.line(level, "-");
                members.iter().for_each(|member| self.member(&member.value, level + 1));
            }
        }
    }

    /// One item; in a list its lines begin behind `dash`.
    fn item(&mut self, item: &Item, level: usize, dash: &str) {
        let key = YamlScalar::text(item.key.value.as_str());
        match &item.values.value {
            Values::One(value) => self.line(level, &format!("{dash}{key}: {}", scalar(value))),
            Values::Many(values) if values.is_empty() => self.line(level, &format!("{dash}{key}: []")),
            Values::Many(values) => {
                self.line(level, &format!("{dash}{key}:"));
                let inner = level + 1 + usize::from(!dash.is_empty());
                values.iter().for_each(|value| self.line(inner, &format!("- {}", scalar(&value.value))));
            }
        }
    }
}

fn scalar(value: &Scalar) -> YamlScalar {
    match value {
        Scalar::Null => YamlScalar::Null,
        Scalar::Boolean(value) => YamlScalar::Boolean(*value),
        Scalar::Integer(value) => YamlScalar::Integer(*value),
        Scalar::Real(value) => YamlScalar::Real(*value),
        Scalar::Text(text) => YamlScalar::text(text.as_str()),
    }
}
