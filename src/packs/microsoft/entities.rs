//! Entities: which column names the account, host or address that an alert is about.
//!
//! In: entities, risk objects, threat objects, and the common fields of the result. Out: the entities in detc's own types;
//! and Sentinel's types with one identifier each. What has no place there is a warning. `data/sentinel-entities.yml` says
//! what Sentinel takes; a test holds every pair against it.

use super::columns::{Columns, shown};
use crate::catalogue::Catalogue;
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{EntityType, Field, FieldKind, FieldType, RiskObjectType};
use crate::packs::Entry;

/// The most entities of a rule. Source: "Map data fields to entities in Microsoft Sentinel".
const MAX_ENTITIES: usize = 10;

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct Subject {
    /// What it is.
    pub(in crate::packs) entity_type: EntityType,
    /// The neutral name of the field.
    pub(in crate::packs) field: String,
    /// The column.
    pub(in crate::packs) column: String,
    /// Whether the author named it, and not the kind of field alone.
    pub(in crate::packs) is_named: bool,
}

/// One entity of an alert in Microsoft Sentinel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::packs) struct Mapping {
    /// Sentinel's entity type.
    pub(in crate::packs) entity: &'static str,
    /// The identifier of that type that the column holds.
    pub(in crate::packs) identifier: &'static str,
    /// The column.
    pub(in crate::packs) column: String,
}

/// What an alert is about, each column once: what the author names comes first.
pub(in crate::packs) fn subjects(
    entry: &Entry,
    catalogue: &Catalogue,
    columns: &Columns,
    warnings: &mut Vec<Diagnostic>,
) -> Vec<Subject> {
    let detection = entry.detection;
    let mut wanted: Vec<(&Field, EntityType, bool)> = Vec::new();
    wanted.extend(detection.entities.iter().map(|one| (&one.field.value, one.entity_type, true)));
    if let Some(risk) = &detection.risk {
        for object in &risk.objects {
            let field = &object.field.value;
            let kind = of_risk(object.object_type, is_address(entry, catalogue, field));
            wanted.extend(kind.map(|kind| (field, kind, true)));
        }
        for object in &risk.threat_objects {
            wanted.extend(of_threat(&object.object_type).map(|kind| (&object.field.value, kind, true)));
        }
    }
    for field in shown(detection).into_iter().map(|field| &field.value) {
        wanted.extend(of_common(entry, catalogue, field).map(|kind| (field, kind, false)));
    }
    let mut subjects: Vec<Subject> = Vec::new();
    for (field, entity_type, is_named) in wanted {
        let Some(column) = columns.get(field) else { continue };
        if column.is_list {
            if is_named {
                warnings.push(
                    entry
                        .finding(
                            Code::W1001,
                            format!("the entity `{}` is left out: it is a list", field.name),
                        )
                        .help("put the field under `summarize: by`, so that each result has one value"),
                );
            }
            continue;
        }
        // A column is one entity, whatever else it could be.
        if !subjects.iter().any(|known| known.column == column.name) {
            let (field, column) = (field.name.to_string(), column.name.clone());
            subjects.push(Subject { entity_type, field, column, is_named });
        }
    }
    warnings.dedup();
    subjects
}

/// Sentinel's mappings. More than it takes of what the author named is a finding; of the others the first are taken.
pub(in crate::packs) fn mappings(
    entry: &Entry,
    subjects: &[Subject],
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    let mut named = 0;
    for subject in subjects {
        match place(subject.entity_type, &subject.field) {
            Some((entity, identifier)) => {
                named += usize::from(subject.is_named);
                mappings.push(Mapping { entity, identifier, column: subject.column.clone() });
            }
            None if subject.is_named => warnings.push(
                entry
                    .finding(
                        Code::W1001,
                        format!("Microsoft Sentinel: the entity `{}` is left out", subject.field),
                    )
                    .help("one column does not identify such an entity there"),
            ),
            None => {}
        }
    }
    if named > MAX_ENTITIES {
        findings.push(
            entry
                .finding(
                    Code::E1022,
                    format!("Microsoft Sentinel: a rule maps at most {MAX_ENTITIES} entities, not {named}"),
                )
                .help("name fewer entities, risk objects and threat objects"),
        );
    }
    mappings.truncate(MAX_ENTITIES);
    mappings
}

/// The entity type and the identifier that a single column can hold. A hash also needs its algorithm, and a group's
/// name does not identify it.
fn place(entity: EntityType, field: &str) -> Option<(&'static str, &'static str)> {
    match entity {
        EntityType::Account if field.ends_with("Sid") => Some(("Account", "Sid")),
        // `FullName` takes an address as well as `DOMAIN\name`.
        EntityType::Account => Some(("Account", "FullName")),
        EntityType::Application => Some(("CloudApplication", "Name")),
        EntityType::AzureResource => Some(("AzureResource", "ResourceId")),
        EntityType::Dns => Some(("DNS", "DomainName")),
        EntityType::File => Some(("File", "Name")),
        EntityType::Host => Some(("Host", "FullName")),
        EntityType::Ip => Some(("IP", "Address")),
        EntityType::Mailbox => Some(("Mailbox", "MailboxPrimaryAddress")),
        EntityType::Malware => Some(("Malware", "Name")),
        EntityType::Process => Some(("Process", "CommandLine")),
        EntityType::RegistryKey => Some(("RegistryKey", "Key")),
        EntityType::RegistryValue => Some(("RegistryValue", "Name")),
        EntityType::Url => Some(("URL", "Url")),
        EntityType::FileHash | EntityType::SecurityGroup => None,
    }
}

