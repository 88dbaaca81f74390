//! Random queries over a small table, the same on every run.
//!
//! Each query brings its own rows, so that any engine and any checker can take it as it stands. Only what has one
//! answer in Kusto is generated: rows are sorted by a key that differs, and sets before their items are read.

mod expressions;

use std::fmt::Write;

/// The types that the generator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Long,
    Real,
    Bool,
    Time,
    Dynamic,
}

use Kind::{Bool, Dynamic, Long, Real, Text, Time};

/// A small generator (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const WORDS: &[&str] = &[
    "", "a", "A", "ab", "Ab c", "a-b", "a_b", "b a", "abc", "xABx", "10.0.0.1", "a.b", "b", "c d e", "C",
    "%", "a%b", "x\\\\y", "it's", "1", "12", " ",
];
const KEYS: &[&str] = &["k", "K", "l", ""];
const NEEDLES: &[&str] = &["a", "B", "ab", "a b", "", "-", "b a", "A_", ".", "%", "_", "x\\\\", "c d", "1"];
const REGEXES: &[&str] =
    &["a", "^a", "b$", "^$", "[ab]+c?", "(?i)ab", "a.b", "^(a|b)", "\\\\.", "[0-9]+", "a{2}", "\\\\bb"];

/// Query number `number`.
pub(crate) fn query(number: u64) -> String {
    let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x0DDB_1A5E_5BAD_5EED);
    let mut text = String::from(
        "let T = datatable(row:long, s:string, u:string, k:string, n:long, x:real, b:bool, t:datetime, d:dynamic)[\n",
    );
    let rows = 8 + random.below(8);
    for row in 0..rows {
        line(&mut random, row, &mut text);
    }
    text.push_str("];\nlet R = datatable(k:string, m:long, r:string)[\n");
    for _ in 0..2 + random.below(4) {
        let (key, number, word) = (random.pick(KEYS), random.below(4), random.pick(WORDS));
        let _ = writeln!(text, "    \"{key}\", {number}, \"{word}\",");
    }
    text.push_str("];\nT");
    let mut pipeline = Pipeline { random, columns: all_columns(), has_row: true };
    for _ in 0..1 + pipeline.random.below(4) {
        let step = pipeline.step();
        let _ = write!(text, "\n| {step}");
    }
    text
}

