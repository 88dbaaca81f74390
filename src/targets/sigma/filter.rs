//! Exclusions of an environment as Sigma's filters: documents of their own, beside rules that stay as they are.
//!
//! In: a detection with exclusions. Out: one document an exclusion, or all findings. A filter's condition is joined to
//! that of the rules it names by *and*: an exclusion is `not selection`, as pySigma reads it. The specification's schema
//! wants one selection to be called `selection`.

use askama::Template;
use uuid::Uuid;

use super::ast::Filter;
use super::fields::Fields;
use super::lower::{Joined, Lowering, Role};
use super::origin::Origins;
use super::{Sigma, correlation, naming, rule};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{self, Detection, Exclusion};
use crate::targets::{Consent, Polarity};
use crate::yaml::{YamlBlock, YamlScalar};

impl Sigma {
    /// The filters of a detection, in the order of its exclusions. What they leave out is part of the rule that
    /// [`Target::compile`](crate::targets::Target::compile) gives, and not of that of [`Detection::untuned`]: they belong
    /// beside the latter.
    pub fn filters(&self, detection: &Detection) -> Result<Vec<String>, Vec<Diagnostic>> {
        let exclusions = detection.tuning.as_deref().map_or(&[][..], |tuning| &tuning.exclusions);
        let (mut texts, mut findings) = (Vec::new(), Vec::new());
        for (index, exclusion) in exclusions.iter().enumerate() {
            match self.filter(detection, exclusion, index + 1) {
                Ok(text) => texts.push(text),
                Err(found) => findings.extend(found),
            }
        }
        if findings.is_empty() { Ok(texts) } else { Err(findings) }
    }

    fn filter(
        &self,
        detection: &Detection,
        exclusion: &Exclusion,
        number: usize,
    ) -> Result<String, Vec<Diagnostic>> {
        let Some(events) = detection.logic.event_sets().nth(exclusion.set) else { return Err(Vec::new()) };
        let (source, binding) = self.bindings.find(&events.data_source, detection)?;
        let mut lowering = Lowering {
            fields: Fields::new(&source, &binding),
            origins: Origins(&[]),
            consent: Consent::new(detection, self.profile),
            drafts: Vec::new(),
            needed: Vec::new(),
            findings: Vec::new(),
        };
        let joined = lowering.predicate(&exclusion.when, Polarity::Negative);
        let Lowering { mut drafts, mut findings, .. } = lowering;
        if !findings.is_empty() {
            Diagnostic::sort(&mut findings);
            return Err(findings);
        }
        drafts.iter_mut().for_each(|draft| draft.role = Role::Selection);
        let (selections, condition) = naming::name_filter(drafts, &Joined::Not(Box::new(joined)));
        let metadata = &detection.metadata;
        let mut filter = Filter {
            title: YamlScalar::text(title(number, &metadata.name.value)),
            id: YamlScalar::Null,
            description: YamlBlock {
                text: format!("{} (wanted until {})", exclusion.reason.value, exclusion.expires.value),
                indent: 4,
            },
            author: YamlScalar::text(exclusion.owner.value.as_str()),
            logsource: rule::logsource(&binding.logsource, None),
            rules: vec![YamlScalar::text(rule_id(detection, exclusion.set))],
            selections,
            condition,
        };
        // The same exclusion of the same detection has the same id, wherever it stands among others.
        let namespace = Uuid::parse_str(&metadata.id).unwrap_or_default();
        let name = format!("{:?} {:?} {:?}", filter.rules, filter.selections, filter.condition);
        filter.id = YamlScalar::text(Uuid::new_v5(&namespace, name.as_bytes()).to_string());
        let mut text = String::new();
        match filter.render_into(&mut text) {
            Ok(()) => Ok(text + "\n"),
            Err(error) => Err(vec![Diagnostic::new(
                Code::E0501,
                format!("sigma: the filter cannot be written: {error}"),
            )]),
        }
    }
}

/// The rule that an exclusion is for: the detection's own, or that of a stage.
fn rule_id(detection: &Detection, set: usize) -> String {
    match &detection.logic {
        // Raw queries have no exclusions.
        ir::Logic::Events(_) | ir::Logic::Raw(_) => detection.metadata.id.clone(),
        ir::Logic::Correlation(of) => correlation::stage_id(detection, of, set),
    }
}

/// Within the 256 characters of the specification's schema.
fn title(number: usize, name: &str) -> String {
    let start = format!("Exclusion {number} from ");
    let most = 256_usize.saturating_sub(start.len());
    start + &name.chars().take(most).collect::<String>()
}
