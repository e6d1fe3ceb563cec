"""Rules about a table, written as values or in AWS's language, and what is wrong with them.

https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cdk_ml.data.glue.dqdl import parse
from cdk_ml.data.glue.dqdl_tokens import UnreadableRulesError
from cdk_ml.data.glue.parsed_rules import Comparison, ParsedRule
from cdk_ml.errors import Problem
from cdk_ml.facts.data_quality import RuleType, elsewhere, longest_ruleset, rule_types
from cdk_ml.tokens import is_token

_ARTICLES = {"number": "a number", "text": "a text", "date": "a date", "duration": "a duration such as 24 hours"}
_AGGREGATE = re.compile(r"\s*\w+\(\s*(?:(?P<dataset>\w+)\.)?(?P<column>[\w.]+)\s*\)\s*")
_REFERENCE = re.compile(r"\s*(?P<dataset>\w+)\.\{?[\w.,\s]+\}?\s*")
PRIMARY = "primary"
"""What rules call the table that they are about."""


@dataclass(frozen=True, slots=True)
class QualityRule:
    """A rule about a table, such as ``QualityRule("Completeness", "email", condition="> 0.95")``.

    :param type: kind of rule, such as ``IsComplete``; AWS's page has them all.
    :param about: a column, or whatever else rules of the kind are asked about; several where they take several.
    :param condition: what the answer has to be, such as ``> 0.95``, ``between 18 and 120`` or ``in ["CH", "LI"]``.
    :param where: which rows it is about, in SQL, such as ``country = 'CH'``.
    :param threshold: which share of rows has to keep it, such as ``> 0.9``; all of them when not given.
    """

    type: str
    about: str | Sequence[str] = ()
    condition: str = ""
    where: str = ""
    threshold: str = ""

    def __str__(self) -> str:
        about = [self.about] if isinstance(self.about, str) else self.about
        parts = [self.type, *map(_quoted, about), self.condition]
        if self.where:
            parts += ["where", _quoted(self.where)]
        if self.threshold:
            parts += ["with threshold", self.threshold]
        return " ".join(part for part in parts if part)


def ruleset_text(rules: str | Sequence[QualityRule]) -> str:
    """The rules in AWS's language."""
    if isinstance(rules, str):
        return rules
    return "Rules = [\n" + ",\n".join(f"    {rule}" for rule in rules) + "\n]\n"


def ruleset_problems(text: str, *, columns: Collection[str], references: Collection[str]) -> Iterator[Problem]:
    """Why a table with ``columns`` cannot be asked these rules.

    :param references: names of other tables that rules may speak of.
    """
    if is_token(text):
        return
    if len(text) > longest_ruleset():
        rule = f"has {len(text)} characters, and Glue takes {longest_ruleset()}"
        yield Problem("rules", f"{text[:40]}...", rule, "Make two rulesets")
    try:
        parsed = parse(text)
    except UnreadableRulesError as unreadable:
        fix = 'Write Rules = [ IsComplete "order_id", RowCount > 0 ]'
        yield Problem("rules", _short(text), f"cannot be read: {unreadable}", fix)
        return
    if parsed.analyzers:
        fix = "Leave Analyzers out; a job's own transform takes them"
        yield Problem("rules", _short(text), "has analyzers, which only jobs have", fix)
    if not parsed.rules:
        yield Problem("rules", _short(text), "asks nothing", "Write a rule, such as RowCount > 0")
    for each in parsed.rules:
        yield from _rule_problems(each, columns, {PRIMARY, *references, *parsed.datasets})


def _rule_problems(rule: ParsedRule, columns: Collection[str], datasets: Collection[str]) -> Iterator[Problem]:
    if rule.type in elsewhere():
        yield Problem("rules", rule.type, "is no rule about a table", elsewhere()[rule.type])
        return
    known = rule_types().get(rule.type)
    if known is None:
        near = get_close_matches(rule.type, rule_types(), n=1, cutoff=0.6)
        fix = f"Did you mean {near[0]}? The kinds" if near else "The kinds"
        yield Problem("rules", rule.type, "is no kind of rule", f"{fix} are {', '.join(rule_types())}")
        return
    count = len(rule.parameters)
    if count < known.least or (count > len(known.parameters) and not known.takes_any_number):
        takes = "nothing" if not known.parameters else " and ".join(_said(name) for name in known.parameters)
        fix = "Give no more and no less; rules that belong together stand in parentheses"
        yield Problem("rules", _written(rule), f"is given {count} parameters, and {rule.type} takes {takes}", fix)
        return
    yield from _parameter_problems(rule, known, columns, datasets)
    yield from _condition_problems(rule, known)


