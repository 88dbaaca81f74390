//! Derived fields.

use super::query;

/// A derived field that is tested.
fn derived(how: &str) -> String {
    query(&format!("derive:\n  d: {how}\ndetection:\n  s: {{d: x}}\n  condition: s"))
}

#[test]
fn each_derivation_is_one_column() {
    let column = |how: &str, value: &str| {
        assert_eq!(derived(how), format!("| extend d = {value}\n| where d =~ \"x\""));
    };
    column("{first_of: [Image, Port]}", "coalesce(Image, tostring(Port))");
    column("{lower: Image}", "tolower(Image)");
    column(r"{split: {field: Image, by: '\', index: 1}}", r#"tostring(split(Image, @"\")[1])"#);
    column(r"{regex: {field: Image, pattern: '(?i)a(\d)'}}", r#"extract("(?i)a([0-9])", 1, Image)"#);
    column(
        r"{replace: {field: Image, pattern: 'a.', with: '\1$1'}}",
        r#"replace_regex(Image, "a.", @"\\1$1")"#,
    );
    column("{element: {field: Roles, index: -1}}", "tostring(Raw.roles[-1])");
    column(
        "{case: {branches: [{when: {Image: a}, then: one}, {when: {Code|gt: 3}, then: '{field}'}], else: no}}",
        r#"case(Image =~ "a", "one", isnotnull(Code) and Code > 3, "{field}", "no")"#,
    );
}

/// The first of several pairs of the name counts, so the order of the elements is kept.
#[test]
fn a_pair_is_the_first_of_its_name() {
    assert_eq!(
        derived("{pair: {list: Params, name: Rights}}"),
        "| mv-apply with_itemindex=place pair = iff(array_length(parse_json(Parameters)) > 0, \
         parse_json(Parameters), dynamic([null])) on (\n    \
         sort by place asc\n    \
         | summarize\n        \
         d_values = make_list_if(tostring(pair.Value), tostring(pair.Name) =~ \"Rights\")\n)\n\
         | extend d = tostring(d_values[0])\n\
         | where d =~ \"x\"\n\
         | project-away d_values"
    );
}

#[test]
fn a_derived_field_may_read_another() {
    let body =
        "derive:\n  d: {lower: Hidden}\n  e: {first_of: [d, Image]}\ndetection:\n  s: {e: x}\n  condition: s";
    assert_eq!(
        query(body),
        "| extend Hidden = tostring(Raw.hidden)\n| extend d = tolower(Hidden)\n\
         | extend e = coalesce(d, Image)\n| where e =~ \"x\""
    );
}
