#!/usr/bin/env python3
"""SigmaHQ's rules converted to every profile of Kusto: Microsoft's parser and binder find no error.

usage: sigmahq.py            (what the other checks are given is not read)

The rules are no part of this project. They are read from $DETC_SIGMA_CORPUS (default ../shared/corpora/sigmahq beside the
repository); without them nothing is checked, and the output says so.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import ORACLES, findings, run_kqlcheck

ENVIRONMENTS = {"kusto:sentinel": "sentinel", "kusto:asim": "sentinel", "kusto:xdr": "xdr"}


def detc() -> str:
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"],
        cwd=ORACLES.parent, capture_output=True, encoding="utf-8", check=True,
    )
    return json.loads(metadata.stdout)["target_directory"] + "/debug/detc"


def check(corpus: Path, profile: str):
    with tempfile.NamedTemporaryFile("w+", suffix=".ndjson") as stream:
        # Refusals are expected; what is wrong with a rule as such is not.
        command = [detc(), "convert", corpus, "-t", profile, "--format", "ndjson", "--skip-refused", "--quiet"]
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode != 0:
            yield f"{profile}: exit code {done.returncode}: {done.stderr[:2000]}"
        stream.seek(0)
        rules = [json.loads(line) for line in stream]
    queries = [{"id": rule["file"], "query": rule["query"]} for rule in rules if rule["query"] is not None]
    for answer in run_kqlcheck(ENVIRONMENTS[profile], queries):
        for d in answer["diagnostics"]:
            if d["severity"] == "Error":
                yield f"{profile}: {answer['id']}:{d['line']}:{d['column']}: {d['code']}: {d['message']} at `{d['text'][:80]}`"
    yield len(queries)


def main() -> int:
    corpus = Path(os.environ.get("DETC_SIGMA_CORPUS", ORACLES.parent.parent / "shared/corpora/sigmahq"))
    if not corpus.is_dir():
        print(f"SKIPPED: {corpus} is not there; set DETC_SIGMA_CORPUS to check over it", flush=True)
        return 0
    return findings(
        "SigmaHQ's rules as KQL by Microsoft's parser and binder",
        *(check(corpus, profile) for profile in ENVIRONMENTS),
    )


if __name__ == "__main__":
    sys.exit(main())
