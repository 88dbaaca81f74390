"""The ways in which converters of Sigma are known to write wrong queries, each with a detector of its own.

In: a Sigma rule as YAML gives it, the query made of it, and the column types of the tables. Out: the name of each defect
that is found, with the piece that shows it. A detector knows the text of the query and the rule alone, nothing of detc.
`selftest/defects.yml` holds a query with each defect, as other converters write it, and one that is near it and right:
a detector that does not tell the two apart is a finding of `checks/selftest.py`.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

# ---------------------------------------------------------------------------------------------------- the rule


@dataclass
class Item:
    """One value of a rule, with the field and the modifiers that it stands under; no field for keywords."""

    field: str | None
    modifiers: list[str]
    value: object


def items(detection: dict) -> Iterator[Item]:
    def walk(node, field=None, modifiers=()):
        if isinstance(node, dict):
            for key, value in node.items():
                name, *words = str(key).split("|")
                yield from walk(value, name or None, words)
        elif isinstance(node, list):
            for entry in node:
                yield from walk(entry, field, modifiers)
        else:
            yield Item(field, list(modifiers), node)

    for name, node in detection.items():
        if name not in ("condition", "timeframe"):
            yield from walk(node)


def pieces(text: str) -> list[str]:
    """A Sigma text in literals and the wildcards `*` and `?`, which stand between: an even index is a literal."""
    found, literal, i = [], "", 0
    while i < len(text):
        if text[i] == "\\" and text[i + 1 : i + 2] and text[i + 1] in "*?\\":
            literal += text[i + 1]
            i += 2
        elif text[i] in "*?":
            found += [literal, text[i]]
            literal = ""
            i += 1
        else:
            literal += text[i]
            i += 1
    return [*found, literal]


@dataclass
class Rule:
    document: dict

    def __post_init__(self):
        self.items = list(items(self.document["detection"]))

    def has(self, *modifiers: str) -> bool:
        return any(set(modifiers) & set(item.modifiers) for item in self.items)

    def texts(self) -> Iterator[list[str]]:
        """The values that are patterns, in pieces."""
        for item in self.items:
            if isinstance(item.value, str) and not {"re", "cidr", "fieldref", "expand"} & set(item.modifiers):
                yield pieces(item.value)

    def literal(self, character: str) -> bool:
        """Whether a value means this character, where it is a wildcard without its escape."""
        return any(character in piece for text in self.texts() for piece in text[::2])


# ---------------------------------------------------------------------------------------------------- the query

Token = tuple[str, str]  # its kind (string, word, number, sign), and its text; a string without quotes and escapes


@functools.lru_cache(maxsize=2)
def kql_tokens(query: str) -> list[Token]:
    pattern = re.compile(
        r"""(?P<comment>//[^\n]*)|@"(?P<v2>(?:[^"]|"")*)"|@'(?P<v1>(?:[^']|'')*)'"""
        r"""|"(?P<s2>(?:[^"\\\n]|\\.)*)"|'(?P<s1>(?:[^'\\\n]|\\.)*)'"""
        r"""|(?P<word>[A-Za-z_$][\w$]*)|(?P<number>\d[\d.]*(?:[eE][+-]\d+)?[\w.]*)|(?P<sign>=~|!~|==|!=|<=|>=|\S)""",
        re.S,
    )
    tokens = []
    for match in pattern.finditer(query):
        kind, text = match.lastgroup, match.group(match.lastgroup)
        if kind == "comment":
            continue
        if kind in ("v1", "v2"):
            tokens.append(("string", text.replace("''" if kind == "v1" else '""', "'" if kind == "v1" else '"')))
        elif kind in ("s1", "s2"):
            tokens.append(("string", re.sub(r"\\(.)", r"\1", text)))
        else:
            tokens.append((kind, text))
    return tokens


@functools.lru_cache(maxsize=2)
def spl_tokens(query: str) -> list[Token]:
    """Comments are left out; a string is given as it is written between its quotes, since `\\*` is what matters."""
    query = re.sub(r"```.*?```", " ", query, flags=re.S)
    pattern = re.compile(
        r'"(?P<string>(?:[^"\\]|\\.)*)"|(?P<field>\'(?:[^\'\\]|\\.)*\')|(?P<macro>`[^`]*`)'
        r"|(?P<word>[\w.:*{}\\/@#-]+)|(?P<sign>==|!=|<=|>=|\S)",
        re.S,
    )
    return [(m.lastgroup, m.group(m.lastgroup)) for m in pattern.finditer(query)]


