#!/usr/bin/env python3
"""Every pack for Microsoft Sentinel: ARM templates pass Microsoft's schemas, closed against unknown keys; templates and
rule YAML keep the limits that Azure-Sentinel checks; and what is read back from them is the compiled query, which
Microsoft's parser takes and whose result has every column that the rule names.

usage: arm.py OUTPUT VERDICTS
"""

import copy
import json
import re
import sys
import tempfile
import uuid
from pathlib import Path

import yaml
from common import ORACLES, compiled, findings, pack, run_kqlcheck
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

SCHEMAS = {path.stem: json.loads(path.read_text("utf-8")) for path in (ORACLES / "schemas" / "arm").glob("*.json")}
REGISTRY = Registry().with_resources(
    (schema["id"].rstrip("#"), Resource(contents=schema, specification=DRAFT4)) for schema in SCHEMAS.values()
)
ENTITIES = yaml.safe_load((ORACLES.parent / "data" / "sentinel-entities.yml").read_text("utf-8"))

WORKSPACES = "Microsoft.OperationalInsights/workspaces/"
RULE, WATCHLIST, SAVED = WORKSPACES + "providers/alertRules", WORKSPACES + "providers/Watchlists", WORKSPACES + "savedSearches"
VERSIONS = {RULE: "2024-01-01-preview", WATCHLIST: "2025-09-01", SAVED: "2020-08-01"}
TACTICS = set(
    "Reconnaissance ResourceDevelopment InitialAccess Execution Persistence PrivilegeEscalation DefenseEvasion "
    "CredentialAccess Discovery LateralMovement Collection Exfiltration CommandAndControl Impact".split()
)
COLUMN, KEY = re.compile(r"[a-zA-Z_]\w*", re.ASCII), re.compile(r"[a-zA-Z]\w*", re.ASCII)

YAML_ALWAYS = {"id", "name", "description", "requiredDataConnectors", "tactics", "relevantTechniques", "query", "version"}
YAML_ALERT = {
    "severity", "status", "kind", "eventGroupingSettings", "incidentConfiguration", "suppressionEnabled",
    "suppressionDuration",
}
YAML_SCHEDULED = {"queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"}
YAML_MAY = {"entityMappings", "customDetails", "alertDetailsOverride"}


