//! Conditions that fit the `search` command.

use super::{query, tail};

#[test]
fn values_are_quoted_and_lists_become_in() {
    assert_eq!(tail("{Name: a}", "s"), r#"Name="a""#);
    assert_eq!(tail("{Name: [a, b*, '*c d*']}", "s"), r#"Name IN ("a","b*","*c d*")"#);
    assert_eq!(tail("{Name|startswith: 'C:\\Users\\'}", "s"), r#"Name="C:\\Users\\*""#);
    assert_eq!(tail("{Name|contains: 'say \"x\"'}", "s"), r#"Name="*say \"x\"*""#);
}

#[test]
fn names_are_quoted_only_when_needed() {
    assert_eq!(tail("{Other: a}", "s"), r#"Other{}.Name="a""#);
}

#[test]
fn numbers_are_as_the_log_writes_them() {
    assert_eq!(tail("{Id: 1}", "s"), "Id=1");
    assert_eq!(tail("{Id: [1, 2]}", "s"), "Id IN (1,2)");
    // How `search` orders a number and a text is contested (C2), so the number is made first.
    assert_eq!(tail("{Id|gte: 9}", "s"), "| where tonumber(Id)>=9");
    assert_eq!(tail("{Flag: true}", "s"), r#"Flag="true""#);
}

#[test]
fn presence() {
    assert_eq!(tail("{Name: null}", "s"), "NOT Name=*");
    assert_eq!(tail("{Name|exists: true}", "s"), "Name=*");
    assert_eq!(tail("{Name: '*'}", "s"), "Name=*");
}

#[test]
fn every_or_and_every_operand_of_not_stands_in_parentheses() {
    assert_eq!(
        tail("{Name: a}, t: {Id: 1, Other: b}", "s or t"),
        r#"(Name="a" OR (Id=1 AND Other{}.Name="b"))"#
    );
    assert_eq!(tail("{Name: a}", "not s"), r#"NOT (Name="a")"#);
    assert_eq!(
        tail("{Name: a, Id: 1}, t: {Other: b}", "not (s or t)"),
        r#"NOT ((Name="a" AND Id=1) OR Other{}.Name="b")"#
    );
    assert_eq!(tail("{Name: [a, null]}", "s"), r#"(Name="a" OR NOT Name=*)"#);
}

#[test]
fn selective_terms_come_first_and_negations_last() {
    assert_eq!(
        tail("{Name: '*x*'}, t: {Other: y}, u: {Id: 1, Address: [a, b]}", "not t and s and u"),
        r#"Id=1 Address IN ("a","b") Name="*x*" NOT (Other{}.Name="y")"#
    );
}

#[test]
fn a_network_is_a_test_of_its_own() {
    // In a list it is unproven (S34). Host bits are masked (S33).
    assert_eq!(
        tail("{Address|cidr: [10.0.0.0/8, 'fc00::/7']}", "s"),
        r#"(Address="10.0.0.0/8" OR Address="fc00::/7")"#
    );
}

#[test]
fn values_of_the_target_come_through_the_value_map() {
    assert_eq!(tail("{Dotted: [a, 'b*']}", "s"), r#"Dotted IN ("a.","b*")"#);
    assert_eq!(tail("{Kind: high}", "s"), r#"Kind="3""#);
    assert_eq!(tail("{Kind|contains: i}", "s"), r#"Kind IN ("2","3")"#);
}

#[test]
fn several_values_of_one_field_are_any_of() {
    assert_eq!(tail("{Roles: a}", "not s"), r#"NOT (Roles{}="a")"#);
}

#[test]
fn what_only_where_can_say_sends_the_whole_condition_there() {
    // A literal asterisk (S11), one character (S12), case (S06), the empty text (C6), a text like a network (S32).
    // The search repeats what the index can answer; it decides nothing.
    for (selection, expected) in [
        (
            r"{Id: 1, Name: 'a\*b'}",
            r#"Id=1
| where tonumber(Id)==1 AND lower(Name)=="a*b""#,
        ),
        (
            "{Id: 1, Name: 'a?b'}",
            r#"Id=1
| where tonumber(Id)==1 AND match(Name,"(?is)^a.b\z")"#,
        ),
        ("{Id: 1, Name|cased: Ab}", "Id=1 Name=\"Ab\"\n| where tonumber(Id)==1 AND Name==\"Ab\""),
        (
            "{Id: 1, Name: ''}",
            r#"Id=1
| where tonumber(Id)==1 AND Name=="""#,
        ),
        (
            "{Id: 1, Name: 10.0.0.0/8}",
            r#"Id=1
| where tonumber(Id)==1 AND lower(Name)=="10.0.0.0/8""#,
        ),
        ("{Id: 1, Score: 1.5}", "Id=1\n| where tonumber(Id)==1 AND tonumber(Score)==1.5"),
        (
            "{Id: 1, user: x}",
            "Id=1\n| eval user = coalesce(UserName,'User-Id')\n| where tonumber(Id)==1 AND lower(user)==\"x\"",
        ),
    ] {
        assert_eq!(tail(selection, "s"), expected);
    }
}

#[test]
fn a_condition_for_where_leaves_its_necessary_part_in_the_search() {
    // How values begin and end, and whole values, without case; not what is only in them, and nothing negated.
    assert_eq!(
        tail("{Name|cased|endswith: [A, B], Other: '*x*', Id|gt: 5}, t: {Address: q}", "s and not t")
            .lines()
            .next(),
        Some(r#"Name IN ("*A","*B")"#)
    );
    // One of several: only if each has a necessary part.
    assert_eq!(
        tail("{Name|cased: A}, t: {Other: b}, u: {Id: 7}", "(s or t) and u").lines().next(),
        Some(r#"Id=7 (Name="A" OR Other{}.Name="b")"#)
    );
    assert!(tail("{Name|cased: A}, t: {Other|re: b}", "s or t").starts_with("| where"));
    assert!(tail("{Name|cased: A}", "not s").starts_with("| where"));
}

#[test]
fn alternatives_of_one_field_are_one_list() {
    assert_eq!(
        tail("{Name: a}, t: {Name: [b, 'c*']}, u: {Id: 1}", "s or t or u"),
        r#"(Name IN ("a","b","c*") OR Id=1)"#
    );
    assert_eq!(
        tail(
            "{Address|cidr: 10.0.0.0/8}, t: {Address|cidr: 'fc00::/7'}, u: {Name: [a, null]}",
            "s or t or u"
        ),
        r#"(Address="10.0.0.0/8" OR Address="fc00::/7" OR Name="a" OR NOT Name=*)"#
    );
}

#[test]
fn the_time_range_follows_the_facts() {
    let body = "detection: {s: {Name: a}, condition: s}\nschedule: {every: 1h, lookback: 70m, delay: 10m}";
    let options = crate::targets::Options { with_time: true, ..Default::default() };
    let compiled = super::compile_over(super::SOURCE, body, "splunk:escu", options).expect("compiles");
    assert!(
        compiled.text.starts_with(r#"`test_source` Workload=Directory earliest=-70m latest=-10m Name="a""#)
    );
    assert!(!query(body, "splunk").contains("earliest"));
}