def head(query: str) -> str:
    """The terms of an SPL query before its first pipe, or those of `where` in `tstats`."""
    query = re.sub(r"```.*?```", " ", query, flags=re.S)
    quoted, out = False, []
    text = query.strip().removeprefix("|").strip()
    for i, c in enumerate(text):
        if c == '"' and text[:i].count("\\", len(text[:i].rstrip("\\"))) % 2 == 0:
            quoted = not quoted
        if c == "|" and not quoted:
            break
        out.append(c)
    return "".join(out)


def unquoted(query: str) -> str:
    """SPL without what stands in its texts."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)


def column_types(schemas: dict) -> dict[str, str]:
    """The columns that have one type in every table, with that type."""
    types: dict[str, set[str]] = {}

    def walk(node):
        for name, value in node.items() if isinstance(node, dict) else ():
            if isinstance(value, str):
                types.setdefault(name, set()).add(value)
            else:
                walk(value)

    walk(schemas)
    return {name: found.pop() for name, found in types.items() if len(found) == 1}


# ---------------------------------------------------------------------------------------------------- the detectors

COMPARISONS = {"=~", "!~", "==", "!=", "contains", "startswith", "endswith", "has", "contains_cs", "startswith_cs"}
JOINTS = {"where", "and", "or", "not", "(", ")", "|", ","}


def kql_compared(tokens: list[Token]) -> Iterator[tuple[str, str, str]]:
    """Comparisons of a column with a text: column, operator, text. Lists give one each."""
    for i, (kind, text) in enumerate(tokens):
        if text in COMPARISONS and kind in ("word", "sign") and i and tokens[i + 1 : i + 2]:
            if tokens[i + 1][0] == "string" and tokens[i - 1][0] != "string":
                yield tokens[i - 1][1], text, tokens[i + 1][1]
        if kind == "word" and text == "in" and i + 2 < len(tokens):
            start = i + 2 if tokens[i + 1][1] == "~" else i + 1
            for inner_kind, inner in tokens[start + 1 :]:
                if inner == ")" and inner_kind == "sign":
                    break
                if inner_kind == "string":
                    yield tokens[i - 1][1], "in", inner


def escaped_wildcard(rule: Rule, query: str, types) -> Iterator[str]:
    """A backslash before a wildcard became an escape: the text that is looked for ends in a star."""
    if not rule.literal("*"):
        yield from (text for _, _, text in kql_compared(kql_tokens(query)) if "*" in text)


def null_of_text(rule: Rule, query: str, types) -> Iterator[str]:
    """A text is never null in Kusto: `isnull` of one is always false."""
    for name in re.findall(r"\bisn(?:ot)?ull\((?:tostring\()?([A-Za-z_]\w*)\)", query):
        if types.get(name) == "string" or f"(tostring({name}" in query:
            yield name


def text_for_a_field(rule: Rule, query: str, types) -> Iterator[str]:
    """A name of a field is written as a text, which is compared with a text."""
    tokens = kql_tokens(query)
    for i, (kind, text) in enumerate(tokens[:-1]):
        before = tokens[i - 1][1] if i else "where"
        after = tokens[i + 1][1]
        quoted_twice = kind == "string" and not text and tokens[i + 1][0] == "word"
        if kind == "string" and before in JOINTS and (after in COMPARISONS or after in ("in", "matches")) or quoted_twice:
            yield f"'{text}' {after}"


def order_lost(rule: Rule, query: str, types) -> Iterator[str]:
    """The parts of a value around an inner wildcard are looked for one by one, in any order."""
    parts = [[part for part in text[::2] if part] for text in rule.texts()]
    values = {part[0] for part in parts if len(part) == 1}
    tokens = kql_tokens(query)
    for i in range(len(tokens) - 6):
        first, joint, second = tokens[i : i + 3], tokens[i + 3], tokens[i + 4 : i + 7]
        if joint[1] != "and" or first[1][1] != "contains" or second[1][1] != "contains" or first[0] != second[0]:
            continue
        one, two = first[2][1], second[2][1]
        if any(one in part[:-1] and two == part[part.index(one) + 1] for part in parts) and not {one, two} <= values:
            yield f"{one} … {two}"


def regex_case(rule: Rule, query: str, types) -> Iterator[str]:
    """A wildcard became a regular expression that regards case, or one that may begin and end anywhere."""
    if rule.has("re", "cased", "base64", "base64offset"):
        return
    whole, all_of_them = set(), set()
    for item in rule.items:
        text = pieces(item.value) if isinstance(item.value, str) else []
        words = {word for literal in text[::2] for word in re.findall(r"\w{3,}", literal)}
        if len(text) > 1:
            all_of_them |= words
            if item.field and not item.modifiers and text[0] and text[-1]:
                whole |= words
    tokens = kql_tokens(query)
    for (_, one), (_, two), (kind, regex) in zip(tokens, tokens[1:], tokens[2:]):
        words = set(re.findall(r"\w{3,}", regex))
        if (one, two, kind) != ("matches", "regex", "string") or not words & all_of_them:
            continue
        anchored = "^" in regex and ("$" in regex or r"\z" in regex)
        if not re.match(r"\(\?[a-z]*i", regex) or words <= whole and not anchored:
            yield regex


def ipv6_as_ipv4(rule: Rule, query: str, types) -> Iterator[str]:
    """A network of IPv6 in a function for IPv4, which is null for it."""
    yield from re.findall(r"""ipv4_is_in_(?:any_)?range\([^()]*["'][0-9a-fA-F]*:[^"']*["'][^()]*\)""", query)


def bare_text(rule: Rule, query: str, types) -> Iterator[str]:
    """A keyword stands as a text where a condition must stand."""
    tokens = kql_tokens(query)
    for i, (kind, text) in enumerate(tokens):
        before = tokens[i - 1][1] if i else ""
        after = tokens[i + 1][1] if i + 1 < len(tokens) else "|"
        opener = before in ("where", "and", "or") or before == "(" and i > 1 and tokens[i - 2][1] in ("where", "and", "or", "not", "(")
        if kind == "string" and opener and after in ("and", "or", ")", "|"):
            yield text


def account_with_domain(rule: Rule, query: str, types) -> Iterator[str]:
    """A column that holds an account without its domain is compared with a part of the domain."""
    for column, _, text in kql_compared(kql_tokens(query)):
        if column.endswith("AccountName") and ("AUTHORI" in text.upper() or "AUTORI" in text.upper() or "\\" in text):
            yield f"{column}: {text}"


def all_terms(rule: Rule, query: str, types) -> Iterator[str]:
    """`has_all` and `has_any` look for terms, which neither equality nor a part of a text is."""
    values = {"".join(text) for text in rule.texts()}
    tokens = kql_tokens(query)
    for i, (kind, text) in enumerate(tokens):
        if kind == "word" and text in ("has_all", "has_any"):
            listed = [inner for inner_kind, inner in tokens[i + 2 : i + 8] if inner_kind == "string"]
            yield from (inner for inner in listed if inner in values)


def control_set(rule: Rule, query: str, types) -> Iterator[str]:
    """The current control set became a fixed one, or one that no registry has."""
    if "ControlSet001" not in str(rule.document["detection"]):
        yield from re.findall(r"[^\"']*ControlSet001[^\"']*", query)


def classes_root(rule: Rule, query: str, types) -> Iterator[str]:
    """HKEY_CLASSES_ROOT is no key below HKEY_LOCAL_MACHINE itself."""
    yield from re.findall(r"HKEY_LOCAL_MACHINE\\+CLASSES[^\"']*", query, flags=re.I)


def number_as_float(rule: Rule, query: str, types) -> Iterator[str]:
    """A large whole number lost its last digits."""
    yield from (text for kind, text in kql_tokens(query) if kind == "number" and re.search(r"\d[eE][+-]?\d", text) and not text.startswith("0x"))


def broken_line(rule: Rule, query: str, types) -> Iterator[str]:
    """A line ends within a text: what follows is read as the query."""
    for line in query.splitlines():
        rest = re.sub(r"""@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", "", line)
        if '"' in rest or "'" in rest:
            yield line


