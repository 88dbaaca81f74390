#!/usr/bin/env python3
"""Every pack for Microsoft Defender: each rule has the keys that Microsoft Graph documents and no others, and what is read back
from it is the compiled query, whose result has every column that the rule names.

usage: defender.py OUTPUT VERDICTS
"""

import copy
import json
import re
import sys
import tempfile
import uuid
from pathlib import Path

from common import compiled, findings, pack, run_kqlcheck

# The types of microsoft.graph.security, v1.0; `lookback` is in beta only.
RULE = {"@odata.type", "id", "displayName", "description", "status", "queryCondition", "schedule", "detectionAction"}
ALERT = {"title", "description", "severity", "entityMappings", "tactics"}
ALERT_MAY = {"recommendedActions", "customDetails"}
IDENTIFIERS = {
    "accounts": {"aadUserIdColumn", "dnsDomainColumn", "nameColumn", "ntDomainColumn", "sidColumn", "upnColumn", "upnSuffixColumn"},
    "hosts": {"deviceIdColumn", "dnsDomainColumn", "nameColumn", "netBiosNameColumn", "ntDomainColumn"},
    "ips": {"addressColumn", "scopeColumn"},
    "mailboxes": {"primaryAddressColumn"},
    "files": {"nameColumn", "sha1Column", "sha256Column"},
    "urls": {"addressColumn"},
    "dns": {"domainNameColumn", "hostIpAddressColumn", "serverIpColumn"},
    "cloudApplications": {"appIdColumn", "nameColumn"},
    "azureResources": {"resourceIdColumn"},
}
STRONG = ({"aadUserIdColumn"}, {"sidColumn"}, {"upnColumn"}, {"nameColumn", "upnSuffixColumn"}, {"nameColumn", "ntDomainColumn"})
FREQUENCIES = {"PT1H", "PT3H", "PT12H", "P1D"}


def rule_of(name: str, rule: dict):
    """Findings about a rule."""
    alert = rule.get("detectionAction", {}).get("alertTemplate", {})
    if set(rule) != RULE or set(rule["detectionAction"]) != {"alertTemplate"} or set(rule["queryCondition"]) != {"queryText"}:
        yield f"{name}: keys {sorted(rule)}"
        return
    if not ALERT <= alert.keys() <= ALERT | ALERT_MAY:
        yield f"{name}: keys of the alert {sorted(alert)}"
        return
    if str(uuid.UUID(rule["id"])) != rule["id"] or rule["status"] not in ("enabled", "disabled"):
        yield f"{name}: id or status"
    if len(alert["title"]) > 120 or len(alert["description"]) > 600 or "{{" in alert["title"] + alert["description"]:
        yield f"{name}: title or description"
    if alert["severity"] not in ("informational", "low", "medium", "high"):
        yield f"{name}: severity {alert['severity']}"
    schedule = rule["schedule"]
    if not {"frequency"} <= schedule.keys() <= {"frequency", "lookback"} or schedule["frequency"] not in FREQUENCIES:
        yield f"{name}: schedule {schedule}"
    mappings = alert["entityMappings"]
    if not mappings.keys() & {"accounts", "hosts", "mailboxes", "ips"}:
        yield f"{name}: about nothing"
    for kind, items in mappings.items():
        for item in items:
            if not item or not item.keys() <= IDENTIFIERS.get(kind, set()):
                yield f"{name}: {kind} {item}"
            if kind == "accounts" and not any(strong <= item.keys() for strong in STRONG):
                yield f"{name}: a weak account {item}"
    if len(alert["tactics"]) != 1 or not alert["tactics"][0]["techniques"]:
        yield f"{name}: tactics {alert['tactics']}"
    for technique in alert["tactics"][0]["techniques"]:
        if not re.fullmatch(r"T\d{4}", technique["technique"]):
            yield f"{name}: technique {technique}"
        if not all(part.startswith(technique["technique"] + ".") for part in technique["subTechniques"]):
            yield f"{name}: subTechniques {technique}"


def named_columns(rule: dict) -> set[str]:
    alert = rule["detectionAction"]["alertTemplate"]
    mapped = (column for items in alert["entityMappings"].values() for item in items for column in item.values())
    return {"Timestamp", "ReportId", *mapped, *alert.get("customDetails", {}).values()}


def queries(rules: dict[str, dict], texts: dict[str, str]):
    answers = run_kqlcheck("xdr", [{"id": name, "query": rule["queryCondition"]["queryText"]} for name, rule in rules.items()])
    for (name, rule), answer in zip(rules.items(), answers, strict=True):
        for found in answer["diagnostics"]:
            if found["severity"] == "Error":
                yield f"{name}: {found['code']}: {found['message']}"
        if missing := named_columns(rule) - (answer["columns"] or {}).keys():
            yield f"{name}: the result has no columns {sorted(missing)}"
        if texts.get(name) != rule["queryCondition"]["queryText"]:
            yield f"{name}: the query is not the compiled one"
    yield len(rules)


def rules_in(root: Path) -> dict[str, dict]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((root / "DetectionRules").glob("*.json"))}


def can_fail(name: str, sound: dict, text: str):
    """What is wrong must be found."""
    def alert(rule: dict) -> dict:
        return rule["detectionAction"]["alertTemplate"]

    changes = {
        "an unknown key": lambda rule: rule.update(isEnabled=True),
        "an unknown identifier": lambda rule: alert(rule)["entityMappings"].update(hosts=[{"deviceId": "DeviceId"}]),
        "a weak account": lambda rule: alert(rule)["entityMappings"].update(accounts=[{"nameColumn": "user"}]),
        "two tactics": lambda rule: alert(rule)["tactics"].append(alert(rule)["tactics"][0]),
        "another frequency": lambda rule: rule.update(schedule={"frequency": "PT2H"}),
        "a column that is not there": lambda rule: alert(rule).update(customDetails={"Other": "other"}),
        "a changed query": lambda rule: rule["queryCondition"].update(queryText=text + "\n| where true"),
    }
    for what, change in changes.items():
        broken = copy.deepcopy(sound)
        change(broken)
        said = [*rule_of(name, broken), *queries({name: broken}, {name: text})]
        if not any(isinstance(item, str) for item in said):
            yield f"nothing is said against {what}"
    yield len(changes)


def main(output: Path, verdicts: Path, scratch: Path) -> int:
    texts = {
        Path(file["path"]).stem: file["text"].rstrip()
        for file in compiled(output, verdicts, "kusto")
        if file["target"] == "kusto:xdr"
    }
    pack("defender", scratch / "defender")
    rules = rules_in(scratch / "defender")
    if not rules:
        return findings("Packs for Microsoft Defender")
    name = min(rules)
    return findings(
        "Packs for Microsoft Defender",
        *(rule_of(name, rule) for name, rule in rules.items()),
        queries(rules, texts),
        can_fail(name, rules[name], texts[name]),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(place)))
