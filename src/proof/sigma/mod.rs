//! Sigma: events in the names of the log source, and the run of a rule over them.
//!
//! In: events and the text of a rule. Out: what the rule finds. The emitted YAML is read by `import::sigma` and run by the
//! reference evaluator over a data source whose fields are those that the rule's log source has: the names, values and
//! facts of the binding are put to the test, and all that the printer wrote. Modifiers and conditions mean here what they
//! mean in the neutral format, so an error in their meaning is not found: rsigma-eval, in `tests/meaning`, is the witness
//! for that.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json, json};

use super::mark::{mark, marked};
use super::result::{Found, Stop};
use super::rows::{Asked, Fidelity, OfSource, Uncarried};
use super::solve::plain;
use super::wanted::{Values, is_respelled, there, wanted};
use crate::catalogue::{Catalogue, Logsource, Source, ValueMap};
use crate::diagnostics::{Diagnostic, Severity};
use crate::evaluate::Evaluator;
use crate::import::sigma::{Context, Document, Together, read};
use crate::ir::{Detection, Event, FieldKind, FieldType, Number, Observation, Time, Value};
use crate::maps::IndexMap;
use crate::resolve;
use crate::source::SourceFile;

/// The way to the log sources.
pub(super) struct Bench {
    /// Without data sources: each rule is read in a catalogue of its own log sources.
    catalogue: Catalogue,
}

/// A rule, read and checked once.
pub(super) struct Query {
    detection: Detection,
    sources: Vec<Arc<Source>>,
    columns: Vec<(String, String)>,
}

/// The events in the names of the log source.
pub(super) struct Rows {
    events: Vec<Observation>,
}

#[derive(Deserialize)]
struct Binding {
    logsource: Logsource,
    #[serde(default)]
    select: IndexMap<String, Json>,
    #[serde(default)]
    fields: IndexMap<String, Place>,
    #[serde(default)]
    unmapped: IndexMap<String, String>,
    /// What says nothing about events.
    #[serde(default, rename = "default")]
    _default: Option<IgnoredAny>,
    #[serde(default, rename = "definition")]
    _definition: Option<IgnoredAny>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Place {
    Name(String),
    Mapped {
        field: String,
        #[serde(default)]
        values: Option<ValueMap>,
    },
}

impl Binding {
    /// Where a field is, and how its values are written there.
    fn place(&self, source: &Source, name: &str) -> Option<(String, Option<ValueMap>)> {
        if self.unmapped.contains_key(name) {
            return None;
        }
        match self.fields.get(name) {
            Some(Place::Name(field)) => return Some((field.clone(), None)),
            Some(Place::Mapped { field, values }) => return Some((field.clone(), values.clone())),
            None => {}
        }
        let spec = source.field(name)?;
        match (spec.field.kind, &spec.same_as) {
            (FieldKind::Native, _) => Some((name.to_owned(), None)),
            (FieldKind::Common, Some(native)) => self.place(source, native),
            (FieldKind::Common, None) | (FieldKind::Derived, _) => None,
        }
    }
}

impl Bench {
    /// With the vocabulary of this catalogue.
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        Self { catalogue: catalogue.emptied() }
    }

    fn binding(source: &Source) -> Result<Option<Binding>, Vec<Diagnostic>> {
        source.binding::<Binding>("sigma")
    }

    /// The events in the names of their log sources.
    pub(super) fn rows(&self, asked: &Asked, fidelity: &mut Fidelity) -> Result<Rows, Vec<Diagnostic>> {
        let mut events = Vec::new();
        for of_source in &asked.sources {
            let Some(binding) = Self::binding(&of_source.source)? else { continue };
            for (number, seen) in of_source.events.iter().copied() {
                let event = renamed(&binding, of_source, &seen.event, number, fidelity);
                events.push((number, Observation { event, ..seen.clone() }));
            }
        }
        events.sort_by_key(|(number, _)| *number);
        Ok(Rows { events: events.into_iter().map(|(_, seen)| seen).collect() })
    }

