//! Tests of the target as a whole: a small data source, detections as text, queries as text.

mod conditions;
mod correlations;
mod derive;
mod escaping;
mod lists;
mod many;
mod output;
mod refusals;
mod types;
mod union;

use std::sync::{Arc, LazyLock};

use super::{Kusto, PROFILES};
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::ir::Detection;
use crate::resolve::{Context, resolve_file};
use crate::source::SourceFile;
use crate::targets::{Compiled, Options, Target};

const SOURCE: &str = r#"
id: test.events
name: Test events
description: Events for tests.
fields:
  Image: {meaning: The program.}
  CommandLine: {meaning: The command line.}
  Operation: {meaning: What was done.}
  Hidden: {meaning: A computed column.}
  Status: {meaning: A computed column whose name another field reads.}
  Code: {type: integer, meaning: A number in an int column.}
  Long: {type: integer, meaning: A number in a long column.}
  CodeText: {type: integer, meaning: A number in a string column.}
  Load: {type: real, meaning: A number with a fraction.}
  Port: {meaning: A text in an int column.}
  Key: {meaning: A text in a guid column.}
  Flag: {type: boolean, meaning: A boolean.}
  FlagText: {type: boolean, meaning: A boolean in a string column.}
  Address: {type: ip, meaning: An address.}
  Time: {type: timestamp, meaning: When.}
  Roles: {many: true, meaning: Roles.}
  Ports: {many: true, type: integer, meaning: Ports.}
  Params: {type: pairs, meaning: Parameters.}
  Rights: {meaning: A value of a name/value list.}
  Level: {meaning: Other words there.}
  Partly: {meaning: Not always there.}
  Gone: {meaning: Not there.}
  odd-name: {meaning: A name that needs quotes.}
common:
  user: {}
  src: {}
  dest: {}
  process: {}
  vendor_product: {}
bindings:
  kusto:sentinel:
    table: Events
    where: Kind == "process" or Kind == "thread"
    keywords: tostring(Raw)
    bags: {Bag: {of: parse_json(Parameters), name: Name, value: Value}}
    fields:
      Image: Image
      CommandLine: CommandLine
      Operation: {column: ActionType, values: {append: .}}
      Hidden: {expr: tostring(Raw.hidden)}
      Status: {expr: tostring(Raw.status)}
      Code: {column: Code, type: int}
      Long: {column: Long, type: long}
      CodeText: CodeText
      Load: {column: Load, type: real}
      Port: {column: Port, type: int}
      Key: {column: Key, type: guid}
      Flag: {column: Flag, type: bool}
      FlagText: FlagText
      Address: Address
      Time: {column: Time, type: datetime}
      Roles: {array: Raw.roles}
      Ports: {array: Raw.ports, type: long}
      Params: {pairs: parse_json(Parameters), name: Name, value: Value}
      Rights: {expr: tostring(Bag.Rights)}
      Level: {column: Level, values: {map: {low: "1", high: "3"}}}
      Partly: {column: Partly, loss: {name: partly-filled, verdict: narrowed, reason: the column is often empty}}
      odd-name: {expr: 'tostring(Raw["odd-name"])'}
      user: {expr: 'coalesce(tostring(Raw.user), tostring(Raw.app))'}
      src: Address
      dest: {expr: 'strcat(Status, "/", Image)'}
      process: {expr: tostring(Raw.hidden)}
      vendor_product: {constant: Test Events}
    unmapped: {Gone: the table never has it}
  kusto:xdr:
    table: DeviceEvents
    identity: [DeviceId, DeviceName]
    fields: {Image: FolderPath, dest: DeviceName, user: {expr: tostring(AdditionalFields.user)}}
  kusto:asim:
    function: imProcessCreate
    fields: {Image: TargetProcessName}
"#;

