//! `detc sources`: the catalogue, readable.
//!
//! A binding belongs to its target, so it is shown as its file says it, not interpreted: what the catalogue's README
//! describes for all bindings (`fields`, `unmapped`, `each`) is all that is known here.

use clap::Args;
use serde_json::{Map, Value};

use super::Outcome;
use super::failure::Failure;
use super::render::Report;
use super::session::Session;
use super::targets::{Chosen, Named};
use crate::catalogue::{Catalogue, FieldSpec, Source};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::ir::FieldKind;
use crate::targets::profiles;

#[derive(Args)]
pub(super) struct SourcesArgs {
    /// a data source; without it, all are listed
    id: Option<String>,
    #[command(flatten)]
    targets: Named,
}

pub(super) fn run(args: SourcesArgs, session: &Session) -> Result<Outcome, Failure> {
    let named = &args.targets;
    let chosen = if named.targets.is_empty() { None } else { Chosen::new(named, false, &[])? };
    let wanted = |profile: &str| {
        chosen.as_ref().is_none_or(|chosen| chosen.profiles.iter().any(|known| known.id == profile))
    };
    let site = session.site()?;
    let catalogue = &site.catalogue;
    let mut wrong = site.findings();
    let text = match &args.id {
        Some(id) => match catalogue.source(id) {
            Some(Ok(source)) => describe(&source, &wanted, &mut wrong),
            Some(Err(findings)) => {
                wrong.extend(findings);
                String::new()
            }
            None => return Err(unknown(id, catalogue)),
        },
        None => list(catalogue, &wanted, &mut wrong),
    };
    session.output.artefact(&text)?;
    if !wrong.is_empty() {
        Diagnostic::sort(&mut wrong);
        session.findings_as_talk(&Report { findings: &wrong, ..Report::default() });
    }
    Ok(Outcome::of(!wrong.is_empty()))
}

fn unknown(id: &str, catalogue: &Catalogue) -> Failure {
    let near = did_you_mean(id, catalogue.ids());
    Failure::new(format!("unknown data source `{id}`")).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`detc sources` lists them".to_owned(),
    })
}

fn list(catalogue: &Catalogue, wanted: &dyn Fn(&str) -> bool, wrong: &mut Vec<Diagnostic>) -> String {
    let mut rows = Vec::new();
    for id in catalogue.ids() {
        match catalogue.source(id) {
            Some(Ok(source)) => {
                let profiles: Vec<&str> = source.profiles().filter(|profile| wanted(profile)).collect();
                if !profiles.is_empty() {
                    rows.push([id.to_owned(), source.name.clone(), profiles.join(" ")]);
                }
            }
            Some(Err(findings)) => wrong.extend(findings),
            None => {}
        }
    }
    table("", &rows)
}

fn describe(source: &Source, wanted: &dyn Fn(&str) -> bool, wrong: &mut Vec<Diagnostic>) -> String {
    let mut text = format!("{}: {}\n\n{}\n", source.id, source.name, wrapped(&source.description));
    for reference in &source.references {
        text.push_str(&format!("  {reference}\n"));
    }
    for (title, kind) in [("fields", FieldKind::Native), ("common fields", FieldKind::Common)] {
        let fields = source.fields.values().filter(|spec| spec.field.kind == kind);
        let rows: Vec<[String; 3]> = fields.map(field_row).collect();
        if !rows.is_empty() {
            text.push_str(&format!("\n{title}\n{}", table("  ", &rows)));
        }
    }
    for profile in profiles().map(|profile| profile.id).filter(|profile| wanted(profile)) {
        match source.binding::<Map<String, Value>>(profile) {
            Ok(Some(binding)) => text.push_str(&describe_binding(profile, &binding, source)),
            Ok(None) => {
                let reason = source.absent(profile).map(|reason| format!(": {reason}")).unwrap_or_default();
                text.push_str(&format!("\n{profile}\n  the source does not exist there{reason}\n"));
            }
            Err(findings) => wrong.extend(findings),
        }
    }
    text
}

fn field_row(spec: &FieldSpec) -> [String; 3] {
    let many = if spec.field.many { ", many" } else { "" };
    let mut meaning = spec.meaning.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(values) = &spec.values {
        meaning.push_str(&format!(" One of: {}.", values.join(", ")));
    }
    if let Some(same) = &spec.same_as {
        meaning.push_str(&format!(" Same as {same}."));
    }
    [spec.field.name.to_string(), format!("{}{many}", spec.field.field_type.name()), meaning]
}

fn describe_binding(profile: &str, binding: &Map<String, Value>, source: &Source) -> String {
    let mut text = format!("\n{profile}\n");
    for (key, value) in binding.iter().filter(|(key, _)| !["fields", "unmapped"].contains(&key.as_str())) {
        match value {
            Value::Array(parts) if parts.iter().any(Value::is_object) => {
                parts.iter().for_each(|part| text.push_str(&format!("  {key}: {}\n", compact(part))));
            }
            other => text.push_str(&format!("  {key}: {}\n", compact(other))),
        }
    }
    let rows: Vec<[String; 2]> = source
        .fields
        .values()
        .map(|spec| [spec.field.name.to_string(), place(spec, profile, binding)])
        .collect();
    text + &table("    ", &rows)
}

/// Where a field is under a binding.
fn place(spec: &FieldSpec, profile: &str, binding: &Map<String, Value>) -> String {
    let name: &str = &spec.field.name;
    let entry = |binding: &Map<String, Value>, key: &str| binding.get(key)?.get(name).cloned();
    if let Some(there) = entry(binding, "fields") {
        return written_place(&there);
    }
    if let Some(reason) = entry(binding, "unmapped") {
        return format!("not there: {}", compact(&reason));
    }
    let legs: Vec<&Map<String, Value>> = binding
        .get("union")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let legs = if legs.is_empty() { vec![binding] } else { legs };
    let native = spec.field.kind == FieldKind::Native;
    let mut places: Vec<String> = Vec::new();
    for leg in legs {
        let each = || leg.get("each").filter(|_| native).map(|each| compact(each).replace("{field}", name));
        if let Some(place) = entry(leg, "fields").map(|there| written_place(&there)).or_else(each)
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    match places.as_slice() {
        // Sigma's own names are the neutral ones.
        [] if native && profile == "sigma" => name.to_owned(),
        [] => "not there".to_owned(),
        places => places.join(" · "),
    }
}

/// A name or expression first, what is said about it after.
fn written_place(there: &Value) -> String {
    let Value::Object(parts) = there else { return compact(there) };
    let main = ["field", "column", "expr", "eval", "array", "pairs"];
    let is_main = |key: &str| main.contains(&key);
    let first = parts.iter().filter(|(key, _)| is_main(key)).map(|(_, value)| compact(value));
    let rest = parts.iter().filter(|(key, _)| !is_main(key)).map(|(key, value)| match key.as_str() {
        "loss" => loss(value),
        key => format!("{key}: {}", compact(value)),
    });
    first.chain(rest).collect::<Vec<_>>().join(", ")
}

/// `narrowed by partly-filled: the column is empty …`.
fn loss(value: &Value) -> String {
    let part = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{} by {}: {}", part("verdict"), part("name"), part("reason"))
}

/// A value on one line, as YAML would have it in flow style.
fn compact(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => format!("[{}]", items.iter().map(compact).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", compact(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Prose in lines of at most 100 characters; empty lines stay.
fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.trim().lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 100 {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Columns two spaces apart; the last one runs on.
fn table<const N: usize>(indent: &str, rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = format!("{indent}{}", cells.collect::<Vec<_>>().join("  "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
