//! `sentinel`: ARM templates for Microsoft Sentinel, in the layout that its Repositories take.
//!
//! In: compiled KQL. Out: a template a rule, hunting query, list and function; templates of all rules for the import in the
//! portal; and the configuration that keeps Repositories from what is not theirs. Repositories pass over a whole file
//! that holds anything but rules, saved searches, playbooks or workbooks, so that nothing is mixed.

mod arm;
mod content;
mod watchlist;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::microsoft::{Form, Rule, rules};
use super::{Content, Entry, Kind, Options, Pack, names};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::List;
use crate::targets::Delivery;

/// The kind.
pub(super) const KIND: Kind = Kind {
    id: "sentinel",
    about: "ARM templates for Microsoft Sentinel: rules, hunting queries, watchlists and functions",
    profiles: &["kusto:sentinel", "kusto:asim"],
    formats: &["scheduled", "nrt"],
    build,
};

/// What the portal imports at once. Source: "Export and import analytics rules to and from ARM templates".
const MAX_IMPORT: usize = 50;

/// The longest template, in bytes. Source: "Best practices for ARM templates".
const MAX_TEMPLATE: usize = 4 * 1024 * 1024;

/// What Repositories read before they deploy (`Microsoft Sentinel repositories: customize your deployments`).
const CONFIGURATION: &str = "sentinel-deployment.config";

fn build(content: &Content, options: &Options) -> Result<Pack, Vec<Diagnostic>> {
    let (mut findings, mut warnings) = (Vec::new(), Vec::new());
    let mut files: BTreeMap<String, Value> = BTreeMap::new();
    let rules = rules(content, options.format == "nrt", &mut findings, &mut warnings);
    let mut apart = Vec::new();
    for rule in &rules {
        let (folder, resource) = match rule.form {
            Form::Scheduled { .. } | Form::NearRealTime => ("AnalyticsRules", content::rule(rule)),
            Form::Hunting => ("HuntingQueries", content::hunting_query(rule)),
        };
        let name = format!("{folder}/{}", names::file_name(&rule.slug, "json"));
        files.insert(name, arm::template(&format!("{}.0.0.0", rule.version), vec![resource]));
    }
    for (list, entry) in watchlists(content) {
        findings.extend(watchlist::problems(list).into_iter().map(|(problem, help)| {
            let message =
                format!("Microsoft Sentinel: the list `{}` cannot be a watchlist: {problem}", list.name);
            entry.finding(Code::E1024, message).help(help)
        }));
        let name = format!("Watchlists/{}", names::file_name(&list.name, "json"));
        files.insert(name.clone(), arm::template("1.0.0.0", vec![watchlist::resource_of(list, options)]));
        apart.push(name);
        let name = format!("Parsers/{}", names::file_name(&list.name, "json"));
        files.insert(name, arm::template("1.0.0.0", vec![watchlist::function(list)]));
    }
    for (name, template) in import(&rules, options) {
        apart.push(name.clone());
        files.insert(name, template);
    }
    if findings.is_empty() { pack(files, &apart, warnings) } else { Err(findings) }
}

/// The files, and what Repositories must leave alone among them: they have no content type for watchlists, and the rules
/// of the import are those of the folders again.
fn pack(
    files: BTreeMap<String, Value>,
    apart: &[String],
    warnings: Vec<Diagnostic>,
) -> Result<Pack, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let mut pack = Pack::new("");
    let configuration =
        json!({"prioritizedcontentfiles": [], "excludecontentfiles": apart, "parameterfilemappings": {}});
    for (name, value) in files.into_iter().chain([(CONFIGURATION.to_owned(), configuration)]) {
        let text = arm::text(&value);
        if text.len() > MAX_TEMPLATE {
            findings.push(
                Diagnostic::new(
                    Code::E1022,
                    format!("Azure: a template has at most 4 MB: `{name}` has {} bytes", text.len()),
                )
                .help("pack fewer detections at once, or shorten the list"),
            );
        }
        pack.add(&name, text);
    }
    warnings.into_iter().for_each(|warning| pack.warn(warning));
    if findings.is_empty() { Ok(pack) } else { Err(findings) }
}

/// The rules for the import in the portal, as many a file as it takes.
fn import(rules: &[Rule], options: &Options) -> Vec<(String, Value)> {
    let rules: Vec<&Rule> = rules.iter().filter(|rule| rule.form != Form::Hunting).collect();
    let version = format!("{}.0", options.version);
    let part = |(index, part): (usize, &[&Rule])| {
        let name = format!("Import/{}-{:02}.json", options.id, index + 1);
        (name, arm::template(&version, part.iter().map(|rule| content::rule(rule)).collect()))
    };
    rules.chunks(MAX_IMPORT).enumerate().map(part).collect()
}

/// The lists that queries read as watchlists, by name, each with the first detection that reads it.
fn watchlists<'c>(content: &'c Content) -> Vec<(&'c List, &'c Entry<'c>)> {
    let mut lists: BTreeMap<&str, (&List, &Entry)> = BTreeMap::new();
    for entry in &content.entries {
        for needed in entry.compiled.needs.lists.iter().filter(|needed| needed.how == Delivery::Watchlist) {
            lists.entry(&needed.list.name).or_insert((&needed.list, entry));
        }
    }
    lists.into_values().collect()
}
