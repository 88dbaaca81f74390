#!/usr/bin/env python3
"""The bundle of Sigma rules as it is packed: one document a file, by the specification's schemas and by pySigma, all
files together; and the same with filters, which are what an environment leaves out.

usage: sigma_packs.py            (what the other checks are given is not read)
"""

import sys
import tempfile
from pathlib import Path

import yaml
from common import ORACLES, findings, pack, run_sigma

ENVIRONMENT = ORACLES / "selftest" / "environment.yml"


def bundle(folder: Path, *options: str) -> list[Path]:
    pack("sigma", folder, *options)
    return sorted(folder.rglob("*.yml"))


def check(scratch: Path):
    files = bundle(scratch / "plain")
    yield from run_sigma(files)
    for file in files:
        documents = len(list(yaml.compose_all(file.read_text("utf-8"))))
        if documents != 1:
            yield f"{file}: {documents} documents"
    yield len(files)


def filters(scratch: Path):
    """Rules and filters together; the rules are those of the bundle without the environment, byte for byte."""
    files = bundle(scratch / "tuned", "--environment", str(ENVIRONMENT))
    yield from run_sigma(files)
    added = [file for file in files if file.parent.name == "filters"]
    for file in files:
        plain = scratch / "plain" / file.relative_to(scratch / "tuned")
        if file not in added and file.read_bytes() != plain.read_bytes():
            yield f"{file.name}: a filter has changed the rule"
    yield len(added)
    yield from can_fail(scratch, files, added)


def can_fail(scratch: Path, files: list[Path], added: list[Path]):
    """A correlation without one of its rules, and a filter without its selection, must be found."""
    correlations = [file for file in files if file.parent.name == "correlations"]
    if correlations and not run_sigma(correlations):
        yield "nothing is said against correlations without their rules"
    if added:
        broken = scratch / "broken.yml"
        broken.write_text(added[0].read_text("utf-8").replace("condition: not selection", "condition: not other"), "utf-8")
        if not run_sigma([*(file for file in files if file not in added), broken]):
            yield "nothing is said against a filter without its selection"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        sys.exit(findings("Sigma bundles by the schemas and by pySigma", check(here), filters(here)))
