//! Events as written in a test, or in a file of their own, made whole and checked against their data source.
//!
//! In: events, what all events of a test have in common, and the scopes of the sources. Out: events with time and data
//! source. Must not know what is expected of them.

use super::Resolver;
use super::scope::Scope;
use crate::diagnostics::Code;
use crate::ir::{Duration, Event, Observation, Time, Value};
use crate::schema;
use crate::schema::{EventValue, Scalar};
use crate::source::{Span, Spanned};

/// What the events of a test have in common.
#[derive(Default)]
pub(super) struct Common<'t> {
    written: Option<&'t Spanned<schema::Event>>,
    /// Its fields, by the id of each data source of which there was an event.
    resolved: Vec<(String, Event)>,
}

impl<'t> Common<'t> {
    /// Whether a place is in `common`, not in an event.
    fn holds(&self, span: Span) -> bool {
        self.written.is_some_and(|written| written.span.start <= span.start && span.end <= written.span.end)
    }

    /// What is no field: the event's own, or what is common. A null takes that away.
    fn key<'e>(
        common: Option<&'e Spanned<schema::Event>>,
        event: &'e schema::Event,
        key: &str,
    ) -> Option<&'e Spanned<EventValue>> {
        let shared = common.and_then(|common| common.value.get(key));
        match event.get(key) {
            Some(Spanned { value: EventValue::One(Scalar::Null), .. }) if shared.is_some() => None,
            own => own.or(shared),
        }
    }
}

impl Resolver<'_> {
    /// Takes up what is common, and checks what of it is no field. Fields are checked with the first event of a source.
    pub(super) fn common<'t>(
        &mut self,
        written: Option<&'t Spanned<schema::Event>>,
        scopes: &[&Scope],
    ) -> Common<'t> {
        let key = |key: &str| written.and_then(|written| written.value.get(key));
        if let Some(at) = key(Observation::AT) {
            self.moment(at);
        }
        if let Some(data_source) = key(Observation::DATA_SOURCE) {
            self.named_scope(data_source, scopes);
        }
        Common { written, resolved: Vec::new() }
    }

    /// An event with its time and data source.
    pub(super) fn observation(
        &mut self,
        event: &Spanned<schema::Event>,
        common: &mut Common,
        scopes: &[&Scope],
    ) -> Option<Observation> {
        let scope = self.scope_of(event, common, scopes)?;
        let time = match Common::key(common.written, &event.value, Observation::AT) {
            None => Some(Time::TEST_START),
            // What is wrong in `common` has been said.
            Some(at) if common.holds(at.span) && self.is_spoilt(at.span) => None,
            Some(at) => self.moment(at),
        };
        let mut whole = self.common_fields(common, scope);
        for (name, value) in self.event(&event.value, scope) {
            if value == Value::Null && whole.contains_key(&name) {
                whole.shift_remove(&name);
            } else {
                whole.insert(name, value);
            }
        }
        Some(Observation { time: time?, data_source: scope.source.id.as_str().into(), event: whole })
    }

    /// What all events of one data source have in common; its findings are reported for the first of them.
    fn common_fields(&mut self, common: &mut Common, scope: &Scope) -> Event {
        let Some(written) = common.written else { return Event::default() };
        let id = &scope.source.id;
        if let Some((_, fields)) = common.resolved.iter().find(|(source, _)| source == id) {
            return fields.clone();
        }
        let mut sound = written.value.clone();
        sound.retain(|name, value| !self.is_spoilt(name.span.to(value.span)));
        let fields = self.event(&sound, scope);
        common.resolved.push((id.clone(), fields.clone()));
        fields
    }

    /// The scope of an event: that of the data source which it names, or of the only one.
    fn scope_of<'s>(
        &mut self,
        event: &Spanned<schema::Event>,
        common: &Common,
        scopes: &[&'s Scope<'s>],
    ) -> Option<&'s Scope<'s>> {
        let ids = || scopes.iter().map(|scope| scope.source.id.as_str());
        match Common::key(common.written, &event.value, Observation::DATA_SOURCE) {
            Some(named) if common.holds(named.span) && self.is_spoilt(named.span) => None,
            Some(named) => self.named_scope(named, scopes),
            None if ids().all(|id| id == scopes[0].source.id) => Some(scopes[0]),
            None => {
                let finding =
                    self.error(Code::E0319, event.span, "the event does not say of which data source it is");
                let help = format!("add, for instance, `data_source: {}`", scopes[0].source.id);
                self.report(finding.help(help));
                None
            }
        }
    }

    /// The scope of the data source that an event, or what is common, names.
    fn named_scope<'s>(
        &mut self,
        named: &Spanned<EventValue>,
        scopes: &[&'s Scope<'s>],
    ) -> Option<&'s Scope<'s>> {
        let EventValue::One(Scalar::Text(id)) = &named.value else {
            let message = "`data_source` holds the id of a data source";
            self.report(self.error(Code::E0319, named.span, message));
            return None;
        };
        let found = scopes.iter().find(|scope| scope.source.id == *id).copied();
        if found.is_none() {
            let near = self.near(id, scopes.iter().map(|scope| scope.source.id.as_str()));
            let message = format!("the detection does not read `{id}`");
            self.report(self.error(Code::E0319, named.span, message).maybe_help(near));
        }
        found
    }

    /// The value of `at`.
    fn moment(&mut self, at: &Spanned<EventValue>) -> Option<Time> {
        let text = match &at.value {
            EventValue::One(scalar) => super::value::text_of(scalar).unwrap_or_default(),
            EventValue::Many(_) | EventValue::Pairs(_) => Default::default(),
        };
        self.time(&text, at.span)
    }

    /// A moment of a test: an offset from its start, or an RFC 3339 text.
    pub(super) fn time(&mut self, text: &str, span: Span) -> Option<Time> {
        if matches!(text, "0" | "0s" | "0m" | "0h" | "0d") {
            return Some(Time::TEST_START);
        }
        if let Ok(offset) = Duration::parse(text) {
            return Some(Time::TEST_START.after(offset));
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Some(Time { milliseconds: moment.as_millisecond() }),
            Err(_) => {
                let finding = self.error(Code::E0401, span, "this is no moment of a test");
                let help =
                    "an offset from its start, for instance 90s or 2h, or for instance 2026-01-02T03:04:05Z";
                self.report(finding.help(help));
                None
            }
        }
    }

    fn event(&mut self, event: &schema::Event, scope: &Scope) -> Event {
        let mut converted = Event::default();
        for (name, value) in event.iter().filter(|(name, _)| !Observation::is_key(&name.value)) {
            if scope.is_derived(&name.value) {
                let finding = self
                    .error(
                        Code::E0602,
                        name.span,
                        format!("`{}` is derived, so an event does not give it", name.value),
                    )
                    .help("give the fields that it is derived from");
                self.report(finding);
                continue;
            }
            let Some(field) = scope.field(&name.value).cloned() else {
                let near = self.near(&name.value, scope.names());
                let finding = self
                    .error(
                        Code::E0602,
                        name.span,
                        format!("`{}` has no field `{}`", scope.source.id, name.value),
                    )
                    .maybe_help(near);
                self.report(finding);
                continue;
            };
            if let Some(value) = self.event_value(&value.value, &field, value.span) {
                converted.insert(name.value.clone(), value);
            }
        }
        converted
    }
}
