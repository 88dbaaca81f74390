//! Every name in a `kusto:*` binding against Microsoft's schemas.
//!
//! In: a binding's tree, merged, and the schemas. Out: what is wrong with it, in words. Knows the binding's format from
//! `data_sources/README.md` and nothing of the target that reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::expression::{first_arguments, names};
use super::schemas::{Columns, Schemas};

/// The native fields with the word for their type.
pub(super) type Natives = BTreeMap<String, &'static str>;

/// What `each` gives for a field of such a type.
fn type_by_each(each: Option<&Value>, field_type: &str) -> &'static str {
    match (each.and_then(|each| each.get(field_type)), field_type) {
        (Some(_), "integer") => "long",
        (Some(_), "real") => "real",
        (Some(_), "boolean") => "bool",
        (Some(_), "timestamp") => "datetime",
        _ => "string",
    }
}

/// What is wrong with one binding.
pub(super) struct Check<'a> {
    environment: &'a str,
    schemas: &'a Schemas,
    /// The native fields of the source, with the word for their type: the names that hold after a union.
    native: &'a Natives,
    problems: Vec<String>,
}

/// The names that an expression may use.
struct Scope {
    columns: Columns,
    bags: BTreeSet<String>,
}

impl<'a> Check<'a> {
    /// Checks a whole binding of `kusto:ENVIRONMENT`.
    pub(super) fn binding(
        environment: &'a str,
        binding: &Value,
        native: &'a Natives,
        schemas: &'a Schemas,
    ) -> Vec<String> {
        let mut check = Self { environment, schemas, native, problems: Vec::new() };
        let empty = Map::new();
        let binding = binding.as_object().unwrap_or(&empty);
        match binding.get("union").and_then(Value::as_array) {
            None => {
                let columns = check.columns(binding);
                check.each_column(binding, &columns);
                check.body(binding, columns);
            }
            Some(legs) => check.union(binding, legs),
        }
        check.problems
    }

    fn union(&mut self, binding: &Map<String, Value>, legs: &[Value]) {
        let mut types: BTreeMap<String, String> = BTreeMap::new();
        for leg in legs.iter().filter_map(Value::as_object) {
            let columns = self.columns(leg);
            self.each_column(leg, &columns);
            self.body(leg, columns);
            let listed: BTreeSet<&String> = entries(leg, "fields").map(|(field, _)| field).collect();
            let rest =
                self.native.iter().filter(|(field, _)| leg.contains_key("each") && !listed.contains(field));
            let by_each = rest.map(|(field, of)| (field, type_by_each(leg.get("each"), of).to_owned()));
            let by_name = entries(leg, "fields")
                .map(|(field, place)| (field, type_of(place).unwrap_or("string").to_owned()));
            for (field, written) in by_name.chain(by_each) {
                let before = types.entry(field.clone()).or_insert_with(|| written.clone());
                if *before != written {
                    self.problems
                        .push(format!("`{field}` is {before} in one table and {written} in another"));
                }
            }
            let covered =
                |name: &&String| leg.contains_key("each") || leg["fields"].get(name.as_str()).is_some();
            let left: Vec<_> =
                self.native.keys().filter(|name| !covered(name) && !is_unmapped(binding, name)).collect();
            if !left.is_empty() {
                self.problems.push(format!("a table of the union lacks {left:?}"));
            }
        }
        for name in self.native.keys() {
            types.entry(name.clone()).or_insert_with(|| "string".to_owned());
        }
        types.insert(self.time(binding), "datetime".to_owned());
        self.body(binding, types);
    }

