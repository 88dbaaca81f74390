#!/usr/bin/env python3
"""Every Splunk pack: AppInspect finds nothing in the app, and contentctl builds the project.

usage: splunk_packs.py            (what the other checks are given is not read)
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from common import ORACLES, findings, pack

PROGRAMS = ORACLES / ".venv-packs" / "bin"
BAD = {"error", "failure", "warning", "future_failure"}


def run(command: list, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def appinspect(app: Path, tags: list[str]):
    """What AppInspect says against an app, and how many of its checks passed. It exits with 0 whatever it finds."""
    report = app.with_suffix(".json")
    tagged = [word for tag in tags for word in ("--included-tags", tag)]
    command = [PROGRAMS / "splunk-appinspect", "inspect", app, "--mode", "precert", *tagged]
    done = run([*command, "--data-format", "json", "--output-file", report], app.parent)
    if not report.exists():
        yield f"{app.name}: AppInspect gave no report: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        return
    told = json.loads(report.read_text("utf-8"))
    report.unlink()
    for group in told["reports"][0]["groups"]:
        for check in group["checks"]:
            if check["result"] in BAD:
                said = "; ".join(message["message"][:200] for message in check["messages"])
                yield f"{app.name}: {check['result']}: {check['name']}: {said}"
    summary = told["summary"]
    print(f"  {app.name} {' '.join(tags)}: {json.dumps(summary)}")
    yield summary["success"]


def apps(scratch: Path):
    for profile in ("splunk:escu", "splunk", "splunk:cim"):
        app = scratch / f"{profile.replace(':', '-')}.tar.gz"
        pack("splunk-app", app, "-t", profile)
        yield from appinspect(app, [])
        yield from appinspect(app, ["cloud"])


def contentctl(project: Path):
    """What contentctl says against a project; the number of detections when it builds."""
    for action in ("validate", "build"):
        done = run([PROGRAMS / "contentctl", action], project)
        said = done.stdout.replace("\r", "\n").strip().splitlines()
        if done.returncode != 0:
            yield f"contentctl {action}: exit code {done.returncode}: " + "\n".join(said[-30:]) + done.stderr
            return
        print(f"  contentctl {action}: exit code 0: {said[-1] if said else ''}")
    built = list(project.glob("dist/*-latest.tar.gz"))
    if len(built) != 1:
        yield f"contentctl built {len(built)} apps"
        return
    with tarfile.open(built[0]) as app:
        (saved,) = [name for name in app.getnames() if name.endswith("/default/savedsearches.conf")]
        stanzas = app.extractfile(saved).read().decode().count("\naction.correlationsearch.label = ")
    wanted = len(list(project.glob("detections/**/*.yml")))
    if stanzas != wanted:
        yield f"contentctl wrote {stanzas} searches of {wanted} detections"
    yield stanzas


def project(scratch: Path):
    pack("contentctl", scratch / "project")
    yield from contentctl(scratch / "project")


def can_fail(scratch: Path):
    """Both must find what is wrong."""
    folder = scratch / "broken"
    pack("splunk-app", folder)
    conf = folder / "detc_detections" / "default" / "app.conf"
    conf.write_text(conf.read_text("utf-8").replace("version = 1.0.0", "version = 1"), "utf-8")
    with tarfile.open(scratch / "broken.tar.gz", "w:gz") as archive:
        archive.add(folder / "detc_detections", "detc_detections", filter=lambda info: info)
    if not any(isinstance(item, str) for item in appinspect(scratch / "broken.tar.gz", [])):
        yield "AppInspect says nothing against a broken version"
    pack("contentctl", scratch / "broken-project")
    first = sorted((scratch / "broken-project").glob("detections/*.yml"))[0]
    first.write_text(first.read_text("utf-8").replace("\ntype: ", "\ntype: Nonsense "), "utf-8")
    if not any(isinstance(item, str) for item in contentctl(scratch / "broken-project")):
        yield "contentctl says nothing against a broken type"
    yield 2


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        sys.exit(findings("Splunk packs", apps(here), project(here), can_fail(here)))
