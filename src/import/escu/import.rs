//! A detection of the content as a file of the neutral format.
//!
//! In: an entry, the macros of the content, the catalogue. Out: the text of a file. Where the search says more than the
//! format can, the search stands under `raw` with the reason.

use super::document::{Entry, texts};
use super::layout::block;
use super::logic::{Item, Logic, Reason, Translator};
use super::pipeline::{self, Filter, Head, Parts, Required};
use super::places::{Home, data_set, homes};
use super::{expression, metadata, results, risk};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::import::neutral::{Draft, Laid, laid_out};
use crate::maps::IndexMap;
use crate::resolve::{self, Context};
use crate::schema::{Block, Detection, Raw, Summarize};
use crate::source::{SourceFile, Span, Spanned};
use crate::spl::ast::{CompareOp, Term};
use crate::spl::{self, Macros};

/// What introduces the notes at the head of a file.
const HEADING: &str = "Imported from Splunk's security content. These have no place here:";

/// Macros that are told apart by their names: they are not expanded.
const KEPT: [&str; 3] = ["security_content_ctime", "security_content_summariesonly", "drop_dm_object_name"];

/// The profile in which the content is written.
const PROFILE: &str = "splunk:escu";

/// A file of the neutral format.
#[derive(Debug)]
pub struct Imported {
    /// Its text.
    pub text: String,
    /// What could not be carried over, one line each: a key, and what it holds.
    pub notes: Vec<(String, String)>,
    /// Why the search stands under `raw`, if it does.
    pub raw: Option<String>,
}

/// Reads entries against one catalogue and one set of macros.
pub struct Importer<'c> {
    context: &'c Context<'c>,
    macros: Macros,
    models: Vec<Home>,
    events: Vec<Home>,
    plain: Vec<Home>,
}

/// A search in neutral terms.
struct Translated {
    source: String,
    block: Block,
    /// Name in the search, neutral field.
    by: Vec<(String, String)>,
    values: Vec<(String, String)>,
    notes: Vec<(String, String)>,
}

impl<'c> Importer<'c> {
    /// Takes the macros of the content: name, arguments, text. One that cannot be a macro is left out.
    pub fn new(context: &'c Context<'c>, macros: &[(String, Vec<String>, String)]) -> Self {
        let events = homes(context.catalogue, PROFILE);
        let mut table = Macros::default();
        for (name, arguments, text) in macros {
            let names_a_source = events.iter().any(|home| home.macro_name.as_ref() == Some(name));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            if !names_a_source && !KEPT.contains(&name.as_str()) {
                // Nothing else is done with a macro that is not valid: a search that calls it stands under `raw`.
                let _ = table.define(name, &arguments, text);
            }
        }
        let models = homes(context.catalogue, "splunk:cim");
        let plain = homes(context.catalogue, "splunk");
        Self { context, macros: table, models, events, plain }
    }

