#!/usr/bin/env python3
"""Every Sigma rule: the JSON Schemas of the specification, pySigma's parser, and pySigma's validators.

usage: sigma.py OUTPUT VERDICTS
"""

import sys
from pathlib import Path

from common import compiled, findings, run_sigma


def check(output: Path, verdicts: Path):
    files = compiled(output, verdicts, "sigma")
    if files:
        yield from run_sigma([output / file["path"] for file in files])
    yield len(files)


if __name__ == "__main__":
    sys.exit(findings("Sigma by its schemas and by pySigma", check(Path(sys.argv[1]), Path(sys.argv[2]))))
