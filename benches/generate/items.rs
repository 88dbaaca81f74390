//! Items of selections and events, for a field of any type.

use detc::catalogue::{FieldSpec, Source};
use detc::ir::FieldType;

use super::Dice;

/// Every construct that fits the field's type.
pub(crate) fn candidates(spec: &FieldSpec) -> Vec<String> {
    let name = &spec.field.name;
    if let Some(values) = &spec.values {
        return vec![
            format!("{name}: '{}'", values[0]),
            format!("{name}: [{}]", values.iter().map(|v| format!("'{v}'")).collect::<Vec<_>>().join(", ")),
        ];
    }
    let written: &[&str] = match spec.field.field_type {
        FieldType::Text => &[
            ": 'whole value'",
            r": ['C:\Windows\System32\cmd.exe', 'C:\Windows\SysWOW64\cmd.exe', 'b c', 'd']",
            r"|contains: [' -enc', 'DownloadString', '\AppData\Local\Temp\', '%u', 'a*b']",
            r"|contains|all: ['sekurlsa', '::', 'log on']",
            r"|startswith: ['C:\ProgramData\', '/tmp/']",
            r"|endswith: ['\rundll32.exe', '\regsvr32.exe', '.dll', '@example.com']",
            r": 'C:\Users\\*\AppData\\*.exe'",
            r"|re: '(?i)^[a-z]{8,16}\.(exe|dll)$'",
            "|contains|cased: 'IEX'",
            "|contains|windash: [' -e ', ' -nop ']",
            "|base64offset|contains: 'http://'",
            ": null",
            "|exists: true",
        ],
        FieldType::Ip => &["|cidr: [10.0.0.0/8, 192.168.0.0/16, 'fe80::/10']", ": 203.0.113.9", ": null"],
        FieldType::Integer | FieldType::Real => &[": 443", ": [22, 80, 443, 8080]", "|gte: 1024", "|lt: 10"],
        FieldType::Boolean => &[": true", ": false"],
        FieldType::Timestamp => &["|hour|gte: 22"],
        FieldType::Pairs => &[],
    };
    written.iter().map(|item| format!("{name}{item}")).collect()
}

/// A third of the source's native fields, with values.
pub(crate) fn event(source: &Source, dice: &mut Dice) -> String {
    let mut fields = Vec::new();
    for spec in source.fields.values().filter(|spec| spec.field.kind == detc::ir::FieldKind::Native) {
        if dice.below(3) > 0 {
            continue;
        }
        let value = match (&spec.values, spec.field.field_type) {
            (Some(values), FieldType::Text) => format!("'{}'", values[dice.below(values.len())]),
            (Some(values), _) => values[dice.below(values.len())].clone(),
            (None, FieldType::Text) => {
                let texts = [r"'C:\Windows\System32\cmd.exe'", "'a -enc IEX b'", "'/tmp/x'", "''"];
                texts[dice.below(texts.len())].to_owned()
            }
            (None, FieldType::Integer | FieldType::Real) => dice.below(2_000).to_string(),
            (None, FieldType::Boolean) => (dice.below(2) == 0).to_string(),
            (None, FieldType::Ip) => format!("10.0.{}.{}", dice.below(256), dice.below(256)),
            (None, FieldType::Timestamp) => "'2026-01-01T23:00:00Z'".to_owned(),
            (None, FieldType::Pairs) => "{Name: value}".to_owned(),
        };
        fields.push(format!("{}: {value}", spec.field.name));
    }
    fields.join(", ")
}
