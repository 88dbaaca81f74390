//! Conditions that go to `where`.

use super::tail;

/// What `where` gets for a selection, next to a test that forces it there and must stay as it is.
fn filter(selection: &str, condition: &str) -> String {
    let text = tail(&format!("{selection}, force: {{Name|cased: X}}"), &format!("force and {condition}"));
    let (_, rest) = text.split_once(r#"| where Name=="X" AND "#).expect("one where");
    rest.to_owned()
}

#[test]
fn in_a_chain_of_tests_the_short_form_is_right() {
    assert_eq!(filter("{Other: aB}", "s"), r#"lower('Other{}.Name')=="ab""#);
    assert_eq!(filter("{Other|contains: 'a.b'}", "s"), r#"match('Other{}.Name',"(?i)a\.b")"#);
    assert_eq!(filter("{Other|startswith: a}", "s"), r#"match('Other{}.Name',"(?i)^a")"#);
    assert_eq!(filter("{Other|endswith: a}", "s"), r#"match('Other{}.Name',"(?i)a\z")"#);
    assert_eq!(filter("{Other: [a, b]}", "s"), r#"in(lower('Other{}.Name'),"a","b")"#);
    assert_eq!(filter("{Other: [a, 'b?', 'c?']}", "s"), r#"match('Other{}.Name',"(?is)^(?:a|b.|c.)\z")"#);
    assert_eq!(
        filter("{Other: [a, 'b*']}", "s"),
        r#"(lower(coalesce('Other{}.Name',""))=="a" OR match(coalesce('Other{}.Name',""),"(?i)^b"))"#
    );
    assert_eq!(filter("{Other|cased: [A, b]}", "s"), r#"in('Other{}.Name',"A","b")"#);
    // A field that looks like a number is one (E10), so that it stands beside no text (C4).
    assert_eq!(filter("{Other|cased: [A, '1']}", "s"), r#"match('Other{}.Name',"^(?:A|1)\z")"#);
    assert_eq!(filter("{Id|gt: 9}", "s"), "tonumber(Id)>9");
    assert_eq!(filter("{Other: null}", "s"), "isnull('Other{}.Name')");
}

#[test]
fn under_or_and_not_no_test_is_null() {
    assert_eq!(filter("{Other: a}", "not s"), r#"NOT (lower(coalesce('Other{}.Name',""))=="a")"#);
    assert_eq!(filter("{Other: [a, b]}", "not s"), r#"NOT in(lower(coalesce('Other{}.Name',"")),"a","b")"#);
    assert_eq!(
        filter("{Other|contains: a}, t: {Id: 1}", "(s or t)"),
        r#"(match(coalesce('Other{}.Name',""),"(?i)a") OR coalesce(tonumber(Id),0)==1)"#
    );
    // Several whole numbers are a list of texts, as the log writes them (E30).
    assert_eq!(filter("{Id: [1, 2]}", "s"), r#"in(Id,"1","2")"#);
    assert_eq!(filter("{Id: [1, 2]}", "not s"), r#"NOT in(coalesce(Id,""),"1","2")"#);
    assert_eq!(filter("{Ports: [1, 2]}", "s").matches("mvfilter").count(), 2);
    // What stands for a missing number must not satisfy the test.
    assert_eq!(filter("{Id: 0}", "not s"), "NOT (coalesce(tonumber(Id),-1)==0)");
    assert_eq!(filter("{Id|gt: 0}", "not s"), "NOT (coalesce(tonumber(Id),0)>0)");
    assert_eq!(filter("{Id|gte: 0}", "not s"), "NOT (coalesce(tonumber(Id),-1)>=0)");
    assert_eq!(filter("{Id|lt: -1}", "not s"), "NOT (coalesce(tonumber(Id),0)<-1)");
    assert_eq!(filter("{Id|lt: 5}", "not s"), "NOT (if(tonumber(Id)<5,1,0)==1)");
    assert_eq!(filter("{Other: ''}", "not s"), r#"NOT (if('Other{}.Name'=="",1,0)==1)"#);
    assert_eq!(
        filter("{Address|cidr: 10.0.0.0/8}", "not s"),
        r#"NOT cidrmatch("10.0.0.0/8",coalesce(Address,""))"#
    );
    // An expression that matches the empty text must not take a missing field for one.
    assert_eq!(
        filter("{Other|re: '^a?'}", "not s"),
        r#"NOT (isnotnull('Other{}.Name') AND match(coalesce('Other{}.Name',""),"^a?"))"#
    );
    assert_eq!(
        filter("{Other: a, Id: 1}", "not s"),
        r#"NOT (lower(coalesce('Other{}.Name',""))=="a" AND coalesce(tonumber(Id),0)==1)"#
    );
}

#[test]
fn beside_a_test_for_missing_no_other_test_asks_for_presence() {
    assert_eq!(
        filter("{Other: [null, '', '-']}", "not s"),
        r#"NOT (isnull('Other{}.Name') OR match(coalesce('Other{}.Name',""),"(?i)^(?:-|)\z"))"#
    );
    assert_eq!(
        filter("{Other: ['', null]}", "s"),
        r#"(isnull('Other{}.Name') OR coalesce('Other{}.Name',"")=="")"#
    );
}

#[test]
fn alternatives_of_one_field_become_one_test() {
    assert_eq!(
        filter("{Other: a}, t: {Id: 1}, u: {Other: [b, a]}", "(s or t or u)"),
        r#"(in(lower(coalesce('Other{}.Name',"")),"a","b") OR coalesce(tonumber(Id),0)==1)"#
    );
}

#[test]
fn a_negated_presence_is_the_other_function() {
    assert_eq!(filter("{Other: null}", "not s"), "isnotnull('Other{}.Name')");
}

#[test]
fn a_list_of_values_is_searched_with_mvfind() {
    assert_eq!(filter("{Roles: a}", "s"), r#"isnotnull(mvfind('Roles{}',"(?i)^a\z"))"#);
    assert_eq!(filter("{Roles|contains: [a, b]}", "not s"), r#"isnull(mvfind('Roles{}',"(?i)a|b"))"#);
    assert_eq!(filter("{Ports|gt: 9}", "s"), "coalesce(mvcount(mvfilter(tonumber(Ports)>9)),0)>0");
    assert_eq!(filter("{Roles|re: 'a$'}", "s"), r#"isnotnull(mvfind('Roles{}',"a\z"))"#);
}

#[test]
fn regular_expressions() {
    assert_eq!(filter("{Other|re: '^\\d+$'}", "s"), r#"match('Other{}.Name',"^\d+\z")"#);
    assert_eq!(filter("{Other|re|i|s: 'a.b'}", "s"), r#"match('Other{}.Name',"(?is)a.b")"#);
    // A literal backslash is four (E53); a quote is escaped (E55); an escaped pipe must not become an alternative (S35).
    assert_eq!(filter(r#"{Other|re: 'c:\\x"\|y'}"#, "s"), r#"match('Other{}.Name',"c:\\\\x\"\x7Cy")"#);
}

#[test]
fn fields_are_compared_without_reading_wildcards() {
    assert_eq!(filter("{Name|fieldref: dest}", "s"), "lower(Name)==lower(dest)");
    assert_eq!(filter("{Name|fieldref: dest}", "not s"), "NOT (if(lower(Name)==lower(dest),1,0)==1)");
    assert_eq!(
        filter("{Name|fieldref|startswith: dest}", "s"),
        "substr(lower(Name),1,len(lower(dest)))==lower(dest)"
    );
    assert_eq!(
        filter("{Name|fieldref|endswith: dest}", "s"),
        "len(lower(dest))<=len(lower(Name)) AND substr(lower(Name),(len(lower(Name))-len(lower(dest)))+1)==lower(dest)"
    );
    assert_eq!(
        filter("{Name|fieldref|contains: dest}", "s"),
        "isnotnull(Name) AND isnotnull(dest) AND (lower(dest)==\"\" OR \
         len(coalesce(mvjoin(split(lower(Name),lower(dest)),\"\"),\"\"))<len(lower(Name)))"
    );
}

#[test]
fn the_hour_is_that_of_utc() {
    assert_eq!(filter("{Time|hour|gte: 22}", "s"), "(floor(_time/3600)%24)>=22");
}

#[test]
fn keywords_are_substrings_of_the_event() {
    assert_eq!(tail("[mimikatz, 'a*b']", "s"), r#"| where match(_raw,"(?is)mimikatz|a.*b")"#);
    // Where the event is JSON, a backslash is doubled and a quote follows one.
    assert_eq!(tail(r#"['C:\x "y"']"#, "s"), r#"| where match(_raw,"(?i)C:\\\\{1,2}x \\\\?\"y\\\\?\"")"#);
}