fn all_columns() -> Vec<(String, Kind)> {
    [
        ("row", Long),
        ("s", Text),
        ("u", Text),
        ("k", Text),
        ("n", Long),
        ("x", Real),
        ("b", Bool),
        ("t", Time),
        ("d", Dynamic),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .to_vec()
}

/// One row of the table.
fn line(random: &mut Random, row: usize, text: &mut String) {
    let (s, u, k) = (random.pick(WORDS), random.pick(WORDS), random.pick(KEYS));
    let n =
        if random.one_in(5) { "long(null)".to_owned() } else { format!("{}", random.below(9) as i64 - 3) };
    let x = if random.one_in(5) {
        "real(null)".to_owned()
    } else {
        format!("{}.{}", random.below(4), random.pick(&["0", "5", "25"]))
    };
    let b = random.pick(&["true", "false", "bool(null)"]);
    let t = if random.one_in(6) {
        "datetime(null)".to_owned()
    } else {
        format!(
            "datetime(2024-0{}-1{} {:02}:{:02}:0{})",
            1 + random.below(3),
            random.below(9),
            random.below(24),
            random.below(60),
            random.below(9)
        )
    };
    let d = match random.below(6) {
        0 => "dynamic(null)".to_owned(),
        1 => "dynamic({})".to_owned(),
        2 => {
            format!("dynamic({{\"a\": \"{}\", \"n\": {}}})", random.pick(&["p", "Q", "a b"]), random.below(5))
        }
        3 => format!("dynamic({{\"a\": {}, \"l\": [1, \"b\", 2]}})", random.below(5)),
        4 => format!("dynamic({{\"n\": {}.5, \"l\": []}})", random.below(3)),
        _ => format!(
            "dynamic({{\"a\": \"p\", \"l\": [\"{}\", \"q\"], \"o\": {{\"z\": true}}}})",
            random.pick(&["q", "r"])
        ),
    };
    let _ = writeln!(text, "    {row}, \"{s}\", \"{u}\", \"{k}\", {n}, {x}, {b}, {t}, {d},");
}

/// A pipeline that grows, and the columns that it has by now.
struct Pipeline {
    random: Random,
    columns: Vec<(String, Kind)>,
    /// Whether `row` is there, and different in each row.
    has_row: bool,
}

impl Pipeline {
    /// One operator. The columns follow.
    fn step(&mut self) -> String {
        match self.random.below(16) {
            0..=5 => format!("where {}", self.condition(2)),
            6 | 7 => {
                let kind = [Text, Long, Bool, Time, Real][self.random.below(5)];
                let expr = self.expr(kind, 3);
                let name = format!("c{}", self.columns.len());
                self.columns.push((name.clone(), kind));
                format!("extend {name} = {expr}")
            }
            8 => self.project(),
            9 | 10 => self.summarize(),
            11 => self.distinct(),
            12 | 13 => self.join(),
            14 => self.expand(),
            _ if self.has_row => {
                let direction = self.random.pick(&["asc", "desc"]);
                match self.random.below(3) {
                    0 => format!("top {} by row {direction}", 1 + self.random.below(6)),
                    1 => format!("sort by row {direction} | take {}", 1 + self.random.below(6)),
                    _ => {
                        let by = self.column(Long).unwrap_or_else(|| "row".to_owned());
                        format!("sort by {by} {direction}, row asc")
                    }
                }
            }
            _ => {
                self.columns = vec![("Count".to_owned(), Long)];
                "count".to_owned()
            }
        }
    }

    fn project(&mut self) -> String {
        let mut items = Vec::new();
        let mut columns = Vec::new();
        for index in 0..1 + self.random.below(3) {
            let kind = [Text, Long, Bool, Time][self.random.below(4)];
            items.push(format!("p{index} = {}", self.expr(kind, 2)));
            columns.push((format!("p{index}"), kind));
        }
        if self.has_row {
            items.push("row".to_owned());
            columns.push(("row".to_owned(), Long));
        }
        self.columns = columns;
        format!("project {}", items.join(", "))
    }

    fn summarize(&mut self) -> String {
        let mut columns = Vec::new();
        let mut items = Vec::new();
        for index in 0..1 + self.random.below(2) {
            let (text, kind) = match self.random.below(14) {
                0 => ("count()".to_owned(), Long),
                1 => (format!("countif({})", self.condition(1)), Long),
                2 => (format!("sum({})", self.expr(Long, 1)), Long),
                3 => (format!("min({})", self.expr(Long, 1)), Long),
                4 => (format!("max({})", self.expr(Time, 1)), Time),
                5 => (format!("dcount({})", self.expr(Text, 1)), Long),
                6 => (format!("avg({})", self.expr(Real, 1)), Real),
                7 => (format!("array_length(make_set({}))", self.expr(Text, 1)), Long),
                8 => (format!("array_length(make_list({}))", self.expr(Long, 1)), Long),
                9 => (format!("sumif({}, {})", self.expr(Long, 1), self.condition(1)), Long),
                10 => (format!("dcountif({}, {})", self.expr(Long, 1), self.condition(1)), Long),
                11 => (
                    format!("percentile({}, {})", self.expr(Long, 1), self.random.pick(&["50", "90", "100"])),
                    Long,
                ),
                12 => (format!("tostring(array_sort_asc(make_set({})))", self.expr(Text, 1)), Text),
                _ => (format!("max({})", self.expr(Long, 1)), Long),
            };
            items.push(format!("a{index} = {text}"));
            columns.push((format!("a{index}"), kind));
        }
        if self.has_row && self.random.one_in(4) {
            let which = self.random.pick(&["arg_max", "arg_min"]);
            let texts = self.columns.iter().filter(|(name, kind)| *kind == Text && name.len() == 1);
            let other = texts.map(|(name, _)| name.clone()).next().unwrap_or_else(|| "row".to_owned());
            if other == "row" {
                items.push("z0 = max(row)".to_owned());
            } else if self.random.one_in(6) {
                items.push(format!("(z0, z1) = {which}(row, {other})"));
                columns.push(("z0".to_owned(), Long));
            } else {
                items.push(format!("{which}(row, {other})"));
                columns.push((other, Text));
            }
        }
        let by = match self.random.below(4) {
            0 => String::new(),
            1 => {
                columns.push(("g".to_owned(), Text));
                format!(" by g = {}", self.expr(Text, 1))
            }
            2 => {
                columns.push(("g".to_owned(), Time));
                format!(" by g = bin({}, 1d)", self.expr(Time, 0))
            }
            _ => {
                columns.push(("g".to_owned(), Text));
                columns.push(("h".to_owned(), Long));
                format!(" by g = {}, h = {}", self.expr(Text, 0), self.expr(Long, 1))
            }
        };
        self.columns = columns;
        self.has_row = false;
        format!("summarize {}{by}", items.join(", "))
    }

    fn distinct(&mut self) -> String {
        let names: Vec<(String, Kind)> = self
            .columns
            .iter()
            .filter(|(name, kind)| *kind != Dynamic && name != "row")
            .take(1 + self.random.below(2))
            .cloned()
            .collect();
        if names.is_empty() {
            return "where true".to_owned();
        }
        let text = names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        self.columns = names;
        self.has_row = false;
        format!("distinct {text}")
    }

    fn join(&mut self) -> String {
        if !self.columns.iter().any(|(name, kind)| name == "k" && *kind == Text) {
            return format!("where {}", self.condition(1));
        }
        if self.random.one_in(5) && !self.columns.iter().any(|(name, _)| name == "m" || name == "r") {
            let kind = self.random.pick(&["", "kind=inner ", "kind=leftouter "]);
            self.columns.push(("m".to_owned(), Long));
            self.columns.push(("r".to_owned(), Text));
            self.has_row = false;
            return format!("lookup {kind}R on k");
        }
        let kind = self.random.pick(&[
            "inner",
            "leftouter",
            "rightouter",
            "fullouter",
            "leftanti",
            "leftsemi",
            "rightanti",
            "rightsemi",
        ]);
        let right = if self.random.one_in(2) {
            "R".to_owned()
        } else {
            format!("(R | where m > {})", self.random.below(3))
        };
        let condition = if self.random.one_in(2) { "k" } else { "$left.k == $right.k" };
        let taken = |columns: &[(String, Kind)], name: &str| columns.iter().any(|(own, _)| own == name);
        match kind {
            "leftanti" | "leftsemi" => {}
            "rightanti" | "rightsemi" => {
                self.columns = vec![("k".to_owned(), Text), ("m".to_owned(), Long), ("r".to_owned(), Text)];
                self.has_row = false;
            }
            _ => {
                for (name, kind) in [("k", Text), ("m", Long), ("r", Text)] {
                    if !taken(&self.columns, name) {
                        self.columns.push((name.to_owned(), kind));
                    }
                }
                self.has_row = false;
            }
        }
        format!("join kind={kind} {right} on {condition}")
    }

    fn expand(&mut self) -> String {
        if self.path().is_none() {
            return format!("where {}", self.condition(1));
        }
        self.has_row = false;
        let name = format!("e{}", self.columns.len());
        match self.random.below(3) {
            0 => {
                self.columns.push((name.clone(), Text));
                format!("extend l = d.l | mv-expand {name} = l to typeof(string) | project-away l")
            }
            1 => {
                self.columns.push((name.clone(), Long));
                format!("extend l = d.l | mv-expand {name} = l to typeof(long) | project-away l")
            }
            _ => {
                self.columns.push((name.clone(), Text));
                format!("extend l = d.l | mv-expand l | extend {name} = tostring(l) | project-away l")
            }
        }
    }
}
