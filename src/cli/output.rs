//! Where everything is printed: stdout is the artefact, stderr the talk.
//!
//! A reader that has gone away (`detc … | head`) is not an error: the rest is not written, and the exit code is what
//! it would have been.

use std::io::{self, IsTerminal, Write};

use super::args::Color;
use super::failure::Failure;

/// The two streams, and how much is said on them.
pub(super) struct Output {
    quiet: bool,
    verbose: bool,
    stdout_color: bool,
    stderr_color: bool,
}

impl Output {
    /// As the user asked.
    pub(super) fn new(color: Color, quiet: bool, verbose: bool) -> Self {
        let use_color = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !refuses_color(),
        };
        Self {
            quiet,
            verbose,
            stdout_color: use_color(io::stdout().is_terminal()),
            stderr_color: use_color(io::stderr().is_terminal()),
        }
    }

    /// Before, or instead of, reading the arguments.
    pub(super) fn plain() -> Self {
        Self { quiet: false, verbose: false, stdout_color: false, stderr_color: false }
    }

    /// Whether stdout takes colour.
    pub(super) fn stdout_color(&self) -> bool {
        self.stdout_color
    }

    /// Whether stderr takes colour.
    pub(super) fn stderr_color(&self) -> bool {
        self.stderr_color
    }

    /// Whether more than usual is asked for.
    pub(super) fn verbose(&self) -> bool {
        self.verbose
    }

    /// What the user asked for, to stdout.
    pub(super) fn artefact(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::new(format!("cannot write to stdout: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// What the user asked for, in parts, to stdout.
    pub(super) fn artefacts<'t>(
        &self,
        mut parts: impl Iterator<Item = std::borrow::Cow<'t, str>>,
    ) -> Result<(), Failure> {
        let mut stdout = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let written =
            { parts }.try_for_each(|part| stdout.write_all(part.as_bytes())).and_then(|()| stdout.flush());
        // What could not be written must not be tried again when the buffer goes.
        let _ = stdout.into_parts();
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::new(format!("cannot write to stdout: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Whether progress may be shown: to people, on a terminal.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A line or more of talk, to stderr; not with `--quiet`.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            self.problem(text);
        }
    }

    /// Talk that only `--verbose` asks for.
    pub(super) fn detail(&self, text: &str) {
        if self.verbose {
            self.problem(text);
        }
    }

    /// What must be said, to stderr. When even that cannot be written there is nowhere left to complain.
    pub(super) fn problem(&self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let _ = write!(io::stderr().lock(), "{text}{end}");
    }
}

/// <https://no-color.org>: any text but the empty one. A dumb terminal cannot show colour.
fn refuses_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
