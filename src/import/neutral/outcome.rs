//! What becomes of a hit, as it is written: summary, suppression, risk, drilldowns, raw queries.
//!
//! In: a detection as the schema has it. Out: tokens for the template. What an importer never makes has no form here.

use crate::schema::{Detection, Drilldowns, RiskObjectType};
use crate::source::Spanned;
use crate::yaml::{YamlBlock, YamlProse, YamlScalar};

/// The parts that read the results of a detection.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) by: Vec<YamlScalar>,
    pub(super) values: Vec<YamlScalar>,
    /// The fields and the duration.
    pub(super) suppress: Option<(Vec<YamlScalar>, YamlScalar)>,
    pub(super) risk: Option<Risk>,
    /// `drilldowns: default`.
    pub(super) drilldowns: bool,
    /// Profile, query, reason.
    pub(super) raw: Vec<(YamlScalar, YamlBlock, YamlProse)>,
}

/// Who gains how much, by what.
#[derive(Debug)]
pub(super) struct Risk {
    pub(super) message: YamlScalar,
    /// Field, kind, score.
    pub(super) objects: Vec<(YamlScalar, &'static str, u32)>,
    /// Field, kind.
    pub(super) threat_objects: Vec<(YamlScalar, YamlScalar)>,
}

fn scalars(list: &[Spanned<String>]) -> Vec<YamlScalar> {
    list.iter().map(|text| YamlScalar::text(text.value.as_str())).collect()
}

impl Outcome {
    pub(super) fn of(detection: &Detection) -> Self {
        let summary = detection.summarize.as_ref().map(|summary| &summary.value);
        Self {
            by: summary.map(|summary| scalars(&summary.by)).unwrap_or_default(),
            values: summary.map(|summary| scalars(&summary.values)).unwrap_or_default(),
            suppress: detection.suppress.as_ref().map(|suppress| {
                (scalars(&suppress.value.by), YamlScalar::Duration(suppress.value.duration.value.clone()))
            }),
            risk: detection.risk.as_ref().map(|risk| Risk {
                message: YamlScalar::text(risk.value.message.value.as_str()),
                objects: risk
                    .value
                    .objects
                    .iter()
                    .map(|it| {
                        (scalar(&it.value.field), kind(it.value.object_type.value), it.value.score.value)
                    })
                    .collect(),
                threat_objects: risk
                    .value
                    .threat_objects
                    .iter()
                    .map(|it| (scalar(&it.value.field), scalar(&it.value.object_type)))
                    .collect(),
            }),
            drilldowns: matches!(
                detection.drilldowns.as_ref().map(|drilldowns| &drilldowns.value),
                Some(Drilldowns::Default)
            ),
            raw: detection
                .raw
                .iter()
                .map(|(profile, raw)| {
                    let query = YamlBlock { text: raw.value.query.value.clone(), indent: 6 };
                    let reason = YamlProse { text: raw.value.reason.value.clone(), indent: 6 };
                    (scalar(profile), query, reason)
                })
                .collect(),
        }
    }
}

fn scalar(text: &Spanned<String>) -> YamlScalar {
    YamlScalar::text(text.value.as_str())
}

fn kind(kind: RiskObjectType) -> &'static str {
    match kind {
        RiskObjectType::User => "user",
        RiskObjectType::System => "system",
        RiskObjectType::Other => "other",
    }
}
