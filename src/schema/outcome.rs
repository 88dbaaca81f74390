//! What becomes of a hit: summary, schedule, suppression, risk, entities, drilldowns.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::Spanned;

/// One result per combination of fields, with the number of events and the first and last time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summarize {
    /// The fields; missing values group as `unknown`.
    pub by: Vec<Spanned<String>>,
    /// Fields whose distinct values are collected per result.
    #[serde(default)]
    pub values: Vec<Spanned<String>>,
}

/// When a detection runs. All three are durations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How often it runs.
    pub every: Spanned<String>,
    /// How far back each run looks, from its own end.
    pub lookback: Spanned<String>,
    /// How long it waits for late events; the end of what each run looks at.
    #[serde(default)]
    pub delay: Option<Spanned<String>>,
}

/// How long an alert stays quiet once raised for the same values.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppress {
    /// The fields whose values make two alerts the same.
    pub by: Vec<Spanned<String>>,
    /// A duration.
    #[serde(rename = "for")]
    pub duration: Spanned<String>,
}

/// Risk-based alerting.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// One line; `$field$` stands for the value of a result's field.
    pub message: Spanned<String>,
    /// Who gains risk.
    pub objects: Vec<Spanned<RiskObject>>,
    /// What the attacker used.
    #[serde(default)]
    pub threat_objects: Vec<Spanned<ThreatObject>>,
}

/// Who gains how much risk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskObject {
    /// The field of the result that names the object.
    pub field: Spanned<String>,
    /// What kind of thing it names.
    #[serde(rename = "type")]
    pub object_type: Spanned<RiskObjectType>,
    /// 1 to 100.
    pub score: Spanned<u32>,
}

/// What a risk object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskObjectType {
    /// An account.
    User,
    /// A computer.
    System,
    /// Anything else.
    Other,
}

/// Something that the attacker used.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThreatObject {
    /// The field of the result that names it.
    pub field: Spanned<String>,
    /// What kind of thing it is, for instance `ip_address`, `process_name`, `domain`.
    #[serde(rename = "type")]
    pub object_type: Spanned<String>,
}

/// An entity of an alert.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// The field of the result.
    pub field: Spanned<String>,
    /// What the field's value identifies.
    #[serde(rename = "type")]
    pub entity_type: Spanned<EntityType>,
}

/// What kind of thing an entity is; Microsoft Sentinel's entity types, in neutral spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityType {
    /// A user or service account.
    Account,
    /// A cloud application.
    Application,
    /// A resource of Azure, by its resource id.
    AzureResource,
    /// A domain name.
    Dns,
    /// A file.
    File,
    /// The hash of a file.
    FileHash,
    /// A computer.
    Host,
    /// An IP address.
    Ip,
    /// A mailbox, by its address.
    Mailbox,
    /// A malware family.
    Malware,
    /// A process, by its command line.
    Process,
    /// A key of the registry.
    RegistryKey,
    /// A value of the registry.
    RegistryValue,
    /// A group of accounts.
    SecurityGroup,
    /// A web address.
    Url,
}

/// `default`, or a list.
#[derive(Debug)]
pub enum Drilldowns {
    /// The results of the detection, and the risk of its objects.
    Default,
    /// These.
    List(Vec<Spanned<Drilldown>>),
}

/// A search that an analyst starts from an alert.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drilldown {
    /// The name; `$field$` stands for the value of a result's field.
    pub name: Spanned<String>,
    /// Show the events of this detection where these fields have the alert's values.
    pub same: Vec<Spanned<String>>,
    /// How far back, a duration. Without it, the alert's own time range.
    #[serde(default)]
    pub lookback: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for Drilldowns {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use std::fmt;

        use serde::de::{Error, SeqAccess, Visitor};

        struct DrilldownsVisitor;

        impl<'de> Visitor<'de> for DrilldownsVisitor {
            type Value = Drilldowns;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`default` or a list of drilldowns")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Drilldowns, E> {
                if word == "default" {
                    Ok(Drilldowns::Default)
                } else {
                    Err(E::unknown_variant(word, &["default"]))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Drilldowns, A::Error> {
                let mut list = Vec::new();
                while let Some(drilldown) = access.next_element()? {
                    list.push(drilldown);
                }
                Ok(Drilldowns::List(list))
            }
        }

        deserializer.deserialize_any(DrilldownsVisitor)
    }
}

impl JsonSchema for Drilldowns {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Drilldowns".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let drilldown = generator.subschema_for::<Drilldown>();
        schemars::json_schema!({"oneOf": [{"const": "default"}, {"type": "array", "items": drilldown}]})
    }
}
