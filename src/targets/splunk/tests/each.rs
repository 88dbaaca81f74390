//! Bindings that say where all fields are at once.

use crate::targets::Options;

const SOURCE: &str = r#"
id: test.source
name: Test
description: A log whose fields keep their names.
fields:
  Name: {meaning: text}
  Id: {type: integer, meaning: a whole number}
  Other: {meaning: text}
  Moved: {meaning: has another name there}
  Hashes: {meaning: "MD5=…,IMPHASH=…"}
  Nowhere: {meaning: not there}
common:
  user: {same_as: Name}
  dest: {same_as: Moved}
  src: {same_as: Nowhere}
bindings:
  splunk:
    select: {source: log}
    keywords: {field: _raw, values: {xml: true}}
    each: {field: 'data.{field}', values: {xml: true}}
    fields:
      Moved: Elsewhere
      Hashes: {field: Hashes, loss: {name: no-imphash, verdict: narrowed, reason: not computed, except: {contains: 'MD5=[0-9A-F]{4}', equals: n/a, startswith: 'MD5=.*', endswith: '[0-9A-F]{4}', missing: true}}}
    unmapped: {Nowhere: nobody writes it}
"#;

fn tail(selection: &str) -> Result<String, Vec<(&'static str, String)>> {
    let body = format!("detection: {{s: {selection}, condition: s}}");
    match super::compile_over(SOURCE, &body, "splunk", Options::default()) {
        Ok(compiled) => Ok(compiled.text.replacen("source=log", "", 1).trim().to_owned()),
        Err(findings) => Err(findings.into_iter().map(|found| (found.code.id(), found.message)).collect()),
    }
}

#[test]
fn fields_that_are_not_listed_are_where_each_says() {
    assert_eq!(tail("{Name: a, Id: 3, Moved: b}"), Ok(r#"data.Name="a" data.Id=3 Elsewhere="b""#.to_owned()));
    // A common field is where the native one is that it equals.
    assert_eq!(tail("{user: a, dest: b}"), Ok(r#"data.Name="a" Elsewhere="b""#.to_owned()));
    for nowhere in ["{Nowhere: a}", "{src: a}"] {
        assert_eq!(tail(nowhere).expect_err("not there")[0].0, "E0503", "{nowhere}");
    }
}

#[test]
fn both_spellings_of_xml_are_tested() {
    assert_eq!(tail("{Name|contains: '2>&1'}"), Ok(r#"data.Name IN ("*2>&1*","*2&gt;&amp;1*")"#.to_owned()));
    assert_eq!(tail("[a<b]"), Ok(r#"| where match(_raw,"(?i)a<b|a&lt;b")"#.to_owned()));
    // Both are spelt alike, so they compare.
    assert!(tail("{Name|fieldref: Other}").is_ok());
    assert!(tail("{Name|fieldref: Moved}").is_err());
}

#[test]
fn a_loss_leaves_out_the_values_that_are_there() {
    assert_eq!(tail("{Hashes|contains: 'md5=12Ab'}"), Ok(r#"Hashes="*md5=12Ab*""#.to_owned()));
    assert_eq!(tail("{Hashes: N/A}"), Ok(r#"Hashes="N/A""#.to_owned()));
    assert_eq!(tail("{Hashes|startswith: MD5=1}"), Ok(r#"Hashes="MD5=1*""#.to_owned()));
    assert_eq!(tail("{Hashes|endswith: 12AB}"), Ok(r#"Hashes="*12AB""#.to_owned()));
    assert!(tail("{Hashes: null}").is_ok() && tail("{Hashes|exists: true}").is_ok());
    for lost in [
        "{Hashes|contains: IMPHASH=12AB}",
        "{Hashes|contains: [MD5=12AB, SHA1=1]}",
        "{Hashes: MD5=12AB}",
        "{Hashes|startswith: IMPHASH}",
        "{Hashes|endswith: xyz}",
        "{Hashes|re: MD5}",
        "{Hashes: 'MD5=*AB'}",
    ] {
        assert_eq!(tail(lost).expect_err("no consent")[0].0, "E0504", "{lost}");
    }
}

#[test]
fn a_wrong_each_is_a_finding_of_the_catalogue() {
    for wrong in
        ["{constant: '{field}'}", "{field: data}", "data", "{eval: 'lower({field}'}", "'data.{field}\"'"]
    {
        let source = SOURCE.replace("{field: 'data.{field}', values: {xml: true}}", wrong);
        let body = "detection: {s: {Name: a}, condition: s}";
        let found = super::compile_over(&source, body, "splunk", Options::default()).expect_err(wrong);
        assert_eq!(found[0].code.id(), "E0701", "{wrong}");
    }
}

#[test]
fn an_expression_can_be_that_of_each_field() {
    let source = SOURCE.replace(
        "{field: 'data.{field}', values: {xml: true}}",
        "{eval: 'replace(_raw,\"<{field}>\",\"\")'}",
    );
    let body = "detection: {s: {Name: a}, condition: s}";
    let compiled = super::compile_over(&source, body, "splunk", Options::default()).expect("compiles");
    assert!(compiled.text.contains(r#"replace(_raw,"<Name>","")"#), "{}", compiled.text);
    // A name that could end the text is refused.
    let odd = source.replace("  Other: ", "  'a\"b': ");
    let found = super::compile_over(&odd, body, "splunk", Options::default()).expect_err("not safe");
    assert_eq!(found[0].code.id(), "E0701");
}
