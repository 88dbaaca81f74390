"""What the checks share: reading a compilation, starting a checker, and the summary line.

A compilation is a folder that `detc compile -o` wrote, and the verdicts that it reported with `--message-format json`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ORACLES = Path(__file__).resolve().parent.parent


def json_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def compiled(output: Path, records: Path, target: str) -> list[dict]:
    """The verdicts of a target that have a file, with its text.

    A file that a verdict names must exist, and a file that exists must be named.
    """
    verdicts = [record for record in json_lines(records) if record["type"] == "verdict"]
    files = [verdict for verdict in verdicts if verdict["path"] is not None]
    named = {file["path"] for file in files}
    present = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()} - {"manifest.json"}
    if named != present:
        sys.exit(f"the verdicts and the folder differ: {sorted(named ^ present)}")
    mine = [file for file in files if file["target"].split(":")[0] == target]
    return [{**file, "text": (output / file["path"]).read_text("utf-8")} for file in mine]


def detc() -> str:
    """The program: the one of this run, or the one that was built last."""
    if "DETC" in os.environ:
        return os.environ["DETC"]
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"],
        cwd=ORACLES.parent, capture_output=True, encoding="utf-8", check=True,
    )
    return json.loads(metadata.stdout)["target_directory"] + "/debug/detc"


def corpus() -> Path | None:
    """SigmaHQ's rules, which are no part of this project; without them it says so."""
    rules = Path(os.environ.get("DETC_SIGMA_CORPUS", ORACLES.parent.parent / "shared/corpora/sigmahq"))
    if rules.is_dir():
        return rules
    print(f"SKIPPED: {rules} is not there; set DETC_SIGMA_CORPUS to check over it", flush=True)
    return None


def converted(rules: Path, target: str) -> list[dict]:
    """Every rule as `detc convert` has it for a target. Refusals are expected; what is wrong with a rule as such is not."""
    command = [detc(), "convert", rules, "-t", target, "--format", "ndjson", "--skip-refused", "--quiet"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as stream:
        done = subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode != 0:
            sys.exit(f"{target}: exit code {done.returncode}: {done.stderr[:2000]}")
        stream.seek(0)
        return [json.loads(line) for line in stream]


def run_lines(command: list, lines: list[dict]) -> list[dict]:
    """Runs a program that reads and writes one JSON object a line. Exit code 1 means findings, which are in the answers."""
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode not in (0, 1) or len(answers) != len(lines):
        sys.exit(f"{command}: exit code {done.returncode}, {len(answers)} of {len(lines)} answers\n{done.stderr}")
    return answers


def run_kqlcheck(environment: str, queries: list[dict]) -> list[dict]:
    return run_lines(["node", ORACLES / "kqlcheck.mjs", "--env", environment, "--strict"], queries)


def run_sigma(files: list[Path]) -> list[str]:
    command = [sys.executable, ORACLES / "sigma_check.py", *files]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1) or (done.returncode == 1) != bool(done.stdout):
        sys.exit(f"sigma_check.py: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def pack(kind: str, output: Path, *options: str) -> None:
    """Makes a pack of the detections of this run; what its profile refuses is left out."""
    command = [os.environ["DETC"], "pack", kind, *os.environ["DETECTIONS"].splitlines(), "-o", output, "-q", "-s", *options]
    done = subprocess.run(
        command, cwd=os.environ["DETECTIONS_FOLDER"], capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stderr}")


def findings(title: str, *checks) -> int:
    """Prints what the checks yield: findings as text, the number of things looked at as a number. The exit code.

    Nothing to look at is a finding: a check that saw nothing has proven nothing.
    """
    seen, found = 0, []
    for check in checks:
        for item in check:
            if isinstance(item, int):
                seen += item
            else:
                found.append(item)
    if not seen:
        found.append("there was nothing to check")
    print(*(f"  {line}" for line in found), sep="\n", end="\n" if found else "")
    print(f"{title}: {seen} checked, {len(found)} findings", flush=True)
    return 1 if found else 0
