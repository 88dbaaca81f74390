//! Items: every modifier, and what does not fit.

use super::{condition, findings, shown};

fn item(text: &str) -> String {
    shown(&condition(&format!("detection:\n  s:\n    {text}\n  condition: s")))
}

fn wrong(text: &str) -> Vec<String> {
    findings(&format!("detection:\n  s:\n    {text}\n  condition: s"))
}

#[test]
fn texts_and_their_edges() {
    assert_eq!(item(r"Image|endswith: ['\a.exe', '\b?.exe']"), r"Image=['*\a.exe', '*\b?.exe']");
    assert_eq!(item(r"Image|startswith: 'C:\Users\'"), r"Image=['C:\Users\\*']");
    assert_eq!(item("Image|contains: '*x*'"), "Image=['*x*']");
    assert_eq!(item("Image|cased: Ab"), "Image=[cased'Ab']");
    assert_eq!(item("CommandLine|contains|all: [a, b]"), "(CommandLine=['*a*'] & CommandLine=['*b*'])");
    assert_eq!(item("Image|neq: [a, b]"), "!Image=['a', 'b']");
    assert_eq!(item("Image: '*'"), "Image=[Present]");
    assert_eq!(item("Image: [null, '']"), "Image=[Missing, '']");
    assert_eq!(item("Image|exists: false"), "Image=[Missing]");
    assert_eq!(item("CommandLine: 4688"), "CommandLine=['4688']");
}

#[test]
fn other_types() {
    assert_eq!(item("Port: [443, '80']"), "Port=[Equal 443, Equal 80]");
    assert_eq!(item("Port|gte: 1024"), "Port=[GreaterOrEqual 1024]");
    assert_eq!(item("Signed: 'True'"), "Signed=[Boolean(true)]");
    assert_eq!(item("Address|cidr: ['10.0.0.0/8', 'fc00::/7']"), "Address=[10.0.0.0/8, fc00::/7]");
    assert_eq!(item("CommandLine|re|i: 'a+$'"), "CommandLine=[/a+$/i]");
    assert_eq!(item("Image|fieldref|endswith: CommandLine"), "Image=[EndsWith CommandLine]");
    assert_eq!(item("Time|hour|lt: 6"), "Time=[TimePart { part: Hour, comparison: Less, number: 6 }]");
    assert_eq!(item("Kind: 2"), "Kind=[Equal 2]");
}

#[test]
fn lists() {
    assert_eq!(item("Image|in_list: hosts"), "Image=[in hosts.host]");
    assert_eq!(item("Image|in_list: [hosts, hosts.shape]"), "Image=[in hosts.host, in hosts.shape]");
    assert_eq!(
        item("Image|in_list|all: [hosts, hosts.shape]"),
        "(Image=[in hosts.host] & Image=[in hosts.shape])"
    );
    assert_eq!(item("Image|in_list|neq: hosts"), "!Image=[in hosts.host]");
    assert_eq!(item("Image|expand: '%hosts%'"), "Image=[in hosts.host]");
    assert_eq!(item("Port|in_list: hosts.number"), "Port=[in hosts.number]");
    assert_eq!(item("Address|in_list: hosts.network"), "Address=[in hosts.network]");
    assert_eq!(item("Address|in_list: hosts.address"), "Address=[in hosts.address]");
    assert_eq!(item("Roles|in_list: hosts"), "Roles=[in hosts.host]");
}

#[test]
fn encodings() {
    assert_eq!(item("CommandLine|windash|contains: ' -e'").matches("', '").count(), 4);
    assert_eq!(item("CommandLine|base64offset|contains: foo"), "CommandLine=['*Zm9v*', '*Zvb*', '*mb2*']");
    assert_eq!(
        item("CommandLine|utf16le|base64offset|contains: foo"),
        item("CommandLine|wide|base64offset|contains: foo")
    );
    assert_eq!(item("CommandLine|base64: foo"), "CommandLine=['Zm9v']");
}

#[test]
fn lists_of_mappings_and_keywords() {
    let any = shown(&condition(
        "detection:\n  s:\n    - Image: a\n      Port: 1\n    - x y\n    - 7\n  condition: s",
    ));
    assert_eq!(any, "((Image=['a'] & Port=[Equal 1]) | keyword[*x y*, *7*])");
    assert_eq!(item("'|all': [a, b]"), "(keyword[*a*] & keyword[*b*])");
}

