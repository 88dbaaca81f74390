//! `sentinel-yaml`: rules as Azure-Sentinel's repository keeps them.
//!
//! In: compiled KQL. Out: one YAML file a detection: analytics rules, or hunting queries for detections of that type.

use askama::Template;

use super::microsoft::{Form, Rule, rules, short};
use super::{Content, Kind, Options, Pack, names};
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::{YamlBlock, YamlScalar};

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "sentinel-yaml",
    about: "analytics rules and hunting queries as YAML, as in the repository Azure-Sentinel",
    profiles: &["kusto:sentinel", "kusto:asim"],
    formats: &["scheduled", "nrt"],
    build,
};

/// A rule's file.
#[derive(Template)]
#[template(path = "sentinel_yaml/rule.yml")]
struct File<'a> {
    it: &'a Rule,
    query: YamlBlock,
    description: YamlBlock,
    frequency: String,
    period: String,
    lookback: String,
    scheduled: bool,
    hunting: bool,
}

impl<'a> File<'a> {
    fn new(it: &'a Rule) -> Self {
        let (frequency, period, scheduled) = match it.form {
            Form::Scheduled { frequency, period } => (short(frequency), short(period), true),
            Form::NearRealTime | Form::Hunting => (String::new(), String::new(), false),
        };
        Self {
            it,
            query: YamlBlock { text: it.query.clone(), indent: 2 },
            description: YamlBlock { text: it.description.clone(), indent: 2 },
            frequency,
            period,
            lookback: it.grouping.as_ref().map_or_else(String::new, |grouping| short(grouping.seconds)),
            scheduled,
            hunting: it.form == Form::Hunting,
        }
    }

    fn text(&self, text: &str) -> YamlScalar {
        YamlScalar::text(text)
    }
}

fn build(content: &Content, options: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let (mut findings, mut warnings) = (Vec::new(), Vec::new());
    let mut pack = Pack::new("");
    for rule in rules(content, options.format == "nrt", &mut findings, &mut warnings) {
        let folder = if rule.form == Form::Hunting { "Hunting Queries" } else { "Analytic Rules" };
        let name = format!("{folder}/{}", names::file_name(&rule.slug, "yaml"));
        match File::new(&rule).render() {
            Ok(text) => pack.add_text(&name, text),
            Err(error) => {
                findings.push(Diagnostic::new(Code::E1022, format!("`{name}` cannot be printed: {error}")))
            }
        }
    }
    warnings.into_iter().for_each(|warning| pack.warn(warning));
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}
