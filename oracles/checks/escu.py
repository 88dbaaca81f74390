#!/usr/bin/env python3
"""Splunk's security content, imported: what becomes neutral compiles to KQL that Microsoft's parser and binder take, or is
refused with a reason.

usage: escu.py               (what the other checks are given is not read)

The content is no part of this project. It is read from $DETC_ESCU_CORPUS (default ../shared/corpora/escu-2024-10 beside
the repository); without it nothing is checked, and the output says so. $DETC is the program.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import ORACLES, compiled, findings, json_lines, run_kqlcheck

ENVIRONMENTS = {"kusto:sentinel": "sentinel", "kusto:asim": "sentinel", "kusto:xdr": "xdr"}
LEAST_NEUTRAL = 0.3


def detc(*arguments, stderr=subprocess.PIPE) -> subprocess.CompletedProcess:
    return subprocess.run([os.environ["DETC"], *arguments, "--quiet"], stdout=subprocess.DEVNULL, stderr=stderr, check=False)


def imported(corpus: Path, folder: Path):
    """The neutral ones alone stay in the folder."""
    # Files of the content that are no YAML are findings of the import.
    done = detc("import", "escu", corpus, "-o", folder)
    if done.returncode not in (0, 1):
        sys.exit(f"import: exit code {done.returncode}: {done.stderr.decode()[:2000]}")
    files = list(folder.rglob("*.yml"))
    raw = [file for file in files if "\nraw:\n" in file.read_text("utf-8")]
    for file in raw:
        file.unlink()
    if len(files) - len(raw) < LEAST_NEUTRAL * len(files):
        yield f"{len(files) - len(raw)} of {len(files)} became neutral"


def queries(folder: Path, output: Path, verdicts: Path):
    targets = [argument for profile in ENVIRONMENTS for argument in ("-t", profile)]
    with verdicts.open("wb") as stream:
        done = detc("compile", folder, *targets, "--skip-refused", "-o", output, "--message-format", "json", stderr=stream)
    if done.returncode != 0:
        sys.exit(f"compile: exit code {done.returncode}: {verdicts.read_text('utf-8')[:2000]}")
    for verdict in json_lines(verdicts):
        if verdict["type"] == "verdict" and verdict["verdict"] == "refused" and not verdict["codes"]:
            yield f"{verdict['file']}: {verdict['target']} refuses it without a reason"
    files = compiled(output, verdicts, "kusto")
    for profile, environment in ENVIRONMENTS.items():
        mine = [file for file in files if file["target"] == profile]
        answers = run_kqlcheck(environment, [{"id": file["path"], "query": file["text"]} for file in mine])
        for file, answer in zip(mine, answers, strict=True):
            for d in answer["diagnostics"]:
                if d["severity"] == "Error":
                    yield f"{file['path']}:{d['line']}:{d['column']}: {d['code']}: {d['message']} at `{d['text'][:80]}`"
            for field, column in file["columns"].items():
                if column not in (answer["columns"] or {}):
                    yield f"{file['path']}: the field `{field}` should be the column `{column}`, which is not in the result"
        yield len(mine)


def main() -> int:
    corpus = Path(os.environ.get("DETC_ESCU_CORPUS", ORACLES.parent.parent / "shared/corpora/escu-2024-10"))
    if not corpus.is_dir():
        print(f"SKIPPED: {corpus} is not there; set DETC_ESCU_CORPUS to check over it", flush=True)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        return findings(
            "Splunk's security content as KQL by Microsoft's parser and binder",
            imported(corpus, folder / "detections"),
            queries(folder / "detections", folder / "out", folder / "verdicts"),
        )


if __name__ == "__main__":
    sys.exit(main())
