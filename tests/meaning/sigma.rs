//! The emitted Sigma, run by rsigma-eval: rule by rule, since its engine's index of exact values drops rules whose
//! condition begins with `not` (0.14.0).

use detc::targets::{self, Options};
use rsigma_eval::event::JsonEvent;
use rsigma_eval::{compile_rule, evaluate_rule};

use crate::cases::{self, Dialect};
use crate::say::say;

#[test]
fn the_emitted_sigma_means_the_detection() {
    let catalogue = cases::catalogue();
    let target = targets::target("sigma", &catalogue).expect("is there");
    // Known of rsigma-eval 0.14.0: with an edge or `cased`, a pattern with `?` is searched anywhere; and two null
    // fields are equal under `fieldref`.
    let dialect = Dialect {
        empty_is_not_missing: true,
        any_one_at_edges: false,
        null_is_missing: false,
        text_among_numbers: false,
        empty_lists: false,
        letters: &["a", "b", "c", "x", "A", "B", " ", "-", "'", "1"],
    };
    let (mut compared, mut unsupported) = (0, 0);
    let mut wrong = Vec::new();
    for case in cases::cases(&catalogue, &dialect, 1_500) {
        let Ok(compiled) = target.compile(&case.detection, Options::default()) else { continue };
        let collection = rsigma_parser::parse_sigma_yaml(&compiled.text)
            .unwrap_or_else(|error| panic!("{error}\n{}", compiled.text));
        let rule = match compile_rule(&collection.rules[0]) {
            Ok(rule) => rule,
            Err(error) => {
                // The specification has `fieldref|contains`; this engine does not.
                assert!(compiled.text.contains("|fieldref|"), "{error}\n{}", compiled.text);
                unsupported += 1;
                continue;
            }
        };
        for (event, expected) in case.events.iter().zip(&case.expected) {
            let row: serde_json::Value =
                event.iter().map(|(name, value)| (name.clone(), cases::json(value))).collect();
            let found = evaluate_rule(&rule, &JsonEvent::borrow(&row)).is_some();
            compared += 1;
            if found != *expected {
                wrong.push(format!("expected {expected} for {row}\n{}\n{}", case.text, compiled.text));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ; the first:\n{}", wrong.len(), wrong[0]);
    say(&format!("{compared} verdicts compared; {unsupported} rules use what the oracle does not run"));
    assert!(compared > 40_000, "only {compared} verdicts were compared");
}
