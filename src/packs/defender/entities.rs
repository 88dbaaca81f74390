//! What a custom detection is about: the device, account or address, in the words of Microsoft Graph.
//!
//! In: what the data source carries along, and what the author names. Out: columns by kind of entity and identifier; a
//! warning for what has no place; a finding (`E1026`) where nothing is named that an alert can be about. Source:
//! "entityMappingConfiguration resource type" and the types that it names.

use serde_json::{Map, Value, json};

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::EntityType;
use crate::packs::microsoft::{Columns, Product, Subject};
use crate::packs::{Content, Entry};
use crate::targets::kusto::source_facts;

/// One of these must be there. Source: the rules of Azure-Sentinel's converter.
const ASSETS: [&str; 4] = ["accounts", "hosts", "mailboxes", "ips"];

/// The mappings: what the source carries along first.
pub(super) fn mappings(
    entry: &Entry,
    content: &Content,
    columns: &Columns,
    subjects: &[Subject],
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Value {
    let mut all: Map<String, Value> = Map::new();
    let mut add = |(kind, identifier): (&str, &str), column: &str| {
        if let Value::Array(list) = all.entry(kind.to_owned()).or_insert_with(|| json!([])) {
            list.push(json!({identifier: column}));
        }
    };
    let carried = carried(entry, content, columns, findings);
    for column in &carried {
        if let Some(place) = of_column(column) {
            add(place, column);
        }
    }
    let has_account = carried.iter().any(|column| column == "AccountObjectId");
    for subject in subjects.iter().filter(|subject| !carried.contains(&subject.column)) {
        match place(subject.entity_type, &subject.field) {
            Some(place) => add(place, &subject.column),
            // The account that acted, which its object id names already.
            None if has_account && subject.field == "user" => {}
            None if subject.is_named => {
                let product = Product::Defender.name();
                warnings.push(
                    entry
                        .finding(
                            Code::W1001,
                            format!("{product}: the entity `{}` is left out", subject.field),
                        )
                        .help("one column does not identify such an entity there; it is a custom detail"),
                );
            }
            None => {}
        }
    }
    if !ASSETS.iter().any(|kind| all.contains_key(*kind)) {
        let message = format!(
            "{}: the rule does not say which device, account, mailbox or address it is about",
            Product::Defender.name()
        );
        findings.push(
            entry
                .finding(Code::E1026, message)
                .help("name a field under `entities`, for instance `{field: src, type: ip}`"),
        );
    }
    Value::Object(all)
}

/// The columns that mappings name.
pub(super) fn columns(mappings: &Value) -> Vec<String> {
    let lists = mappings.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_array);
    let pairs = lists.flatten().filter_map(Value::as_object).flat_map(Map::values);
    pairs.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The identity columns of the data sources that the result has. Rows that are events have those of their own source; rows
/// that are groups have what the query carries along, and so names.
fn carried(
    entry: &Entry,
    content: &Content,
    columns: &Columns,
    findings: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let logic = &entry.detection.logic;
    let mut carried: Vec<String> = Vec::new();
    for events in logic.event_sets() {
        let Some(Ok(source)) = content.catalogue.source(&events.data_source.value) else { continue };
        let identity = match source_facts(&source, content.profile.id) {
            Ok(facts) => facts.identity,
            Err(found) => {
                findings.extend(found);
                continue;
            }
        };
        let is_result =
            logic.result_events().is_some_and(|result| result.data_source.value == events.data_source.value);
        for column in identity {
            let is_there = match &entry.detection.summary {
                Some(_) => columns.names(&column),
                None => is_result && columns.may_return(&column),
            };
            if is_there && !carried.contains(&column) {
                carried.push(column);
            }
        }
    }
    carried
}

/// Identity columns of the catalogue's bindings.
fn of_column(column: &str) -> Option<(&'static str, &'static str)> {
    match column {
        "DeviceId" => Some(("hosts", "deviceIdColumn")),
        "AccountObjectId" => Some(("accounts", "aadUserIdColumn")),
        "ResourceId" => Some(("azureResources", "resourceIdColumn")),
        _ => None,
    }
}

/// The kind of entity and the identifier that a single column can hold. An account is no more than a name here, and a
/// name alone does not identify it; processes are told by hashes; of a registry value Graph takes none.
fn place(entity: EntityType, field: &str) -> Option<(&'static str, &'static str)> {
    match entity {
        EntityType::Account if field.ends_with("Sid") => Some(("accounts", "sidColumn")),
        EntityType::Application => Some(("cloudApplications", "nameColumn")),
        EntityType::AzureResource => Some(("azureResources", "resourceIdColumn")),
        EntityType::Dns => Some(("dns", "domainNameColumn")),
        EntityType::File => Some(("files", "nameColumn")),
        EntityType::Host => Some(("hosts", "nameColumn")),
        EntityType::Ip => Some(("ips", "addressColumn")),
        EntityType::Mailbox => Some(("mailboxes", "primaryAddressColumn")),
        EntityType::Url => Some(("urls", "addressColumn")),
        EntityType::Account
        | EntityType::FileHash
        | EntityType::Malware
        | EntityType::Process
        | EntityType::RegistryKey
        | EntityType::RegistryValue
        | EntityType::SecurityGroup => None,
    }
}