fn of_risk(object: RiskObjectType, is_address: bool) -> Option<EntityType> {
    match object {
        RiskObjectType::User => Some(EntityType::Account),
        RiskObjectType::System if is_address => Some(EntityType::Ip),
        RiskObjectType::System => Some(EntityType::Host),
        RiskObjectType::Other => None,
    }
}

/// By Splunk's words for threat objects, which are free text here.
fn of_threat(object: &str) -> Option<EntityType> {
    match object {
        "ip_address" => Some(EntityType::Ip),
        "domain" => Some(EntityType::Dns),
        "url" => Some(EntityType::Url),
        "file_name" | "process_name" | "parent_process_name" => Some(EntityType::File),
        "process" | "parent_process" | "command" => Some(EntityType::Process),
        "registry_value_name" => Some(EntityType::RegistryValue),
        _ => None,
    }
}

/// What a common field names. Where that depends on the source (`dest` is a computer for an endpoint and a service for
/// a cloud), only what is sure.
fn of_common(entry: &Entry, catalogue: &Catalogue, field: &Field) -> Option<EntityType> {
    if field.kind != FieldKind::Common {
        return None;
    }
    match &*field.name {
        "user" | "src_user" => Some(EntityType::Account),
        "src_ip" | "dest_ip" => Some(EntityType::Ip),
        "src" | "dest" | "dvc" if is_address(entry, catalogue, field) => Some(EntityType::Ip),
        "dest" | "dvc" if is_endpoint(entry) => Some(EntityType::Host),
        "url" => Some(EntityType::Url),
        "url_domain" => Some(EntityType::Dns),
        "process" => Some(EntityType::Process),
        "file_name" => Some(EntityType::File),
        "registry_value_name" => Some(EntityType::RegistryValue),
        _ => None,
    }
}

/// Whether the field, or the native field that it is the same as in every source of the results, is an address.
fn is_address(entry: &Entry, catalogue: &Catalogue, field: &Field) -> bool {
    if field.field_type == FieldType::Ip {
        return true;
    }
    let mut sources = entry.detection.logic.event_sets().map(|events| events.data_source.value.as_str());
    sources.all(|id| {
        let Some(Ok(source)) = catalogue.source(id) else { return false };
        let native = source.same().find(|(common, _)| *common == &*field.name).map(|(_, native)| native);
        native.and_then(|name| source.field(name)).is_some_and(|spec| spec.field.field_type == FieldType::Ip)
    })
}

/// Whether every event was written by an operating system or its sensor.
fn is_endpoint(entry: &Entry) -> bool {
    const ENDPOINTS: [&str; 3] = ["windows.", "linux.", "macos."];
    let mut sources = entry.detection.logic.event_sets().map(|events| events.data_source.value.as_str());
    sources.all(|id| ENDPOINTS.iter().any(|prefix| id.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;
    use crate::yaml::{self, Node, Value};

    fn texts(node: &Node) -> Vec<String> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(Node::as_text).map(str::to_owned).collect(),
            _ => panic!("no list: {node:?}"),
        }
    }

    #[test]
    fn sentinel_takes_every_pair() {
        let text = include_str!("../../../data/sentinel-entities.yml");
        let table = yaml::parse(&SourceFile::new("entities", text), &mut Vec::new()).expect("YAML");
        let all = [
            (EntityType::Account, "user"),
            (EntityType::Account, "TargetSid"),
            (EntityType::Application, "app"),
            (EntityType::AzureResource, "x"),
            (EntityType::Dns, "x"),
            (EntityType::File, "x"),
            (EntityType::Host, "x"),
            (EntityType::Ip, "x"),
            (EntityType::Mailbox, "x"),
            (EntityType::Malware, "x"),
            (EntityType::Process, "x"),
            (EntityType::RegistryKey, "x"),
            (EntityType::RegistryValue, "x"),
            (EntityType::Url, "x"),
        ];
        for (entity, field) in all {
            let (kind, identifier) = place(entity, field).expect("a place");
            let row = table.get(kind).unwrap_or_else(|| panic!("no {kind}"));
            assert!(texts(row.get("identifiers").expect("them")).contains(&identifier.to_owned()), "{kind}");
            let Some(Value::List(required)) = row.get("required").map(|node| &node.value) else {
                panic!("{kind}")
            };
            assert!(
                required.iter().any(|one| texts(one) == [identifier]),
                "{kind}: {identifier} is not enough"
            );
        }
        assert_eq!(place(EntityType::FileHash, "x"), None);
        assert_eq!(place(EntityType::SecurityGroup, "x"), None);
    }
}