def field_dropped(rule: Rule, query: str, types) -> Iterator[str]:
    """A field that decides is not tested at all: the rule finds more than it says."""
    if any(item.field == "Initiated" for item in rule.items):
        if not re.search(r"Initiated|Direction|ConnectionSuccess|InboundConnection|direction", query):
            yield "Initiated"


def no_query(rule: Rule, query: str, types) -> Iterator[str]:
    """There is no query, or one that finds everything."""
    if not query.strip() or re.fullmatch(r"\s*\w+\s*(\|\s*where\s+(true|isnotnull\(\w+\)))?\s*", query):
        yield query or "(empty)"


# SPL


def no_generating_search(rule: Rule, query: str, types) -> Iterator[str]:
    """The query starts with a command that needs events, so it has none."""
    if match := re.match(r"\s*\|\s*(?!tstats\b|multisearch\b|from\b|inputlookup\b|makeresults\b)(\w+)", query):
        yield match[0]


def no_source(rule: Rule, query: str, types) -> Iterator[str]:
    """Nothing says which events are meant: every index is read, and every log that has the field."""
    if not re.search(r"`\w+(\([^`]*\))?`|\b(index|source|sourcetype|eventtype|tag)\s*(=|IN\b)|\bdatamodel\s*=", unquoted(head(query))):
        yield head(query)[:80]


