//! What ties the event of a step to those of earlier steps.

use super::{Known, comparable, described};
use crate::diagnostics::Code;
use crate::ir::{Field, Link};
use crate::resolve::Resolver;
use crate::schema;
use crate::source::{Span, Spanned};

/// Where links stand: the step they belong to, and what it may name.
struct Place<'p, 'k> {
    /// The index of the step.
    step: usize,
    /// The names of all steps.
    steps: &'p [&'p str],
    known: &'p [Known<'k, 'k>],
}

impl Resolver<'_> {
    /// The links of a step; the inner `None` when there are none. A stage that is looked up by `seen` is added to those
    /// of the correlation.
    pub(super) fn links(
        &mut self,
        links: &[Spanned<schema::Links>],
        step: usize,
        steps: &[&str],
        stages: &mut Vec<usize>,
        known: &[Known],
    ) -> Option<Option<Link>> {
        if links.is_empty() {
            return Some(None);
        }
        if step == 0 {
            let finding = self.error(Code::E0306, links[0].span, "the first step has no earlier ones");
            self.report(finding.help("leave `where` out"));
            return None;
        }
        let place = Place { step, steps, known };
        self.all(links, &place, stages).map(Some)
    }

    fn all(
        &mut self,
        links: &[Spanned<schema::Links>],
        place: &Place,
        stages: &mut Vec<usize>,
    ) -> Option<Link> {
        let members = self.members(links, place, stages)?;
        Some(if members.len() == 1 { members.into_iter().next()? } else { Link::All(members) })
    }

    fn members(
        &mut self,
        links: &[Spanned<schema::Links>],
        place: &Place,
        stages: &mut Vec<usize>,
    ) -> Option<Vec<Link>> {
        let resolved: Vec<_> = links.iter().map(|links| self.mapping(links, place, stages)).collect();
        resolved.into_iter().collect()
    }

    /// One mapping: all of its entries hold.
    fn mapping(
        &mut self,
        links: &Spanned<schema::Links>,
        place: &Place,
        stages: &mut Vec<usize>,
    ) -> Option<Link> {
        if links.value.is_empty() {
            if !self.is_spoilt(links.span) {
                let finding = self.error(Code::E0207, links.span, "an empty mapping ties nothing");
                self.report(finding.help("for instance `user: first_step.user`"));
            }
            return None;
        }
        let resolved: Vec<_> =
            links.value.iter().map(|(key, link)| self.entry(key, link, place, stages)).collect();
        let members = resolved.into_iter().collect::<Option<Vec<_>>>()?;
        Some(if members.len() == 1 { members.into_iter().next()? } else { Link::All(members) })
    }

    fn entry(
        &mut self,
        key: &Spanned<String>,
        link: &Spanned<schema::Link>,
        place: &Place,
        stages: &mut Vec<usize>,
    ) -> Option<Link> {
        match (key.value.as_str(), &link.value) {
            ("any" | "all", schema::Link::List(list)) if list.is_empty() => {
                if !self.is_spoilt(link.span) {
                    self.report(self.error(Code::E0207, link.span, format!("`{}` is empty", key.value)));
                }
                None
            }
            ("any", schema::Link::List(list)) => Some(Link::Any(self.members(list, place, stages)?)),
            ("all", schema::Link::List(list)) => self.all(list, place, stages),
            ("seen", schema::Link::Seen(seen)) => {
                let resolved: Vec<_> =
                    seen.iter().map(|(stage, equal)| self.seen(stage, equal, place, stages)).collect();
                let members = resolved.into_iter().collect::<Option<Vec<_>>>()?;
                match members.len() {
                    0 => None,
                    1 => members.into_iter().next(),
                    _ => Some(Link::All(members)),
                }
            }
            ("any" | "all" | "seen", _) => {
                let (message, help) = match key.value.as_str() {
                    "seen" => ("`seen` holds a mapping", "seen: {stage: {field: field of that stage}}"),
                    _ => ("`any` and `all` hold a list of mappings", "any: [{user: first_step.user}]"),
                };
                self.report(self.error(Code::E0202, link.span, message).help(help));
                None
            }
            (_, schema::Link::Text(text)) => self.tie(key, text, link.span, place),
            (_, schema::Link::List(_) | schema::Link::Seen(_)) => {
                let message = format!("`{}` is compared with one thing", key.value);
                let help = "a field of an earlier step, written `step.field`";
                self.report(self.error(Code::E0202, link.span, message).help(help));
                None
            }
        }
    }

    /// `field: step.field`, or `step.field: text`.
    fn tie(&mut self, key: &Spanned<String>, right: &str, span: Span, place: &Place) -> Option<Link> {
        let own = place.known_step(place.step)?;
        if own.scope.field(&key.value).is_none()
            && let Some((step, name)) = key.value.split_once('.')
        {
            let (step, field) = self.earlier(step, name, key.span, place)?;
            if !field.field_type.is_textual() {
                let message = format!("`{name}` is {}", described(&field));
                self.report(
                    self.error(Code::E0317, key.span, message).help("only texts are compared with a text"),
                );
                return None;
            }
            if right.is_empty() {
                let finding =
                    self.error(Code::E0207, span, "an empty text is like a missing value: it equals nothing");
                self.report(finding.help("compare with another text"));
                return None;
            }
            return Some(Link::Constant { step, field, text: right.to_owned(), span: key.span });
        }
        let field = self.single(key, own)?;
        let Some((step, name)) = right.split_once('.') else {
            let message = format!("`{right}` names no field of an earlier step");
            let help = format!("write `step.field`, for instance `{}.{}`", place.steps[0], key.value);
            self.report(self.error(Code::E0315, span, message).help(help));
            return None;
        };
        let (step, other) = self.earlier(step, name, span, place)?;
        self.same_kind(&field, &other, span)?;
        Some(Link::Equal { field, step, other, span: key.span.to(span) })
    }

    /// A field of an earlier step.
    fn earlier(&mut self, step: &str, name: &str, span: Span, place: &Place) -> Option<(usize, Field)> {
        let Some(index) = place.steps.iter().position(|known| *known == step) else {
            let near = self.near(step, place.steps[..place.step].iter().copied());
            let finding = self.error(Code::E0315, span, format!("there is no step `{step}`"));
            self.report(finding.maybe_help(near));
            return None;
        };
        if index >= place.step {
            let message = if index == place.step {
                format!("`{step}` is this step itself")
            } else {
                format!("`{step}` comes later")
            };
            let finding = self.error(Code::E0318, span, message);
            self.report(finding.help("a step is tied to steps before it"));
            return None;
        }
        let known = place.known_step(index)?;
        let field = self.single(&Spanned::new(name.to_owned(), span), known)?;
        Some((index, field))
    }

    fn seen(
        &mut self,
        name: &Spanned<String>,
        equal: &Spanned<schema::EqualFields>,
        place: &Place,
        stages: &mut Vec<usize>,
    ) -> Option<Link> {
        let known = self.stage(name, place.known)?;
        if place.steps.contains(&name.value.as_str()) {
            let finding =
                self.error(Code::E0318, name.span, format!("`{}` is a step of this chain", name.value));
            self.report(finding.help("`seen` looks a stage up that is no step"));
            return None;
        }
        if equal.value.is_empty() && !self.is_spoilt(equal.span) {
            let finding = self.error(Code::E0207, equal.span, "`seen` compares nothing");
            self.report(finding.help("for instance `{src: src}`"));
            return None;
        }
        let own = place.known_step(place.step)?;
        let mut pairs = Vec::new();
        for (left, right) in &equal.value {
            let field = self.single(left, own);
            let other = self.single(right, &place.known[known]);
            let (field, other) = (field?, other?);
            self.same_kind(&field, &other, right.span)?;
            pairs.push((field, other));
        }
        let stage = stages.iter().position(|used| *used == known).unwrap_or_else(|| {
            stages.push(known);
            stages.len() - 1
        });
        Some(Link::Seen { stage, equal: pairs, span: name.span })
    }

    /// A field of one value in a stage.
    fn single(&mut self, name: &Spanned<String>, stage: &Known) -> Option<Field> {
        let field = self.placed_field(name, stage.scope)?;
        self.is_single(&field)?;
        Some(field.value)
    }

    fn same_kind(&mut self, left: &Field, right: &Field, span: Span) -> Option<()> {
        if comparable(left, right) {
            return Some(());
        }
        let message =
            format!("`{}` is {}, `{}` is {}", left.name, described(left), right.name, described(right));
        self.report(self.error(Code::E0317, span, message).help("compare fields of one type"));
        None
    }
}

impl<'k> Place<'_, 'k> {
    fn known_step(&self, step: usize) -> Option<&Known<'k, 'k>> {
        self.known.iter().find(|known| known.name == self.steps[step])
    }
}
