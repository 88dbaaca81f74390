#!/usr/bin/env python3
"""Whether two Sigma rules have the same condition, by pySigma: each is parsed with every modifier applied, and the trees are
compared without regard to the order of `and` and `or`.

usage: sigma_same.py < PAIRS       one JSON object a line: `id`, `one` and `other`, two rules as YAML

Writes one JSON object a line: `id`, and `difference`, which is null where there is none. Exit: 0 all the same, 1 not.
"""

import json
import re
import sys

from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
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


def condition(text: str):
    (rule,) = SigmaCollection.from_yaml(text).rules
    return joined("or", [tree(parsed.parsed) for parsed in rule.detection.parsed_condition])


def difference(pair: dict) -> str | None:
    try:
        return None if condition(pair["one"]) == condition(pair["other"]) else "another condition"
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
