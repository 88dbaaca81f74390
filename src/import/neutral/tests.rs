//! What is written reads back, and looks as a person would have written it.

use proptest::prelude::*;

use super::{laid_out, verbatim};
use crate::schema::{Block, Item, Scalar, Selection, Values};
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml;

fn place<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// The block under `detection:` of a text, with its file and node.
fn block(text: &str) -> (std::sync::Arc<SourceFile>, yaml::Node, Block) {
    let file = SourceFile::new("a.yml", text);
    let mut findings = Vec::new();
    let root = yaml::parse(&file, &mut findings).expect("YAML");
    let node = root.get("detection").expect("a block").clone();
    let block: Spanned<Block> = yaml::decode(&file, &node, &mut findings).expect("decodes");
    assert!(findings.is_empty(), "{findings:?}");
    (file, node, block.value)
}

#[test]
fn the_layout_of_the_author_is_kept() {
    let text = "title: x\ndetection:\n    # what is looked for\n    selection:\n        Image|endswith:\n            \
                - '\\a.exe'   # the first\n            - \"b\"\n        User: 1\n    maps:\n        -   A: x\n            \
                B: y\n        - C: z\n\n    # not these\n    filter:\n    - kw\n    condition: selection and\n        \
                not filter or maps\nlevel: low\n";
    let (file, node, meant) = block(text);
    let lines = verbatim(&file, &node, &meant, &str::to_owned).expect("kept");
    let wanted = "  # what is looked for\n  selection:\n    Image|endswith:\n      - '\\a.exe'   # the first\n      - \"b\"\n    User: 1\n  \
                  maps:\n    - A: x\n      B: y\n    - C: z\n  # not these\n  filter:\n  - kw\n  condition: selection and\n    \
                  not filter or maps";
    assert_eq!(lines, wanted);
}

#[test]
fn selections_are_left_out_with_their_comments() {
    let text = "detection:\n  a: {X: 1}\n  # gone as well\n  b:\n    Y: 2\n  condition: a\n";
    let (file, node, mut meant) = block(text);
    meant.selections.retain(|(name, _)| name.value == "a");
    assert_eq!(verbatim(&file, &node, &meant, &str::to_owned).expect("kept"), "  a: {X: 1}\n  condition: a");
}

#[test]
fn selections_take_other_names_and_leave_their_condition() {
    let text = "detection:\n    a: {X: 1}\n    # of another name\n    'b c':   # here\n        Y: 2\n    condition: a\n";
    let (file, node, mut meant) = block(text);
    meant.condition.clear();
    meant.selections[1].0.value = "own_b".to_owned();
    let called = |name: &str| if name == "b c" { "own_b".to_owned() } else { name.to_owned() };
    let lines = verbatim(&file, &node, &meant, &called).expect("kept");
    assert_eq!(lines, "  a: {X: 1}\n  # of another name\n  own_b:   # here\n    Y: 2");
}

#[test]
fn what_has_no_lines_of_its_own_is_laid_out_anew() {
    let (file, node, meant) = block("detection: {a: {X|contains: ['1', b]}, condition: a}\n");
    assert_eq!(verbatim(&file, &node, &meant, &str::to_owned), None);
    assert_eq!(laid_out(&meant), "  a:\n    X|contains:\n      - '1'\n      - b\n  condition: a");
}

#[test]
fn a_block_scalar_keeps_its_text() {
    let text = "detection:\n    a:\n        X: |\n            one\n              two\n    condition: a\n";
    let (file, node, meant) = block(text);
    let lines = verbatim(&file, &node, &meant, &str::to_owned).unwrap_or_else(|| laid_out(&meant));
    assert_eq!(block(&format!("detection:\n{lines}\n")).2, meant);
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Boolean),
        (-1000i64..1000).prop_map(Scalar::Integer),
        "\\PC{0,12}".prop_map(Scalar::Text),
        "[a-z0-9\\\\*'\":# -]{0,8}".prop_map(Scalar::Text),
    ]
}

fn items() -> impl Strategy<Value = Selection> {
    let values = prop_oneof![
        scalar().prop_map(Values::One),
        proptest::collection::vec(scalar().prop_map(place), 0..4).prop_map(Values::Many),
    ];
    proptest::collection::btree_map("[A-Za-z.|-]{1,10}", values, 0..4).prop_map(|items| {
        let item = |(key, values)| Item { key: place(key), values: place(values) };
        Selection::All(items.into_iter().map(item).collect())
    })
}

fn keyword() -> impl Strategy<Value = Selection> {
    scalar().prop_filter("a keyword is a value", |value| *value != Scalar::Null).prop_map(Selection::Keyword)
}

fn selection() -> impl Strategy<Value = Selection> {
    let member = prop_oneof![items(), keyword()];
    let list = proptest::collection::vec(member.prop_map(place), 0..4).prop_map(Selection::Any);
    prop_oneof![items(), keyword(), list]
}

proptest! {
    #[test]
    fn any_block_reads_back(
        selections in proptest::collection::btree_map("[a-z_]{1,8}", selection(), 0..4),
        condition in proptest::collection::vec("[a-z ()]{1,12}", 1..3),
    ) {
        prop_assume!(!selections.contains_key("condition"));
        let meant = Block {
            selections: selections.into_iter().map(|(name, selection)| (place(name), place(selection))).collect(),
            condition: condition.into_iter().map(place).collect(),
        };
        let text = format!("detection:\n{}\n", laid_out(&meant));
        prop_assert_eq!(&block(&text).2, &meant, "{}", text);
    }
}
