//! Values that a test of a search asks for, or just not.
//!
//! In: what is asked of one field. Out: texts. The same on every run.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;

/// What is asked of the value of a field.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// This text with `*` as wildcards.
    Like(String),
    /// A match of this.
    Regex(String),
    /// A number on this side: how far from it.
    Number(f64, f64),
    /// Any value.
    Any,
}

/// Numbers at random, the same on every run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).expect("31 bits") % end.max(1)
    }

    /// In `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A value that satisfies all of these, as far as one is easily found.
pub(crate) fn satisfying(asked: &[Asked], random: &mut Random) -> String {
    let (mut start, mut middle, mut end) = (String::new(), String::new(), String::new());
    for one in asked {
        match one {
            Asked::Like(pattern) if !pattern.contains('*') => return pattern.clone(),
            Asked::Like(pattern) => {
                let filler = ["", "x", " 7 "][random.below(3)];
                let text = pattern.trim_matches('*').replace('*', filler);
                match (pattern.starts_with('*'), pattern.ends_with('*')) {
                    (false, true) => start = text,
                    (true, false) => end = text,
                    _ => {
                        if !middle.is_empty() {
                            middle.push_str(filler);
                        }
                        middle.push_str(&text);
                    }
                }
            }
            Asked::Regex(pattern) => middle.push_str(&matching(pattern, random).unwrap_or_default()),
            Asked::Number(bound, step) => return (bound + step).to_string(),
            Asked::Any => {}
        }
    }
    let text = format!("{start}{middle}{end}");
    if text.is_empty() { ["x", "value", "10.0.0.7"][random.below(3)].to_owned() } else { text }
}

/// A text that the expression finds; none where it looks around itself.
fn matching(pattern: &str, random: &mut Random) -> Option<String> {
    let bare = pattern.trim_start_matches("(?i)").trim_start_matches('^').trim_end_matches('$');
    let strategy = string_regex(bare).ok()?;
    let mut runner = TestRunner::deterministic();
    let mut text = String::new();
    for _ in 0..=random.below(4) {
        text = strategy.new_tree(&mut runner).ok()?.current();
    }
    (text.len() < 200).then_some(text)
}

/// A value near to one that satisfies.
pub(crate) fn near(value: &str, random: &mut Random) -> String {
    let characters: Vec<char> = value.chars().collect();
    match random.below(5) {
        0 => value.to_uppercase(),
        1 => format!("{value}x"),
        2 => format!("x{value}"),
        3 if characters.len() > 1 => {
            let gone = random.below(characters.len());
            characters.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, c)| *c).collect()
        }
        _ => "something else".to_owned(),
    }
}
