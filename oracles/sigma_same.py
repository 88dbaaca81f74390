#!/usr/bin/env python3
"""Whether two Sigma rules have the same condition, by pySigma: each is parsed with every modifier applied, and the trees are
compared without regard to the order of `and` and `or`. Of correlations the kind, the window, what is counted and how
often, the keys as the fields that they are in each rule, and the rules themselves are compared.

usage: sigma_same.py < PAIRS       one JSON object a line: `id`, `one` and `other`, two rules as YAML; with `title`, the
                                   rule of this title among several, which may be a correlation of the others

Writes one JSON object a line: `id`, and `difference`, which is null where there is none. Exit: 0 all the same, 1 not.
"""

import json
import re
import sys

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
from sigma.correlations import SigmaCorrelationConditionOperator, SigmaCorrelationRule, SigmaCorrelationType
from sigma.exceptions import SigmaError
from sigma.types import (
    SigmaBool, SigmaExists, SigmaExpansion, SigmaNull, SigmaNumber, SigmaRegularExpression, SigmaString, SpecialChars,
)


def joined(word: str, members):
    """Members of the same kind are merged, doubles and single ones dissolved."""
    flat = set()
    for member in members:
        flat |= member[1] if member[0] == word else {member}
    return next(iter(flat)) if len(flat) == 1 else (word, frozenset(flat))


def text(field, found: SigmaString):
    """Runs of one wildcard are one; a keyword is open at both ends anyway; `*` alone asks for presence."""
    parts = []
    for part in found.s:
        part = part.lower() if isinstance(part, str) and type(found) is SigmaString else part
        if part and not (parts and part is parts[-1] is SpecialChars.WILDCARD_MULTI):
            parts.append(part)
    if field is None:
        parts = parts[parts[:1] == [SpecialChars.WILDCARD_MULTI] :]
        parts = parts[: len(parts) - (parts[-1:] == [SpecialChars.WILDCARD_MULTI])]
    elif parts == [SpecialChars.WILDCARD_MULTI]:
        return ("present", field)
    return ("is", field, type(found).__name__, tuple(map(str, parts)))


def value(field, found):
    """What is tested. A number or a truth value in quotes is the same value to Sigma."""
    if isinstance(found, SigmaExpansion):
        return joined("or", [value(field, member) for member in found.values])
    if isinstance(found, SigmaString):
        return text(field, found)
    if isinstance(found, SigmaNumber):
        return text(field, SigmaString(str(found.number)))
    if isinstance(found, SigmaBool):
        return text(field, SigmaString(str(found.boolean)))
    if isinstance(found, SigmaNull):
        return ("null", field)
    if isinstance(found, SigmaExists):
        return ("present", field) if found.exists else ("not", ("present", field))
    if isinstance(found, SigmaRegularExpression):
        flags, regex = {flag.name[0].lower() for flag in found.flags}, str(found.regexp)
        while match := re.match(r"\(\?([ims]+)\)", regex):
            flags, regex = flags | set(match[1]), regex[match.end() :]
        return ("re", field, regex, frozenset(flags))
    return ("other", field, type(found).__name__, str(found))


def tree(node, negated=False):
    """Negations stand before tests alone: that of `and` is `or` of the negated members."""
    if isinstance(node, ConditionNOT):
        return tree(node.args[0], not negated)
    if isinstance(node, (ConditionAND, ConditionOR)):
        word = "and" if isinstance(node, ConditionAND) != negated else "or"
        return joined(word, [tree(member, negated) for member in node.args])
    return negation(value(getattr(node, "field", None), node.value)) if negated else value(getattr(node, "field", None), node.value)


def negation(test):
    if test[0] == "or":
        return joined("and", [negation(member) for member in test[1]])
    return test[1] if test[0] == "not" else ("not", test)


def meaning(rule):
    """A rule's condition, or a correlation of what the rules below it mean."""
    if not isinstance(rule, SigmaCorrelationRule):
        return joined("or", [tree(parsed.parsed) for parsed in rule.detection.parsed_condition])
    below = [(reference.reference, meaning(reference.rule)) for reference in rule.rules]
    rules = [found for _, found in below]
    ordered = rule.type is SigmaCorrelationType.TEMPORAL_ORDERED
    keys = frozenset(frozenset((found, field(rule, key, name)) for name, found in below) for key in rule.group_by or [])
    return (rule.type.name, rule.timespan.seconds, counted(rule.condition), keys, tuple(rules) if ordered else frozenset(rules))


def field(correlation, key, name):
    """The field of a rule that a key of a correlation is."""
    for alias in correlation.aliases:
        if alias.alias == key:
            return next(field for reference, field in alias.mapping.items() if reference.reference == name)
    return key


def counted(asked):
    """More than 9 is 10 or more, where whole things are counted."""
    if asked is None:
        return None
    operator, count = asked.op, asked.count
    if operator is SigmaCorrelationConditionOperator.GT and asked.fieldref is None:
        operator, count = SigmaCorrelationConditionOperator.GTE, count + 1
    return (operator.name, count, asked.fieldref)


def rule_of(text: str, title: str | None):
    documents = list(yaml.safe_load_all(text))
    if title is not None:
        needed = [document for document in documents if document["title"] == title]
        # What pySigma thinks of the others does not matter.
        for document in needed:
            names = document.get("correlation", {}).get("rules", [])
            needed += [other for other in documents if other.get("name") in names and other not in needed]
        documents = needed
    rules = SigmaCollection.from_dicts(documents).rules
    (rule,) = rules if title is None else [rule for rule in rules if rule.title == title]
    return rule


def difference(pair: dict) -> str | None:
    try:
        one, other = (meaning(rule_of(pair[side], pair.get("title"))) for side in ("one", "other"))
        return None if one == other else "another condition"
    except SigmaError as failure:
        return f"pySigma: {type(failure).__name__}: {failure}"


def main() -> int:
    found = 0
    for line in sys.stdin:
        pair = json.loads(line)
        answer = difference(pair)
        found += answer is not None
        print(json.dumps({"id": pair["id"], "difference": answer}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
