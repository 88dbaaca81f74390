//! Lists: looked up where a lookup means the same, else written out.

use super::{compile, query, refusals, tail};
use crate::targets::Delivery;
use crate::targets::splunk::LookupDefinition;

pub(super) const LIST: &str = "description: d
owner: o
columns: {host: text, number: integer, address: ip, network: cidr, shape: pattern, odd: pattern, word: text}
rows:
  - {host: Abc, number: 5, address: 203.0.113.7, network: 203.0.113.0/24, shape: 'a*', odd: 'a?', word: Müller}
  - {host: 'x y', number: 6, network: '2001:db8::/32', shape: '*b', odd: 'a\\*', word: b}
";

pub(super) const EMPTY: &str = "description: d\nowner: o\ncolumns: {host: text}\n";

/// Look-up lines and what `where` asks, for a lookup `in_NAME`.
fn looked_up(list: &str, column: &str, field: &str, condition: &str) -> String {
    format!(
        "| eval in_{list} = null()\n| lookup {list} {column} AS {field} OUTPUT {column} AS in_{list}\n\
         | where {condition}\n| fields - in_{list}"
    )
}

#[test]
fn a_list_is_looked_up() {
    let listed = "isnotnull(in_hosts)";
    // A column that is not the key can have empty cells, and whether those match the empty text is not documented.
    let cell = "coalesce(in_hosts,\"\")!=\"\"";
    assert_eq!(tail("{Name|in_list: hosts}", "s"), looked_up("hosts", "host", "Name", listed));
    assert_eq!(
        tail("{Name|in_list: hosts}", "not s"),
        looked_up("hosts", "host", "Name", "isnull(in_hosts)")
    );
    assert_eq!(tail("{Id|in_list: hosts.number}", "s"), looked_up("hosts", "number", "Id", cell));
    assert_eq!(tail("{Address|in_list: hosts.network}", "s"), looked_up("hosts", "network", "Address", cell));
    assert_eq!(tail("{Address|in_list: hosts.address}", "s"), looked_up("hosts", "address", "Address", cell));
    assert_eq!(tail("{Name|in_list: hosts.shape}", "s"), looked_up("hosts", "shape", "Name", cell));
    assert_eq!(
        tail("{Other|in_list: none}", "s"),
        looked_up("none", "host", "Other{}.Name", "isnotnull(in_none)")
    );
}

/// One look-up for each field and column, however often it is asked about; the index still gets what it can answer.
#[test]
fn what_stands_beside_a_look_up() {
    let text = tail(
        "{Name|in_list: hosts, Id: 7}, t: {Other|in_list: hosts}, u: {Name|in_list: hosts}",
        "(s or t or u)",
    );
    assert_eq!(
        text,
        "| eval in_hosts = null(), in_hosts_2 = null()\n\
         | lookup hosts host AS Name OUTPUT host AS in_hosts\n\
         | lookup hosts host AS Other{}.Name OUTPUT host AS in_hosts_2\n\
         | where (isnotnull(in_hosts) AND coalesce(tonumber(Id),0)==7) OR isnotnull(in_hosts_2) OR isnotnull(in_hosts)\n\
         | fields - in_hosts in_hosts_2"
    );
    let text = tail("{Name|in_list: hosts, Id: 7}", "s");
    assert!(text.starts_with("Id=7\n| eval in_hosts = null()\n"), "{text}");
}

/// A computed field is there before it is looked up, also under ESCU's names and over data models.
#[test]
fn computed_fields_are_looked_up() {
    let text = query("detection: {s: {user|in_list: hosts}, condition: s}", "splunk");
    let (_, rest) = text.split_once("\n").expect("lines");
    assert_eq!(
        rest.trim(),
        "| eval user = coalesce(UserName,'User-Id')\n".to_owned()
            + &looked_up("hosts", "host", "user", "isnotnull(in_hosts)")
    );
    let text = query("detection: {s: {user|in_list: hosts}, condition: not s}", "splunk:cim");
    assert!(text.contains("| lookup hosts host AS Processes.user OUTPUT host AS in_hosts\n"), "{text}");
    let text =
        query("derive: {low: {lower: Name}}\ndetection: {s: {low|in_list: hosts}, condition: s}", "splunk");
    let (eval, lookup) = (text.find("| eval low = "), text.find("| lookup hosts host AS low"));
    assert!(eval.is_some() && eval < lookup, "{text}");
}

/// Splunk documents no look-up of several values, `?` in `WILDCARD`, or case beyond ASCII; and values that are
/// written in another way are in no lookup.
#[test]
fn what_a_lookup_would_take_differently_is_written_out() {
    assert_eq!(tail("{Roles|in_list: hosts}", "s"), r#"Roles{} IN ("Abc","x y")"#);
    assert_eq!(tail("{Name|in_list: hosts.word}", "s"), r#"Name IN ("Müller","b")"#);
    assert_eq!(tail("{Dotted|in_list: hosts}", "s"), r#"Dotted IN ("Abc.","x y.")"#);
    let text = tail("{Name|in_list: hosts.odd}", "s");
    assert!(text.contains("match(") && !text.contains("lookup"), "{text}");
    let derived = "derive: {kind: {case: {branches: [{when: {Name|in_list: hosts}, then: known}]}}}\n\
                   detection: {s: {kind: known}, condition: s}";
    let text = query(derived, "splunk");
    assert!(text.contains(r#"in(lower(Name),"abc","x y")"#), "{text}");
    let empty = derived.replace("hosts", "none");
    assert_eq!(
        refusals(&empty, "splunk"),
        [("E0501", "splunk cannot say a derivation over the list `none`".to_owned())]
    );
}

#[test]
fn needs_are_said() {
    let needs =
        compile("detection: {s: {Name|in_list: hosts, Roles|in_list: hosts}, condition: s}", "splunk:escu")
            .expect("compiles")
            .needs;
    let lists: Vec<_> = needs
        .lists
        .iter()
        .map(|needed| (needed.list.name.as_str(), needed.column.as_str(), needed.how))
        .collect();
    assert_eq!(lists, [("hosts", "host", Delivery::Inline), ("hosts", "host", Delivery::Lookup)]);
    assert_eq!(needs.macros, ["test_source", "test_detection_filter"]);
    let definition = LookupDefinition::of(&needs.lists[0].list);
    assert_eq!(definition.match_type, ["CIDR(network)", "WILDCARD(shape)", "WILDCARD(odd)"]);
    assert_eq!((definition.filename.as_str(), definition.case_sensitive_match), ("hosts.csv", false));
}

/// The data model writes its own word where an event has nothing.
#[test]
fn a_list_that_holds_the_word_for_missing_is_refused_over_a_data_model() {
    let body = "detection: {s: {Name|in_list: unknown_hosts}, condition: s}";
    let source = super::catalogue(super::SOURCE);
    let catalogue = std::sync::Arc::into_inner(source)
        .expect("one owner")
        .with_list("unknown_hosts.csv", "# owner: o\n# description: d\nhost\nUnknown\n");
    let detection = super::detection(&catalogue, body);
    let target = crate::targets::target("splunk:cim", &std::sync::Arc::new(catalogue)).expect("a profile");
    let findings = target.compile(&detection, crate::targets::Options::default()).expect_err("refused");
    assert_eq!(findings[0].message, "splunk:cim cannot say that `Name` is `unknown`");
}
