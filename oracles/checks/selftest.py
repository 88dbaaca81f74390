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
    for answer in run_lines([sys.executable, ORACLES / "sigma_same.py"], pairs):
        if (answer["difference"] is None) != (answer["id"] < len(same)):
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
    sys.exit(findings("the checkers themselves", kqlcheck(), kqlrun(), sigma(), sigma_same(), known_defects()))