def closed(schema):
    """The schema without room for keys that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and schema.get("properties"):
        schema.setdefault("additionalProperties", False)
    return schema


def validator(file: str, definition: str) -> Draft4Validator:
    whole = SCHEMAS[file]
    return Draft4Validator(
        {"$ref": f"#/definitions/{definition}", "definitions": closed(whole["definitions"])}, registry=REGISTRY
    )


VALIDATORS = {
    (RULE, "Scheduled"): validator("securityinsights-2024-01-01-preview", "ScheduledAlertRuleProperties"),
    (RULE, "NRT"): validator("securityinsights-2024-01-01-preview", "NrtAlertRuleProperties"),
    (WATCHLIST, None): validator("securityinsights-2025-09-01", "WatchlistProperties"),
    (SAVED, None): validator("operationalinsights-2020-08-01", "SavedSearchProperties"),
}


def innermost(error):
    """Each property may also be an expression: the other branch is the one that tells."""
    while error.context:
        error = min(error.context, key=lambda inner: inner.validator == "pattern" or "expression" in str(inner.schema_path))
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def plain(value):
    """What Azure makes of a value: texts in brackets are expressions, unless the first bracket is doubled."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        if not value.startswith("[["):
            raise ValueError(f"a text is an expression: {value[:80]}")
        return value[1:]
    return value


def seconds(text: str) -> int:
    """`PT70M`, `P1D`, `70m` or `1d`."""
    if found := re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?|(\d+)([mhd])", text):
        days, hours, minutes, count, unit = found.groups()
        if count:
            return int(count) * {"m": 60, "h": 3600, "d": 86400}[unit]
        return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60
    raise ValueError(f"not a duration: {text}")


def schedule(rule: dict):
    try:
        frequency, period = seconds(rule["queryFrequency"]), seconds(rule["queryPeriod"])
    except (KeyError, ValueError) as problem:
        yield f"schedule: {problem}"
        return
    for label, value in (("queryFrequency", frequency), ("queryPeriod", period)):
        if not 300 <= value <= 14 * 86400:
            yield f"{label} is not within 5 minutes and 14 days"
    if period < frequency:
        yield "queryPeriod is shorter than queryFrequency"
    if period >= 2 * 86400 and frequency < 3600:
        yield "a queryPeriod of 2 days needs a queryFrequency of 1 hour"
    threshold = rule.get("triggerThreshold")
    if type(threshold) is not int or not 0 <= threshold <= 10000:
        yield "triggerThreshold is not within 0 and 10000"


def entities(mappings: list[dict]):
    if not 1 <= len(mappings) <= 10:
        yield f"{len(mappings)} entityMappings"
    for mapping in mappings:
        kind = mapping["entityType"]
        if kind not in ENTITIES:
            yield f"unknown entityType {kind}"
            continue
        names = [field["identifier"] for field in mapping["fieldMappings"]]
        if not 1 <= len(names) <= 3 or len(set(names)) != len(names):
            yield f"{kind}: identifiers {names}"
        if unknown := set(names) - set(ENTITIES[kind]["identifiers"]):
            yield f"{kind}: unknown identifiers {sorted(unknown)}"
        if not any(set(combination) <= set(names) for combination in ENTITIES[kind]["required"]):
            yield f"{kind}: needs one of {ENTITIES[kind]['required']}"


def named_columns(rule: dict) -> list[str]:
    columns = [field["columnName"] for mapping in rule.get("entityMappings", []) for field in mapping["fieldMappings"]]
    columns += rule.get("customDetails", {}).values()
    for text in rule.get("alertDetailsOverride", {}).values():
        columns += re.findall(r"\{\{([^{}]*)\}\}", text)
    return columns


def limits(rule: dict, kind: str):
    """What Azure-Sentinel's own checks say of an analytics rule, in YAML or as properties of a resource."""
    if len(rule.get("displayName", rule.get("name", ""))) > 256:
        yield "the name is longer than 256"
    if len(rule["description"]) > 5000:
        yield "the description is longer than 5000"
    if not 1 <= len(rule["query"]) <= 10000 or re.search(r"\b(search|union) \*", rule["query"], re.IGNORECASE):
        yield "the query is too long, empty, or searches everything"
    if kind == "Scheduled":
        yield from schedule(rule)
    elif rule.keys() & YAML_SCHEDULED:
        yield "a near-real-time rule has a schedule"
    if "entityMappings" in rule:
        yield from entities(rule["entityMappings"])
    details = rule.get("customDetails", {})
    if len(details) > 20:
        yield f"{len(details)} customDetails"
    for key in details:
        if not KEY.fullmatch(key) or len(key) > 20:
            yield f"customDetails key {key}"
    for column in named_columns(rule):
        if not COLUMN.fullmatch(column) or len(column) > 500:
            yield f"column {column}"
    title = rule.get("alertDetailsOverride", {}).get("alertDisplayNameFormat", "")
    if len(title) > 256 or title.count("{{") > 3:
        yield "the title is longer than 256, or shows more than 3 values"
    if unknown := set(rule["tactics"]) - TACTICS:
        yield f"tactics {sorted(unknown)}"
    grouping = rule["incidentConfiguration"].get("groupingConfiguration")
    if grouping:
        keys = grouping["groupByCustomDetails"]
        if not keys or set(keys) - details.keys():
            yield f"incidents are grouped by {keys}"
        if not 300 <= seconds(grouping["lookbackDuration"]) <= 7 * 86400:
            yield "incidents are grouped for less than 5 minutes or more than 7 days"


def watchlist(properties: dict):
    text = properties["rawContent"]
    head = text.splitlines()[properties["numberOfLinesToSkip"]].split(",")
    if properties["itemsSearchKey"] not in head:
        yield f"itemsSearchKey is none of {head}"
    if len(text.encode()) > 3_800_000 or any(len(line) > 10_240 for line in text.splitlines()):
        yield "the watchlist is too long"


def template(name: str, whole: dict):
    """Findings as text, and (kind of resource, id, properties) of what is sound enough to be read on."""
    if set(whole) != {"$schema", "contentVersion", "parameters", "resources"} or list(whole["parameters"]) != ["workspace"]:
        yield f"{name}: the frame of the template"
    if not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", whole["contentVersion"]):
        yield f"{name}: contentVersion {whole['contentVersion']}"
    kinds = {resource["type"] for resource in whole["resources"]}
    if len(kinds) != 1:
        yield f"{name}: Repositories pass over a file with {sorted(kinds)}"
    for resource in whole["resources"]:
        at, kind = f"{name}: {resource['name']}", resource["type"]
        more = {RULE: {"kind"}, SAVED: {"etag"}}.get(kind, set())
        if set(resource) != {"type", "apiVersion", "name", "properties"} | more or resource["apiVersion"] != VERSIONS.get(kind):
            yield f"{at}: the frame of the resource, or its type"
            continue
        middle = "/" if kind == SAVED else "/Microsoft.SecurityInsights/"
        found = re.fullmatch(rf"\[concat\(parameters\('workspace'\),'{middle}([\w-]+)'\)\]", resource["name"], re.ASCII)
        if not found or (kind == RULE and str(uuid.UUID(found[1])) != found[1]):
            yield f"{at}: the name of the resource"
            continue
        asked = VALIDATORS.get((kind, resource.get("kind")))
        if asked is None:
            yield f"{at}: kind {resource.get('kind')}"
            continue
        yield from (f"{at}: {innermost(error)}" for error in asked.iter_errors(resource["properties"]))
        try:
            properties = plain(resource["properties"])
        except ValueError as problem:
            yield f"{at}: {problem}"
            continue
        if kind == RULE:
            yield from (f"{at}: {said}" for said in limits(properties, resource["kind"]))
        elif kind == WATCHLIST:
            yield from (f"{at}: {said}" for said in watchlist(properties))
        yield kind, found[1], properties


def rule_yaml(name: str, text: str):
    """The same for a rule in YAML."""
    rule = yaml.safe_load(text)
    kind = rule.get("kind")
    wanted = YAML_ALWAYS | (YAML_ALERT if kind else set()) | (YAML_SCHEDULED if kind == "Scheduled" else set())
    if not wanted <= rule.keys() <= wanted | YAML_MAY or kind not in ("Scheduled", "NRT", None):
        yield f"{name}: keys {sorted(rule.keys() ^ wanted)}"
        return
    if str(uuid.UUID(rule["id"])) != rule["id"] or not re.fullmatch(r"\d+\.\d+\.\d+", rule["version"]):
        yield f"{name}: id {rule['id']} or version {rule['version']}"
    for connector in rule["requiredDataConnectors"]:
        if set(connector) != {"connectorId", "dataTypes"} or not connector["dataTypes"]:
            yield f"{name}: requiredDataConnectors {connector}"
    if kind:
        if rule["severity"] not in ("Informational", "Low", "Medium", "High"):
            yield f"{name}: severity {rule['severity']}"
        yield from (f"{name}: {said}" for said in limits(rule, kind))
    yield RULE if kind else SAVED, rule["id"], rule


def queries(read: list[tuple]):
    """Each query is the compiled one, and its result has the columns that the rule names."""
    texts = sorted({rule["query"] for _, _, rule in read})
    answers = dict(zip(texts, run_kqlcheck("sentinel", [{"id": text[:40], "query": text} for text in texts]), strict=True))
    for name, wanted, rule in read:
        answer = answers[rule["query"]]
        for found in answer["diagnostics"]:
            if found["severity"] == "Error":
                yield f"{name}: {found['code']}: {found['message']}"
        if missing := set(named_columns(rule)) - (answer["columns"] or {}).keys():
            yield f"{name}: the result has no columns {sorted(missing)}"
        if wanted is not None and wanted != rule["query"]:
            yield f"{name}: the query is not the compiled one"
    yield len(read)


def folder(root: Path, texts: dict[str, str]):
    """Findings, and (place, the query that is meant, the rule or saved search)."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root.parent).as_posix()
        if path.suffix == ".json":
            found = template(name, json.loads(path.read_text("utf-8")))
        elif path.suffix == ".yaml":
            found = rule_yaml(name, path.read_text("utf-8"))
        else:
            continue
        # Functions and the templates of several rules are not called after a detection.
        of_one = path.parent.name in ("AnalyticsRules", "HuntingQueries", "Analytic Rules", "Hunting Queries")
        for item in found:
            if isinstance(item, str):
                yield item
            elif item[0] == WATCHLIST:
                yield 1
            else:
                label = item[2].get("displayName", item[2].get("name"))
                yield f"{name}: {label}", texts.get(path.stem, "") if of_one else None, item[2]


def packs(output: Path, verdicts: Path, scratch: Path):
    read = []
    for profile in ("kusto:sentinel", "kusto:asim"):
        texts = {
            Path(file["path"]).stem: file["text"].rstrip()
            for file in compiled(output, verdicts, "kusto")
            if file["target"] == profile
        }
        for kind in ("sentinel", "sentinel-yaml"):
            for form in ("scheduled", "nrt"):
                root = scratch / f"{kind}-{profile.split(':')[1]}-{form}"
                pack(kind, root, "-t", profile, "--format", form)
                for item in folder(root, texts):
                    if isinstance(item, tuple):
                        read.append(item)
                    else:
                        yield item
    yield from queries(read)


def can_fail(scratch: Path):
    """What is wrong must be found."""
    path = min((scratch / "sentinel-sentinel-scheduled" / "AnalyticsRules").glob("*.json"))
    sound = json.loads(path.read_text("utf-8"))
    meant = plain(sound["resources"][0]["properties"]["query"])
    changes = {
        "an unknown key": lambda resource, rule: rule.update(displayname="x"),
        "an unknown key within": lambda resource, rule: rule["incidentConfiguration"].update(createincident=True),
        "a wrong type": lambda resource, rule: rule.update(enabled="yes"),
        "an expression": lambda resource, rule: rule.update(displayName="[resourceGroup().id]"),
        "a quote in a name": lambda resource, rule: resource.update(name=resource["name"].replace("-", "'", 1)),
        "a short period": lambda resource, rule: rule.update(queryFrequency="P1D", queryPeriod="PT5M"),
        "a tactic of another matrix": lambda resource, rule: rule["tactics"].append("Evasion"),
    }
    for what, change in changes.items():
        broken = copy.deepcopy(sound)
        change(broken["resources"][0], broken["resources"][0]["properties"])
        if not any(isinstance(item, str) for item in template("broken", broken)):
            yield f"nothing is said against {what}"
    rule = plain(sound["resources"][0]["properties"])
    wrong = {
        "a column that is not there": {**rule, "customDetails": {"Other": "other"}},
        "a changed query": {**rule, "query": meant + "\n| where true"},
        "a broken query": {**rule, "query": "AuditLogs | whree true"},
    }
    said = list(queries([(what, meant, rule) for what, rule in wrong.items()]))
    for what in wrong:
        if not any(str(item).startswith(f"{what}: ") for item in said):
            yield f"nothing is said against {what}"
    yield len(changes) + len(wrong)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        sys.exit(findings("Packs for Microsoft Sentinel", packs(Path(sys.argv[1]), Path(sys.argv[2]), here), can_fail(here)))
