//! The emitted SPL of correlations: the random streams of `kusto_correlations`, run by `detc::spl`, must give the results
//! of the reference evaluator, and no answer may depend on a contested rule.

use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::{self, Evaluator};
use detc::ir::{Detection, Number, Observation, Time, Value};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::spl;
use detc::targets::{self, Options};

use crate::cases::Random;
use crate::kusto_correlations::{OF_ONE, OF_SEVERAL, ONE, SINGLE, TWO, duration, events, used_stages};
use crate::say::say;

const IN_SPLUNK: &str = "  splunk:
    select: {sourcetype: SOURCE}
    fields: {kind: kind, who: who, host: host, n: n, r: r, m: m, row: row}
";

#[test]
fn the_emitted_spl_of_correlations_means_them() {
    let catalogue = catalogue();
    let bodies = OF_ONE
        .iter()
        .map(|it| format!("{SINGLE}correlation: {{{it}}}"))
        .chain(OF_SEVERAL.iter().map(|it| format!("{}correlation: {{{it}}}", used_stages(it))));
    let (mut compared, mut found) = (0, 0);
    let mut refused = Vec::new();
    let mut wrong = Vec::new();
    for (seed, body) in (0u64..).zip(bodies) {
        let detection = detection(&catalogue, &body);
        let target = targets::target("splunk", &catalogue).expect("is there");
        let query = match target.compile(&detection, Options::default()) {
            Ok(compiled) => compiled.text,
            Err(findings) => {
                refused.push(format!("{body}: {}", findings[0].message));
                continue;
            }
        };
        let sources = catalogue.sources_of(&detection.logic).expect("known");
        let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
        let evaluator = Evaluator::over(&detection, &sources).expect("prepares");
        let program = program(&query);
        for stream in 0..20 {
            let mut random = Random((seed * 1_000 + stream).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut events = events(&mut random);
            let now = Time::TEST_START.after(duration(240 + 30 * random.below(7)));
            events.retain(|seen| seen.time <= now);
            // What the fields of an event say of an empty text is contested (C6).
            events.iter_mut().for_each(without_empty_texts);
            let rows = evaluator.results_at(&events, Some(now));
            let context = spl::Context { now: now.milliseconds as f64 / 1000.0, ..spl::Context::default() };
            let dataset =
                spl::Dataset { events: events.iter().map(row).collect(), ..spl::Dataset::default() };
            compared += 1;
            found += usize::from(!rows.is_empty());
            let expected = sorted(rows.iter().map(|row| expected(&detection, row)));
            match program.run(&dataset, &context) {
                Err(stop) => wrong.push(format!("{stop}\n{body}\n{query}")),
                Ok(rows) => {
                    let answer = sorted(rows.iter().map(|row| shown(&detection, row)));
                    if answer != expected {
                        wrong.push(format!("expected {expected:?}, found {answer:?}\n{body}\n{query}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} runs differ; the first:\n{}", wrong.len(), wrong[0]);
    say(&format!(
        "SPL: {compared} runs of correlations compared, {found} with results; refused: {refused:#?}"
    ));
    assert_eq!(refused.len(), 1, "only the multivalue count is refused: {refused:#?}");
}

fn program(query: &str) -> spl::Program {
    let search = spl::parse(query).unwrap_or_else(|problems| panic!("{problems:?}\n{query}"));
    spl::Program::compile(&search).unwrap_or_else(|problems| panic!("{problems:?}\n{query}"))
}

fn catalogue() -> Arc<Catalogue> {
    let bound =
        |text: &str, source: &str| format!("{}{}", text.trim_start(), IN_SPLUNK.replace("SOURCE", source));
    let two = bound(TWO, "two").replace(", r: r, m: m", "");
    Arc::new(Catalogue::embedded().with_text("meaning.one", bound(ONE, "one")).with_text("meaning.two", two))
}

fn detection(catalogue: &Catalogue, body: &str) -> Detection {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A case\nversion: 1\nstatus: test\ntype: ttp\n\
         severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A case.\n{body}\n"
    );
    let mut findings = Vec::new();
    let file = SourceFile::new("case.yml", text.as_str());
    let context = Context { catalogue, profiles: &["splunk"] };
    resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}\n{text}"))
}

fn without_empty_texts(seen: &mut Observation) {
    let is_empty = |value: &Value| *value == Value::Text(String::new());
    seen.event.retain(|_, value| {
        if let Value::Many(values) = value {
            values.retain(|value| !is_empty(value));
        }
        !is_empty(value)
    });
}

/// An event as Splunk extracts it.
fn row(seen: &Observation) -> spl::Row {
    let mut row = spl::Row::new();
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(Number::Integer(number)) => number.to_string(),
        Value::Number(Number::Real(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    for (name, value) in &seen.event {
        let values = match value {
            Value::Many(values) => values.iter().map(text).collect(),
            single => vec![text(single)],
        };
        if let Some(value) = spl::Value::many(values.into_iter().map(Into::into).collect()) {
            row.set(name.as_str(), value);
        }
    }
    row.set("sourcetype", spl::Value::text(seen.data_source.trim_start_matches("meaning.")));
    row.set("_time", spl::Value::text(format!("{:.3}", seen.time.milliseconds as f64 / 1000.0)));
    row
}

/// What identifies a result: its event, or its group and how many events it has.
fn expected(detection: &Detection, row: &evaluate::Row) -> String {
    let text = |name: &str| match &row.fields[name] {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    match &detection.summary {
        None => text("row"),
        Some(summary) => {
            let by = summary.by.iter().map(|by| text(&by.value.name));
            by.chain([row.count.to_string()]).collect::<Vec<_>>().join(" ")
        }
    }
}

fn shown(detection: &Detection, row: &spl::Row) -> String {
    let text = |name: &str| row.text(name).map(|text| text.into_owned()).unwrap_or_default();
    match &detection.summary {
        None => text("row"),
        Some(summary) => {
            let by = summary.by.iter().map(|by| text(&by.value.name));
            by.chain([text("count")]).collect::<Vec<_>>().join(" ")
        }
    }
}

fn sorted(rows: impl Iterator<Item = String>) -> Vec<String> {
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}
