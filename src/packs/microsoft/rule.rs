//! A detection as a rule of Microsoft Sentinel, before it is written as YAML or ARM.
//!
//! In: a detection with its query. Out: the values of an analytics rule or hunting query, within every limit; or all
//! findings. Source of the limits: the models of Azure-Sentinel's own checks, and "Service limits for Microsoft Sentinel".

use std::collections::{BTreeMap, BTreeSet};

use super::columns::Columns;
use super::connectors::connectors;
use super::details::{self, Details, Grouping};
use super::entities::{self, Mapping};
use super::{Product, schedule, texts};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{DetectionType, Logic, Status};
use crate::packs::{Content, Entry};

const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 5_000;
const MAX_QUERY: usize = 10_000;

/// The most near-real-time rules of a workspace.
const MAX_NEAR_REAL_TIME: usize = 50;

/// What a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::packs) enum Form {
    /// An analytics rule that runs on a schedule: frequency and period in seconds.
    Scheduled {
        /// From one run to the next.
        frequency: u64,
        /// How far back each run looks.
        period: u64,
    },
    /// An analytics rule that runs every minute on what has come in.
    NearRealTime,
    /// A query that an analyst runs.
    Hunting,
}

/// A rule.
#[derive(Debug)]
pub(in crate::packs) struct Rule {
    /// What it is.
    pub(in crate::packs) form: Form,
    /// The detection's id, so that the next import replaces this one.
    pub(in crate::packs) id: String,
    /// The name for files.
    pub(in crate::packs) slug: String,
    /// The name for people.
    pub(in crate::packs) name: String,
    /// What it finds, and what there is to know beside it.
    pub(in crate::packs) description: String,
    /// The detection's version: the first of Sentinel's three numbers.
    pub(in crate::packs) version: u32,
    /// In Sentinel's words.
    pub(in crate::packs) severity: &'static str,
    /// Whether it runs once it is deployed: only what has left experiments behind does.
    pub(in crate::packs) enabled: bool,
    /// Connectors and their tables.
    pub(in crate::packs) connectors: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// In Sentinel's spelling.
    pub(in crate::packs) tactics: Vec<&'static str>,
    /// With sub-techniques.
    pub(in crate::packs) techniques: Vec<String>,
    /// Without a line break at its end.
    pub(in crate::packs) query: String,
    /// What alerts are about.
    pub(in crate::packs) entities: Vec<Mapping>,
    /// Key and column.
    pub(in crate::packs) details: Details,
    /// The alert's title with `{{Column}}` for values.
    pub(in crate::packs) title: Option<String>,
    /// Whether an alert opens an incident: an anomaly is only one sign of several.
    pub(in crate::packs) opens_incident: bool,
    /// Which alerts join the incident of an earlier one.
    pub(in crate::packs) grouping: Option<Grouping>,
}

