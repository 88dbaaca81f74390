//! What proposals are made, and which comes first.

use serde_json::json;

use super::*;

fn first(formula: &Formula, want: &Want) -> Json {
    let found = solve(formula, want, &Cells::default());
    let cells = found.first().expect("a proposal");
    cells.iter().map(|(name, tree)| (name.to_string(), tree.json(&Json::Null))).collect()
}

fn value(text: &str) -> Want {
    Want::Value(text.into())
}

#[test]
fn a_concatenation_is_parted_at_its_literals() {
    let path = Formula::Concat(vec![Formula::column("Domain"), Formula::text("\\"), Formula::column("Name")]);
    assert_eq!(first(&path, &value(r"A\b")), json!({"Domain": "A", "Name": "b"}));
    assert!(solve(&path, &value("b"), &Cells::default()).is_empty());
    let path =
        Formula::Concat(vec![Formula::text("0x"), Formula::Hexadecimal(Box::new(Formula::column("n")))]);
    assert_eq!(first(&path, &value("0x1f")), json!({"n": 31}));
}

#[test]
fn the_first_of_several_leaves_those_before_it_empty() {
    let first_of = Formula::First(vec![Formula::column("a"), Formula::column("b")]);
    let found = solve(&first_of, &value("x"), &Cells::default());
    assert_eq!(found.len(), 2);
    let cells = Cells::from_iter([("a".into(), Arc::new(Tree::Leaf(json!("y"))))]);
    assert!(solve(&first_of, &value("x"), &cells).is_empty());
}

#[test]
fn a_choice_makes_its_condition_true() {
    let last = Formula::Place(vec![Step::Key("ids".into()), Step::Last]);
    let zero = Formula::Place(vec![Step::Key("ids".into()), Step::Item(0)]);
    let choice = Formula::Choice(
        vec![(Formula::Equal(Box::new(last), Box::new(Formula::text("App"))), zero)],
        Box::new(Formula::Null),
    );
    assert_eq!(first(&choice, &value("x")), json!({"ids": ["x", "App"]}));
}

#[test]
fn an_extraction_adds_its_text_to_what_is_there() {
    let pattern = |name: &str| Formula::Extract(format!("{name}=(\\S+)"), Box::new(Formula::column("m")));
    let cells = solve(&pattern("a"), &value("1"), &Cells::default()).remove(0);
    let found = solve(&pattern("b"), &value("2"), &cells);
    assert_eq!(*found[0]["m"], Tree::Leaf(json!("a=1 b=2")));
    // What is there already needs nothing more.
    assert_eq!(solve(&pattern("a"), &value("1"), &cells)[0], cells);
}

#[test]
fn groups_of_all_matches_become_objects() {
    let all = Formula::ExtractAll(r#""ID":"([^"]*)""#.to_owned(), Box::new(Formula::column("Actor")));
    let want = Want::Value(json!(["a", "b"]));
    assert_eq!(first(&all, &want), json!({"Actor": [{"ID": "a"}, {"ID": "b"}]}));
}

#[test]
fn values_go_to_parts_in_order() {
    let parts = Formula::List(vec![Formula::column("a"), Formula::text("x"), Formula::column("b")]);
    assert_eq!(first(&parts, &Want::Value(json!(["1", "x", "2"]))), json!({"a": "1", "b": "2"}));
}
