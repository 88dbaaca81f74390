//! The JSON Schema that editors use accepts what detc accepts, and refuses what is plainly wrong.

#[path = "common/detections.rs"]
mod detections;

use detc::source::SourceFile;
use detc::yaml;
use serde_json::{Map, Value, json};

/// The tree of a file as JSON, read by detc's own YAML reader.
fn to_json(node: &yaml::Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Boolean(value) => json!(value),
        yaml::Value::Integer(value) => json!(value),
        yaml::Value::Real(value) => json!(value),
        yaml::Value::Text(value) => json!(value),
        yaml::Value::List(items) => items.iter().map(to_json).collect(),
        yaml::Value::Map(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.value.clone(), to_json(value))).collect())
        }
    }
}

fn parse(name: &str, text: &str) -> Value {
    let mut findings = Vec::new();
    let root = yaml::parse(&SourceFile::new(name, text), &mut findings);
    assert!(findings.is_empty(), "{name}: {findings:?}");
    to_json(&root.expect("a file without findings has a tree"))
}

#[test]
fn shipped_detections_fit_the_schema() {
    let schema = detc::schema::json_schema();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a JSON Schema");
    let mut problems = Vec::new();
    for file in detections::shipped() {
        let instance = parse(file.name(), file.text());
        for error in validator.iter_errors(&instance) {
            problems.push(format!("{}: {}: {error}", file.name(), error.instance_path()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = detc::schema::json_schema();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a JSON Schema");
    let good = parse(
        "good.yml",
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A\nversion: 1\nstatus: test\ntype: ttp\nseverity: low\n\
         author: A\ndate: 2026-03-10\ndescription: D\ndata_source: a.b\n\
         detection: {s: {F|contains: [x, 1]}, condition: s}\n",
    );
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).next().map(|e| e.to_string()));

    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed[key] = value;
        changed
    };
    for (what, wrong) in [
        ("an unknown key", with("descripton", json!("D"))),
        ("a status that does not exist", with("status", json!("done"))),
        ("a version that is text", with("version", json!("1"))),
        ("a list where one text belongs", with("author", json!(["A"]))),
        ("a test without events", with("tests", json!([{"name": "n", "expect": {"matches": 1}}]))),
        (
            "a test with events here and elsewhere",
            with("tests", json!([{"name": "n", "events": [{}], "file": "a", "expect": {"matches": 1}}])),
        ),
        (
            "a test that expects nothing",
            with("tests", json!([{"name": "n", "events": [{}], "expect": {"with": {"F": 1}}}])),
        ),
    ] {
        assert!(!validator.is_valid(&wrong), "the schema accepts {what}");
    }
    let required = ["id", "name", "version", "status", "type", "severity", "author", "date", "description"];
    for key in required {
        let fields: Map<String, Value> = good.as_object().cloned().unwrap_or_default();
        let without: Map<String, Value> = fields.into_iter().filter(|(name, _)| name != key).collect();
        assert!(!validator.is_valid(&Value::Object(without)), "the schema does not require `{key}`");
    }
}