const UNION: &str = r#"
id: test.union
name: Two tables
description: Events in two tables.
fields:
  Image: {meaning: The program.}
  User: {meaning: The account.}
  EventID: {type: integer, meaning: The number.}
  Mixed: {type: integer, meaning: Not of one type.}
  it's-odd: {meaning: A name that cannot stand in a literal.}
common: {user: {}, dest: {}}
absent: {'kusto:xdr': nobody collects it there}
bindings:
  kusto:sentinel:
    lets: {decode: '(t: string) { replace_string(t, "&amp;", "&") }'}
    union:
      - table: WindowsEvent
        where: Provider == "P" and EventID == 1
        each: tostring(EventData.{field})
        fields: {EventID: {column: EventID, type: int}, Mixed: {column: A, type: int}}
      - table: Event
        where: Source == "P"
        each: 'decode(extract(@''<Data Name="{field}">([^<]*)</Data>'', 1, EventData))'
        fields: {EventID: {column: EventID, type: int}, Mixed: B}
    fields:
      user: {expr: 'tostring(split(User, "\\")[-1])'}
      dest: Computer
"#;

fn catalogue() -> Arc<Catalogue> {
    static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
        Arc::new(
            Catalogue::embedded()
                .with_text("test.events", SOURCE)
                .with_text("test.union", UNION)
                .with_list("hosts.yml", lists::LIST)
                .with_list("none.yml", lists::EMPTY),
        )
    });
    Arc::clone(&CATALOGUE)
}

/// The body follows the metadata and the data source.
fn detection_of(source: &str, body: &str) -> Detection {
    let text = format!(
        "id: 7c0fa490-12b0-4d0b-b9f5-e101d1e0e06f\nname: A test\nversion: 1\nstatus: test\ntype: ttp\n\
         severity: low\nauthor: nobody\ndate: 2026-01-02\ndescription: A test.\ndata_source: {source}\n{body}\n"
    );
    let catalogue = catalogue();
    let profiles: Vec<&str> = PROFILES.iter().map(|profile| profile.id).collect();
    let context = Context { catalogue: &catalogue, profiles: &profiles };
    let mut findings = Vec::new();
    let file = SourceFile::new("test.yml", text.as_str());
    resolve_file(&file, &context, &mut findings).unwrap_or_else(|| panic!("{findings:#?}\n{text}"))
}

fn compile_as(profile: &str, source: &str, body: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let detection = detection_of(source, body);
    let Some(profile) = PROFILES.iter().find(|known| known.id == profile) else { panic!("{profile}") };
    Kusto::new(profile, catalogue()).compile(&detection, Options::default())
}

fn compile(body: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile_as("kusto:sentinel", "test.events", body)
}

/// A detection of one selection.
fn selecting(items: &str) -> String {
    format!("detection:\n  s: {{{items}}}\n  condition: s")
}

/// The query of a detection, without the table and the facts of the binding, which every one has.
fn query(body: &str) -> String {
    let compiled = compile(body).unwrap_or_else(|findings| panic!("{findings:#?}\n{body}"));
    let head = "Events\n| where Kind == \"process\" or Kind == \"thread\"\n";
    let rest = compiled.text.strip_prefix(head);
    rest.unwrap_or_else(|| panic!("{}", compiled.text)).trim_end().to_owned()
}

/// What `where` says of these items.
fn tested(items: &str) -> String {
    query(&selecting(items))
}

/// What `where` says of their negation.
fn excluded(items: &str) -> String {
    query(&format!("detection:\n  s: {{{items}}}\n  condition: not s"))
}

/// The codes and messages of the errors.
fn refused(body: &str) -> Vec<String> {
    match compile(body) {
        Ok(compiled) => panic!("compiles:\n{}", compiled.text),
        Err(findings) => {
            for finding in &findings {
                assert!(finding.help.is_some(), "no way out: {}", finding.message);
                assert!(!finding.labels.is_empty(), "no place: {}", finding.message);
            }
            findings.iter().map(|finding| format!("{} {}", finding.code.id(), finding.message)).collect()
        }
    }
}
