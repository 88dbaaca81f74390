#!/usr/bin/env python3
"""SigmaHQ's rules converted to SPL and KQL: none of the ways is found in which converters of Sigma write wrong queries.

usage: sigmahq_defects.py            (what the other checks are given is not read)

The rules are no part of this project. They are read from $DETC_SIGMA_CORPUS (default ../shared/corpora/sigmahq beside the
repository); without them nothing is checked, and the output says so. `selftest.py` shows that each detector can find.
"""

import functools
import json
import sys
from pathlib import Path

import yaml
from common import ORACLES, converted, corpus, findings

sys.path.insert(0, str(ORACLES))
from defects import Rule, column_types, defects  # noqa: E402

TARGETS = ("splunk", "splunk:cim", "kusto:sentinel", "kusto:xdr", "kusto:asim")


@functools.cache
def read(file: str) -> Rule:
    return Rule(yaml.load(Path(file).read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def check(rules: Path, target: str, types: dict[str, str]):
    seen = 0
    for line in converted(rules, target):
        if line["query"] is not None:
            seen += 1
            for name, shown in defects(read(line["file"]), line["query"], target, types):
                yield f"{target}: {line['file']}: {name}: {shown[:120]}"
    yield seen


def main() -> int:
    rules = corpus()
    if rules is None:
        return 0
    types = column_types(json.loads((ORACLES / "schemas" / "kql-schemas.json").read_text("utf-8")))
    return findings("SigmaHQ's rules by known defects of converters", *(check(rules, t, types) for t in TARGETS))


if __name__ == "__main__":
    sys.exit(main())
