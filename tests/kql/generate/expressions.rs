//! Random scalar expressions over the columns that a pipeline has.

use super::Kind::{self, Bool, Dynamic, Long, Real, Text, Time};
use super::{NEEDLES, Pipeline, REGEXES, WORDS};

impl Pipeline {
    pub(super) fn column(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<String> =
            self.columns.iter().filter(|(_, own)| *own == kind).map(|(name, _)| name.clone()).collect();
        if fitting.is_empty() { None } else { Some(fitting[self.random.below(fitting.len())].clone()) }
    }

    pub(super) fn literal(&mut self, kind: Kind) -> String {
        match kind {
            Text => format!("\"{}\"", self.random.pick(WORDS)),
            Long => format!("{}", self.random.below(9)),
            Real => format!("{}.5", self.random.below(4)),
            Bool => self.random.pick(&["true", "false"]).to_owned(),
            Time => format!("datetime(2024-0{}-15)", 1 + self.random.below(3)),
            Dynamic => self.random.pick(&["dynamic([1, 2])", "dynamic({\"a\": \"p\"})"]).to_owned(),
        }
    }

    /// An expression of a type, no deeper than `depth`.
    pub(super) fn expr(&mut self, kind: Kind, depth: usize) -> String {
        let column = self.column(kind);
        if depth == 0 || self.random.one_in(3) {
            return column.unwrap_or_else(|| self.literal(kind));
        }
        let inner = depth - 1;
        match kind {
            Bool => self.condition(inner),
            Text => self.text(inner),
            Long => self.long(inner),
            Real => match self.random.below(3) {
                0 => format!("({} + {})", self.expr(Real, inner), self.literal(Real)),
                1 => format!("({} * {})", self.expr(Real, inner), self.literal(Real)),
                _ => format!("todouble({})", self.expr(Long, inner)),
            },
            Time => match self.random.below(4) {
                0 => format!(
                    "bin({}, {})",
                    self.expr(Time, inner),
                    self.random.pick(&["1h", "1d", "15m", "30s"])
                ),
                1 => format!("startofday({})", self.expr(Time, inner)),
                2 => format!("({} + {})", self.expr(Time, inner), self.random.pick(&["1h", "2d", "90s"])),
                _ => format!(
                    "iff({}, {}, {})",
                    self.condition(inner),
                    self.expr(Time, inner),
                    self.expr(Time, inner)
                ),
            },
            Dynamic => column.unwrap_or_else(|| self.literal(kind)),
        }
    }

    /// An expression of one of these types.
    pub(super) fn of(&mut self, kinds: &[Kind], depth: usize) -> String {
        let kind = kinds[self.random.below(kinds.len())];
        self.expr(kind, depth)
    }

    pub(super) fn path(&mut self) -> Option<String> {
        let bag = self.columns.iter().any(|(name, kind)| name == "d" && *kind == Dynamic);
        bag.then(|| {
            self.random.pick(&["d.a", "d[\"a\"]", "d.l[0]", "d.l[-1]", "d.o.z", "d.n", "d.none"]).to_owned()
        })
    }

    fn text(&mut self, depth: usize) -> String {
        match self.random.below(15) {
            0 => format!("tolower({})", self.expr(Text, depth)),
            1 => format!("toupper({})", self.expr(Text, depth)),
            2 => format!("strcat({}, \"-\", {})", self.expr(Text, depth), self.expr(Text, depth)),
            3 => format!("substring({}, {})", self.expr(Text, depth), self.random.below(3)),
            4 => format!(
                "substring({}, {}, {})",
                self.expr(Text, depth),
                self.random.below(3),
                self.random.below(3)
            ),
            5 => format!(
                "replace_string({}, \"{}\", \"{}\")",
                self.expr(Text, depth),
                self.random.pick(&["a", "b", "%", "-"]),
                self.random.pick(&["", "zz", "\\\\"])
            ),
            6 => format!("trim(\"{}\", {})", self.random.pick(&["a", "[ab]+", " "]), self.expr(Text, depth)),
            7 => format!(
                "extract(\"{}\", 1, {})",
                self.random.pick(&["(a+)", "([a-z])[a-z]", "^(.).*$"]),
                self.expr(Text, depth)
            ),
            8 => format!(
                "iff({}, {}, {})",
                self.condition(depth),
                self.expr(Text, depth),
                self.expr(Text, depth)
            ),
            9 => format!(
                "case({}, {}, {}, {}, {})",
                self.condition(depth),
                self.expr(Text, depth),
                self.condition(depth),
                self.literal(Text),
                self.literal(Text)
            ),
            10 => format!("coalesce({}, {}, \"z\")", self.expr(Text, depth), self.expr(Text, depth)),
            11 => format!(
                "tostring(split({}, \"{}\")[{}])",
                self.expr(Text, depth),
                self.random.pick(&["a", "-", "."]),
                self.random.below(2)
            ),
            12 => match self.path() {
                Some(path) => format!("tostring({path})"),
                None => self.literal(Text),
            },
            13 => format!("tostring({})", self.expr(Long, depth)),
            _ => format!("tostring({})", self.of(&[Bool, Time], depth)),
        }
    }

