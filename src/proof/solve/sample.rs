//! A short text that fits a regular expression, with a given text in its group.
//!
//! In: an expression and the text of the group. Out: a text, or nothing. The caller checks that it fits: what stands
//! around a group can take part of it. Must not know who asks.

use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::kept::Kept;

/// A text that fits; group 1 is `group`, where the expression has one and a text is given.
pub(in crate::proof) fn sample(pattern: &str, group: Option<&str>) -> Option<String> {
    let hir = read(pattern)?;
    let mut out = String::new();
    write(&hir, group, &mut out)?;
    (out.len() < 10_000).then_some(out)
}

/// The expression, or nothing where it is none.
fn read(pattern: &str) -> Option<Arc<Hir>> {
    static KEPT: Kept<String, Option<Arc<Hir>>> = Kept::empty();
    KEPT.get(pattern, || regex_syntax::Parser::new().parse(pattern).ok().map(Arc::new))
}

fn write(hir: &Hir, group: Option<&str>, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => out.push(one_of(class)?),
        HirKind::Repetition(repetition) => {
            // A group that may be left out is written when a text is asked for.
            let wanted = group.is_some() && has_group(&repetition.sub);
            let times = repetition.min.max(u32::from(wanted));
            for _ in 0..times.min(64) {
                write(&repetition.sub, group, out)?;
            }
        }
        HirKind::Capture(capture) => match group {
            Some(text) if capture.index == 1 => out.push_str(text),
            _ => write(&capture.sub, group, out)?,
        },
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, group, out))?,
        HirKind::Alternation(parts) => {
            let wanted = parts.iter().find(|part| group.is_some() && has_group(part));
            write(wanted.or(parts.first())?, group, out)?;
        }
    }
    Some(())
}

fn has_group(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => capture.index == 1 || has_group(&capture.sub),
        HirKind::Repetition(repetition) => has_group(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_group),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
    }
}

/// A plain character of the class, so that the text stays readable.
fn one_of(class: &Class) -> Option<char> {
    let holds = |c: char| match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&c)),
        Class::Bytes(class) => u8::try_from(c)
            .is_ok_and(|byte| class.iter().any(|range| (range.start()..=range.end()).contains(&byte))),
    };
    let plain = (' '..='~').chain(['\t', '\n']);
    ['a', '0', 'A', ' ', '-'].into_iter().chain(plain).find(|c| holds(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_holds_the_text() {
        for (pattern, group, text) in [
            (r#"<Data Name="X">([^<]*)</Data>"#, Some("v"), r#"<Data Name="X">v</Data>"#),
            (r"OpNum:\s*(\d+)", Some("5"), "OpNum:5"),
            (r"^(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^/]+)", Some("host"), "host"),
            (r"(a|b)c{3}", None, "accc"),
            (r"\S+ (x)?", Some("y"), "a y"),
        ] {
            assert_eq!(sample(pattern, group).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(sample("(", None), None);
    }
}
