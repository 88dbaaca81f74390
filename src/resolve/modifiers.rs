//! `field|modifier|modifier`: the key of an item, taken apart.

use super::Resolver;
use crate::diagnostics::{Code, did_you_mean};
use crate::ir::{Case, Comparison, TimePart};
use crate::source::{Span, Spanned};

/// The modifiers of one item.
#[derive(Debug, Default)]
pub(super) struct Modifiers {
    /// Which edges are open.
    pub(super) shape: Option<Shape>,
    /// What kind of test it is.
    pub(super) kind: Kind,
    /// `cased`.
    pub(super) cased: bool,
    /// `all`: every value must match.
    pub(super) all: bool,
    /// `neq`: no value may match.
    pub(super) neq: bool,
    /// `windash`.
    pub(super) windash: bool,
    /// How the value is encoded.
    pub(super) encoding: Option<Encoding>,
    /// How the value's characters become bytes before that.
    pub(super) wide: Option<Wide>,
    /// `minute` … `year`.
    pub(super) part: Option<TimePart>,
    /// Flags of `re`.
    pub(super) flags: String,
}

/// Which edges of a text are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Contains,
    StartsWith,
    EndsWith,
}

/// What kind of test an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Plain,
    Regex,
    Cidr,
    Exists,
    Compare(Comparison),
    FieldReference,
    InList,
    Expand,
}

/// How a value is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64,
    Base64Offset,
}

/// How characters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    /// UTF-16, little-endian, no byte-order mark.
    LittleEndian,
    /// UTF-16, big-endian, no byte-order mark.
    BigEndian,
    /// UTF-16, little-endian, with a byte-order mark.
    WithMark,
}

/// Every modifier, for "did you mean".
const NAMES: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "re",
    "i",
    "m",
    "s",
    "cased",
    "all",
    "neq",
    "cidr",
    "exists",
    "gt",
    "gte",
    "lt",
    "lte",
    "fieldref",
    "windash",
    "base64",
    "base64offset",
    "wide",
    "utf16",
    "utf16le",
    "utf16be",
    "expand",
    "in_list",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
];

impl Modifiers {
    /// Whether case counts for texts.
    pub(super) fn case(&self) -> Case {
        if self.cased { Case::Sensitive } else { Case::Insensitive }
    }

    /// Applies one modifier; false when it contradicts an earlier one.
    fn apply(&mut self, name: &str) -> Option<bool> {
        fn set<T: PartialEq>(place: &mut Option<T>, value: T) -> bool {
            place.replace(value).is_none()
        }
        Some(match name {
            "contains" => set(&mut self.shape, Shape::Contains),
            "startswith" => set(&mut self.shape, Shape::StartsWith),
            "endswith" => set(&mut self.shape, Shape::EndsWith),
            "re" => self.set_kind(Kind::Regex),
            "cidr" => self.set_kind(Kind::Cidr),
            "exists" => self.set_kind(Kind::Exists),
            "gt" => self.set_kind(Kind::Compare(Comparison::Greater)),
            "gte" => self.set_kind(Kind::Compare(Comparison::GreaterOrEqual)),
            "lt" => self.set_kind(Kind::Compare(Comparison::Less)),
            "lte" => self.set_kind(Kind::Compare(Comparison::LessOrEqual)),
            "fieldref" => self.set_kind(Kind::FieldReference),
            "in_list" => self.set_kind(Kind::InList),
            "expand" => self.set_kind(Kind::Expand),
            "i" | "m" | "s" => {
                let fits = self.kind == Kind::Regex && !self.flags.contains(name);
                self.flags.push_str(name);
                fits
            }
            "cased" => !std::mem::replace(&mut self.cased, true),
            "all" => !std::mem::replace(&mut self.all, true),
            "neq" => !std::mem::replace(&mut self.neq, true),
            "windash" => !std::mem::replace(&mut self.windash, true),
            "base64" => set(&mut self.encoding, Encoding::Base64),
            "base64offset" => set(&mut self.encoding, Encoding::Base64Offset),
            "wide" | "utf16le" => self.encoding.is_none() && set(&mut self.wide, Wide::LittleEndian),
            "utf16be" => self.encoding.is_none() && set(&mut self.wide, Wide::BigEndian),
            "utf16" => self.encoding.is_none() && set(&mut self.wide, Wide::WithMark),
            "minute" => set(&mut self.part, TimePart::Minute),
            "hour" => set(&mut self.part, TimePart::Hour),
            "day" => set(&mut self.part, TimePart::Day),
            "week" => set(&mut self.part, TimePart::Week),
            "month" => set(&mut self.part, TimePart::Month),
            "year" => set(&mut self.part, TimePart::Year),
            _ => return None,
        })
    }