    /// Imports one entry. `None` when a key that every detection must have cannot be read, which is then a finding; a
    /// search that is kept under `raw` is a finding as well.
    pub fn import(&self, entry: &Entry, findings: &mut Vec<Diagnostic>) -> Option<Imported> {
        let place = entry.root.get("search").map_or(entry.root.span, |node| node.span);
        let Some(search) = entry.text("search") else {
            findings.push(unreadable(entry, "the search is no text", place));
            return None;
        };
        let described = metadata::metadata(entry).filter(|it| {
            it.id.is_some() && it.name.is_some() && it.author.is_some() && it.description.is_some()
        });
        let Some(detection) = described else {
            let message = "a key that every detection has is missing, or holds an unknown word";
            findings.push(unreadable(entry, message, entry.root.span));
            return None;
        };
        let reason = match self.translate(entry, &search.value) {
            Ok(translated) => match self.written(entry, detection, translated) {
                Ok(imported) => return Some(imported),
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        let finding = Diagnostic::new(Code::W0920, format!("the search stays as it is: {reason}"));
        findings.push(finding.at(&entry.file, Span::new(place.start, place.start), ""));
        match self.kept(entry, &search.value, reason) {
            Ok(kept) => Some(kept),
            Err(refused) => {
                findings.push(unreadable(entry, &refused, place));
                None
            }
        }
    }

    /// The search in neutral terms, or why not.
    fn translate(&self, entry: &Entry, text: &str) -> Result<Translated, Reason> {
        let first =
            |problems: Vec<spl::Problem>| problems.first().map_or(String::new(), |it| it.message.clone());
        let expanded = spl::expand(text, &self.macros).map_err(first)?;
        let search = spl::parse(&expanded.text).map_err(first)?;
        let parts = pipeline::parts(&search)?;
        let homes: Vec<&Home> = self.candidates(entry, &parts)?;
        let mut reason = None;
        for home in homes {
            match self.in_home(home, &parts) {
                Ok(translated) => return Ok(translated),
                Err(found) => {
                    reason.get_or_insert(found);
                }
            }
        }
        Err(reason.unwrap_or_else(|| "no data source of the catalogue holds these events".to_owned()))
    }

    /// The data sources that can hold the events, the likeliest first.
    fn candidates(&self, entry: &Entry, parts: &Parts) -> Result<Vec<&Home>, Reason> {
        let terms = parts.filters.iter().find_map(|(filter, _)| match filter {
            Filter::Terms(term) => Some(*term),
            Filter::Where(_) | Filter::Regex { .. } => None,
        });
        let stated = |field: &str| terms.and_then(|term| stated(term, field));
        let homes: Vec<&Home> = match &parts.head {
            Head::Model(model) => {
                let wanted = data_set(model);
                self.models.iter().filter(|home| home.model.as_deref() == Some(wanted)).collect()
            }
            Head::Macro(name) => {
                self.events.iter().filter(|home| home.macro_name.as_ref() == Some(name)).collect()
            }
            // Without a macro the terms must state all that is always true there.
            Head::Terms => self.plain.iter().filter(|home| !home.facts.is_empty()).collect(),
        };
        if homes.is_empty() {
            return Err(match &parts.head {
                Head::Model(model) => {
                    format!("no data source of the catalogue is in the data model `{model}`")
                }
                Head::Macro(name) => {
                    format!("no data source of the catalogue starts with the macro `{name}`")
                }
                Head::Terms => "no macro says where the events are".to_owned(),
            });
        }
        let platform = platform(entry);
        let mut found: Vec<(usize, usize, &Home)> = Vec::new();
        for home in homes {
            let prefix = home.source.split('.').next().unwrap_or_default();
            if matches!(prefix, "windows" | "linux" | "macos") && prefix != platform {
                continue;
            }
            let mut agreed = 0;
            let fits = home.facts.iter().all(|(field, values)| match stated(field) {
                Some(found) => {
                    agreed += 1;
                    found.iter().all(|value| values.iter().any(|known| known.eq_ignore_ascii_case(value)))
                }
                None => match &parts.head {
                    // The rest of the data set is said in a note.
                    Head::Model(_) => true,
                    // The macro says where the events are; what kind of event they are, the search must say.
                    Head::Macro(_) => is_place(field),
                    Head::Terms => false,
                },
            });
            if fits {
                found.push((agreed, home.facts.len() - agreed, home));
            }
        }
        // What the search states decides; then the source that holds most of what it reads.
        found.sort_by_key(|(agreed, unsaid, _)| (std::cmp::Reverse(*agreed), *unsaid));
        Ok(found.into_iter().map(|(_, _, home)| home).collect())
    }

    fn in_home(&self, home: &Home, parts: &Parts) -> Result<Translated, Reason> {
        let translator = Translator { home };
        let mut logic = Vec::new();
        for (index, (filter, names)) in parts.filters.iter().enumerate() {
            let name = |name: &str| pipeline::origin(names, false, name);
            match filter {
                Filter::Terms(term) if index == 0 => {
                    if let Some(rest) = without_facts(term, home) {
                        logic.push(translator.term(&rest, &name)?);
                    }
                }
                Filter::Terms(term) => logic.push(translator.term(term, &name)?),
                Filter::Where(expr) => logic.push(expression::condition(&translator, expr, &name)?),
                Filter::Regex { field, negated, pattern } => {
                    let test = translator.item(&name(field)?, "|re", pattern)?;
                    // C11: whether an event without the field comes through `!=` is contested.
                    if *negated {
                        return Err(
                            "`regex` with `!=`, whose meaning for a missing field is contested".to_owned()
                        );
                    }
                    logic.push(test);
                }
            }
        }
        if logic.is_empty() {
            return Err("a search that asks nothing of an event".to_owned());
        }
        let mut notes = Vec::new();
        // Where a data set writes a word for what is missing, a summary drops nothing.
        let needed = if home.missing.is_some() { &[][..] } else { parts.required.as_slice() };
        let (present, note) = required(&translator, needed, &logic)?;
        notes.extend(note.map(|note| ("summary".to_owned(), note)));
        if let Some(word) = &home.missing
            && logic.iter().any(Logic::asks_for_presence)
        {
            let text =
                format!("the model writes `{word}` for a missing value; `exists` here asks for a real one");
            notes.push(("presence".to_owned(), text));
        }
        let block = block(Logic::All(logic), &present).ok_or("a search that asks nothing of an event")?;
        let unsaid: Vec<String> = home
            .facts
            .iter()
            .filter(|(field, _)| {
                matches!(parts.head, Head::Model(_)) && !parts.filters.iter().any(|it| says(&it.0, field))
            })
            .map(|(field, values)| format!("{field}={}", values.join(" or ")))
            .collect();
        if let Head::Model(model) = &parts.head {
            let more =
                if unsaid.is_empty() { String::new() } else { format!(", there with {}", unsaid.join(", ")) };
            notes.push((
                "data model".to_owned(),
                format!("the search reads all of {model}; this reads {}{more}", home.source),
            ));
        }
        if !parts.left_out.is_empty() {
            notes.push(("output".to_owned(), format!("{} shaped it only", parts.left_out.join(", "))));
        }
        let mut columns = |pairs: &[(String, String)]| -> Vec<(String, String)> {
            let mut found: Vec<(String, String)> = Vec::new();
            let mut lost: Vec<&str> = Vec::new();
            for (shown, there) in pairs {
                match home.shown(there) {
                    Some(place) if found.iter().all(|(_, field)| *field != place.field) => {
                        found.push((shown.clone(), place.field.clone()));
                    }
                    Some(_) => {}
                    None => lost.push(shown),
                }
            }
            if !lost.is_empty() {
                notes.push(("columns".to_owned(), format!("{} (not in the catalogue)", lost.join(", "))));
            }
            found
        };
        let by = columns(&parts.by);
        let mut values = columns(&parts.values);
        values.retain(|(_, field)| by.iter().all(|(_, known)| known != field));
        Ok(Translated { source: home.source.clone(), block, by, values, notes })
    }

    /// The file, checked by reading it.
    fn written(
        &self,
        entry: &Entry,
        mut detection: Detection,
        translated: Translated,
    ) -> Result<Imported, Reason> {
        let Translated { source, block, by, values, mut notes } = translated;
        notes.extend(metadata::notes(entry));
        detection.data_source = Some(bare(source));
        let columns: Vec<(String, String)> = by.iter().chain(&values).cloned().collect();
        if !by.is_empty() {
            detection.summarize = Some(bare(Summarize {
                by: by.into_iter().map(|(_, field)| bare(field)).collect(),
                values: values.into_iter().map(|(_, field)| bare(field)).collect(),
            }));
        }
        let known =
            |name: &str| columns.iter().find(|(shown, _)| shown == name).map(|(_, field)| field.clone());
        results::fit(&mut detection, entry, &known, &mut notes);
        let text = draft(&detection, &[Laid { block: laid_out(&block), ..Laid::default() }], &notes)?;
        self.checked(entry, &text).map(|()| Imported { text, notes, raw: None })
    }

    /// The file is read once more: what the format refuses is a reason.
    fn checked(&self, entry: &Entry, text: &str) -> Result<(), Reason> {
        let file = SourceFile::new(entry.file.name(), text);
        let mut findings = Vec::new();
        let resolved = resolve::resolve_file(&file, self.context, &mut findings);
        match findings.iter().find(|finding| finding.severity() == Severity::Error) {
            Some(error) => Err(format!("the neutral format refuses it: {}", error.message)),
            None if resolved.is_none() => Err("the neutral format refuses it".to_owned()),
            None => Ok(()),
        }
    }

    /// The file with the search as it was. Risk and suppression name its columns, of which nothing is known.
    fn kept(&self, entry: &Entry, search: &str, reason: Reason) -> Result<Imported, Reason> {
        let mut detection = metadata::metadata(entry).ok_or("a key is missing")?;
        let mut notes = metadata::notes(entry);
        let column = |name: &str| resolve::is_column(name).then(|| name.to_owned());
        results::fit(&mut detection, entry, &column, &mut notes);
        let raw = Raw { query: bare(search.trim().to_owned()), reason: bare(risk::one_line(&reason)) };
        detection.raw = IndexMap::from_iter([(bare(PROFILE.to_owned()), bare(raw))]);
        let text = draft(&detection, &[], &notes)?;
        self.checked(entry, &text).map(|()| Imported { text, notes, raw: Some(reason) })
    }
}

fn draft(detection: &Detection, laid: &[Laid], notes: &[(String, String)]) -> Result<String, Reason> {
    let lines: Vec<String> = notes.iter().map(|(key, text)| format!("{key}: {text}")).collect();
    let draft = Draft::of(detection, laid, HEADING, &lines).ok_or("a key is missing")?;
    draft.text().map_err(|error| error.to_string())
}

fn bare<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn unreadable(entry: &Entry, message: &str, place: Span) -> Diagnostic {
    Diagnostic::new(Code::E0920, message).at(&entry.file, place, "")
}

/// The fields without which the search drops an event (A01, K44), and a note about them: of what cannot be asked for too.
fn required(
    translator: &Translator,
    fields: &[Required],
    logic: &[Logic],
) -> Result<(Vec<Item>, Option<String>), Reason> {
    let mut present: Vec<Item> = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    let mut unasked: Vec<String> = Vec::new();
    for required in fields {
        match required {
            Required::Field { shown, origin } => match translator.home.tested(origin) {
                Some(place) if logic.iter().any(|it| it.needs(&place.field)) => {}
                Some(_) => {
                    let item = translator.exists(origin)?;
                    if !present.contains(&item) {
                        present.push(item);
                        asked.push(shown);
                    }
                }
                None => unasked.push(format!("`{origin}` (not in the catalogue)")),
            },
            Required::Computed(shown) => unasked.push(format!("`{shown}` (computed)")),
        }
    }
    let asked = (!asked.is_empty())
        .then(|| format!("the search drops events without {}: `present` asks for them", asked.join(", ")));
    let unasked = (!unasked.is_empty()).then(|| {
        format!("the search drops events without a value of {}; this keeps them", unasked.join(", "))
    });
    let said: Vec<String> = asked.into_iter().chain(unasked).collect();
    Ok((present, (!said.is_empty()).then(|| said.join(". And "))))
}

/// On which system the events are written.
fn platform(entry: &Entry) -> &'static str {
    let named = texts(entry.root.get("data_source")).join(" ").to_lowercase();
    let stem = entry.stem();
    if stem.starts_with("linux_") || named.contains("linux") {
        "linux"
    } else if stem.starts_with("macos_") || named.contains("macos") || named.contains("osquery") {
        "macos"
    } else {
        "windows"
    }
}

/// Fields that say where events are, not of what kind they are.
fn is_place(field: &str) -> bool {
    matches!(field, "source" | "sourcetype" | "index" | "host")
}

/// The terms that must all hold.
fn conjuncts(term: &Term) -> &[Term] {
    match term {
        Term::All(members) => members,
        other => std::slice::from_ref(other),
    }
}

/// The values that a field must have, as the search says at its top. `EventID` is another name of `EventCode`.
fn stated(term: &Term, field: &str) -> Option<Vec<String>> {
    let same = |name: &str| name == field || (field == "EventCode" && name == "EventID");
    conjuncts(term).iter().find_map(|member| match member {
        Term::Compare { field: name, op: CompareOp::Equal, value } if same(&name.value) => {
            Some(vec![value.value.text.clone()])
        }
        Term::In { field: name, values } if same(&name.value) => {
            Some(values.iter().map(|value| value.value.text.clone()).collect())
        }
        _ => None,
    })
}

fn says(filter: &Filter, field: &str) -> bool {
    matches!(filter, Filter::Terms(term) if stated(term, field).is_some())
}

/// The terms without the macro of the data source and without what is always true there. None when nothing is left.
fn without_facts(term: &Term, home: &Home) -> Option<Term> {
    let is_fact = |member: &Term| match member {
        Term::Macro(call) => home.macro_name.as_ref() == Some(&call.name),
        other => home.facts.iter().any(|(field, values)| {
            let whole = values.len();
            stated(other, field).is_some_and(|found| {
                let all =
                    found.iter().all(|value| values.iter().any(|known| known.eq_ignore_ascii_case(value)));
                all && found.len() == whole
            })
        }),
    };
    let rest: Vec<Term> = conjuncts(term).iter().filter(|member| !is_fact(member)).cloned().collect();
    if rest.is_empty() { None } else { Some(Term::All(rest)) }
}
