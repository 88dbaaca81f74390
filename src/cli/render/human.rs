//! For people: file, line and column, the excerpt with carets, help, notes and the code.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostics::{Diagnostic, Label, Severity};

/// All findings, a blank line between two.
pub(super) fn render(findings: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDTH);
    let texts: Vec<String> =
        findings.iter().map(|finding| renderer.render(&[group(finding)]) + "\n").collect();
    texts.join("\n")
}

/// Excerpts are cut at this width, whoever looks: output must not depend on the terminal.
const WIDTH: usize = 120;

fn group(finding: &Diagnostic) -> Group<'_> {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(finding.message.as_str()).id(finding.code.id()));
    let mut shown: Vec<&str> = Vec::new();
    for (index, label) in finding.labels.iter().enumerate() {
        let name = label.file.name();
        if shown.contains(&name) {
            continue;
        }
        shown.push(name);
        if label.file.text().is_empty() {
            group = group.element(Origin::path(name));
            continue;
        }
        let annotations = finding.labels[index..]
            .iter()
            .enumerate()
            .filter(|(_, other)| other.file.name() == name)
            .map(|(offset, other)| annotation(other, index + offset == 0));
        group = group.element(Snippet::source(label.file.text()).path(name).annotations(annotations));
    }
    let notes = finding.notes.iter().map(|note| Level::NOTE.message(note.as_str()));
    let help = finding.help.iter().map(|help| Level::HELP.message(help.as_str()));
    group.elements(help).elements(notes)
}

fn annotation(label: &Label, primary: bool) -> Annotation<'_> {
    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    let annotation = kind.span(within(label));
    if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
}

/// The bytes to underline: inside the text and on character boundaries, whatever the finding says.
fn within(label: &Label) -> std::ops::Range<usize> {
    let text = label.file.text();
    let floor = |mut offset: usize| {
        offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let start = floor(label.span.start);
    start..floor(label.span.end).max(start)
}