    /// Conditions, bags, keywords and fields over these columns.
    fn body(&mut self, part: &Map<String, Value>, columns: Columns) {
        let mut scope = Scope { columns, bags: BTreeSet::new() };
        for (name, bag) in entries(part, "bags") {
            self.expression(bag["of"].as_str().unwrap_or_default(), &scope);
            scope.bags.insert(name.clone());
        }
        for key in ["where", "keywords"] {
            if let Some(text) = part.get(key).and_then(Value::as_str) {
                self.expression(text, &scope);
            }
        }
        let each = part.get("each");
        let by_type = each.and_then(Value::as_object).into_iter().flatten().map(|(_, text)| text);
        for text in
            each.into_iter().chain(by_type).filter_map(Value::as_str).filter(|text| *text != "{field}")
        {
            self.expression(&text.replace("{field}", "any"), &scope);
        }
        for column in part.get("identity").and_then(Value::as_array).into_iter().flatten() {
            self.column(column.as_str().unwrap_or_default(), "string", &scope);
        }
        for (field, place) in entries(part, "fields") {
            self.place(field, place, &scope);
        }
    }

    /// Where `each` is the column of the field's own name, that must exist, with the type that goes with the field's.
    fn each_column(&mut self, part: &Map<String, Value>, columns: &Columns) {
        let listed =
            |name: &str| entries(part, "fields").any(|(field, _)| field == name) || is_unmapped(part, name);
        for (name, of) in self.native.iter().filter(|(name, _)| !listed(name)) {
            let each = part.get("each");
            let text =
                each.and_then(|each| each.get(*of).or_else(|| each.get("text")).unwrap_or(each).as_str());
            if text == Some("{field}") {
                let scope = Scope { columns: columns.clone(), bags: BTreeSet::new() };
                self.column(name, type_by_each(each, of), &scope);
            }
        }
    }

    fn place(&mut self, field: &str, place: &Value, scope: &Scope) {
        if let Some(column) = place.as_str() {
            return self.column(column, "string", scope);
        }
        let text = |key: &str| place.get(key).and_then(Value::as_str);
        let known = ["column", "expr", "array", "pairs", "constant"];
        if known.iter().filter(|key| text(key).is_some()).count() != 1 {
            self.problems.push(format!("`{field}` must have one of {known:?}"));
        }
        if let Some(column) = text("column") {
            self.column(column, type_of(place).unwrap_or("string"), scope);
        }
        for key in ["expr", "array", "pairs"] {
            let Some(expression) = text(key) else { continue };
            self.expression(expression, scope);
            // A list that is a column itself must be dynamic: many hold lists as JSON text.
            if key != "expr" && scope.columns.get(expression).is_some_and(|found| found != "dynamic") {
                self.problems.push(format!("`{field}`: `{expression}` is not dynamic"));
            }
        }
    }

    fn column(&mut self, name: &str, expected: &str, scope: &Scope) {
        match scope.columns.get(name) {
            None => self.problems.push(format!("there is no column `{name}`")),
            Some(found) if found == expected => {}
            Some(found) => self.problems.push(format!("the column `{name}` is {found}, not {expected}")),
        }
    }

    fn expression(&mut self, text: &str, scope: &Scope) {
        for name in names(text) {
            match scope.columns.get(&name.text) {
                _ if scope.bags.contains(&name.text) => {}
                None => self.problems.push(format!("there is no column `{}` for `{text}`", name.text)),
                Some(found) if name.is_opened && found != "dynamic" => {
                    self.problems.push(format!("`{}` is {found} and is opened in `{text}`", name.text));
                }
                Some(_) => {}
            }
        }
        for argument in first_arguments(text, "parse_json") {
            if scope.columns.get(argument).is_some_and(|found| found != "string") {
                self.problems.push(format!("`{argument}` is not a text and is parsed in `{text}`"));
            }
        }
    }