    fn set_kind(&mut self, kind: Kind) -> bool {
        std::mem::replace(&mut self.kind, kind) == Kind::Plain
    }

    /// Why the modifiers together make no sense, if they do not.
    fn contradiction(&self) -> Option<&'static str> {
        let plain = self.kind == Kind::Plain;
        let shaped = self.shape.is_some();
        let coded = self.encoding.is_some() || self.windash;
        match () {
            () if shaped && matches!(self.kind, Kind::Expand | Kind::InList) => {
                Some("a list is not for parts of values: give its column the type `pattern`")
            }
            () if shaped && !plain && self.kind != Kind::FieldReference => {
                Some("`contains`, `startswith` and `endswith` do not go with this kind of test")
            }
            () if coded && !plain => Some("an encoding goes with plain values only"),
            () if self.wide.is_some() && self.encoding.is_none() => {
                Some("a wide encoding goes before `base64` or `base64offset`")
            }
            () if self.encoding == Some(Encoding::Base64Offset) && self.shape != Some(Shape::Contains) => {
                Some("`base64offset` finds a part of a longer encoded text, so it needs `contains`")
            }
            () if self.cased && !matches!(self.kind, Kind::Plain | Kind::FieldReference) => {
                Some("`cased` goes with plain values and `fieldref` only; `re` is case-sensitive without it")
            }
            () if self.part.is_some()
                && (shaped || coded || !matches!(self.kind, Kind::Plain | Kind::Compare(_))) =>
            {
                Some("a part of a moment is compared with numbers only")
            }
            () if self.all && matches!(self.kind, Kind::Exists | Kind::Compare(_)) => {
                Some("`all` goes with a list of values")
            }
            () => None,
        }
    }
}

impl Resolver<'_> {
    /// Takes a key apart. `None` when a modifier is unknown or they contradict each other.
    pub(super) fn modifiers(&mut self, key: &Spanned<String>) -> Option<(Spanned<String>, Modifiers)> {
        let mut parts = key.value.split('|');
        let name = parts.next().unwrap_or_default();
        let mut offset = name.len();
        let name = Spanned::new(name.to_owned(), self.part(key.span, &key.value, 0, name.len()));
        let mut modifiers = Modifiers::default();
        let mut fine = true;
        for part in parts {
            let span = self.part(key.span, &key.value, offset + 1, offset + 1 + part.len());
            offset += 1 + part.len();
            fine &= self.modifier(part, span, &mut modifiers);
        }
        if fine && let Some(reason) = modifiers.contradiction() {
            self.report(self.error(Code::E0306, key.span, reason));
            fine = false;
        }
        fine.then_some((name, modifiers))
    }

    fn modifier(&mut self, name: &str, span: Span, modifiers: &mut Modifiers) -> bool {
        match modifiers.apply(name) {
            Some(true) => true,
            Some(false) => {
                let message = format!("`{name}` does not fit the modifiers before it");
                self.report(self.error(Code::E0306, span, message));
                false
            }
            None if name.is_empty() => {
                let place = Span::new(span.start.saturating_sub(1), span.end);
                self.report(self.error(Code::E0305, place, "a modifier is missing after `|`"));
                false
            }
            None => {
                let help = match did_you_mean(name, NAMES.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the modifiers are {}", NAMES.join(", ")),
                };
                self.report(self.error(Code::E0305, span, format!("unknown modifier `{name}`")).help(help));
                false
            }
        }
    }
}
