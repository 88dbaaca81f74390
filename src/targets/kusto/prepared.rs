//! A binding whose expressions are checked, once for all detections of a source.
//!
//! In: a [`Binding`] with its file. Out: a [`Prepared`] whose fragments are known to be scalar expressions, or an `E0701`
//! for each that is not. Must not know detections.

use std::sync::Arc;

use super::ast::{Body, Let};
use super::binding::{self, Binding, FieldBinding, Location, Type};
use super::each::{self, Each};
use super::fragment::Fragment;
use super::lexer::{Kind, Problem, balanced, lex};
use super::tokens::Ident;
use crate::catalogue::{Source, ValueMap};
use crate::diagnostics::{Code, Diagnostic};
use crate::maps::IndexMap;
use crate::maps::{HashMap, HashSet};
use crate::source::{Span, Spanned};
use crate::targets::field_loss::FieldLoss;

/// A checked binding.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The data source.
    pub(super) source: Arc<Source>,
    /// Where the rows come from.
    pub(super) origin: Origin,
    /// Functions and values that expressions use.
    pub(super) lets: Vec<Let>,
    /// The column with the time of the event.
    pub(super) time: Ident,
    /// What is always needed.
    pub(super) condition: Option<Fragment>,
    /// The whole event's text.
    pub(super) keywords: Option<Fragment>,
    /// Name/value lists that become property bags.
    pub(super) bags: IndexMap<String, Bag>,
    /// Columns that a summary carries along.
    pub(super) identity: Vec<Ident>,
    /// Where each field is; in a union, after it.
    pub(super) fields: IndexMap<String, Field>,
    /// Where native fields of a single table are that are not in `fields`.
    pub(super) each: Option<Each>,
    /// Why fields do not exist here.
    pub(super) unmapped: IndexMap<String, String>,
    /// Which fields read a column: the column's name to the fields' names. The empty name stands for the binding.
    mentions: HashMap<String, HashSet<String>>,
}

/// Where rows come from.
#[derive(Debug)]
pub(super) enum Origin {
    /// A table or function.
    One(Rows),
    /// Several, each brought to neutral names.
    Union(Vec<Leg>),
}

/// A table or function.
#[derive(Debug, Clone)]
pub(super) enum Rows {
    /// A table.
    Table(Ident),
    /// A function, called without arguments.
    Function(Ident),
}

/// One source of a union.
#[derive(Debug)]
pub(super) struct Leg {
    /// A table or function.
    pub(super) rows: Rows,
    /// Which of its rows.
    pub(super) condition: Option<Fragment>,
    /// Where native fields are that are not in `fields`.
    pub(super) each: Option<Each>,
    /// Where the other fields are.
    pub(super) fields: IndexMap<String, Field>,
}

/// A name/value list that becomes a property bag.
#[derive(Debug)]
pub(super) struct Bag {
    /// The dynamic array.
    pub(super) of: Fragment,
    /// The key of the name in each element.
    pub(super) name: String,
    /// The key of the value in each element.
    pub(super) value: String,
}

/// Where a field is, and what its values look like there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Where.
    pub(super) place: Place,
    /// The type there; of an element, for arrays.
    pub(super) column_type: Type,
    /// How values are written there.
    pub(super) values: Option<ValueMap>,
    /// What the field lacks there.
    pub(super) loss: Option<FieldLoss>,
}

/// Where a field is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// A column.
    Column(Ident),
    /// A scalar expression.
    Expr(Fragment),
    /// A dynamic array of plain values.
    Array(Fragment),
    /// A dynamic array of bags with a name and a value.
    Pairs { list: Fragment, name: String, value: String },
    /// Always this text.
    Constant(String),
}

impl Place {
    /// The columns that it reads.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Place::Column(name) => vec![name.0.as_str()],
            Place::Expr(fragment) | Place::Array(fragment) | Place::Pairs { list: fragment, .. } => {
                fragment.names().collect()
            }
            Place::Constant(_) => Vec::new(),
        }
    }
}

impl Prepared {
    /// Checks a binding. All problems at once.
    pub(super) fn new(
        source: &Arc<Source>,
        profile: &str,
        binding: Binding,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut check = Check { source, findings: Vec::new() };
        let prepared = check.binding(profile, binding);
        match prepared {
            Some(prepared) if check.findings.is_empty() => Ok(prepared),
            _ => Err(check.findings),
        }
    }

    /// Whether a column that a detection adds under this name would hide one that something else in this binding reads.
    pub(super) fn would_hide(&self, name: &str) -> bool {
        let read_by_others =
            self.mentions.get(name).is_some_and(|fields| fields.iter().any(|field| field != name));
        read_by_others || self.bags.contains_key(name)
    }

