//! Fields with several values, and name/value lists.

use super::{excluded, refused, selecting, tested};

const APPLY: &str = "| mv-apply Roles_item = iff(array_length(Raw.roles) > 0, Raw.roles, dynamic([null])) on (\n    summarize\n";

#[test]
fn one_value_is_enough() {
    let text = "        Roles_fits = countif(tostring(Roles_item) in~ (\"a\", \"b\")) > 0\n)\n";
    assert_eq!(
        tested("Roles: [a, b]"),
        format!("{APPLY}{text}| where Roles_fits\n| project-away Roles_fits")
    );
    assert_eq!(
        excluded("Roles: [a, b]"),
        format!("{APPLY}{text}| where not(Roles_fits)\n| project-away Roles_fits")
    );
}

#[test]
fn tests_of_one_list_share_an_operator() {
    assert_eq!(
        tested("Roles|contains|all: [a, b]"),
        format!(
            "{APPLY}        Roles_fits = countif(tostring(Roles_item) contains \"a\") > 0,\n        \
             Roles_fits_2 = countif(tostring(Roles_item) contains \"b\") > 0\n)\n\
             | where Roles_fits and Roles_fits_2\n| project-away Roles_fits, Roles_fits_2"
        )
    );
}

#[test]
fn elements_are_read_as_their_type() {
    let query = tested("Ports|gt: 1024");
    assert!(query.contains("Ports_fits = countif(tolong(Ports_item) > 1024) > 0"), "{query}");
}

#[test]
fn an_empty_list_is_a_missing_one() {
    assert_eq!(tested("Roles: null"), "| where coalesce(array_length(Raw.roles), 0) == 0");
    assert_eq!(tested("Roles|exists: true"), "| where coalesce(array_length(Raw.roles), 0) > 0");
    assert_eq!(
        tested("Params|exists: true"),
        "| where coalesce(array_length(parse_json(Parameters)), 0) > 0"
    );
}

#[test]
fn a_bag_is_made_where_a_field_reads_it() {
    assert_eq!(
        tested("Image: x, Rights|contains: y"),
        "| where Image =~ \"x\"\n\
         | mv-apply pair = iff(array_length(parse_json(Parameters)) > 0, parse_json(Parameters), pack_array(parse_json(Parameters))) on (\n    \
         summarize\n        \
         Bag = make_bag(bag_pack(tostring(pair.Name), tostring(pair.Value)))\n)\n\
         | extend Rights = tostring(Bag.Rights)\n\
         | where Rights contains \"y\""
    );
    assert!(!tested("Image: x").contains("Bag"));
}

#[test]
fn a_list_has_no_single_value() {
    let refusals = refused(&selecting("Image|fieldref: Roles"));
    assert_eq!(refusals, ["E0501 kusto:sentinel: a single value of a field with several on `Roles`"]);
}
