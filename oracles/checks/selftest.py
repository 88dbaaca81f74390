#!/usr/bin/env python3
"""The checkers themselves: each must find what is wrong, and be silent about what is right.

usage: selftest.py            (what the other checks are given is not read)
"""

import json
import sys

import yaml
from common import ORACLES, findings, json_lines, run_kqlcheck, run_lines, run_sigma

sys.path.insert(0, str(ORACLES))
import defects  # noqa: E402


def kqlcheck():
    cases = json_lines(ORACLES / "selftest" / "kqlcheck.ndjson")
    for environment in sorted({case["env"] for case in cases}):
        wanted = {case["id"]: case for case in cases if case["env"] == environment}
        for answer in run_kqlcheck(environment, [{"id": i, "query": c["query"]} for i, c in wanted.items()]):
            codes = [d["code"] for d in answer["diagnostics"] if d["severity"] == "Error"]
            if codes[:1] != wanted[answer["id"]]["codes"][:1]:
                yield f"kqlcheck: {answer['id']}: {codes}, not {wanted[answer['id']]['codes']}"
    yield len(cases)


def kqlrun():
    cases = json_lines(ORACLES / "selftest" / "kqlrun.ndjson")
    answers = run_lines([sys.executable, ORACLES / "kqlrun.py"], cases)
    for case, answer in zip(cases, answers, strict=True):
        for key, expected in case["expect"].items():
            found = answer.get(key)
            if (found is None) if expected is True else (found != expected):
                yield f"kqlrun: {case['id']}: {answer}, not {case['expect']}"
    yield len(cases)


def sigma():
    files = sorted((ORACLES / "selftest" / "sigma").glob("*.yml"))
    for file in files:
        found = run_sigma([file])
        if bool(found) != file.name.startswith("bad-"):
            yield f"sigma_check: {file.name}: {found or 'no finding'}"
    yield len(files)


def sigma_same():
    """Another spelling is the same condition; another value, case, field or polarity is not."""
    rule = "title: A\nlogsource: {category: test}\ndetection:\n  a: {X: [b, '1'], Y|contains: c}\n  d: {Z: '*'}\n  condition: "
    one = rule + "a and not d"
    same = [one, rule + "not d and a", rule.replace("'1'", "1") + "not (d or not a)", one.replace("'*'", "'**'").replace("b", "B")]
    other = [rule + "a or not d", rule + "a and d", one.replace("Y|", "W|"), one.replace("contains", "endswith"), one.replace("'1'", "'2'")]
    pairs = [{"id": n, "one": one, "other": text} for n, text in enumerate(same + other)]
    yield from same_only(pairs, len(same))


def sigma_same_correlations():
    """The same correlation in other words is the same; another kind, window, count, key, order or rule is not."""
    rule = "title: A\nname: a\nlogsource: {category: test}\ndetection: {s: {X: b}, condition: s}\n---\n"
    rules = rule + rule.replace("title: A", "title: B").replace("name: a", "name: b").replace("X: b", "Y: c")
    two = "title: C\ncorrelation: {type: temporal_ordered, rules: [a, b], group-by: [U], timespan: 5m}\n"
    count = "title: C\ncorrelation: {type: event_count, rules: [a], group-by: [U, V], timespan: 1h, condition: {gt: 9}}\n"
    keyed = two.replace("group-by: [U]", "aliases: {k: {a: U, b: W}}, group-by: [k]")
    cases = [
        (two, two.replace("5m", "300s"), True),
        (count, count.replace("gt: 9", "gte: 10").replace("[U, V]", "[V, U]"), True),
        (keyed, keyed.replace("k: {", "key: {").replace("[k]", "[key]"), True),
        (two, two.replace("[a, b]", "[b, a]"), False),
        (two, two.replace("_ordered", ""), False),
        (two, two.replace("5m", "5h"), False),
        (two, keyed, False),
        (count, count.replace("gt: 9", "gte: 9"), False),
        (count, count.replace("[U, V]", "[U]"), False),
        (count, count.replace("[a]", "[b]"), False),
    ]
    cases.sort(key=lambda case: not case[2])
    pairs = [
        {"id": n, "one": rules + one, "other": rules + other, "title": "C"} for n, (one, other, _) in enumerate(cases)
    ]
    yield from same_only(pairs, sum(same for *_, same in cases))


def same_only(pairs, same):
    """The first so many pairs are the same, the others are not."""
    for answer in run_lines([sys.executable, ORACLES / "sigma_same.py"], pairs):
        if (answer["difference"] is None) != (answer["id"] < same):
            yield f"sigma_same: case {answer['id']}: {answer['difference']}"
    yield len(pairs)


def known_defects():
    """Each detector finds what it is for, and none finds anything in the query that is right."""
    cases = yaml.safe_load((ORACLES / "selftest" / "defects.yml").read_text("utf-8"))
    types = defects.column_types(json.loads((ORACLES / "schemas" / "kql-schemas.json").read_text("utf-8")))
    for number, case in enumerate(cases, 1):
        rule = defects.Rule({"detection": case["rule"]})
        found = {name: shown for name, shown in defects.defects(rule, case["wrong"], case["target"], types)}
        if case["defect"] not in found:
            yield f"defects: case {number}: {case['defect']} is not found, but {found}"
        for name, shown in defects.defects(rule, case["right"], case["target"], types):
            yield f"defects: case {number}: {name} is found in what is right: {shown}"
    for detector in {*defects.KQL, *defects.SPL} - {getattr(defects, case["defect"]) for case in cases}:
        yield f"defects: no case shows that {detector.__name__} can find"
    yield len(cases)


if __name__ == "__main__":
    sys.exit(findings("the checkers themselves", kqlcheck(), kqlrun(), sigma(), sigma_same(), sigma_same_correlations(), known_defects()))
