//! Every code that detc can report. The doc comment of a code is what `detc explain CODE` prints.
//!
//! E01xx: the file as YAML · E02xx: the shape of a detection · E03xx: what a detection names · E04xx: values ·
//! E05xx: what a target cannot say · E06xx: tests · E07xx: the catalogue · E11xx: environments · E08xx: a target's language, read ·
//! E09xx: reading other formats · E10xx: packs · E12xx: proof · W…: warnings, numbered alike.

codes! {
    /// The file is not valid YAML.
    ///
    /// The parser stopped at the place shown; nothing after it was read. Tabs may not indent, brackets and quotes
    /// must be closed, and every alias needs its anchor.
    E0101,
    /// The file is empty, or holds only comments.
    ///
    /// A detection file holds one YAML document. `detc new NAME` writes one to start from.
    E0102,
    /// The file is not UTF-8 text.
    ///
    /// Save the file as UTF-8. A byte-order mark at its start is accepted.
    E0103,
    /// The file is larger than detc reads.
    ///
    /// A detection file may have at most 1 MiB. Long lists of values belong into a list file.
    E0104,
    /// A key stands twice in the same mapping.
    ///
    /// YAML readers differ on which of the two wins, so detc refuses the file. Merge the two, or rename one.
    E0105,
    /// The document is nested too deeply, or expands too far.
    ///
    /// detc reads at most 64 levels, and limits anchors and aliases, so that a hostile file cannot exhaust memory.
    E0106,
    /// The file holds several YAML documents.
    ///
    /// One file is one detection. Split the file at its `---` lines.
    E0107,
    /// A number is written in a way that readers take differently.
    ///
    /// `012`, `0x1F`, `1_000` and `1e3` mean different things to different YAML readers. Quote the value if it is
    /// text, or write it as a plain decimal number.
    E0108,
    /// A key is unknown.
    ///
    /// Unknown keys are refused, because a misspelt key would otherwise be ignored in silence.
    E0201,
    /// A value has the wrong type.
    ///
    /// The message says what is expected at this place and what stands there.
    E0202,
    /// A required key is missing.
    ///
    /// `detc schema` prints the JSON Schema of a detection, `detc new` a complete example.
    E0203,
    /// A value is not one of the words allowed here.
    ///
    /// The help line lists them, or names the nearest.
    E0204,
    /// A condition cannot be parsed.
    ///
    /// Conditions combine selections with `and`, `or`, `not` and parentheses, and groups of them with `1 of NAME*`,
    /// `all of NAME*`, `1 of them`, `all of them`. The operators are written in lower case.
    E0206,
    /// A selection is empty.
    ///
    /// An empty selection would match every event or none, depending on the reader.
    E0207,
    /// Two parts of a detection exclude each other.
    ///
    /// A detection reads one `data_source` with one `detection` block, or several `stages`, each with its own. Stages need
    /// a `correlation`. The results of most correlations are one a group, so that they have no `summarize`. What changes
    /// the result of a condition has no place beside raw queries alone.
    E0208,
    /// A condition names a selection that does not exist.
    E0301,
    /// A selection is not used by the condition.
    ///
    /// A selection without a use is either a slip in the condition or a left-over.
    E0302,
    /// The data source has no such field.
    ///
    /// Fields come from the catalogue: `detc sources ID` lists those of a source.
    E0303,
    /// The catalogue has no such data source.
    ///
    /// `detc sources` lists all of them.
    E0304,
    /// A modifier is unknown.
    E0305,
    /// A modifier does not fit the field or the other modifiers.
    E0306,
    /// Two detections have the same id, name or file name in a pack.
    ///
    /// An id identifies a detection for life; a name becomes the name of saved searches and files.
    E0307,
    /// A technique is not in ATT&CK.
    E0308,
    /// A technique was revoked or deprecated.
    ///
    /// The help line names the successor, where ATT&CK names one.
    E0309,
    /// A list is not defined.
    ///
    /// Lists stand in `lists/NAME.yml` or `lists/NAME.csv`. An unresolved list is never replaced by a wildcard.
    E0310,
    /// A consent names a target or a loss that does not exist.
    E0311,
    /// A message names a field that the result does not have.
    E0312,
    /// A list file is wrong.
    ///
    /// A list has a description, an owner, typed columns, and rows whose cells fit them. The message says what is wrong
    /// with it. `detc schema list` prints the JSON Schema; a CSV file has `# owner: …` and `# description: …` above its
    /// table, and `name` or `name:type` in its head.
    E0313,
    /// A list has no such column, or the column does not fit the field.
    ///
    /// A text field is held against a column of texts or patterns, a number against one of integers, an address against
    /// one of addresses (`ip`) or networks (`cidr`). `NAME.column` names another column than the key.
    E0314,
    /// A correlation names a stage or step that does not exist.
    E0315,
    /// A stage is not used by the correlation.
    E0316,
    /// A field cannot tell groups apart, or is of another type than what it is compared with.
    ///
    /// Groups and steps are tied by fields of one value. Texts and addresses compare with one another, and so do numbers;
    /// nothing else does.
    E0317,
    /// A stage or step leads back to itself.
    ///
    /// A step is tied to steps before it, a stage stands once in a correlation, and `seen` looks up a stage that is no
    /// step.
    E0318,
    /// A test event does not say of which data source it is, or names one that the detection does not read.
    E0319,
    /// A value does not fit the type of its field.
    E0401,
    /// A regular expression is invalid, or uses what not every target can do.
    ///
    /// Look-around and back-references are refused, because Kusto has neither. So are the set operators `&&`, `--`
    /// and `~~` inside a character class.
    E0402,
    /// A network is not valid CIDR notation.
    E0403,
    /// A duration is not valid.
    ///
    /// A duration is a whole number and a unit: `90s`, `15m`, `1h`, `7d`, `2w`.
    E0404,
    /// An id is not a UUID.
    E0405,
    /// A date is not valid.
    ///
    /// Dates are written `YYYY-MM-DD`.
    E0406,
    /// A value is not one that this field can have.
    ///
    /// The catalogue lists the values of this field, and this is none of them: the test could never be true.
    E0407,
    /// A number is out of range.
    E0408,
    /// A text holds characters that it must not hold.
    ///
    /// Names and single-line texts may not hold line breaks or control characters.
    E0409,
    /// The range of a correlation makes no sense.
    ///
    /// A range has at most one end on each side, and some number lies in it. A count has a lower end of at least 1: a
    /// window always holds the event that ends it, so that less would hold for every event.
    E0413,
    /// A target cannot say this.
    ///
    /// The message names the construct, the target and the reason; the help line the way out. detc refuses to write a
    /// query that means something else.
    E0501,
    /// The data source does not exist in a target.
    E0502,
    /// A field does not exist in a target.
    E0503,
    /// A field holds less in a target than the detection needs.
    ///
    /// The query would find fewer or more events than the detection says. Consent to that with `accept`, naming the
    /// target, the loss and a reason; the output then says so.
    E0504,
    /// A raw block is not a well-formed query of its target.
    ///
    /// detc prints it as it stands, and reads it before: by the same reader that runs what detc itself emits.
    E0505,
    /// A test failed.
    E0601,
    /// A test event has a field that the data source lacks.
    E0602,
    /// A catalogue file is wrong.
    ///
    /// The file is in a `data_sources/` folder. The message says what is wrong with it.
    E0701,
    /// A query cannot be read in its language.
    ///
    /// detc reads what it emits and what it imports. The message says what was expected at this place.
    E0801,
    /// A query uses a part of its language that detc does not run.
    ///
    /// The query may be right; detc knows the construct, or meets it nowhere in what it emits, and does not guess what
    /// it does.
    E0802,
    /// What a query finds is undetermined.
    ///
    /// The answer depends on a behaviour that the vendor's documentation leaves open, or contradicts. detc picks no
    /// side. The rule that it depends on is named.
    E0803,
    /// A query that its SIEM refuses to run.
    ///
    /// It can be read, but has a function, an option or a type that fails there.
    E0804,
    /// Running a query takes more time or memory than detc gives to it.
    E0805,
    /// A Sigma document is of a form that is no longer read.
    ///
    /// Collections by `action: global`, `timeframe` and aggregations behind a `|` in the condition belong to Sigma 1.
    /// Write each rule out; counting and order are correlation rules since Sigma 2.
    E0901,
    /// No data source of the catalogue has this log source.
    ///
    /// The `sigma` binding of a data source names its log source, and the rule's must be the same. Give the rules a
    /// data source with `--data-source`, or add one of your own to the catalogue with `--data-sources`.
    E0902,
    /// A correlation or a filter names a rule that is not there, or that it is not for.
    ///
    /// Rules are named by their id or by their `name`. Give detc the files of all of them in one run. A filter is for
    /// rules of its own log source.
    E0903,
    /// A rule uses another taxonomy than Sigma's.
    ///
    /// The names of its fields are not those of the catalogue, so detc cannot know what they mean.
    E0904,
    /// Two rules would be written to the same file.
    ///
    /// Files are named after the files of the rules. Rename one of the two, or write them to folders of their own.
    E0905,
    /// A document is no Sigma rule, correlation or filter.
    ///
    /// A rule has `detection`, a correlation `correlation`, a filter `filter`.
    E0906,
    /// A part of a Sigma correlation cannot be said.
    ///
    /// The message names the part. It is refused rather than left out, since the correlation would find something else.
    E0907,
    /// A detection of Splunk's security content cannot be read.
    ///
    /// A key that every detection has is missing, or holds a word that no version of the format knows.
    E0920,
    /// A detection that is only raw queries has none for this target.
    ///
    /// A query written by hand means nothing in another language, and detc does not translate it. Add a query for the
    /// profile under `raw`, or say what is found by `data_source` and `detection`, which compiles for every target.
    E0950,
    /// A column of a raw query cannot have this name.
    ///
    /// Risk, entities, suppression and drilldowns of a detection that is only raw queries name columns of its result. A
    /// name has letters, digits and `_`, with dots between; rename the column in the query.
    E0951,
    /// A detection that is only raw queries cannot be evaluated.
    ///
    /// Tests hold events against the condition of a detection, and nothing says what that is. Add `data_source` and
    /// `detection`; the raw query then still takes their place in its profile.
    E0952,
    /// A pack cannot hold a file of this name.
    ///
    /// Names must stay inside the pack, be the same on every system, and differ by more than case.
    E1001,
    /// A name cannot be that of a saved search in Splunk.
    ///
    /// Saved searches are named `LABEL - NAME - Rule`. Enterprise Security puts the security domain before it and
    /// `Rule` behind it, and takes 99 characters for all of that. Names are unique, and hold no brackets.
    E1002,
    /// A search calls a macro that the pack does not define, or with another number of arguments.
    ///
    /// Splunk refuses such a search when it runs, which AppInspect does not see.
    E1003,
    /// A schedule cannot be said in cron.
    ///
    /// Cron starts anew with every hour, day and week: it can say every 5, 15 or 30 minutes, every 1, 2, 6 or 12 hours,
    /// every day or week, but not every 45 minutes.
    E1004,
    /// A search reads a lookup, or a column of one, that the pack does not hold.
    ///
    /// Splunk refuses such a search when it runs, which AppInspect does not see. Lists that a detection tests by `in_list`
    /// come along by themselves.
    E1005,
    /// A text cannot stand in a `.conf` file.
    ///
    /// Such a file has no escapes. A line must not end in a backslash, and control characters have no place.
    E1006,
    /// A search holds what could be taken for a token.
    ///
    /// Splunk replaces `$name$` in saved searches and drilldowns by a value of the result. Nothing is known to keep it
    /// from that, so the detection is refused. Write the value so that no two `$` stand around a single word.
    E1007,
    /// A kind of pack cannot hold this detection.
    ///
    /// The message names the rule of the product that stands against it, the help line the way out. Leave the detection
    /// out by naming the others, or change what the message says.
    E1008,
    /// A pack is stale: its sources say something else now than when it was made.
    E1010,
    /// A file of a pack was edited.
    ///
    /// Its hash is not the one that the manifest names. Packs are made from detections: an edit by hand is lost with the
    /// next one, so carry it over.
    E1011,
    /// Something in a pack has no source any more.
    E1012,
    /// Something that the sources give is not in a pack.
    E1013,
    /// A pack has no manifest that can be read, so that nothing can be said about the pack.
    E1014,
    /// A pack is for another environment than the one that it is held against.
    ///
    /// The manifest names the environment that the pack was made for, and `--check` takes that by itself. Leave out
    /// `--environment`, or make the pack anew.
    E1015,
    /// A Microsoft rule cannot have this schedule.
    ///
    /// Scheduled rules of Microsoft Sentinel run every 5 minutes to 14 days and look back for 5 minutes to 14 days, at least
    /// as far as from one run to the next, and from 2 days on every hour at most. Custom detections of Defender run
    /// every 1, 3, 12 or 24 hours. An environment may give the detection another `schedule` for such a product.
    E1020,
    /// A rule shows a column that its query does not return.
    ///
    /// Microsoft's products take such a rule and leave the entity or detail out of every alert. Names of columns are told apart
    /// by case. It happens to raw queries only: let them return a column that is called as the field is.
    E1021,
    /// A detection is beyond a limit of Microsoft's documentation or of the checks of Azure-Sentinel.
    E1022,
    /// A detection cannot be a near-real-time rule: such a rule sees one minute of events, and a workspace takes 50.
    E1023,
    /// A list cannot be a watchlist.
    ///
    /// A watchlist holds at most 3.8 MB, 10 KB a row and 10,240 characters a line, and its rows are told apart by a search key
    /// that no row lacks.
    E1024,
    /// The query cannot be a custom detection of Defender.
    ///
    /// Its result must have the columns `Timestamp` and `ReportId` of an event, so that the alert can point to it.
    E1025,
    /// A custom detection of Defender does not say what it is about.
    ///
    /// Each alert is about a device, account, mailbox or address at least, which a column of the result must name: those that the
    /// data source carries along, or what `entities` and `risk` name.
    E1026,
    /// An environment names what does not exist.
    ///
    /// An environment changes detections by their ids, and names of the catalogue by profile. What is gone would leave
    /// the environment without effect.
    E1101,
    /// What an environment changes does not fit.
    ///
    /// A threshold is for a correlation that counts, a stage for a detection that has it, and a query that is written by
    /// hand is changed by hand.
    E1102,
    /// An exclusion takes away what a detection is for: a test that must match no longer would.
    E1103,
    /// A macro is defined that no data source is found by.
    ///
    /// An environment, or `[macros]` in `detc.toml`, says what the macros stand for that say where events are. The
    /// filter of a detection is not defined so: what must not alert is an exclusion.
    E1104,
    /// What a macro shall stand for cannot stand in a search.
    ///
    /// The macro stands among other terms of `search`: it can hold such terms, with `OR`, `NOT` and parentheses, and no
    /// pipe, subsearch, comment or other macro.
    E1105,
    /// A rule is disabled in the environment that it is converted for (`enabled: false`).
    E1106,
    /// A target finds something else than the detection means.
    ///
    /// The emitted query was run over the test's events, as rows of the target. The place is the first clause that holds in the one
    /// and not in the other; where none differs, it is what is made of the events. Either the query is wrong, which is a bug, or the
    /// catalogue says something that is not so, or the loss that explains it has not been accepted.
    E1201,
    /// The events of a test cannot stand in a target as they are.
    ///
    /// The detection reads a field whose value the target's binding cannot carry, or that is there though the event lacks
    /// it. Give the event as the product records it: whole paths, accounts with their domain, values that exist there.
    E1202,
    /// A query cannot be run.
    ///
    /// It depends on a behaviour of the target that is not documented, or uses what detc does not run: see E0802 and
    /// E0803. What detc emits must not, so this is a bug.
    E1203,
    /// A file of events is not valid JSON, holds no event, or is not there.
    ///
    /// It holds one event, an array of events, or one event after another (NDJSON). An event is an object: neutral field to
    /// value, and beside the fields `at` and `data_source`, as in a test.
    E1220,
    /// An event has another shape than an event can have.
    ///
    /// The value of a field is a text, a number, a boolean or null, an array of such values, or an object of them for a
    /// field of name/value pairs. No field is given twice.
    E1221,
    /// No test of a detection notices a mistake in its query.
    ///
    /// `detc test --mutate` puts one small mistake after the other into each query. One over which every test comes out the same could
    /// as well have been made by the compiler, or by whoever edits the query. Add the test that the help asks for. Where none can
    /// tell the two apart, say so under `mutants` in the detection, or in `detc.toml`, with the reason.
    E1222,
    /// An explanation of mutants names a kind of change that does not exist.
    E1223,
    /// The query of a detection cannot be run over its tests.
    ///
    /// The note says why: the query lies outside of what is interpreted, its answer is not known, or the binding of a data
    /// source has an error. `detc test` says more.
    E1224,
    /// A test cannot be written as a query that brings its events along.
    ///
    /// The note says why: `tstats` reads the summaries of a data model, which no search can make, and some events cannot
    /// stand in a target at all.
    E1225,
    /// An explanation of mutants explains nothing. It would hide a mutant that survives later.
    W1220,
    /// A search is kept as it is.
    ///
    /// It says more than a detection can, or of fields and events that the catalogue does not have. It stands under `raw`
    /// with the reason, and compiles for its own profile alone.
    W0920,
    /// A filter of Sigma keeps what it names.
    ///
    /// Its condition is joined to those of the rules by *and*, as it is written: `condition: selection` finds nothing but the
    /// events of the selection. To leave them out, write `condition: not selection`.
    W0930,
    /// A part of a raw query is not checked.
    ///
    /// detc does not read this part of the language. The query may be right; whether it is shows in the product.
    W0950,
    /// A value ends in an escaped wildcard, which is probably not meant.
    ///
    /// `\*` is a literal star. A path that ends in a backslash followed by a wildcard is written `\\*`.
    W0401,
    /// A kind of pack cannot carry a part of a detection.
    ///
    /// The pack is made without it. Set the part by hand in the product, or choose a kind that carries it.
    W1001,
    /// A query has changed, and the version of its detection has not.
    ///
    /// `detc.lock` holds what each detection meant when its version was last raised. Who runs an older query cannot tell
    /// it from this one by the version. Raise the version, then `detc lock`.
    W1002,
    /// The version of a detection went back.
    ///
    /// Whoever has the higher version would not take the lower one for news. A version only rises.
    W1003,
    /// A consent is not needed by this detection for this target. It would hide a later loss.
    W0302,
    /// A detection has no test that must match, or none that must not.
    W0601,
    /// A regular expression has a simpler form.
    ///
    /// `contains`, `startswith`, `endswith` or a plain value says the same and runs faster in every target.
    W0402,
    /// An exclusion is out of date.
    ///
    /// It was wanted until the day that it says, and stays in the queries until it is removed: what a query means does not
    /// depend on the day on which it is compiled. `detc check --date YYYY-MM-DD` asks for another day than today.
    W1101,
    /// A schedule leaves gaps: it looks back for less time than passes between two runs.
    ///
    /// Every run looks at the `lookback` before its end, and the ends are `every` apart. Events in between are never
    /// looked at. Make `lookback` at least as long as `every`; a little more also finds events that come late.
    W0403,
    /// A schedule looks back for less time than the correlation needs.
    ///
    /// What a run does not read it cannot correlate: `lookback` must cover the window and, so that nothing is lost between
    /// two runs, the time between them.
    W0404,
    /// The condition of a Sigma rule does not use one of its selections: a slip, or a left-over.
    W0410,
    /// A tag of a Sigma rule names a technique that ATT&CK does not have, or no longer has.
    ///
    /// The technique is left out; where ATT&CK names a successor, that stands in its place.
    W0411,
    /// A Sigma rule does not say something that a detection must have; the message says what stands in its place.
    W0412,
    /// A key of a Sigma rule is unknown, and near to one that is known.
    ///
    /// Sigma allows keys of one's own, so it is left out; but it may be a slip.
    W0413,
    /// A number of a Sigma rule has leading zeros, and is read as text.
    ///
    /// YAML 1.1 has no number with leading zeros and an 8 or a 9, YAML 1.2 drops the zeros. Quote it.
    W0414,
    /// A Sigma rule looks for the empty text in a field.
    ///
    /// Every text contains, starts with and ends with the empty text: the test holds whenever the field is there. As one
    /// of several values it makes the others pointless.
    W0415,
}
