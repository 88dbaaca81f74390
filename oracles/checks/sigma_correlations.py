#!/usr/bin/env python3
"""Sigma's correlations read and written again: pySigma finds the same correlation of the same conditions in both.

usage: sigma_correlations.py            (what the other checks are given is not read)

The correlations are those with which the importer is tested, file by file, since a filter in one file is for rules in all.
"""

import sys

from common import ORACLES, converted, findings, run_lines

FILES = ORACLES.parent / "tests/import_sigma/rules"


def check():
    pairs = []
    for file in sorted(FILES.glob("*.yml")):
        text = file.read_text("utf-8")
        for line in converted(file, "sigma"):
            query = line["query"]
            # What is left is a filter laid over the rules, which has no counterpart in the file as written.
            if query is not None and "\ncorrelation:\n" in query and "\nfilter:\n" not in text:
                pairs.append({"id": f"{file.name}: {line['title']}", "one": text, "other": query, "title": line["title"]})
    for answer in run_lines([sys.executable, ORACLES / "sigma_same.py"], pairs):
        if answer["difference"] is not None:
            yield f"{answer['id']}: {answer['difference']}"
    yield len(pairs)


if __name__ == "__main__":
    sys.exit(findings("Sigma's correlations read and written again, by pySigma", check()))
