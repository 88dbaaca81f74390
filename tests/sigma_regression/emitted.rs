//! The emitted queries, run over rows that are made from the events: every listed match matches, and a sample of the other
//! pairs does not.
//!
//! An event is taken for one of the rule's data source, whatever log it came from, as the lists do. What a row cannot say
//! as the event does, and what the interpreters cannot know, is counted and not judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use detc::catalogue::Catalogue;
use detc::import::sigma::{self, Rule};
use detc::ir::{Event, Observation, Predicate, Time};
use detc::proof::Runner;
use detc::resolve;
use detc::targets::{self, Options, Profile, profiles};
use rayon::prelude::*;

use super::listed::Listed;
use super::oracle;
use super::say::say;

/// The profiles that are asked, and of each at least so many pairs that must not match. The queries of `splunk:cim` give
/// groups and do not say which event they found; `DETC_REGRESSION_PROFILES` asks others.
const ASKED: [(&str, usize); 2] = [("splunk", 20_000), ("kusto:sentinel", 20_000)];

/// So many events that a rule should not find are asked of each, beside those that it should.
const OTHERS: usize = 8;

/// The time of every event, which no rule regards.
const NOON: Time = Time { milliseconds: 1_767_268_800_000 };

/// What came of one rule, in pairs of it and an event.
#[derive(Default)]
struct Account {
    /// Found as listed.
    matched: usize,
    /// Not found, as listed.
    silent: usize,
    /// A keyword is looked for in the whole event, of which the data source does not have all fields.
    foreign: usize,
    /// The row cannot say what the event says.
    uncarried: usize,
    /// Why, and how often.
    lost: BTreeMap<String, usize>,
    /// Why the rest is not known, and of how many pairs.
    stopped: BTreeMap<String, usize>,
    /// Found and not listed, or listed and not found.
    wrong: Vec<String>,
    /// The queries with listed matches, for another engine.
    cases: Vec<oracle::Case>,
}

impl Account {
    fn add(&mut self, other: Self) {
        self.matched += other.matched;
        self.silent += other.silent;
        self.foreign += other.foreign;
        self.uncarried += other.uncarried;
        for (reason, number) in other.lost {
            *self.lost.entry(reason).or_default() += number;
        }
        for (reason, number) in other.stopped {
            *self.stopped.entry(reason).or_default() += number;
        }
        self.wrong.extend(other.wrong);
        self.cases.extend(other.cases);
    }
}

/// Asks one rule about its listed matches and its sample.
fn ask(rule: &Rule, wanted: &BTreeSet<usize>, seed: usize, events: &[Event], on: &Bench) -> Account {
    let mut account = Account::default();
    let context = sigma::Context {
        resolve: resolve::Context { catalogue: on.catalogue, profiles: &[] },
        data_source: None,
    };
    let mut findings = Vec::new();
    let Some(detection) = rule.resolve(&context, &mut findings) else { return account };
    let Ok(compiled) = on.target.compile(&detection, Options::default()) else { return account };
    let events_of = detection.logic.event_sets().next().expect("one");
    let source = on.catalogue.source(&events_of.data_source.value).expect("known").expect("valid");
    let anywhere = looks_anywhere(&events_of.condition);
    let foreign = |index: &usize| anywhere && events[*index].keys().any(|name| source.field(name).is_none());
    // Every other event is as likely, and the same on every run.
    let step = (seed * 37) % 101 + 1;
    let others = (0..).map(|turn| (seed * 53 + turn * step) % events.len()).take(4 * OTHERS);
    let mut asked: Vec<usize> = wanted.iter().copied().collect();
    for other in others {
        if asked.len() < wanted.len() + OTHERS && !asked.contains(&other) {
            asked.push(other);
        }
    }
    account.foreign = asked.iter().filter(|index| foreign(index)).count();
    asked.retain(|index| !foreign(index));
    let seen: Vec<Observation> = asked
        .iter()
        .map(|index| Observation {
            data_source: source.id.as_str().into(),
            time: NOON,
            event: events[*index].clone(),
        })
        .collect();
    let stop = |account: &mut Account, reason: String| {
        *account.stopped.entry(reason).or_default() += asked.len();
    };
    let query = match on.runner.query(&detection, &compiled) {
        Ok(query) => query,
        Err(reason) => {
            stop(&mut account, reason.to_string());
            return account;
        }
    };
    let rows = on.runner.rows(&detection, &seen, None).expect("the bindings read");
    let found = match on.runner.run(&query, &rows) {
        Ok(found) => found,
        Err(reason) => {
            stop(&mut account, reason.to_string());
            return account;
        }
    };
    let lost: BTreeSet<usize> =
        rows.uncarried().iter().filter(|lost| lost.decides).map(|lost| lost.event).collect();
    let decide = rows.uncarried().iter().filter(|lost| lost.decides);
    for lost in decide.filter(|lost| wanted.contains(&asked[lost.event])) {
        let field = if lost.field.is_empty() { "the event" } else { &lost.field };
        *account.lost.entry(format!("listed, and {field} of {} is not carried", source.id)).or_default() += 1;
    }
    if !wanted.is_empty() {
        let places = asked.iter().enumerate();
        let listed = places.filter(|(_, index)| wanted.contains(index)).map(|(place, _)| place).collect();
        account.cases = oracle::cases(rule.file.name(), &compiled.text, &rows, &listed, &lost, asked.len());
    }
    let hits: BTreeSet<usize> = found.iter().filter_map(|found| found.event).collect();
    for (place, index) in asked.iter().enumerate() {
        match (wanted.contains(index), hits.contains(&place)) {
            _ if lost.contains(&place) => account.uncarried += 1,
            (true, true) => account.matched += 1,
            (false, false) => account.silent += 1,
            (listed, _) => {
                let what = if listed { "listed and not found" } else { "found and not listed" };
                account.wrong.push(format!("event {index}: {what}: {}", rule.file.name()));
            }
        }
    }
    account
}

