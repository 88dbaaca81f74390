//! Messages: `$field$` in a text is the value of a result's field, `$$` a dollar sign.

use super::Resolver;
use super::outcome::Results;
use crate::diagnostics::Code;
use crate::ir::{Message, MessagePart, SummaryColumn};
use crate::source::Spanned;

impl Resolver<'_> {
    /// Reads a message. `what` names it in findings.
    pub(super) fn message(
        &mut self,
        what: &str,
        text: &Spanned<String>,
        results: &Results,
    ) -> Option<Message> {
        let pieces: Vec<&str> = text.value.split('$').collect();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut fine = true;
        let mut offset = 0;
        // Texts and names take turns; an even number of pieces is an odd number of dollar signs.
        for (place, piece) in pieces.iter().enumerate() {
            if place % 2 == 0 {
                literal.push_str(piece);
            } else if place + 1 == pieces.len() {
                let span = self.part(text.span, &text.value, offset - 1, offset);
                let finding = self
                    .error(Code::E0312, span, format!("{what} has a `$` without its partner"))
                    .help("write `$field$` for a field and `$$` for a dollar sign");
                self.report(finding);
                fine = false;
            } else if piece.is_empty() {
                literal.push('$');
            } else {
                let span = self.part(text.span, &text.value, offset - 1, offset + piece.len() + 1);
                let name = Spanned::new((*piece).to_owned(), span);
                match self.message_part(what, &name, results) {
                    Some(part) => {
                        if !literal.is_empty() {
                            parts.push(MessagePart::Text(std::mem::take(&mut literal)));
                        }
                        parts.push(part);
                    }
                    None => fine = false,
                }
            }
            offset += piece.len() + 1;
        }
        if !literal.is_empty() {
            parts.push(MessagePart::Text(literal));
        }
        fine.then_some(Message { parts, span: text.span })
    }

    fn message_part(&mut self, what: &str, name: &Spanned<String>, results: &Results) -> Option<MessagePart> {
        if results.summary.is_some()
            && let Some(column) = SummaryColumn::of(&name.value)
        {
            return Some(MessagePart::Summary(column));
        }
        let Some(scope) = results.scope else { return self.column(name).map(MessagePart::Field) };
        match scope.field(&name.value).filter(|_| results.has(&name.value)) {
            Some(field) => Some(MessagePart::Field(Spanned::new(field.clone(), name.span))),
            None => {
                let near = self.near(&name.value, results.names());
                let message = format!("{what} names `{}`, which the result does not have", name.value);
                self.report(self.error(Code::E0312, name.span, message).maybe_help(near));
                None
            }
        }
    }
}
