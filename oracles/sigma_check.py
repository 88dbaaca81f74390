#!/usr/bin/env python3
"""Check Sigma files: the JSON Schemas of the specification, pySigma's parser, and pySigma's validators.

usage: sigma_check.py FILE...

Findings go to stdout, one a line. Exit: 0 none, 1 some, 2 could not run.
"""

import functools
import json
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

SCHEMAS = Path(__file__).parent / "schemas" / "sigma"

# What is wrong whatever the taste. Left out: style (`all of them`, numbers in quotes, escaped wildcards that are meant)
# and the ATT&CK tags, whose validator fetches its table from the network; detc checks those against its own.
CHECKED = [
    "control_character",
    "custom_attributes",
    "dangling_condition",
    "dangling_detection",
    "duplicate_references",
    "duplicate_tag",
    "duplicate_title",
    "fieldname_logsource",
    "identifier_existence",
    "identifier_uniqueness",
    "invalid_modifier_combinations",
    "namespace_tag",
    "tag_format",
]


class Loader(yaml.SafeLoader):
    """Dates stay text, as the schemas want them."""


Loader.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:timestamp"]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def schema(kind: str) -> Draft202012Validator:
    document = json.loads((SCHEMAS / f"sigma-{kind}-schema.json").read_text("utf-8"))
    del document["$schema"]  # it ends in `#`, which names no known metaschema
    return Draft202012Validator(document, format_checker=FormatChecker())


def kind_of(document) -> str:
    if isinstance(document, dict) and "correlation" in document:
        return "correlation-rules"
    if isinstance(document, dict) and "filter" in document:
        return "filters"
    return "detection-rule"


def schema_findings(path: str, text: str):
    for document in yaml.load_all(text, Loader):
        for error in schema(kind_of(document)).iter_errors(document):
            place = "/".join(map(str, error.absolute_path))
            yield f"{path}: schema: {place}: {error.message[:200]}"


def pysigma_findings(paths: list[str]):
    """All files together, so that a correlation finds the rules it names, and doubles are seen."""
    try:
        collection = SigmaCollection.load_ruleset(paths, collect_errors=True)
        collection.resolve_rule_references()
    except SigmaError as failure:
        yield f"pySigma: {type(failure).__name__}: {failure}"
        return
    # An error stands both at its rule and at the collection.
    errors = [*collection.errors, *(error for rule in collection.rules for error in rule.errors)]
    yield from dict.fromkeys(f"pySigma: {error}" for error in errors)
    if errors:
        return
    for rule in collection.rules:
        for condition in getattr(getattr(rule, "detection", None), "parsed_condition", []):
            try:
                condition.parsed  # parsed on access
            except SigmaError as failure:
                yield f"{rule.source}: pySigma: {failure}"
    for issue in SigmaValidator({validators[name] for name in CHECKED}).validate_rules(iter(collection.rules)):
        where = ", ".join(str(rule.source) for rule in issue.rules)
        yield f"{where}: pySigma: {issue.description}"


def main(paths: list[str]) -> int:
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    findings = [found for path in paths for found in schema_findings(path, Path(path).read_text("utf-8"))]
    findings += pysigma_findings(paths)
    print(*findings, sep="\n", end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
