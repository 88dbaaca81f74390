#!/usr/bin/env python3
"""Every Sigma rule: the JSON Schemas of the specification, pySigma's parser, and pySigma's validators.

usage: sigma.py OUTPUT        a folder written by `detc compile -o`
"""

import sys
from pathlib import Path

from common import compiled, findings, run_sigma


def check(output: Path):
    files = compiled(output, "sigma")
    if files:
        yield from run_sigma([output / file["path"] for file in files])
    yield len(files)


if __name__ == "__main__":
    sys.exit(findings("Sigma by its schemas and by pySigma", check(Path(sys.argv[1]))))
