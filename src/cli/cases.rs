//! The events of tests that stand in files of their own.
//!
//! In: a detection and where it was read. Out: its tests with the events of their files, and what is wrong with those.
//! Must not know what an event holds.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::files::{Input, Limit};
use crate::diagnostics::{Code, Diagnostic};
use crate::events::{self, Written};
use crate::ir::Detection;
use crate::resolve::{Context, keep_known, resolve_events};
use crate::schema::Event;
use crate::source::Spanned;

const EVENTS: Limit = Limit { bytes: events::MAX_BYTES, help: "give the test fewer events" };

/// Reads the files that the tests name, each beside the detection; for one from stdin, in the working directory.
pub(super) fn load(
    detection: &mut Detection,
    read_from: &Input,
    context: &Context,
    findings: &mut Vec<Diagnostic>,
) -> Result<(), Failure> {
    let folder = match read_from {
        Input::Path(path) => path.parent().map(Path::to_owned).unwrap_or_default(),
        Input::Stdin => PathBuf::new(),
    };
    let mut loaded = Vec::new();
    for (place, test) in detection.tests.iter().enumerate() {
        let Some(named) = &test.file else { continue };
        let path = folder.join(&named.value);
        if !path.is_file() {
            let message = format!("there is no file `{}`", path.display());
            findings.push(
                Diagnostic::new(Code::E1220, message)
                    .at(&detection.file, named.span, "")
                    .help("the path is seen from the folder of the detection"),
            );
            continue;
        }
        let (file, unreadable) = Input::Path(path).read_within(&EVENTS)?;
        match unreadable {
            Some(finding) => findings.push(finding),
            None => {
                let written = written(&events::read(&file, findings), detection, context);
                loaded.push((place, resolve_events(&file, &written, detection, context, findings)));
            }
        }
    }
    for (place, events) in loaded {
        detection.tests[place].events = events;
    }
    Ok(())
}

/// Events as they are written; of records what the detection can ask for.
pub(super) fn written(events: &[Written], detection: &Detection, context: &Context) -> Vec<Spanned<Event>> {
    let one = |Written { event, is_record }: &Written| {
        let mut event = event.clone();
        if *is_record {
            keep_known(&mut event.value, detection, context);
        }
        event
    };
    events.iter().map(one).collect()
}
