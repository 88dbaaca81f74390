//! Real searches: those of Splunk's security content, from outside of the project.
//!
//! `../shared/corpora/escu-2024-10` is no part of the project: without it the test is skipped, and says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use detc::source::SourceFile;
use detc::spl::{self, Macros};
use serde::Deserialize;

use crate::corpora::yaml_files;
use crate::say::say;

#[derive(Deserialize)]
struct Macro {
    name: String,
    definition: String,
    #[serde(default)]
    arguments: Vec<String>,
}

#[derive(Deserialize)]
struct Detection {
    search: String,
}

/// Macros that the content expects from other apps.
const OTHERS: &[(&str, &[&str], &str)] = &[
    ("drop_dm_object_name", &["name"], "rename $name$.* as *"),
    ("cim_corporate_web_domain_search", &["field"], "$field$=*"),
    ("get_asset", &["field"], "lookup asset_lookup_by_str asset AS $field$"),
];

#[test]
fn the_searches_of_the_security_content_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/escu-2024-10");
    if !corpus.is_dir() {
        say("SKIPPED: the searches of the security content are not there (../shared/corpora/escu-2024-10)");
        return;
    }
    let mut macros = Macros::default();
    for path in yaml_files(&corpus.join("macros")) {
        let text = fs::read_to_string(&path).expect("reads");
        let Ok(found) = serde_yaml::from_str::<Macro>(&text) else {
            say(&format!("  {} is no valid YAML", path.display()));
            continue;
        };
        let arguments: Vec<&str> = found.arguments.iter().map(String::as_str).collect();
        macros.define(&found.name, &arguments, &found.definition).expect("a macro");
    }
    for (name, arguments, text) in OTHERS {
        macros.define(name, arguments, text).expect("a macro");
    }
    let mut read = 0;
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = yaml_files(&corpus.join("detections"));
    for path in &paths {
        let text = fs::read_to_string(path).expect("reads");
        let found: Detection = match serde_yaml::from_str(&text) {
            Ok(found) => found,
            Err(error) => {
                let name = path.display().to_string();
                refused.entry("no valid YAML".to_owned()).or_default().push(format!("{name}: {error}"));
                continue;
            }
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        macros.define(&format!("{name}_filter"), &[], "search *").expect("a macro");
        let problems = match spl::expand(&found.search, &macros) {
            Ok(expanded) => spl::parse(&expanded.text).map_err(|problems| (expanded.text, problems)),
            Err(problems) => Err((found.search.clone(), problems)),
        };
        match problems {
            Ok(_) => read += 1,
            Err((text, problems)) => {
                let file = SourceFile::new("search", text);
                let first = &problems[0];
                let near: String = file.text()[..first.span.start].chars().rev().take(60).collect();
                let near: String = near.chars().rev().collect();
                refused
                    .entry(first.message.clone())
                    .or_default()
                    .push(format!("{name}: …{near}⟨{}⟩", file.slice(first.span)));
            }
        }
    }
    for (message, names) in &refused {
        say(&format!("  {message}"));
        names.iter().for_each(|name| say(&format!("      {name}")));
    }
    let share = f64::from(read) * 100.0 / paths.len() as f64;
    say(&format!("{read} of {} searches are read: {share:.1} %", paths.len()));
    assert!(share >= 95.0);
}
