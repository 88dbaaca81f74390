#!/usr/bin/env python3
"""The checkers themselves: each must find what is wrong, and be silent about what is right.

usage: selftest.py            (what the other checks are given is not read)
"""

import sys

from common import ORACLES, findings, json_lines, run_kqlcheck, run_lines, run_sigma


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


if __name__ == "__main__":
    sys.exit(findings("the checkers themselves", kqlcheck(), kqlrun(), sigma()))
