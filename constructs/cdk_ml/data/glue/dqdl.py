"""Reads the Data Quality Definition Language, in which rules of Glue Data Quality are written.

It follows AWS's grammar (https://github.com/awslabs/dqdl) as far as a table can be asked: what Glue would not parse is
refused here with the place, and the rules come out as values that can be checked.
https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_ml.data.glue.dqdl_tokens import UnreadableRulesError, plain, tokens, unreadable
from cdk_ml.data.glue.parsed_rules import Comparison, ParsedRule, ParsedRuleset
from cdk_ml.facts.data_quality import Answer

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(r'"(?:\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2} [AP]M|\d{2}:\d{2})"')
_DURATIONS = {"days", "hours", "minutes"}
_SIZES = {"B", "KB", "MB", "GB", "TB"}
_NO_VALUES = {"null", "NULL"}
_TEXTS = {"empty", "EMPTY", "whitespaces_only", "WHITESPACES_ONLY"}
_CONNECTORS = {"and", "AND", "of", "OF"}
_ENDS_PARAMETERS = {"between", "in", "labels", "matches", "not", "or", "OR", "where", "with"}
_ANY: frozenset[Answer] = frozenset({"number", "text", "date", "duration"})
_ORDERED: frozenset[Answer] = frozenset({"number", "date", "duration"})


def parse(text: str) -> ParsedRuleset:
    """Read a ruleset.

    :raises UnreadableRulesError: where the text is not in the language.
    """
    return _Reader(text, tokens(text)).document()


@dataclass(slots=True)
class _Reader:
    text: str
    tokens: list[tuple[str, int]]
    at: int = 0

    def document(self) -> ParsedRuleset:
        rules: list[ParsedRule] = []
        datasets: list[str] = []
        has_rules = analyzers = False
        while self.at < len(self.tokens):
            name = self._take()
            self._expect("=")
            if name == "Rules":
                has_rules = True
                rules.extend(self._list(self._joined))
            elif name == "Analyzers":
                analyzers = True
                self._list(lambda: [self._rule()])
            elif name in ("Metadata", "DataSources"):
                pairs = self._dictionary()
                datasets += pairs if name == "DataSources" else []
            elif name == "DefaultLabels":
                self._labels()
            elif re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", name):
                # What a variable stands for is not looked up.
                if self._peek() == "[":
                    self._operands()
                else:
                    self._operand()
            else:
                raise self._error(f"{name!r} begins no section", back=2)
        if not has_rules:
            raise self._error("has no Rules = [ ... ]")
        return ParsedRuleset(tuple(rules), tuple(datasets), analyzers)

    def _joined(self) -> list[ParsedRule]:
        if self._peek() == "(":
            self._take()
            rules = self._joined()
            self._expect(")")
            if self._peek() == "labels":
                self._labels(named=True)
        else:
            rules = [self._rule()]
        while self._peek() in ("and", "AND", "or", "OR"):
            self._take()
            rules += self._joined()
        return rules

    def _rule(self) -> ParsedRule:
        type_ = self._take()
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", type_):
            raise self._error(f"{type_!r} begins no rule", back=1)
        parameters: list[str] = []
        while (follows := self._peek()) is not None and _is_parameter(follows):
            if follows in _CONNECTORS:
                self._take()
            parameters.append(self._parameter())
        condition = self._condition() if self._starts_condition() else None
        where = threshold = None
        if self._peek() == "where":
            self._take()
            where = self._text()
        if self._peek() == "labels":
            self._labels(named=True)
        while self._peek() == "with":
            self._take()
            tag = self._take()
            compared = self._condition()
            if tag.lower() == "threshold":
                threshold = compared
        return ParsedRule(
            type=type_, parameters=tuple(parameters), condition=condition, where=where, threshold=threshold
        )

    def _parameter(self) -> str:
        if self._peek() == "$":
            self._take()
            return f"${self._take()}"
        word = self._take()
        return plain(word) if word.startswith('"') else word

    def _starts_condition(self) -> bool:
        return self._peek() in ("between", "in", "matches", "not", "=", "!=", "!", "<", "<=", ">", ">=")

    def _condition(self) -> Comparison:
        sign = self._take()
        if sign == "not":
            sign = self._take()
            if sign not in ("between", "in", "matches"):
                raise self._error("'not' stands before between, in or matches", back=1)
        if sign == "!":
            self._expect("=")
            sign = "!="
        if sign == "matches":
            self._text()
            return Comparison(kinds=frozenset({"text"}))
        if sign == "between":
            low = self._operand()
            self._expect("and", "AND")
            return _together([low, self._operand()], _ORDERED)
        if sign == "in":
            return _together(self._operands() if self._peek() == "[" else [self._operand()], _ANY)
        if sign in ("=", "!="):
            return _together([self._operand()], _ANY)
        if sign in ("<", "<=", ">", ">="):
            return _together([self._operand()], _ORDERED)
        raise self._error(f"{sign!r} begins no condition", back=1)

    def _operands(self) -> list[Comparison]:
        return self._list(lambda: [self._operand()])

    def _operand(self) -> Comparison:
        """One value, or numbers with signs between them."""
        found = self._term()
        while self._peek() in ("+", "-", "*", "/"):
            self._take()
            found = _together([found, self._term()], _ANY)
        return found

    def _term(self) -> Comparison:
        word = self._take()
        if word == "(":
            inner = self._operand()
            self._expect(")")
            # Of a time and a duration comes a time.
            return inner
        if word == "-":
            return self._term()
        if word == "$":
            self._take()
            return Comparison(kinds=frozenset({"text"}))
        if word.startswith('"'):
            dated: frozenset[Answer] = frozenset({"text", "date"})
            return Comparison(kinds=dated if _DATE.fullmatch(word) else frozenset({"text"}))
        if word in _NO_VALUES:
            return Comparison(kinds=_ANY)
        if word in _TEXTS:
            return Comparison(kinds=frozenset({"text"}))
        if word == "now()":
            if self._peek() in ("+", "-"):
                self._take()
                self._term()
            return Comparison(kinds=frozenset({"date"}))
        if _NUMBER.fullmatch(word):
            if self._peek() in _DURATIONS:
                self._take()
                return Comparison(kinds=frozenset({"duration"}))
            if self._peek() in _SIZES:
                # Only rules about files answer a size.
                self._take()
                return Comparison(kinds=frozenset())
            return Comparison(kinds=frozenset({"number"}))
        if self._peek() == "(":
            return self._call(word)
        raise self._error(f"{word!r} is no value", back=1)

    def _call(self, name: str) -> Comparison:
        self._expect("(")
        inside: list[Comparison] = []
        while self._peek() != ")":
            inside.append(self._operand())
            if self._peek() == ",":
                self._take()
        self._expect(")")
        functions = (name, *(function for each in inside for function in each.functions))
        return Comparison(kinds=frozenset({"number"}), functions=functions)

    def _labels(self, *, named: bool = False) -> None:
        if named:
            self._take()
            self._expect("=")
        self._list(self._label)

    def _label(self) -> list[str]:
        name = self._text()
        self._expect("=")
        return [name, self._text()]

    def _dictionary(self) -> list[str]:
        keys: list[str] = []
        self._expect("{")
        while self._peek() != "}":
            keys.append(self._text())
            self._expect(":")
            if self._peek() == "[":
                self._list(lambda: [self._text()])
            else:
                self._text()
            if self._peek() == ",":
                self._take()
        self._expect("}")
        return keys

    def _list(self, item: Callable[[], Sequence[Any]]) -> list[Any]:
        found: list[Any] = []
        self._expect("[")
        while self._peek() != "]":
            found += item()
            if self._peek() != "]":
                self._expect(",")
        self._expect("]")
        return found

    def _text(self) -> str:
        word = self._take()
        if not word.startswith('"'):
            raise self._error(f"{word!r} is not in double quotes", back=1)
        return plain(word)

    def _peek(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def _take(self) -> str:
        if self.at == len(self.tokens):
            raise self._error("ends too early")
        self.at += 1
        return self.tokens[self.at - 1][0]

    def _expect(self, *signs: str) -> None:
        found = self._take()
        if found not in signs:
            raise self._error(f"{found!r} stands where {signs[0]!r} has to", back=1)

    def _error(self, what: str, *, back: int = 0) -> UnreadableRulesError:
        index = self.at - back
        position = self.tokens[index][1] if 0 <= index < len(self.tokens) else len(self.text)
        return unreadable(self.text, what, position)


def _is_parameter(word: str) -> bool:
    return (
        word in _CONNECTORS
        or word == "$"
        or word.startswith('"')
        or (re.fullmatch(r"[A-Za-z0-9_.]+", word) is not None and word not in _ENDS_PARAMETERS)
    )


def _together(parts: list[Comparison], allowed: frozenset[Answer]) -> Comparison:
    kinds = allowed
    for part in parts:
        kinds &= part.kinds
    return Comparison(kinds=kinds, functions=tuple(function for part in parts for function in part.functions))