    /// Reads a rule whose fields are called so.
    pub(super) fn query(
        &self,
        text: &str,
        columns: &[(String, String)],
        sources: &[Arc<Source>],
    ) -> Result<Query, Stop> {
        let mut catalogue = self.catalogue.emptied();
        let mut logsources = Vec::new();
        for source in sources {
            let Ok(Some(binding)) = Self::binding(source) else { continue };
            catalogue = catalogue.with_text(&source.id, written(&binding, source));
            logsources.push((binding.logsource, own_logsource(source)));
        }
        // Lists are part of the rule, or placeholders that it does not fill in.
        let resolve = resolve::Context { catalogue: &catalogue, profiles: &["sigma"] };
        let one = sources.first().filter(|first| sources.iter().all(|source| source.id == first.id));
        let context = Context { resolve, data_source: one.map(|source| source.id.as_str()) };
        let mut findings = Vec::new();
        let file = SourceFile::new("rule.yml", text);
        let mut documents = read(&file, &mut findings);
        // Rules stand in the order of the stages. Several sources can have one log source.
        let rules = documents.iter_mut().filter_map(|document| match document {
            Document::Rule(rule) => Some(rule),
            Document::Correlation(_) | Document::Filter(_) => None,
        });
        for (rule, (logsource, own)) in rules.zip(logsources) {
            if rule.logsource.value != logsource {
                return Err(Stop::Unreadable("its log source is not that of the data source".to_owned()));
            }
            rule.logsource.value = own;
        }
        let together: Together = documents.iter().collect();
        // One that counts for another stands before it.
        let detection = match (together.correlations.last(), together.rules.as_slice()) {
            (Some(correlation), _) => correlation.resolve(&together, &context, &mut findings),
            (None, [rule]) => rule.resolve(&context, &mut findings),
            (None, _) => None,
        };
        let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error);
        let errors: Vec<String> = errors.map(|finding| finding.message.clone()).collect();
        let Some(detection) = detection.filter(|_| errors.is_empty()) else {
            return Err(Stop::Unreadable(errors.join("; ")));
        };
        let sources = catalogue.sources_of(&detection.logic);
        let sources = sources.ok_or_else(|| Stop::Unreadable("its log source is not read".to_owned()))?;
        Ok(Query { detection, sources, columns: columns.to_vec() })
    }
}

impl Query {
    /// Runs the rule over the events, at `now` or when nothing is left open.
    pub(super) fn run(&self, rows: &Rows, now: Option<Time>) -> Result<Vec<Found>, Stop> {
        let sources: Vec<&Source> = self.sources.iter().map(Arc::as_ref).collect();
        let evaluator = Evaluator::over(&self.detection, &sources);
        let evaluator = evaluator.map_err(|problem| Stop::Limit(problem.message))?;
        let found = evaluator.results_at(&rows.events, now).into_iter().map(|row| {
            let texts = |name: &str| row.fields.get(name).map_or(Vec::new(), texts);
            let columns = self.columns.iter().map(|(name, there)| (name.clone(), texts(there)));
            Found {
                event: marked(&row.fields),
                count: Some(row.count),
                fields: columns.filter(|(_, texts)| !texts.is_empty()).collect(),
            }
        });
        Ok(found.collect())
    }
}

impl Rows {
    /// The events.
    pub(super) fn json(&self) -> Json {
        let event = |seen: &Observation| -> Json {
            let fields = seen.event.iter().map(|(name, value)| {
                let mut texts: Vec<Json> = texts(value).into_iter().map(Json::String).collect();
                (name.clone(), if texts.len() == 1 { texts.remove(0) } else { Json::Array(texts) })
            });
            fields.collect()
        };
        json!({"events": self.events.iter().map(event).collect::<Json>()})
    }
}

