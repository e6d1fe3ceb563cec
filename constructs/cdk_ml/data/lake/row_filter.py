"""Row filters: whether a text is a condition in Lake Formation's language, about columns that the table has.

The language is a small part of PartiQL: a column is compared with constants, conditions are joined by AND, OR and NOT.
There are no functions, and no comparison of two columns. With ``sqlglot`` installed (``pip install 'cdk-ml[data]'``) a
real parser reads the text. Without it quotes, brackets and words are looked at, and Lake Formation finds the rest.
https://docs.aws.amazon.com/lake-formation/latest/dg/partiql-support.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cdk_ml.data.catalog.types import ColumnType, Scalar, StructOf
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_LONGEST = 2_047
_COMPARED = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE")
_TEXTS, _NUMBERS = ("string", "char", "varchar"), ("int", "long", "float", "double", "decimal")
_COMPARABLE = (*_TEXTS, *_NUMBERS, "boolean")
_KEYWORDS = {"and", "or", "not", "in", "like", "between", "is", "null", "true", "false"}
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_PIECE = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>\"[^\"]+\"|[A-Za-z_]\w*)(?:\.(?:\"[^\"]+\"|[A-Za-z_]\w*))*"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<mark><>|!=|<=|>=|[=<>(),-]))\s*"
)
_WHAT_THERE_IS = "Compare a column with constants by =, <>, <, <=, >, >=, BETWEEN, IN, LIKE or IS NULL"


class _LanguageError(ValueError):
    """Something that the language does not have."""

    def __init__(self, what: str, rule: str, fix: str = _WHAT_THERE_IS) -> None:
        self.what, self.rule, self.fix = what, rule, fix
        super().__init__(f"{what} {rule}. {fix}.")


def row_filter_problems(
    argument: str, condition: str, *, types: Mapping[str, ColumnType], partitions: Collection[str] = ()
) -> Iterator[Problem]:
    """What Lake Formation would refuse about a row filter.

    :param types: of the table's columns, those of its partitions included.
    :param partitions: the columns that are kept in paths and not in files.
    """
    if is_token(condition):
        fix = "Write the condition itself: it decides what people see"
        yield Problem(argument, condition, "is known at deployment only", fix)
        return
    if len(condition) > _LONGEST:
        yield Problem(argument, f"{len(condition)} characters", "are too many", f"Use at most {_LONGEST}")
    try:
        _look_for_marks(condition)
        if find_spec("sqlglot") is None:
            _read_pieces(condition, types)
        else:
            _read(_tree(condition), types, partitions)
    except _LanguageError as wrong:
        yield Problem(argument, wrong.what, wrong.rule, wrong.fix)


def _look_for_marks(condition: str) -> None:
    # What PartiQL does not have, and parsers of SQL read in silence.
    for mark in ("==", "--", "/*", ";"):
        if mark in _QUOTED.sub("''", condition):
            raise _LanguageError(condition, f"has {mark}, which is not in Lake Formation's language")


def _tree(condition: str) -> Any:
    sqlglot = import_module("sqlglot")
    try:
        statements = sqlglot.parse(condition)
    except sqlglot.errors.SqlglotError as error:
        found = error.errors[0] if getattr(error, "errors", None) else {"description": str(error)}
        raise _LanguageError(condition, f"is not a condition: {found['description'].rstrip('.')}") from error
    if len(statements) != 1 or statements[0] is None:
        raise _LanguageError(condition, "is not a condition")
    return statements[0]


def _read(node: Any, types: Mapping[str, ColumnType], partitions: Collection[str]) -> None:
    kind = type(node).__name__
    if kind in ("Paren", "Not"):
        _read(node.this, types, partitions)
    elif kind in ("And", "Or"):
        _read(node.this, types, partitions)
        _read(node.expression, types, partitions)
    elif kind in _COMPARED:
        _constants(_column(node.this, types), node.expression)
    elif kind == "Between":
        _constants(_column(node.this, types), node.args["low"], node.args["high"])
    elif kind == "In" and node.expressions:
        _constants(_column(node.this, types), *node.expressions)
    elif kind == "Like":
        name, type_ = _column(node.this, types)
        if type_ not in _TEXTS:
            raise _LanguageError(name, f"is {type_}, and LIKE is for texts")
        _constants((name, type_), node.expression)
    elif kind == "Is" and type(node.expression).__name__ == "Null":
        name, _ = _column(node.this, types)
        if name in partitions:
            fix = "Compare the partition with a value"
            raise _LanguageError(name, "is a partition, which Lake Formation does not compare with NULL", fix)
    else:
        raise _LanguageError(node.sql(), "is not in Lake Formation's language")


def _column(node: Any, types: Mapping[str, ColumnType]) -> tuple[str, str]:
    """The column that ``node`` is, and the name of its type."""
    if type(node).__name__ not in ("Column", "Dot"):
        raise _LanguageError(node.sql(), "stands where a column has to be")
    parts = [part.name for part in node.parts]
    name, type_ = parts[0], _known(parts[0], types)
    for part in parts[1:]:
        fields = dict(type_.fields) if isinstance(type_, StructOf) else {}
        if part not in fields:
            fix = f"Use one of {', '.join(fields)}" if fields else "Compare the column itself"
            raise _LanguageError(".".join(parts), f"is not in the table: {name} has no field {part}", fix)
        name, type_ = f"{name}.{part}", fields[part]
    if not isinstance(type_, Scalar) or type_.name not in _COMPARABLE:
        kind = type_.name if isinstance(type_, Scalar) else type(type_).__name__.removesuffix("Of").lower()
        fix = f"Filter by a column of the type {', '.join(_COMPARABLE)}, or by such a field of a struct"
        raise _LanguageError(name, f"is {kind}, which row filters do not know", fix)
    return name, type_.name


def _known(name: str, types: Mapping[str, ColumnType]) -> ColumnType:
    if name not in types:
        raise _LanguageError(name, "is not a column of the table", f"Use one of {', '.join(types)}")
    return types[name]


def _constants(column: tuple[str, str], *nodes: Any) -> None:
    name, type_ = column
    for node in nodes:
        kind = type(node).__name__
        if kind == "Null":
            raise _LanguageError(
                f"{name} and NULL", "are never equal nor unequal", f"Write {name} IS NULL, or IS NOT NULL"
            )
        if kind in ("Column", "Dot"):
            raise _LanguageError(node.sql(), f"is a column, and {name} can be compared with constants only")
        number = kind == "Neg" and type(node.this).__name__ == "Literal" and not node.this.is_string
        if not number and kind not in ("Literal", "Boolean"):
            raise _LanguageError(node.sql(), "is not a constant")
        text = kind == "Literal" and node.is_string
        wanted = "a text in single quotes" if type_ in _TEXTS else "a number" if type_ in _NUMBERS else "TRUE or FALSE"
        given = "a text in single quotes" if text else "TRUE or FALSE" if kind == "Boolean" else "a number"
        if given != wanted:
            raise _LanguageError(node.sql(), f"is compared with {name}, which is {type_}", f"Write {wanted}")


def _read_pieces(condition: str, types: Mapping[str, ColumnType]) -> None:
    """Without a parser: quotes, brackets, and whether every word is known."""
    at = depth = words = 0
    while at < len(condition):
        piece = _PIECE.match(condition, at)
        if piece is None:
            raise _LanguageError(condition, f"is not a condition from {condition[at:].strip()[:20]!r} on")
        at = piece.end()
        depth += {"(": 1, ")": -1}.get(piece["mark"], 0)
        if depth < 0:
            break
        if piece["name"] is not None and piece["name"].lower() not in _KEYWORDS:
            words += 1
            _known(piece["name"].strip('"'), types)
    if depth:
        raise _LanguageError(condition, "has a bracket that is not closed, or closes nothing")
    if not words:
        raise _LanguageError(condition, "is not about a column")