/// Whether a condition looks for a text in the whole event.
fn looks_anywhere(condition: &Predicate) -> bool {
    match condition {
        Predicate::All(members) | Predicate::Any(members) => members.iter().any(looks_anywhere),
        Predicate::Not(inner) => looks_anywhere(inner),
        Predicate::Keyword(_) => true,
        Predicate::Field(_) => false,
    }
}

/// One profile.
struct Bench<'a> {
    catalogue: &'a Catalogue,
    target: Box<dyn targets::Target>,
    runner: Runner,
}

fn account(profile: &'static Profile, catalogue: &Arc<Catalogue>, listed: &Listed) -> Account {
    let target = targets::target(profile.id, catalogue).expect("is there");
    let bench = Bench { catalogue, target, runner: Runner::new(profile, catalogue) };
    let mut by_rule: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (id, path) in &listed.matches {
        let index = listed.ids.iter().position(|known| known == id).expect("an event");
        by_rule.entry(path).or_default().insert(index);
    }
    let nothing = BTreeSet::new();
    let asked = |(seed, (path, rule)): (usize, &(String, Rule))| {
        ask(rule, by_rule.get(path.as_str()).unwrap_or(&nothing), seed, &listed.events, &bench)
    };
    let accounts: Vec<Account> = listed.rules.par_iter().enumerate().map(asked).collect();
    let mut whole = Account::default();
    accounts.into_iter().for_each(|account| whole.add(account));
    whole
}

#[test]
fn the_emitted_queries_find_what_other_evaluators_find() {
    let Some(listed) = Listed::read() else { return };
    let catalogue = Arc::new(Catalogue::embedded());
    let (mut wrong, mut few) = (Vec::new(), Vec::new());
    let others = std::env::var("DETC_REGRESSION_PROFILES").ok();
    let asked = |profile: &Profile| match &others {
        Some(others) => others.split(',').any(|id| id == profile.id),
        None => ASKED.iter().any(|(id, _)| *id == profile.id),
    };
    let mut accounts = 0;
    for profile in profiles().filter(|profile| asked(profile)) {
        accounts += 1;
        let account = account(profile, &catalogue, &listed);
        let stopped: usize = account.stopped.values().sum();
        say(&format!(
            "{}: {} listed pairs match, {} others do not; {} are of another log, {} not carried by the rows, {stopped} not known; {} wrong",
            profile.id,
            account.matched,
            account.silent,
            account.foreign,
            account.uncarried,
            account.wrong.len()
        ));
        for (reason, number) in account.stopped.iter().chain(&account.lost) {
            say(&format!("    {number} pairs: {reason}"));
        }
        account.wrong.iter().for_each(|pair| say(&format!("    {pair}")));
        if profile.id == "kusto:sentinel" {
            wrong.extend(oracle::run(&account.cases));
        }
        let enough = ASKED.iter().find(|(id, _)| *id == profile.id).map_or(1, |(_, enough)| *enough);
        if account.silent < enough || account.matched == 0 {
            few.push((profile.id, account.matched, account.silent));
        }
        wrong.extend(account.wrong.iter().map(|pair| format!("{}: {pair}", profile.id)));
    }
    assert!(accounts > 0, "no profile is named by {others:?}");
    assert!(wrong.is_empty(), "{} pairs:\n{}", wrong.len(), wrong.join("\n"));
    assert!(few.is_empty(), "too few pairs that match and that do not: {few:?}");
}
