#!/usr/bin/env python3
"""Every test as a KQL query that brings its events along: Microsoft's parser and binder find no error, and what is not
written is left out for a reason that is known.

usage: portable.py OUTPUT VERDICTS
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import findings, run_kqlcheck

ENVIRONMENTS = {"kusto-sentinel": "sentinel", "kusto-asim": "sentinel", "kusto-xdr": "xdr"}

# Such a query asks for the clock of the engine, which no text can set.
KNOWN = "`ago` counts from the time at which the query is run"


def emit(folder: Path) -> list[str]:
    """Writes the queries of the detections of this run; the lines about those that are not written."""
    command = [os.environ["DETC"], "test", "--emit", "kusto", "-o", folder, *os.environ["DETECTIONS"].splitlines()]
    done = subprocess.run(
        command, cwd=os.environ["DETECTIONS_FOLDER"], capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stderr}")
    return [line for line in done.stderr.splitlines() if line.startswith("not written: the test ")]


def check(folder: Path):
    yield from (line for line in emit(folder) if KNOWN not in line)
    for profile, environment in ENVIRONMENTS.items():
        files = sorted((folder / profile).rglob("*.kql"))
        if not files:
            yield f"{profile}: no query"
        queries = [
            {"id": file.relative_to(folder).as_posix(), "query": file.read_text("utf-8")} for file in files
        ]
        for query, answer in zip(queries, run_kqlcheck(environment, queries), strict=True):
            for d in answer["diagnostics"]:
                if d["severity"] == "Error":
                    yield f"{query['id']}:{d['line']}:{d['column']}: {d['code']}: {d['message']}"
        yield len(files)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(findings("Tests as KQL by Microsoft's parser and binder", check(Path(scratch))))
