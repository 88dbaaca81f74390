#!/usr/bin/env python3
"""SigmaHQ's rules read and written again as Sigma: pySigma finds the same condition in both.

usage: sigmahq_sigma.py            (what the other checks are given is not read)

The rules are no part of this project. They are read from $DETC_SIGMA_CORPUS (default ../shared/corpora/sigmahq beside the
repository); without them nothing is checked, and the output says so.
"""

import sys
from pathlib import Path

from common import ORACLES, converted, corpus, findings, run_lines


def check(rules: Path):
    pairs = [
        {"id": line["file"], "one": Path(line["file"]).read_text("utf-8"), "other": line["query"]}
        for line in converted(rules, "sigma")
        if line["query"] is not None
    ]
    for answer in run_lines([sys.executable, ORACLES / "sigma_same.py"], pairs):
        if answer["difference"] is not None:
            yield f"{answer['id']}: {answer['difference']}"
    yield len(pairs)


def main() -> int:
    rules = corpus()
    return 0 if rules is None else findings("SigmaHQ's rules read and written again, by pySigma", check(rules))


if __name__ == "__main__":
    sys.exit(main())
