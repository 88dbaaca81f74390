//! Records what the YAML parser says of the embedded data sources, so that no run of detc has to parse them again.
//!
//! In: `data_sources/`. Out: a recording of each file that is plain, in `$OUT_DIR/recordings`; `yaml::recorded` plays it
//! back. A file that is not plain (see `yaml::plain`) or that has an error gets none, and is parsed when it is read.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use granit_parser::{Event, Parser, ScalarStyle, Span};

#[path = "src/yaml/tag.rs"]
mod tag;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/yaml/tag.rs");
    println!("cargo::rerun-if-changed=data_sources");
    let folder = Path::new(&env::var("OUT_DIR")?).join("recordings");
    // What an earlier build recorded may be gone.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir("data_sources")? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|kind| kind == "yml"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path)?;
        if let Some(bytes) = Recording::of(&text) {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}

struct Recording<'a> {
    text: &'a str,
    bytes: Vec<u8>,
    /// Where the part before began.
    at: usize,
}

impl<'a> Recording<'a> {
    /// The only document of a text; none when it has something that is not recorded.
    fn of(text: &'a str) -> Option<Vec<u8>> {
        let mut recording = Self { text, bytes: Vec::new(), at: 0 };
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.ok()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::StreamEnd => {}
                Event::DocumentStart(_, None) => documents += 1,
                Event::MappingStart(_, 0, None) => recording.begins(tag::MAP, &span)?,
                Event::SequenceStart(_, 0, None) => recording.begins(tag::LIST, &span)?,
                Event::MappingEnd | Event::SequenceEnd => recording.bytes.push(tag::END),
                Event::Scalar(value, style, 0, None) => recording.scalar(&value, style, &span)?,
                _ => return None,
            }
        }
        (documents == 1).then_some(recording.bytes)
    }

    fn begins(&mut self, tag: u8, span: &Span) -> Option<()> {
        let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
        self.bytes.push(tag);
        self.number(start.checked_sub(self.at)?);
        self.number(end.checked_sub(start)?);
        self.at = start;
        Some(())
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: &Span) -> Option<()> {
        let written = self.text.get(span.start.byte_offset()?..span.end.byte_offset()?)?;
        let inner = written.get(1..written.len().saturating_sub(1));
        let tag = match style {
            ScalarStyle::Plain if written == value => tag::PLAIN,
            ScalarStyle::Plain => tag::PLAIN_VALUE,
            _ if inner == Some(value) => tag::QUOTED,
            _ => tag::QUOTED_VALUE,
        };
        self.begins(tag, span)?;
        if matches!(tag, tag::PLAIN_VALUE | tag::QUOTED_VALUE) {
            self.number(value.len());
            self.bytes.extend(value.as_bytes());
        }
        Some(())
    }

    /// LEB128.
    fn number(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.bytes.push(0x80 | (value & 0x7f) as u8);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}