def _parameter_problems(
    rule: ParsedRule, known: RuleType, columns: Collection[str], datasets: Collection[str]
) -> Iterator[Problem]:
    kinds = [*known.parameters, *known.parameters[-1:] * (len(rule.parameters) - len(known.parameters))]
    for kind, given in zip(kinds, rule.parameters, strict=False):
        if given.startswith("$"):
            continue
        named: list[str] = []
        dataset = ""
        match kind:
            case "column" | "columns":
                named = [given]
            case "keys":
                named = [pair.partition("->")[0].strip() for pair in given.split(",")]
            case "dataset":
                dataset = given
            case "aggregate" if found := _AGGREGATE.fullmatch(given):
                dataset = found["dataset"] or PRIMARY
                named = [found["column"]] if dataset == PRIMARY else []
            case "reference" if found := _REFERENCE.fullmatch(given):
                dataset = found["dataset"]
            case "sql" if not re.search(rf"\b{PRIMARY}\b", given):
                fix = f"Select from {PRIMARY}, which is the table"
                yield Problem("rules", _written(rule), "does not look at the table", fix)
            case "aggregate" | "reference":
                fix = 'Write one such as "sum(amount)", or "customers.{id}"'
                yield Problem("rules", _written(rule), f"has {given!r}, which names no column", fix)
        for column in named:
            yield from _column_problems(rule, column, columns)
        if dataset and dataset not in datasets:
            others = sorted({*datasets} - {PRIMARY})
            fix = f"Use one of {', '.join(others)}" if others else f"Give references={{{dataset!r}: table}}"
            yield Problem("rules", _written(rule), f"speaks of {dataset!r}, which is no table it knows", fix)


def _column_problems(rule: ParsedRule, column: str, columns: Collection[str]) -> Iterator[Problem]:
    # A field of a structure is a column of its own for rules: address.city.
    if column in columns or column.partition(".")[0] in columns or is_token(column):
        return
    if column in rule_types():
        rule_ = f"is followed by {column}, as if that were a column"
        fix = f"Put rules that belong together in parentheses: ({rule.type} ...) and ({column} ...)"
        yield Problem("rules", _written(rule), rule_, fix)
        return
    near = get_close_matches(column, columns, n=1, cutoff=0.6)
    fix = f"Did you mean {near[0]}? Columns" if near else "Columns"
    yield Problem(
        "rules", _written(rule), f"is about {column}, which the table lacks", f"{fix} are {', '.join(columns)}"
    )


def _condition_problems(rule: ParsedRule, known: RuleType) -> Iterator[Problem]:
    condition = rule.condition
    compared = sorted(_ARTICLES[kind] for kind in known.answers if kind != "nothing")
    if condition is None:
        if "nothing" not in known.answers:
            rule_ = f"says not what the answer has to be, which is {' or '.join(compared)}"
            yield Problem("rules", _written(rule), rule_, f"Write a condition, such as {_example(known)}")
    elif not compared:
        yield Problem(
            "rules", _written(rule), "has a condition, and is true or false itself", "Leave the condition out"
        )
    elif not condition.kinds & known.answers:
        rule_ = f"is not compared with {' or '.join(compared)}, which {rule.type} answers"
        yield Problem("rules", _written(rule), rule_, f"Write a condition such as {_example(known)}")
    for each in (condition, rule.threshold):
        if each is not None and each.functions:
            called = ", ".join(dict.fromkeys(each.functions))
            fix = "Write a number; what looks at earlier runs is for jobs"
            yield Problem("rules", _written(rule), f"calls {called}, which a table's rules cannot", fix)
    if rule.where is not None and (not known.where or not rule.where):
        some = [name for name, each in rule_types().items() if each.where]
        fix = f"Leave it out; {', '.join(some[:6])} and others can"
        yield Problem("rules", _written(rule), "cannot choose rows", fix)
    if rule.threshold is not None:
        yield from _threshold_problems(rule, rule.threshold, known)


def _threshold_problems(rule: ParsedRule, threshold: Comparison, known: RuleType) -> Iterator[Problem]:
    if not known.threshold:
        some = ", ".join(name for name, each in rule_types().items() if each.threshold)
        yield Problem("rules", _written(rule), "cannot be broken by some rows", f"Leave the threshold out; {some} can")
    elif "number" not in threshold.kinds:
        fix = "Write a share of the rows, such as with threshold > 0.9"
        yield Problem("rules", _written(rule), "has a threshold that is no number", fix)


def _example(known: RuleType) -> str:
    examples = {"number": "> 0.9", "text": 'in ["CH", "LI"]', "date": '> "2026-01-01"', "duration": "<= 24 hours"}
    return next(examples[kind] for kind in ("number", "text", "duration", "date") if kind in known.answers)


def _said(parameter: str) -> str:
    return {
        "column": "a column",
        "columns": "columns",
        "keys": "columns with commas between them",
        "dataset": "the name of a table",
        "sql": "a query",
    }.get(parameter, f"a text ({parameter})")


def _written(rule: ParsedRule) -> str:
    return " ".join([rule.type, *map(_quoted, rule.parameters)])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
