#!/usr/bin/env python3
"""SigmaHQ's rules converted to every profile of Kusto: Microsoft's parser and binder find no error.

usage: sigmahq.py            (what the other checks are given is not read)

The rules are no part of this project. They are read from $DETC_SIGMA_CORPUS (default ../shared/corpora/sigmahq beside the
repository); without them nothing is checked, and the output says so.
"""

import sys
from pathlib import Path

from common import converted, corpus, findings, run_kqlcheck

ENVIRONMENTS = {"kusto:sentinel": "sentinel", "kusto:asim": "sentinel", "kusto:xdr": "xdr"}


def check(rules: Path, profile: str):
    lines = converted(rules, profile)
    queries = [{"id": line["file"], "query": line["query"]} for line in lines if line["query"] is not None]
    for answer in run_kqlcheck(ENVIRONMENTS[profile], queries):
        for d in answer["diagnostics"]:
            if d["severity"] == "Error":
                yield f"{profile}: {answer['id']}:{d['line']}:{d['column']}: {d['code']}: {d['message']} at `{d['text'][:80]}`"
    yield len(queries)


def main() -> int:
    rules = corpus()
    if rules is None:
        return 0
    return findings(
        "SigmaHQ's rules as KQL by Microsoft's parser and binder",
        *(check(rules, profile) for profile in ENVIRONMENTS),
    )


if __name__ == "__main__":
    sys.exit(main())
