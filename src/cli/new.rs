//! `detc new`: a detection to start from, and with `--repo` a repository around it.
//!
//! Never replaces a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use askama::Template;
use clap::Args;
use uuid::Uuid;

use super::Outcome;
use super::failure::Failure;
use super::output::Output;
use crate::resolve::slug_of;

#[derive(Args)]
pub(super) struct NewArgs {
    /// the name of the detection, for instance "Encoded PowerShell Command"
    name: String,
    /// also write README.md, detc.toml and a GitHub workflow, where they are not there yet
    #[arg(long)]
    repo: bool,
}

#[derive(Template)]
#[template(path = "new/detection.yml")]
struct Detection<'a> {
    id: Uuid,
    name: YamlText<'a>,
    date: jiff::civil::Date,
}

#[derive(Template)]
#[template(path = "new/README.md")]
struct Readme<'a> {
    file: &'a str,
}

#[derive(Template)]
#[template(path = "new/detc.toml.txt")]
struct Configuration;

#[derive(Template)]
#[template(path = "new/workflow.yml")]
struct Workflow;

pub(super) fn run(args: NewArgs, output: &Output) -> Result<Outcome, Failure> {
    let name = args.name.trim();
    if name.chars().any(char::is_control) {
        return Err(Failure::new("a name is one line, without control characters"));
    }
    let slug = slug_of(name);
    if slug.is_empty() {
        return Err(Failure::new(format!(
            "`{name}` has no letter or digit that a file could be named after"
        ))
        .help("detc new \"Encoded PowerShell Command\""));
    }
    let file = format!("detections/{slug}.yml");
    let detection = Detection { id: Uuid::new_v4(), name: YamlText(name), date: today() };
    write_new(&file, &detection)?;
    output.artefact(&format!("{file}\n"))?;
    if args.repo {
        let others: [(&str, &dyn askama::DynTemplate); 3] = [
            ("README.md", &Readme { file: &file }),
            ("detc.toml", &Configuration),
            (".github/workflows/detections.yml", &Workflow),
        ];
        for (path, template) in others {
            if Path::new(path).exists() {
                output.say(&format!("kept {path}, which is there already"));
            } else {
                write_text(path, &rendered(template.dyn_render())?)?;
                output.artefact(&format!("{path}\n"))?;
            }
        }
    }
    output.say(&format!("next: edit {file}, then `detc check` and `detc test`"));
    Ok(Outcome::Fine)
}

fn write_new(path: &str, template: &impl Template) -> Result<(), Failure> {
    write_text(path, &rendered(template.render())?)
}

fn rendered(text: Result<String, askama::Error>) -> Result<String, Failure> {
    text.map_err(|error| Failure::new(format!("cannot write the example: {error}")))
}

/// Writes a file that must not exist yet.
fn write_text(path: &str, text: &str) -> Result<(), Failure> {
    let path = PathBuf::from(path);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(format!("`{}` exists already", path.display())).help("choose another name")
        }
        _ => Failure::io("write", &path, &error),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = std::fs::File::create_new(&path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// The date in UTC: what a colleague elsewhere would write.
/// The day in UTC.
pub(super) fn today() -> jiff::civil::Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// One line of text as a YAML scalar: plain where that is safe, else double-quoted, which JSON's strings are too.
struct YamlText<'a>(&'a str);

impl std::fmt::Display for YamlText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let starts_plain = self.0.starts_with(|c: char| c.is_ascii_alphabetic());
        let safe =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')' | '/');
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
        let word = words.iter().any(|word| self.0.eq_ignore_ascii_case(word));
        if starts_plain && !word && self.0.chars().all(safe) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", serde_json::Value::from(self.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_yaml_needs_it() {
        for (name, written) in [
            ("Encoded PowerShell Command", "Encoded PowerShell Command"),
            ("O365: a # b", "\"O365: a # b\""),
            ("365 things", "\"365 things\""),
            ("No", "\"No\""),
            ("say \"x\" \\", r#""say \"x\" \\""#),
        ] {
            assert_eq!(YamlText(name).to_string(), written);
        }
    }

    #[test]
    fn slugs_hold_letters_digits_and_single_underscores() {
        assert_eq!(slug_of("O365 Cross-Tenant  Access (Change)"), "o365_cross_tenant_access_change");
        assert_eq!(slug_of("…"), "");
    }
}
