//! Columns that are no strings, and null under a negation.

use super::{excluded, refused, selecting, tested};

#[test]
fn literals_have_the_columns_type() {
    assert_eq!(tested("Code: 5"), "| where Code == 5");
    assert_eq!(tested("Code: [5, 6]"), "| where Code in (5, 6)");
    assert_eq!(tested("Code|gte: 5"), "| where Code >= 5");
    assert_eq!(tested("Load|lt: 1.5"), "| where Load < 1.5");
    assert_eq!(tested("Port: '443'"), "| where Port == 443");
    assert_eq!(tested("Port: ['80', '443']"), "| where Port in (80, 443)");
    assert_eq!(tested("Port|startswith: '4'"), "| where tostring(Port) startswith \"4\"");
    assert_eq!(tested("Flag: true"), "| where Flag == true");
    assert_eq!(
        tested("Key: 74BE27DE-1E4E-49D9-B579-FE0B331D3642"),
        "| where Key == guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"
    );
}

#[test]
fn a_string_column_holds_texts_of_numbers() {
    assert_eq!(tested("CodeText: [5, 6]"), r#"| where CodeText in ("5", "6")"#);
    assert_eq!(tested("CodeText|gt: 5"), "| where tolong(CodeText) > 5");
    assert_eq!(tested("FlagText: true"), r#"| where FlagText =~ "true""#);
}

/// `null > 5` is null, and so is its negation: the row would be lost.
#[test]
fn order_under_a_negation_asks_for_a_value() {
    assert_eq!(excluded("Code|gt: 5"), "| where not(isnotnull(Code) and Code > 5)");
    assert_eq!(excluded("Code: 5"), "| where Code != 5");
    assert_eq!(excluded("Code: [5, 6]"), "| where Code !in (5, 6)");
    assert_eq!(excluded("Flag: true"), "| where Flag != true");
    assert_eq!(
        excluded("CodeText|gt: 5"),
        "| where not(isnotnull(tolong(CodeText)) and tolong(CodeText) > 5)"
    );
}

#[test]
fn null_is_tested_by_type() {
    assert_eq!(tested("Code: null"), "| where isnull(Code)");
    assert_eq!(tested("Flag|exists: true"), "| where isnotnull(Flag)");
    assert_eq!(tested("Code: [null, 5]"), "| where isnull(Code) or Code == 5");
}

#[test]
fn what_a_column_can_never_hold_is_refused() {
    assert_eq!(
        refused(&selecting("Port: abc")),
        ["E0407 kusto:sentinel: `abc` is not a value that `Port` can have there"]
    );
    assert_eq!(
        refused(&selecting("Port: '0443'")),
        ["E0407 kusto:sentinel: `0443` is not a value that `Port` can have there"]
    );
    assert_eq!(
        refused(&selecting("Key: abc")),
        ["E0407 kusto:sentinel: `abc` is not a value that `Key` can have there"]
    );
}

#[test]
fn networks_of_both_families() {
    assert_eq!(tested("Address|cidr: 10.0.0.0/8"), r#"| where ipv4_is_in_range(Address, "10.0.0.0/8")"#);
    assert_eq!(
        tested("Address|cidr: [10.0.0.0/8, 'fe80::/10', 192.0.2.0/24]"),
        "| where ipv4_is_in_any_range(Address, \"10.0.0.0/8\", \"192.0.2.0/24\") or \
         ipv6_is_in_range(Address, \"fe80::/10\")"
    );
    assert_eq!(
        excluded("Address|cidr: [10.0.0.0/8, 'fe80::/10']"),
        "| where not(coalesce(ipv4_is_in_range(Address, \"10.0.0.0/8\"), false))\n\
         | where not(coalesce(ipv6_is_in_range(Address, \"fe80::/10\"), false))"
    );
    // `::/0` holds what IPv4 is mapped to, but no IPv4 address lies in it.
    assert_eq!(
        tested("Address|cidr: '::/0'"),
        r#"| where Address contains ":" and ipv6_is_in_range(Address, "::/0")"#
    );
}

#[test]
fn parts_of_a_moment() {
    assert_eq!(tested("Time|hour: 3"), "| where hourofday(Time) == 3");
    assert_eq!(tested("Time|minute: 5"), r#"| where datetime_part("Minute", Time) == 5"#);
    assert_eq!(tested("Time|day: 1"), "| where dayofmonth(Time) == 1");
    assert_eq!(tested("Time|week: 9"), "| where week_of_year(Time) == 9");
    assert_eq!(tested("Time|month: 2"), "| where monthofyear(Time) == 2");
    assert_eq!(tested("Time|year: 2026"), "| where getyear(Time) == 2026");
}

/// Two missing values are not equal, and every text contains the empty one.
#[test]
fn two_fields_are_compared_where_both_are_there() {
    assert_eq!(
        tested("Image|fieldref: CommandLine"),
        "| where isnotempty(CommandLine) and tolower(Image) == tolower(CommandLine)"
    );
    assert_eq!(
        tested("Image|fieldref|contains: CommandLine"),
        "| where isnotempty(CommandLine) and tolower(Image) contains_cs tolower(CommandLine)"
    );
    assert_eq!(
        tested("Image|fieldref|startswith: Port"),
        "| where isnotempty(tostring(Port)) and tolower(Image) startswith_cs tolower(tostring(Port))"
    );
    assert_eq!(
        tested("Image|fieldref|cased: CommandLine"),
        "| where isnotempty(CommandLine) and Image == CommandLine"
    );
    assert_eq!(
        tested("CodeText|fieldref: Code"),
        "| where isnotempty(tostring(Code)) and tolower(CodeText) == tolower(tostring(Code))"
    );
    assert_eq!(tested("Code|fieldref: Long"), "| where isnotnull(Code) and Code == Long");
}