#[test]
fn what_does_not_fit_is_said() {
    let cases: &[(&str, &str)] = &[
        ("Imag: a", "E0303 `test.source` has no field `Imag` | did you mean `Image`? @ Imag"),
        ("Image|contain: a", "E0305 unknown modifier `contain` | did you mean `contains`? @ contain"),
        (
            "Image|contains|startswith: a",
            "E0306 `startswith` does not fit the modifiers before it @ startswith",
        ),
        ("Image|contains: ''", "E0306 the empty text is in every text | use `exists: true` @ ''"),
        ("Image|gt: 5", "E0306 `Image` is of type text: only numbers are compared @ Image|gt"),
        (
            "Port: high",
            "E0401 the value does not fit `Port`, which is of type integer | write a number @ high",
        ),
        (
            "Port|contains: 4",
            "E0401 the value does not fit `Port`, which is of type integer | text modifiers do not fit a number @ 4",
        ),
        (
            "Signed: 1",
            "E0401 the value does not fit `Signed`, which is of type boolean | write `true` or `false` @ 1",
        ),
        ("Level: Hihg", "E0407 `Level` never has the value `Hihg` | did you mean `High`? @ Hihg"),
        ("Kind: 3", "E0407 `Kind` never has the value `3` | did you mean `1`? @ 3"),
        (
            "Image|re: 'a(?=b)'",
            "E0402 bad regular expression: look-around is not supported: Kusto has none @ (?=",
        ),
        (
            "Address|cidr: 10.0.0.1/8",
            "E0403 the address has bits behind the prefix | write 10.0.0.0/8 @ 10.0.0.1/8",
        ),
        (
            "Address|cidr: ten",
            "E0403 `ten` is not a network | for instance 10.0.0.0/8 or 2001:db8::/32 @ ten",
        ),
        ("Image|cidr: 10.0.0.0/8", "E0306 `Image` is of type text, not an address @ Image|cidr"),
        (
            "Image|fieldref: Port",
            "E0306 `Port` is of type integer, `Image` of type text | compare fields of one type @ Port",
        ),
        (
            "Image|in_list: servers",
            "E0310 the list `servers` is not defined | define it in lists/servers.yml or lists/servers.csv @ servers",
        ),
        ("Image|in_list: host", "E0310 the list `host` is not defined | did you mean `hosts`? @ host"),
        (
            "Image|expand: '%servers%'",
            "E0310 the list `servers` is not defined | define it in lists/servers.yml or lists/servers.csv @ '%servers%'",
        ),
        (
            r"Image|expand: 'C:\%hosts%'",
            r"E0310 `C:\%hosts%` is not one placeholder | write `%NAME%` for the list NAME, with a column of type `pattern` for parts of values @ 'C:\%hosts%'",
        ),
        ("Image|in_list: 7", "E0401 `in_list` takes the name of a list | NAME, or NAME.column @ 7"),
        (
            "Image|in_list: hosts.path",
            "E0314 the list `hosts` has no column `path` | its columns are host, number, address, network, shape @ hosts.path",
        ),
        (
            "Image|in_list: hosts.hots",
            "E0314 the list `hosts` has no column `hots` | did you mean `host`? @ hosts.hots",
        ),
        (
            "Image|in_list: hosts.number",
            "E0314 the column `number` of `hosts` is of type integer, `Image` of type text | give the column the type `text` or `pattern`, or name another column: hosts.COLUMN @ hosts.number",
        ),
        (
            "Address|in_list: hosts",
            "E0314 the column `host` of `hosts` is of type text, `Address` of type ip | give the column the type `ip` or `cidr`, or name another column: hosts.COLUMN @ hosts",
        ),
        (
            "Signed|in_list: hosts",
            "E0314 the column `host` of `hosts` is of type text, `Signed` of type boolean | test the values themselves @ hosts",
        ),
        (
            "Image|contains|in_list: hosts",
            "E0306 a list is not for parts of values: give its column the type `pattern` @ Image|contains|in_list",
        ),
        (
            "Image|in_list|cased: hosts",
            "E0306 `cased` goes with plain values and `fieldref` only; `re` is case-sensitive without it @ Image|in_list|cased",
        ),
        (
            "Image|in_list: broken",
            "E0313 `owner` is missing | say who keeps the list up to date @ description: d",
        ),
        (
            "Image|exists: [true, false]",
            "E0306 present and missing at once: the values together fit every event | keep one of them @ [true, false]",
        ),
        ("Image: []", "E0207 the list of values is empty | write `null` to test for a missing field @ []"),
        (
            "CommandLine|base64offset: foo",
            "E0306 `base64offset` finds a part of a longer encoded text, so it needs `contains` @ CommandLine|base64offset",
        ),
        (
            "Changes: x",
            "E0401 `Changes` is a list of name/value pairs | derive: {x: {pair: {list: Changes, name: …}}}, and test `x` @ Changes",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(wrong(text), [*expected], "{text}");
    }
}

#[test]
fn all_findings_come_at_once() {
    let found = wrong("Imag: a\n    Port: high\n    Address|cidr: ten\n    CommandLine|re: '('");
    let codes: Vec<&str> = found.iter().map(|finding| &finding[..5]).collect();
    assert_eq!(codes, ["E0303", "E0401", "E0403", "E0402"]);
}
