//! The searches as `savedsearches.conf`: one stanza a rule, named after it, with its search and description.
//!
//! In: what came of the rules. Out: the text of the file, and the searches that no `.conf` file can hold. A stanza has no
//! schedule: whoever takes it over decides when it runs. `detc pack splunk-app` makes whole apps.

use super::work::{Converted, Outcome};
use crate::maps::HashSet;
use crate::packs::conf::{ConfProblem, ConfValue, MAX_STANZA, StanzaName, one_line};

/// The file, and what is not in it.
pub(super) struct Stanzas {
    pub(super) text: String,
    pub(super) problems: Vec<String>,
}

/// Writes every query as a stanza. Two rules of one title are told apart by their ids.
pub(super) fn searches(converted: &[Converted]) -> Stanzas {
    let mut stanzas = Stanzas { text: String::new(), problems: Vec::new() };
    let mut taken = HashSet::default();
    for rule in converted {
        for fate in &rule.fates {
            let Outcome::Query(query) = fate else { continue };
            match stanza(rule, &query.text, &mut taken) {
                Ok(text) => {
                    let gap = if stanzas.text.is_empty() { "" } else { "\n" };
                    stanzas.text.push_str(gap);
                    stanzas.text.push_str(&text);
                }
                Err(problem) => {
                    stanzas.problems.push(format!("{}: no .conf file can hold it: {problem}", rule.name));
                }
            }
        }
    }
    stanzas
}

fn stanza(rule: &Converted, query: &str, taken: &mut HashSet<String>) -> Result<String, ConfProblem> {
    let name = name(rule, taken)?;
    let description =
        ConfValue::prose(&format!("Converted from the Sigma rule {} ({})", rule.title, rule.id))?;
    let search = ConfValue::new(query.trim_end())?;
    Ok(format!("[{name}]\ndescription = {description}\nsearch = {search}\n"))
}

/// The title, where a stanza can have that name and none has it yet; else with as much of it as fits, and the id.
fn name(rule: &Converted, taken: &mut HashSet<String>) -> Result<StanzaName, ConfProblem> {
    let title = one_line(&rule.title).replace('[', "(").replace(']', ")");
    let title = title.trim_end_matches('\\').trim();
    let plain = StanzaName::new(title).ok().filter(|name| !taken.contains(name.as_str()));
    let name = match plain {
        Some(name) => name,
        None => {
            let room = MAX_STANZA.saturating_sub(rule.id.chars().count() + 3);
            let short: String = title.chars().take(room).collect();
            StanzaName::new(&format!("{} ({})", short.trim(), rule.id))?
        }
    };
    taken.insert(name.as_str().to_owned());
    Ok(name)
}