    /// The columns of the table or function that a binding, or a leg, names. Checks the column with the time.
    fn columns(&mut self, part: &Map<String, Value>) -> Columns {
        let text = |key: &str| part.get(key).and_then(Value::as_str);
        let (what, found) = match (text("table"), text("function")) {
            (Some(table), None) => (table, self.schemas.table(self.environment, table)),
            (None, Some(function)) => (function, self.schemas.function(function)),
            _ => ("one of `table`, `function`, `union`", None),
        };
        let Some(columns) = found else {
            self.problems.push(format!("there is no {what}"));
            return Columns::new();
        };
        let time = self.time(part);
        if columns.get(&time).map(String::as_str) != Some("datetime") {
            self.problems.push(format!("`{time}` is no time in {what}"));
        }
        columns.clone()
    }

    fn time(&self, part: &Map<String, Value>) -> String {
        let default = if self.environment == "xdr" { "Timestamp" } else { "TimeGenerated" };
        part.get("time").and_then(Value::as_str).unwrap_or(default).to_owned()
    }
}

fn entries<'m>(part: &'m Map<String, Value>, key: &str) -> impl Iterator<Item = (&'m String, &'m Value)> {
    part.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn type_of(place: &Value) -> Option<&str> {
    place.get("type").and_then(Value::as_str)
}

fn is_unmapped(binding: &Map<String, Value>, name: &str) -> bool {
    entries(binding, "unmapped").any(|(unmapped, _)| unmapped == name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(environment: &str, binding: &Value) -> Vec<String> {
        let native = [("A".to_owned(), "text")].into();
        Check::binding(environment, binding, &native, &Schemas::read())
    }

    #[test]
    fn a_sound_binding_has_no_problems() {
        let sound = json!({"table": "AuditLogs", "bags": {"B": {"of": "AdditionalDetails", "name": "key", "value": "value"}},
            "where": "Result == \"x\"", "fields": {"A": "OperationName", "B": {"expr": "tostring(InitiatedBy.user.id)"},
            "C": {"expr": "tostring(B.x)"}, "D": {"column": "DurationMs", "type": "long"}}});
        assert_eq!(problems("sentinel", &sound), [""; 0]);
    }

    #[test]
    fn every_kind_of_mistake_is_found() {
        let table = |fields: Value| json!({"table": "OfficeActivity", "fields": {"A": fields}});
        for (environment, binding, expected) in [
            ("xdr", json!({"table": "OfficeActivity"}), "there is no OfficeActivity"),
            ("asim", json!({"function": "imNothing"}), "there is no imNothing"),
            ("sentinel", table(json!("operation")), "there is no column `operation`"),
            (
                "sentinel",
                table(json!({"column": "InternalLogonType"})),
                "the column `InternalLogonType` is int, not string",
            ),
            (
                "sentinel",
                table(json!({"expr": "tostring(Parameters.x)"})),
                "`Parameters` is string and is opened in `tostring(Parameters.x)`",
            ),
            (
                "sentinel",
                table(json!({"expr": "tolower(Nope)"})),
                "there is no column `Nope` for `tolower(Nope)`",
            ),
            (
                "sentinel",
                table(json!({"pairs": "Parameters", "name": "Name", "value": "Value"})),
                "`A`: `Parameters` is not dynamic",
            ),
            (
                "sentinel",
                table(json!({"expr": "parse_json(OperationProperties)"})),
                "`OperationProperties` is not a text and is parsed in `parse_json(OperationProperties)`",
            ),
            (
                "sentinel",
                json!({"table": "AuditLogs", "where": "Nope == 1"}),
                "there is no column `Nope` for `Nope == 1`",
            ),
            ("sentinel", json!({"table": "AuditLogs", "time": "Result"}), "`Result` is no time in AuditLogs"),
            (
                "sentinel",
                json!({"union": [{"table": "AuditLogs", "fields": {}}], "fields": {}}),
                "a table of the union lacks [\"A\"]",
            ),
            (
                "sentinel",
                json!({"union": [{"table": "AuditLogs", "fields": {"A": "Result"}}], "fields": {"b": "Result"}}),
                "there is no column `Result`",
            ),
        ] {
            assert_eq!(problems(environment, &binding), [expected], "{binding}");
        }
    }
}
