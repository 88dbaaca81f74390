//! The partner chain over labelled records of Microsoft 365: exactly the labelled ends of chains, nothing else.
//!
//! In: `tests/fixtures/o365-events` and the shipped detection. Out: nothing; it fails when a result is missing or too
//! many. The records are read as Splunk's add-on and the catalogue read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use detc::catalogue::{Catalogue, Source};
use detc::evaluate::Evaluator;
use detc::ir::{Event, Number, Observation, Time, Value};
use detc::resolve::{Context, resolve_file};
use detc::source::SourceFile;
use detc::targets::profiles;
use serde_json::Value as Json;

const DETECTION: &str = "detections/correlation/partner_delegation_followed_by_mailbox_access.yml";

#[test]
fn the_labelled_ends_of_chains_and_nothing_else() {
    let mut observations = Vec::new();
    let mut expected: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    let labels = labels();
    for file in ["syn_stage1_o365_uam", "syn_stage2_o365_uam", "syn_stage3_o365_uam"] {
        for (record, line) in lines(&fixtures().join(format!("{file}.ndjson"))).iter().zip(1..) {
            observations.extend(observation(record));
            let is_end = file.contains("stage3") && labels.contains(&(format!("{file}.ndjson"), line));
            if is_end {
                let of = |name: &str| text(record, name).to_lowercase();
                *expected.entry((of("UserId"), of("ClientIPAddress"), of("MailboxOwnerUPN"))).or_default() +=
                    1;
            }
        }
    }
    observations.extend(lines(&fixtures().join("syn_sentinel_signinlogs.ndjson")).iter().map(sign_in));
    assert_eq!(expected.values().sum::<u64>(), 5, "the fixtures have five ends of chains");
    assert_eq!(results(&observations), expected);

    // In any order of arrival.
    observations.reverse();
    assert_eq!(results(&observations), expected);
}

#[test]
fn without_one_step_there_is_no_chain() {
    for missing in ["entra.audit", "m365.exchange_admin", "m365.mailbox"] {
        let mut observations = Vec::new();
        for file in ["syn_stage1_o365_uam", "syn_stage2_o365_uam", "syn_stage3_o365_uam"] {
            let records = lines(&fixtures().join(format!("{file}.ndjson")));
            observations
                .extend(records.iter().filter_map(observation).filter(|seen| *seen.data_source != *missing));
        }
        assert_eq!(results(&observations), BTreeMap::new(), "without {missing}");
    }
}

/// User, address, mailbox, and how many events.
fn results(observations: &[Observation]) -> BTreeMap<(String, String, String), u64> {
    let catalogue = Catalogue::embedded();
    let profiles: Vec<&'static str> = profiles().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let path = root().join(DETECTION);
    let file = SourceFile::new(DETECTION, fs::read_to_string(path).expect("readable"));
    let mut findings = Vec::new();
    let detection = resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}"));
    let sources = catalogue.sources_of(&detection.logic).expect("known");
    let sources: Vec<&Source> = sources.iter().map(Arc::as_ref).collect();
    let evaluator = Evaluator::over(&detection, &sources).expect("compiles");
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.to_lowercase(),
        _ => String::new(),
    };
    let rows = evaluator.results_at(observations, None);
    rows.iter()
        .map(|row| {
            let of = |name: &str| text(row.fields.get(name));
            ((of("user"), of("src"), of("object")), row.count)
        })
        .collect()
}

/// A record of the unified audit log in neutral fields; nothing for records of other kinds.
fn observation(record: &Json) -> Option<Observation> {
    let kind = record["RecordType"].as_i64()?;
    let (source, event) = match kind {
        8 => ("entra.audit", directory(record)),
        1 => ("m365.exchange_admin", cmdlet(record)),
        2 | 3 | 50 => (
            "m365.mailbox",
            fields(
                record,
                &[
                    "Operation",
                    "ResultStatus",
                    "UserId",
                    "OrganizationId",
                    "MailboxOwnerUPN",
                    "ClientIPAddress",
                    "LogonType",
                    "ExternalAccess",
                ],
            ),
        ),
        _ => return None,
    };
    Some(Observation { time: time(text(record, "CreationTime")), data_source: source.into(), event })
}

fn directory(record: &Json) -> Event {
    let mut event = fields(record, &["ResultStatus", "UserId", "OrganizationId"]);
    let operation = text(record, "Operation").trim_end_matches('.').to_owned();
    event.insert("Operation".to_owned(), Value::Text(operation));
    let actor: Vec<&str> =
        record["Actor"].as_array().into_iter().flatten().map(|id| text(id, "ID")).collect();
    if actor.last() == Some(&"ServicePrincipal") {
        event.insert("ActorAppId".to_owned(), Value::Text(actor[1].to_owned()));
    }
    let properties = record["ModifiedProperties"].as_array().into_iter().flatten();
    for property in properties.filter(|property| text(property, "Name") == "tenantId") {
        let values = [text(property, "NewValue"), text(property, "OldValue")];
        if let Some(value) =
            values.into_iter().map(|value| value.trim_matches('"')).find(|value| !value.is_empty())
        {
            event.insert("PartnerTenantId".to_owned(), Value::Text(value.to_owned()));
        }
    }
    event
}

fn cmdlet(record: &Json) -> Event {
    let mut event =
        fields(record, &["Operation", "ResultStatus", "UserId", "OrganizationId", "ClientIP", "ObjectId"]);
    for parameter in record["Parameters"].as_array().into_iter().flatten() {
        event.insert(text(parameter, "Name").to_owned(), Value::Text(text(parameter, "Value").to_owned()));
    }
    let address = text(record, "ClientIP");
    let address = match address.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => address.split(':').next().unwrap_or_default(),
    };
    event.insert("src_ip".to_owned(), Value::Text(address.to_owned()));
    event
}

/// A row of Sentinel's SigninLogs.
fn sign_in(row: &Json) -> Observation {
    let mut event = fields(
        row,
        &["ResultType", "CrossTenantAccessType", "HomeTenantId", "IPAddress", "UserPrincipalName"],
    );
    event.insert("OrganizationId".to_owned(), Value::Text(text(row, "AADTenantId").to_owned()));
    Observation { time: time(text(row, "TimeGenerated")), data_source: "entra.signin".into(), event }
}

fn fields(record: &Json, names: &[&str]) -> Event {
    let value = |name: &&str| {
        let value = match &record[*name] {
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) => Value::Number(Number::Integer(number.as_i64()?)),
            Json::Bool(boolean) => Value::Boolean(*boolean),
            Json::Null | Json::Array(_) | Json::Object(_) => return None,
        };
        Some(((*name).to_owned(), value))
    };
    names.iter().filter_map(value).collect()
}

fn time(written: &str) -> Time {
    let zoned = if written.ends_with('Z') { written.to_owned() } else { format!("{written}Z") };
    let moment: jiff::Timestamp = zoned.parse().expect("a time");
    Time { milliseconds: moment.as_millisecond() }
}

fn text<'j>(record: &'j Json, name: &str) -> &'j str {
    record[name].as_str().unwrap_or_default()
}

/// The records that belong to a chain, by file and line.
fn labels() -> Vec<(String, u64)> {
    lines(&fixtures().join("labels_synthetic.ndjson"))
        .iter()
        .filter(|label| {
            label["expect"].as_array().is_some_and(|all| all.contains(&Json::from("an1350_chain")))
        })
        .map(|label| (text(label, "file").to_owned(), label["line"].as_u64().expect("a line")))
        .collect()
}

fn lines(path: &Path) -> Vec<Json> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn fixtures() -> PathBuf {
    root().join("tests/fixtures/o365-events")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
