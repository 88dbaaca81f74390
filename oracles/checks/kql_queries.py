#!/usr/bin/env python3
"""Every random query of tests/kql: Microsoft's parser and binder accept what detc's interpreter of KQL is compared on.

usage: kql_queries.py         (what the other checks are given is not read)
"""

import json
import os
import subprocess
import sys

from common import ORACLES, findings, run_kqlcheck

PRINT = ["cargo", "test", "--quiet", "--locked", "--test", "kql", "--", "--ignored", "--exact", "--nocapture",
         "differential::print_queries"]


def queries() -> list[dict]:
    environment = {**os.environ, "KQL_QUERIES": "500"}
    done = subprocess.run(PRINT, cwd=ORACLES.parent, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{' '.join(PRINT)}: exit code {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def check(given: list[dict]):
    for query, answer in zip(given, run_kqlcheck("sentinel", given), strict=True):
        for d in answer["diagnostics"]:
            if d["severity"] == "Error":
                yield f"query {query['id']}: {d['code']}: {d['message']} at `{d['text'][:80]}`\n{query['query']}"
                break
    yield len(given)


if __name__ == "__main__":
    sys.exit(findings("random KQL by Microsoft's parser and binder", check(queries())))
