//! Who, what, when.

use super::Resolver;
use crate::attack::{self, Lookup};
use crate::diagnostics::Code;
use crate::ir::{Metadata, Technique};
use crate::schema::Detection;
use crate::source::Spanned;

/// A name as a file and macro name: lower-case ASCII letters, digits and single underscores. Empty when the name has
/// neither letters nor digits of ASCII.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !slug.is_empty() {
            slug.push('_');
        }
        slug.push_str(word);
    }
    slug.make_ascii_lowercase();
    slug
}

impl Resolver<'_> {
    /// Checks the metadata. `None` when a required key is missing or unreadable.
    pub(super) fn metadata(&mut self, detection: &Detection) -> Option<Metadata> {
        let id = self.required("id", detection.id.as_ref(), "a UUID, for instance from `uuidgen`");
        let name = self.required("name", detection.name.as_ref(), "one line");
        let version = self.required("version", detection.version.as_ref(), "a whole number from 1");
        let status = self.required(
            "status",
            detection.status.as_ref(),
            "experimental, test, production or deprecated",
        );
        let detection_type =
            self.required("type", detection.detection_type.as_ref(), "ttp, anomaly, hunting or correlation");
        let severity = self.required(
            "severity",
            detection.severity.as_ref(),
            "informational, low, medium, high or critical",
        );
        let author = self.required("author", detection.author.as_ref(), "who wrote it");
        let date = self.required("date", detection.date.as_ref(), "YYYY-MM-DD");
        let description = self.required("description", detection.description.as_ref(), "what it finds");

        let id = id.and_then(|id| self.uuid(id));
        let slug = name.and_then(|name| self.slug(name));
        if let Some(author) = author {
            self.single_line("the author", author);
        }
        if let Some(date) = date {
            self.date(date);
        }
        if let Some(description) = description.filter(|description| description.value.trim().is_empty()) {
            self.report(self.error(Code::E0409, description.span, "the description is empty"));
        }
        if let Some(version) = version.filter(|version| version.value == 0) {
            self.report(self.error(Code::E0408, version.span, "versions count from 1"));
        }
        let texts = [
            ("a false positive", &detection.false_positives),
            ("a reference", &detection.references),
            ("an analytic story", &detection.analytic_stories),
        ];
        for (what, list) in texts {
            list.iter().for_each(|text| self.single_line(what, text));
        }
        if let Some(asset_type) = &detection.asset_type {
            self.single_line("the asset type", asset_type);
        }
        let techniques = detection.attack.iter().filter_map(|id| self.technique(id)).collect();

        let plain = |list: &[Spanned<String>]| list.iter().map(|text| text.value.clone()).collect();
        Some(Metadata {
            id: id?,
            name: name?.clone(),
            slug: slug?,
            version: version?.value,
            status: status?.value,
            detection_type: detection_type?.value,
            severity: severity?.value,
            author: author?.value.clone(),
            date: date?.value.clone(),
            description: description?.value.trim().to_owned(),
            how_to_implement: detection.how_to_implement.as_ref().map(|text| text.value.trim().to_owned()),
            false_positives: plain(&detection.false_positives),
            references: plain(&detection.references),
            techniques,
            analytic_stories: plain(&detection.analytic_stories),
            asset_type: detection.asset_type.as_ref().map(|text| text.value.clone()),
            security_domain: detection.security_domain.as_ref().map(|domain| domain.value),
        })
    }

    fn required<'d, T>(&mut self, key: &str, value: Option<&'d T>, what: &str) -> Option<&'d T> {
        if value.is_none() {
            self.missing(key, &format!("add `{key}:`, {what}"));
        }
        value
    }

    fn uuid(&mut self, id: &Spanned<String>) -> Option<String> {
        let hyphenated = id.value.len() == 36;
        match uuid::Uuid::try_parse(&id.value) {
            Ok(uuid) if hyphenated && !uuid.is_nil() => Some(uuid.hyphenated().to_string()),
            _ => {
                let finding = self
                    .error(Code::E0405, id.span, format!("`{}` is not a UUID", id.value))
                    .help("for instance 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f");
                self.report(finding);
                None
            }
        }
    }

    pub(super) fn date(&mut self, date: &Spanned<String>) {
        let valid = date.value.len() == 10 && date.value.parse::<jiff::civil::Date>().is_ok();
        if !valid {
            let finding = self
                .error(Code::E0406, date.span, format!("`{}` is not a date", date.value))
                .help("write YYYY-MM-DD");
            self.report(finding);
        }
    }

    /// The name as a file and macro name.
    fn slug(&mut self, name: &Spanned<String>) -> Option<String> {
        self.single_line("the name", name);
        let slug = slug_of(&name.value);
        if slug.is_empty() {
            let finding = self
                .error(Code::E0409, name.span, "the name has no ASCII letter or digit")
                .help("files and macros are named after it");
            self.report(finding);
            return None;
        }
        Some(slug)
    }

    fn technique(&mut self, id: &Spanned<String>) -> Option<Technique> {
        match attack::technique(&id.value) {
            Lookup::Known(technique) => Some(Technique {
                id: technique.id.to_string(),
                name: technique.name.to_string(),
                tactics: technique.tactics.iter().map(ToString::to_string).collect(),
            }),
            Lookup::Revoked { name, successor } => {
                let help = successor.map(|successor| format!("use {successor}"));
                self.retired(id, name, "revoked", help)
            }
            Lookup::Deprecated { name } => {
                self.retired(id, name, "deprecated", Some("ATT&CK names no successor".to_owned()))
            }
            Lookup::Unknown { near } => {
                let message = format!("ATT&CK {} has no technique `{}`", attack::VERSION, id.value);
                let help = near.map(|near| format!("did you mean {near}?"));
                self.report(self.error(Code::E0308, id.span, message).maybe_help(help));
                None
            }
        }
    }

    fn retired(
        &mut self,
        id: &Spanned<String>,
        name: &str,
        how: &str,
        help: Option<String>,
    ) -> Option<Technique> {
        let message = format!("{} ({name}) was {how} in ATT&CK {}", id.value, attack::VERSION);
        self.report(self.error(Code::E0309, id.span, message).maybe_help(help));
        None
    }
}