    /// Whether anything in this binding reads a column of this name.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.mentions.contains_key(name) || self.bags.contains_key(name)
    }

    /// Whether the binding uses this name for anything: a column, a table or a function.
    pub(super) fn knows(&self, name: &str) -> bool {
        let is = |rows: &Rows| match rows {
            Rows::Table(known) | Rows::Function(known) => *known.0 == *name,
        };
        let of_rows = match &self.origin {
            Origin::One(rows) => is(rows),
            Origin::Union(legs) => legs.iter().any(|leg| is(&leg.rows)),
        };
        of_rows
            || self.reads(name)
            || self.source.field(name).is_some()
            || self.lets.iter().any(|known| *known.name.0 == *name)
    }

    /// The names of the native fields that a union must bring along for these names of columns.
    pub(super) fn is_leg_field(&self, name: &str) -> bool {
        matches!(self.origin, Origin::Union(_)) && self.source.field(name).is_some()
    }
}

struct Check<'a> {
    source: &'a Arc<Source>,
    findings: Vec<Diagnostic>,
}

impl Check<'_> {
    fn binding(&mut self, profile: &str, written: Binding) -> Option<Prepared> {
        let default_time = if profile == "kusto:xdr" { "Timestamp" } else { "TimeGenerated" };
        let time = Ident::new(written.time.as_ref().map_or(default_time, |time| time.value.as_str()));
        let origin = if written.union.is_empty() {
            self.rows(written.table.as_ref(), written.function.as_ref()).map(Origin::One)
        } else {
            if let Some(extra) = written.table.as_ref().or(written.function.as_ref()) {
                self.wrong(extra.span, "`union` stands instead of `table` and `function`");
            }
            Some(Origin::Union(written.union.into_iter().filter_map(|leg| self.leg(leg)).collect()))
        };
        let lets = written.lets.iter().filter_map(|(name, body)| self.statement(name, body)).collect();
        let condition = written.condition.as_ref().and_then(|text| self.fragment(text));
        let keywords = written.keywords.as_ref().and_then(|text| self.fragment(text));
        let bags: IndexMap<String, Bag> = written
            .bags
            .into_iter()
            .filter_map(|(name, bag)| {
                let of = self.fragment(&bag.of)?;
                Some((name.value, Bag { of, name: bag.name, value: bag.value }))
            })
            .collect();
        let each = written.each.as_ref().map(|each| self.each(each));
        if let (Some(_), Some(Origin::Union(_))) = (&each, &origin) {
            self.wrong(Span::default(), "`each` stands in the tables of the union");
        }
        let mut fields = self.fields(written.fields);
        for (common, native) in self.source.same() {
            if !fields.contains_key(common)
                && !written.unmapped.contains_key(common)
                && !written.unmapped.contains_key(native)
                && let Some(place) = place_of(native, &fields, each.as_ref(), origin.as_ref())
            {
                fields.insert(common.to_owned(), place);
            }
        }
        let identity: Vec<Ident> =
            written.identity.iter().map(|name| Ident::new(name.value.as_str())).collect();
        let mut mentions: HashMap<String, HashSet<String>> = HashMap::default();
        let mut mention = |name: &str, by: &str| {
            mentions.entry(name.to_owned()).or_default().insert(by.to_owned());
        };
        for (field, known) in &fields {
            known.place.names().iter().for_each(|name| mention(name, field));
        }
        for fragment in condition.iter().chain(&keywords).chain(bags.values().map(|bag| &bag.of)) {
            fragment.names().for_each(|name| mention(name, ""));
        }
        for name in identity.iter().chain([&time]) {
            mention(&name.0, "");
        }
        for name in written.each.iter().flat_map(each::Written::columns) {
            mention(&name, "");
        }
        if profile == "kusto:xdr" {
            mention("ReportId", "");
        }
        Some(Prepared {
            source: Arc::clone(self.source),
            origin: origin?,
            lets,
            time,
            condition,
            keywords,
            bags,
            identity,
            fields,
            each,
            unmapped: written.unmapped,
            mentions,
        })
    }

    fn leg(&mut self, leg: binding::Leg) -> Option<Leg> {
        let rows = self.rows(leg.table.as_ref(), leg.function.as_ref())?;
        let condition = leg.condition.as_ref().and_then(|text| self.fragment(text));
        let each = leg.each.as_ref().map(|each| self.each(each));
        let fields = self.fields(leg.fields);
        Some(Leg { rows, condition, each, fields })
    }

    fn each(&mut self, each: &each::Written) -> Each {
        for (text, problem) in each.problems() {
            self.problem(text, &problem);
        }
        Each::new(each, self.source)
    }

    fn rows(&mut self, table: Option<&Spanned<String>>, function: Option<&Spanned<String>>) -> Option<Rows> {
        match (table, function) {
            (Some(table), None) => Some(Rows::Table(Ident::new(table.value.as_str()))),
            (None, Some(function)) => Some(Rows::Function(Ident::new(function.value.as_str()))),
            (table, _) => {
                let span = table.map(|table| table.span).unwrap_or_default();
                self.wrong(span, "expected exactly one of `table`, `function`, `union`");
                None
            }
        }
    }

    fn fields(&mut self, written: IndexMap<Spanned<String>, FieldBinding>) -> IndexMap<String, Field> {
        let mut fields = IndexMap::default();
        for (name, field) in written {
            // The catalogue refuses a source whose bindings name other fields.
            let Some(known) = self.source.field(&name.value) else { continue };
            if !known.field.many && matches!(field.location, Location::Array(_)) {
                self.wrong(name.span, "`array` is for fields that are `many`");
            }
            let Some(place) = self.place(&field.location) else { continue };
            // A dynamic column of a field with several values is the array itself.
            let place = match place {
                Place::Column(column) if known.field.many && field.column_type == Type::Dynamic => {
                    match Fragment::parse(&column.to_string()) {
                        Ok(array) => Place::Array(array),
                        Err(_) => Place::Column(column),
                    }
                }
                other => other,
            };
            let column_type = match place {
                Place::Array(_) if field.column_type == Type::Dynamic => Type::String,
                _ => field.column_type,
            };
            fields.insert(name.value, Field { place, column_type, values: field.values, loss: field.loss });
        }
        fields
    }

    fn place(&mut self, location: &Location) -> Option<Place> {
        Some(match location {
            Location::Column(name) => Place::Column(Ident::new(name.value.as_str())),
            Location::Expr(text) => Place::Expr(self.fragment(text)?),
            Location::Array(text) => Place::Array(self.fragment(text)?),
            Location::Pairs { list, name, value } => {
                Place::Pairs { list: self.fragment(list)?, name: name.clone(), value: value.clone() }
            }
            Location::Constant(text) => Place::Constant(text.clone()),
        })
    }

    fn fragment(&mut self, text: &Spanned<String>) -> Option<Fragment> {
        Fragment::parse(&text.value).map_err(|problem| self.problem(text, &problem)).ok()
    }

    /// A function body may hold pipes; it may not end the statement.
    fn statement(&mut self, name: &Spanned<String>, body: &Spanned<String>) -> Option<Let> {
        let checked = lex(&body.value).and_then(|tokens| {
            balanced(&tokens)?;
            match tokens.iter().find(|token| token.kind == Kind::Comment || token.is(";")) {
                Some(token) => {
                    Err(Problem::new("a function of a binding is one statement", token.start, token.end()))
                }
                None => Ok(()),
            }
        });
        checked.map_err(|problem| self.problem(body, &problem)).ok()?;
        let body = Body::Checked(body.value.trim().to_owned());
        Some(Let { name: Ident::new(name.value.as_str()), body })
    }

    fn problem(&mut self, text: &Spanned<String>, problem: &Problem) {
        let excerpt = text.value.get(problem.start..problem.end).unwrap_or_default().to_owned();
        self.findings.push(
            Diagnostic::new(Code::E0701, format!("this is not one KQL expression: {}", problem.message)).at(
                self.source.file(),
                text.span,
                excerpt,
            ),
        );
    }

    fn wrong(&mut self, span: Span, message: &str) {
        self.findings.push(Diagnostic::new(Code::E0701, message).at(self.source.file(), span, ""));
    }
}

/// Where a native field is, for the common field that is the same.
fn place_of(
    native: &str,
    fields: &IndexMap<String, Field>,
    each: Option<&Each>,
    origin: Option<&Origin>,
) -> Option<Field> {
    if let Some(field) = fields.get(native) {
        return Some(field.clone());
    }
    match origin? {
        Origin::One(_) => each?.get(native)?.as_ref().ok().cloned(),
        Origin::Union(legs) => {
            let found = legs.first()?.field(native)?.ok()?;
            // Behind the union, the field is a column of its own name.
            Some(Field { place: Place::Column(Ident::new(native)), ..found.clone() })
        }
    }
}

impl Leg {
    /// Where a native field is in this table, or the reason why its name cannot stand in `each`.
    pub(super) fn field(&self, name: &str) -> Option<Result<&Field, &str>> {
        match self.fields.get(name) {
            Some(field) => Some(Ok(field)),
            None => Some(self.each.as_ref()?.get(name)?.as_ref().map_err(String::as_str)),
        }
    }
}
