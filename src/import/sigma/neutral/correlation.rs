//! A correlation with its rules, as one detection.
//!
//! In: a correlation and the documents of its run. Out: a file of the neutral format: with a stage a rule, or, where the
//! events of one rule are counted, with the rule's selections as its own.

use super::block::Whole;
use super::notes::{self, Note};
use super::{Context, Imported, Unused, written};
use crate::diagnostics::Diagnostic;
use crate::import::neutral::Laid;
use crate::import::sigma::assembly::{Assembly, Part};
use crate::import::sigma::rule::has_error;
use crate::import::sigma::{Correlation, Filter, Rule, Together};
use crate::schema::{self, Detection};
use crate::source::Spanned;

/// What introduces the notes at the head of a file.
const HEADING: &str =
    "Imported from a Sigma correlation and what it is about. These of their keys have no place here:";

/// The keys of `correlation`. Others are for the rule's owners.
const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];

impl Correlation {
    /// Writes the correlation in the neutral format, with the rules that it names and the filters for those. `None` when
    /// a finding is an error: one about any of them, or one that the neutral format has against the result.
    pub fn import(
        &self,
        together: &Together,
        context: &Context,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Imported> {
        let mut own = Vec::new();
        let assembly = self.assembled(together, context, &mut own);
        let resolved = assembly.as_ref().and_then(|assembly| self.check(assembly, context, &mut own));
        let unused = Unused::of(&own);
        let fine = resolved.is_some() && !has_error(&own);
        findings.append(&mut own);
        let mut assembly = assembly.filter(|_| fine)?;
        let mut notes = notes::of_document(&self.metadata, &self.root, &assembly.detection);
        notes.extend(self.unknown());
        let mut laid = Vec::new();
        for part in &assembly.stages {
            let filters: Vec<&Filter> =
                assembly.filters_of(part.rule).into_iter().map(|(filter, _)| filter).collect();
            let whole = Whole::of(part.rule, &filters, &unused)?;
            notes.extend(self.of_part(part));
            notes.extend(whole.notes(Some(&part.name.value)));
            laid.push(Laid { comments: vec![called(part.rule)], block: whole.text });
        }
        let Assembly { detection, stages, .. } = &mut assembly;
        detection.how_to_implement = definitions(stages);
        flatten(detection);
        written((&self.file, &self.metadata), detection, &laid, (HEADING, notes), context, findings)
    }

    /// What the rule of a stage, and what counts its events, say beside their meaning. A rule that is a detection of its
    /// own as well says it there.
    fn of_part(&self, part: &Part) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(counted) = part.counted {
            let name = counted.metadata.name.as_ref().map_or("the count", |name| name.value.as_str());
            notes.extend(notes::of_part(&counted.root, name, &["name"]));
        }
        if !self.generate {
            notes.extend(notes::of_part(
                &part.rule.root,
                &part.name.value,
                &["title", "id", "name", "logsource"],
            ));
        }
        notes
    }

    /// Keys of the correlation that Sigma does not have.
    fn unknown(&self) -> Vec<Note> {
        let entries = self.root.get("correlation").map(crate::yaml::Node::entries).unwrap_or_default();
        let unknown = entries.iter().filter(|(key, _)| !KEYS.contains(&key.value.as_str()));
        unknown.map(|(key, value)| notes::of_key(&format!("correlation.{}", key.value), value)).collect()
    }
}

/// What a rule is called: its title, and its id where it has one.
fn called(rule: &Rule) -> String {
    match &rule.metadata.id {
        Some(id) if id.value != rule.title() => format!("{} ({})", rule.title(), id.value.trim()),
        _ => rule.title().to_owned(),
    }
}

/// What the logs must contain, each once.
fn definitions(stages: &[Part]) -> Option<Spanned<String>> {
    let mut found: Vec<Spanned<String>> = Vec::new();
    for definition in stages.iter().filter_map(|stage| stage.rule.definition()) {
        if !found.contains(&definition) {
            found.push(definition);
        }
    }
    let place = found.first()?.span;
    let texts: Vec<String> = found.into_iter().map(|definition| definition.value).collect();
    Some(Spanned::new(texts.join("\n"), place))
}

/// Events that are only counted need no stage: they are those of the detection.
fn flatten(detection: &mut Detection) {
    use schema::Correlation as C;
    let threshold = match detection.correlation.as_mut().map(|correlation| &mut correlation.value) {
        Some(
            C::EventCount(threshold)
            | C::ValueCount(threshold)
            | C::ValueSum(threshold)
            | C::ValueAvg(threshold)
            | C::ValueMedian(threshold)
            | C::ValuePercentile(threshold),
        ) => threshold,
        Some(C::Temporal(_) | C::TemporalOrdered(_) | C::NewValue(_) | C::Absent(_)) | None => return,
    };
    threshold.stage = None;
    if let Some((_, stage)) = detection.stages.pop() {
        detection.data_source = Some(stage.value.data_source);
        detection.detection = Some(stage.value.detection);
        detection.derive = stage.value.derive;
    }
}