    fn long(&mut self, depth: usize) -> String {
        match self.random.below(13) {
            0 => format!("strlen({})", self.expr(Text, depth)),
            1 => format!("({} + {})", self.expr(Long, depth), self.expr(Long, depth)),
            2 => format!("({} * {})", self.expr(Long, depth), self.literal(Long)),
            3 => format!("({} / {})", self.expr(Long, depth), self.random.below(4)),
            4 => format!("({} % {})", self.expr(Long, depth), 1 + self.random.below(4)),
            5 => format!("indexof({}, \"{}\")", self.expr(Text, depth), self.random.pick(&["a", "b", "ab"])),
            6 => format!("tolong({})", self.expr(Text, depth)),
            7 => format!("countof({}, \"{}\")", self.expr(Text, depth), self.random.pick(&["a", "ab"])),
            8 => format!(
                "iff({}, {}, {})",
                self.condition(depth),
                self.expr(Long, depth),
                self.expr(Long, depth)
            ),
            9 => format!("coalesce({}, {})", self.expr(Long, depth), self.literal(Long)),
            10 => format!("hourofday({})", self.expr(Time, depth)),
            11 => format!(
                "datetime_diff(\"{}\", {}, datetime(2024-02-01))",
                self.random.pick(&["day", "hour", "minute", "month"]),
                self.expr(Time, depth)
            ),
            _ => match self.path() {
                Some(path) => format!("tolong({path})"),
                None => self.literal(Long),
            },
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> String {
        match self.random.below(20) {
            0..=5 => {
                let operator = self.random.pick(&[
                    "==",
                    "!=",
                    "=~",
                    "!~",
                    "contains",
                    "!contains",
                    "contains_cs",
                    "startswith",
                    "!startswith",
                    "startswith_cs",
                    "endswith",
                    "endswith_cs",
                    "!endswith_cs",
                    "has",
                    "!has",
                    "has_cs",
                    "hasprefix",
                    "hassuffix",
                    "!contains_cs",
                ]);
                format!("{} {operator} \"{}\"", self.expr(Text, depth), self.random.pick(NEEDLES))
            }
            6 => format!("{} matches regex \"{}\"", self.expr(Text, depth), self.random.pick(REGEXES)),
            7 => {
                let operator = self.random.pick(&["in", "!in", "in~", "!in~"]);
                format!(
                    "{} {operator} (\"{}\", \"{}\")",
                    self.expr(Text, depth),
                    self.random.pick(WORDS),
                    self.random.pick(WORDS)
                )
            }
            8 => {
                let operator = self.random.pick(&["has_any", "has_all"]);
                format!(
                    "{} {operator} (\"{}\", \"{}\")",
                    self.expr(Text, depth),
                    self.random.pick(NEEDLES),
                    self.random.pick(NEEDLES)
                )
            }
            9 | 10 => {
                let operator = self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("{} {operator} {}", self.expr(Long, depth), self.literal(Long))
            }
            11 => {
                let operator = self.random.pick(&["==", "!=", "<", ">="]);
                format!("{} {operator} {}", self.expr(Time, depth), self.literal(Time))
            }
            12 => format!("{} between (1 .. {})", self.expr(Long, depth), self.random.below(6)),
            13 => format!(
                "{} between (datetime(2024-01-12) .. {})",
                self.expr(Time, depth),
                self.random.pick(&["datetime(2024-02-20)", "30d"])
            ),
            14 => format!("{}({})", self.random.pick(&["isempty", "isnotempty"]), self.expr(Text, depth)),
            15 => format!(
                "{}({})",
                self.random.pick(&["isnull", "isnotnull"]),
                self.of(&[Long, Time, Bool], depth)
            ),
            16 if depth > 0 => format!("({} and {})", self.condition(depth - 1), self.condition(depth - 1)),
            17 if depth > 0 => format!("({} or {})", self.condition(depth - 1), self.condition(depth - 1)),
            18 if depth > 0 => format!("not({})", self.condition(depth - 1)),
            _ => format!("{} in (1, 2, {})", self.expr(Long, depth), self.random.below(9)),
        }
    }
}
