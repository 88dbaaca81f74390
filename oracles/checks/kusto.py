#!/usr/bin/env python3
"""Every KQL query: Microsoft's parser and binder find no error, and the columns that detc relies on are in the result.

usage: kusto.py OUTPUT VERDICTS
"""

import sys
from pathlib import Path

from common import compiled, findings, run_kqlcheck

# The tables and functions that each profile runs over. ASIM's functions are functions of a Sentinel workspace.
ENVIRONMENTS = {"kusto:sentinel": "sentinel", "kusto:asim": "sentinel", "kusto:xdr": "xdr"}

# What the result of a scheduled rule must have: the time of the event, and in Defender also its report
# (https://learn.microsoft.com/defender-xdr/custom-detection-rules).
ALWAYS = {
    "kusto:sentinel": ["TimeGenerated"],
    "kusto:asim": ["TimeGenerated"],
    "kusto:xdr": ["Timestamp", "ReportId"],
}

# Defender's alerts need to know whom or what they are about: one of these (same page; for a resource of a cloud,
# https://learn.microsoft.com/graph/api/resources/security-azureresourceentitymapping).
IDENTITY = {
    "DeviceId", "DeviceName", "RemoteDeviceName", "RecipientEmailAddress", "SenderFromAddress",
    "SenderMailFromAddress", "RecipientObjectId", "AccountObjectId", "AccountSid", "AccountUpn",
    "InitiatingProcessAccountSid", "InitiatingProcessAccountUpn", "InitiatingProcessAccountObjectId", "ResourceId",
}


def check(files: list[dict], environment: str):
    answers = run_kqlcheck(environment, [{"id": file["path"], "query": file["text"]} for file in files])
    for file, answer in zip(files, answers, strict=True):
        for d in answer["diagnostics"]:
            if d["severity"] == "Error":
                yield f"{file['path']}:{d['line']}:{d['column']}: {d['code']}: {d['message']} at `{d['text'][:80]}`"
        columns = answer["columns"] or {}
        for column in ALWAYS[file["target"]]:
            if column not in columns:
                yield f"{file['path']}: a rule must return `{column}`"
        if file["target"] == "kusto:xdr" and not IDENTITY & columns.keys():
            yield f"{file['path']}: a rule must return a column that identifies a device, account, mailbox or resource"
        for field, column in file["columns"].items():
            if column not in columns:
                yield f"{file['path']}: the field `{field}` should be the column `{column}`, which is not in the result"
    yield len(files)


def main(output: Path, verdicts: Path) -> int:
    files = compiled(output, verdicts, "kusto")
    unknown = {file["target"] for file in files} - ENVIRONMENTS.keys()
    if unknown:
        sys.exit(f"profiles without an environment: {sorted(unknown)}")
    return findings(
        "KQL by Microsoft's parser and binder",
        *(
            check([file for file in files if ENVIRONMENTS[file["target"]] == environment], environment)
            for environment in sorted(set(ENVIRONMENTS.values()))
        ),
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
