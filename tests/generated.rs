//! Documents that are generated from the code are as the code would write them now. `UPDATE=1` refreshes them.

#[path = "common/golden.rs"]
mod golden;

use detc::diagnostics::{Code, Severity};

#[test]
fn the_json_schema_is_up_to_date() {
    let schema = serde_json::to_string_pretty(&detc::schema::json_schema()).expect("a schema is JSON");
    golden::assert_up_to_date("docs/detection.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_json_schema_of_lists_is_up_to_date() {
    let schema = serde_json::to_string_pretty(&detc::schema::list_json_schema()).expect("a schema is JSON");
    golden::assert_up_to_date("docs/list.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_list_of_diagnostics_is_up_to_date() {
    let mut text = String::from(
        "# Diagnostics\n\n\
         Every code that detc reports. `detc explain CODE` prints the same. Errors stop a detection from being compiled,\n\
         warnings do not. Generated from `src/diagnostics/codes.rs`.\n",
    );
    for code in Code::ALL {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        text.push_str(&format!("\n## {} ({severity})\n\n", code.id()));
        for line in code.explanation().trim_end().lines() {
            text.push_str(&format!("{}\n", line.trim()));
        }
    }
    golden::assert_up_to_date("docs/diagnostics.md", &text);
}

#[test]
fn the_list_of_lints_is_up_to_date() {
    let mut text = String::from(
        "# Lints\n\n\
         What is probably not meant, though it compiles. `detc check` reports them as warnings, `detc explain CODE` prints\n\
         the same as here. Generated from the opening comments of `src/lints/`.\n",
    );
    for lint in detc::lints::ALL {
        text.push_str(&format!(
            "\n## {} `{}`\n\n{}\n",
            lint.code.id(),
            lint.name,
            lint.documentation().trim_end()
        ));
    }
    golden::assert_up_to_date("docs/lints.md", &text);
}