/// The rules of a pack. Findings are added to `findings`, what rules cannot carry to `warnings`.
pub(in crate::packs) fn rules(
    content: &Content,
    near_real_time: bool,
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Vec<Rule> {
    let rule = |entry| Rule::new(entry, content, near_real_time, findings, warnings);
    let rules: Vec<Rule> = content.entries.iter().map(rule).collect();
    let fast = rules.iter().filter(|rule| rule.form == Form::NearRealTime).count();
    if fast > MAX_NEAR_REAL_TIME {
        findings.push(
            Diagnostic::new(
                Code::E1023,
                format!(
                    "{}: a workspace takes {MAX_NEAR_REAL_TIME} near-real-time rules, not {fast}",
                    Product::Sentinel.name()
                ),
            )
            .help("pack fewer detections so, and the others as scheduled rules"),
        );
    }
    rules
}

impl Rule {
    fn new(
        entry: &Entry,
        content: &Content,
        near_real_time: bool,
        findings: &mut Vec<Diagnostic>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Self {
        let metadata = &entry.detection.metadata;
        let form = form(entry, near_real_time, findings, warnings);
        let columns = Columns::new(entry, Product::Sentinel, findings);
        let subjects = entities::subjects(entry, &content.catalogue, &columns, warnings);
        let entities = entities::mappings(entry, &subjects, findings, warnings);
        let mut rule = Self {
            form,
            id: metadata.id.clone(),
            slug: metadata.slug.clone(),
            name: metadata.name.value.clone(),
            description: texts::described(entry, Product::Sentinel, MAX_DESCRIPTION, findings, warnings),
            version: metadata.version,
            severity: texts::severity_word(entry, Product::Sentinel, warnings),
            enabled: match metadata.status {
                Status::Production => true,
                Status::Experimental | Status::Test | Status::Deprecated => false,
            },
            connectors: connectors(entry, &content.catalogue, content.profile.id, findings),
            tactics: texts::tactics(metadata.techniques.iter().flat_map(|technique| &technique.tactics)),
            techniques: metadata.techniques.iter().map(|technique| technique.id.clone()).collect(),
            query: entry.compiled.text.trim_end().to_owned(),
            entities,
            details: Details::new(),
            title: None,
            opens_incident: match metadata.detection_type {
                DetectionType::Ttp | DetectionType::Correlation => true,
                DetectionType::Anomaly | DetectionType::Hunting => false,
            },
            grouping: None,
        };
        limits(entry, &rule, findings);
        if form != Form::Hunting {
            let entities: Vec<&str> = rule.entities.iter().map(|mapping| mapping.column.as_str()).collect();
            rule.details = details::custom_details(entry, &columns, &entities, warnings);
            rule.title = details::title(entry, &columns, warnings);
        }
        if rule.opens_incident {
            rule.grouping = details::grouping(entry, &columns, &rule.details, findings);
        } else if form != Form::Hunting && entry.detection.suppression.is_some() {
            warnings.push(
                entry
                    .finding(
                        Code::W1001,
                        "Microsoft Sentinel: the suppression is left out: an anomaly opens no incident that alerts could join",
                    )
                    .help("Sentinel's own suppression stops the whole rule; each alert is kept instead"),
            );
        }
        rule
    }

    /// `X.Y.Z`, as Azure-Sentinel's checks want it.
    pub(in crate::packs) fn three_numbers(&self) -> String {
        format!("{}.0.0", self.version)
    }
}

/// What a detection becomes. A correlation needs more than the minute that a near-real-time rule sees, and so stays on
/// its schedule.
fn form(
    entry: &Entry,
    near_real_time: bool,
    findings: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Form {
    let is_correlation = matches!(entry.detection.logic, Logic::Correlation(_));
    match entry.detection.metadata.detection_type {
        DetectionType::Hunting => return Form::Hunting,
        DetectionType::Ttp | DetectionType::Anomaly | DetectionType::Correlation => {}
    }
    if near_real_time && !is_correlation {
        return Form::NearRealTime;
    }
    if near_real_time {
        warnings.push(
            entry
                .finding(Code::W1001, "Microsoft Sentinel: the correlation stays a scheduled rule")
                .help("a near-real-time rule sees one minute of events"),
        );
    }
    let times = schedule::times(entry, findings);
    Form::Scheduled { frequency: times.frequency, period: times.period }
}

fn limits(entry: &Entry, rule: &Rule, findings: &mut Vec<Diagnostic>) {
    let mut refuse = |message: String, help: &str| {
        let message = format!("{}: {message}", Product::Sentinel.name());
        findings.push(entry.finding(Code::E1022, message).help(help));
    };
    if rule.name.chars().count() > MAX_NAME {
        refuse(format!("a name has at most {MAX_NAME} characters"), "shorten it");
    }
    if rule.form != Form::Hunting {
        // Checked for raw queries too: Sentinel looks for these texts anywhere.
        if rule.query.chars().count() > MAX_QUERY {
            refuse(format!("a query has at most {MAX_QUERY} characters"), "shorten it");
        }
        let folded = rule.query.to_ascii_lowercase();
        for banned in ["search *", "union *"].into_iter().filter(|banned| folded.contains(banned)) {
            refuse(format!("a rule must not hold `{banned}`"), "name the tables");
        }
    }
}