def filter_by_command(rule: Rule, query: str, types) -> Iterator[str]:
    """`regex` and `rex` as filters stand outside of `or` and `not`, whatever the condition says."""
    yield from re.findall(r"\|\s*(?:regex\s+\S+|rex\s+field=\S+)", unquoted(query))


def group_name(rule: Rule, query: str, types) -> Iterator[str]:
    """The name of a capture holds a character that no name may hold."""
    yield from re.findall(r"\(\?P?<(?![=!])\w*[^\w>][^>]*>", query)


def one_became_many(rule: Rule, query: str, types) -> Iterator[str]:
    """`?`, which is one character, became `*`."""
    if re.search(r"\|\s*where\b", query):
        return
    for text in rule.texts():
        for i in range(1, len(text), 2):
            wanted = "".join(text[i - 1 : i + 2])
            if text[i] == "?" and wanted.replace("?", "*").replace("\\", "\\\\") in query and text[i - 1] and text[i + 1]:
                yield wanted


def literal_star(rule: Rule, query: str, types) -> Iterator[str]:
    """In the search command a star is always a wildcard; `\\*` is none that it knows."""
    for kind, text in spl_tokens(head(query)):
        if kind == "string" and re.search(r"(?<!\\)(?:\\\\)*\\[*?]", text):
            yield text


def bare_phrase(rule: Rule, query: str, types) -> Iterator[str]:
    """A keyword as a phrase finds whole words, not parts of them."""
    tokens = spl_tokens(head(query))
    for i, (kind, text) in enumerate(tokens):
        before = tokens[i - 1][1] if i else ""
        if kind == "string" and before not in ("=", "!=", "<", ">", "<=", ">=", ",") and not (before == "(" and i > 1 and (tokens[i - 2][1] == "IN" or tokens[i - 2][1].endswith("CASE"))):
            yield text


def not_equal(rule: Rule, query: str, types) -> Iterator[str]:
    """`f!=x` loses the events that lack the field, which a negation keeps."""
    yield from re.findall(r"[\w.]+\s*!=\s*\S+", unquoted(head(query)))


def case_in_where(rule: Rule, query: str, types) -> Iterator[str]:
    """`where a=b` regards case, which Sigma does not."""
    if rule.has("cased", "re"):
        return
    tokens, here = spl_tokens(query), False
    for (before, pipe), (kind, left), (_, sign), (right_kind, right) in zip(tokens, tokens[1:], tokens[2:], tokens[3:]):
        if before == "sign" and pipe == "|" or kind == "sign" and left == "|":
            here = "where" in ((kind, left)[1], sign)
        text = right_kind == "field" or right_kind == "string" and re.search("[A-Za-z]", right)
        if here and sign in ("=", "==") and kind in ("field", "word") and text:
            yield f"{left}{sign}{right}"


def broken_base64(rule: Rule, query: str, types) -> Iterator[str]:
    """The byte-order mark of UTF-16 was encoded as UTF-8, or padding was kept in the middle of a text."""
    if rule.has("base64offset", "base64"):
        yield from re.findall(r"77u/\w*", query)
    if rule.has("base64offset"):
        yield from re.findall(r"""["'*]\w{2,}=+["'*]|["']\*+["']""", query)


def part_of_a_key(rule: Rule, query: str, types) -> Iterator[str]:
    """`registry_key_name` is one segment of the path that `TargetObject` is."""
    if any(item.field == "TargetObject" for item in rule.items):
        yield from re.findall(r"Registry\.registry_key_name\s*(?:=|IN)\s*\S+", query)


KQL = (
    escaped_wildcard, null_of_text, text_for_a_field, order_lost, regex_case, ipv6_as_ipv4, bare_text, account_with_domain,
    all_terms, control_set, classes_root, number_as_float, broken_line, field_dropped, no_query, broken_base64,
)
SPL = (
    no_generating_search, no_source, filter_by_command, group_name, one_became_many, literal_star, bare_phrase, not_equal,
    case_in_where, broken_base64, part_of_a_key, field_dropped, no_query,
)


def defects(rule: Rule, query: str, target: str, types: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The defects of one query: the name of each, and the piece that shows it."""
    for detector in SPL if target.startswith("splunk") else KQL:
        for shown in detector(rule, query, types):
            yield detector.__name__, shown