/// An event in the names of its log source.
fn renamed(
    binding: &Binding,
    of_source: &OfSource,
    event: &Event,
    number: usize,
    fidelity: &mut Fidelity,
) -> Event {
    let source = of_source.source.as_ref();
    let reads = &of_source.reads;
    let mut there_event = Event::default();
    let Fidelity { uncarried, respelled } = fidelity;
    let mut report = |field: &str, reason: String| {
        let decides = field.is_empty() || reads.contains(field);
        uncarried.push(Uncarried { event: number, field: field.to_owned(), reason, decides });
    };
    let is_text = source.fields.keys().all(|field| binding.place(source, field).is_none());
    let mut given = wanted(event, source);
    given.sort_by_cached_key(|wanted| of_source.rank(wanted.name));
    for wanted in &given {
        let Some((name, values)) = binding.place(source, wanted.name) else {
            match &wanted.values {
                // The record is a text: no rule can name a part of it, and keywords look at all of it.
                Values::Single(single) if is_text => {
                    drop(there_event.insert(wanted.name.to_owned(), many(single)))
                }
                Values::Single(_) | Values::Pairs(_) => {
                    let reason = binding.unmapped.get(wanted.name).cloned();
                    report(
                        wanted.name,
                        reason.unwrap_or_else(|| "the field does not exist there".to_owned()),
                    );
                }
            }
            continue;
        };
        if is_respelled(values.as_ref(), &wanted.values, false) {
            respelled.insert(wanted.name.to_owned());
        }
        let value = match &wanted.values {
            Values::Single(single) => {
                let written = single.iter().map(|value| there(values.as_ref(), value, false));
                written.collect::<Result<Vec<Json>, String>>().map(|values| many(&values))
            }
            Values::Pairs(pairs) => {
                Ok(Value::Pairs(pairs.iter().map(|(name, value)| (name.clone(), one(value))).collect()))
            }
        };
        match (value, there_event.get(&name)) {
            (Ok(value), Some(known)) if texts(known) == texts(&value) => {}
            (Ok(_), Some(_)) => report(wanted.name, format!("`{name}` has another value already")),
            (Ok(value), None) => drop(there_event.insert(name, value)),
            (Err(reason), _) => report(wanted.name, reason),
        }
    }
    for (name, values) in &binding.select {
        let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
        let known = there_event.get(name).map(texts);
        match (known.as_deref(), values.first()) {
            (None, Some(first)) => drop(there_event.insert(name.clone(), one(first))),
            (Some(known), _) if values.iter().filter_map(plain).any(|value| known.contains(&value)) => {}
            (Some(known), _) => {
                report("", format!("`{name}` is `{}`, which no event of the source has", known.join("`, `")));
            }
            (None, None) => {}
        }
    }
    for name in reads.iter().filter(|name| !given.iter().any(|wanted| wanted.name == **name)) {
        let place = binding.place(source, name).map(|(place, _)| place);
        let Some(place) = place.filter(|place| !binding.select.contains_key(place)) else { continue };
        if let Some(value) = there_event.get(&place) {
            report(name, format!("the row gives `{}`, the event has no value", texts(value).join("`, `")));
        }
    }
    mark(&mut there_event, number);
    there_event
}

/// A data source with the fields of the log source, and nothing else.
fn written(binding: &Binding, source: &Source) -> String {
    let mut fields = Map::new();
    let mut common = Map::new();
    let mut add = |name: String, field_type: FieldType, many: bool| {
        let is_common = source.field(&name).is_some_and(|spec| spec.field.kind == FieldKind::Common);
        if is_common {
            common.entry(name).or_insert_with(|| json!({}));
        } else {
            let spec = json!({"type": field_type.name(), "many": many, "meaning": "of the log source"});
            fields.entry(name).or_insert(spec);
        }
    };
    for (name, spec) in &source.fields {
        let Some((place, values)) = binding.place(source, name) else { continue };
        let field_type = match values {
            None => spec.field.field_type,
            Some(ValueMap::Hexadecimal) => FieldType::Integer,
            Some(_) => FieldType::Text,
        };
        add(place, field_type, spec.field.many);
    }
    for name in binding.select.keys() {
        add(name.clone(), FieldType::Text, false);
    }
    json!({
        "id": source.id,
        "name": "As the log source has it",
        "description": "The fields of the log source.",
        "fields": fields,
        "common": common,
        "bindings": {"sigma": {"logsource": {"service": own_logsource(source).service}}},
    })
    .to_string()
}

/// A log source that no other data source has.
fn own_logsource(source: &Source) -> Logsource {
    Logsource { category: None, product: None, service: Some(format!("detc {}", source.id)) }
}

fn many(values: &[Json]) -> Value {
    match values {
        [value] => one(value),
        values => Value::Many(values.iter().map(one).collect()),
    }
}

fn one(value: &Json) -> Value {
    match value {
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Number(Number::Integer(number)),
            None => Value::Number(Number::Real(number.as_f64().unwrap_or(f64::NAN))),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
    }
}

/// The values as texts.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Boolean(value) => vec![value.to_string()],
        Value::Many(values) => values.iter().flat_map(texts).collect(),
        Value::Pairs(pairs) => {
            pairs.iter().map(|(name, value)| format!("{name}={}", texts(value).concat())).collect()
        }
    }
}
