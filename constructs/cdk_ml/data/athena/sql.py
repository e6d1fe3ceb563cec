"""Whether a text is a query in Athena's SQL over tables and columns that are there.

With ``sqlglot`` installed (``pip install 'cdk-ml[data]'``) the query is parsed, its tables and columns are looked for
in the catalog's, and the columns that it gives are derived. Without it only quotes, brackets and the number of
statements are looked at.
https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.types import ColumnType, ColumnTypeError, parse_type
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

CATALOG = "awsdatacatalog"
_LONGEST = 262_144
# Texts and quoted names first, so that nothing in them is taken for anything else.
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|.", re.DOTALL)
_CLOSES = {"(": ")", "[": "]"}
_READS = ("select", "with", "(")


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table that a query may name.

    :param columns: types as Glue writes them, by name.
    """

    database: str
    name: str
    columns: dict[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Output:
    """What a query gives.

    :param columns: names, and types as Glue writes them; ``None`` where a type does not follow from the tables for
        sure.
    :param parameters: how many question marks it has.
    :param parsed: whether it could be looked into.
    """

    columns: tuple[tuple[str, str | None], ...] = ()
    parameters: int = 0
    parsed: bool = False


def query_problems(
    argument: str, sql: str, tables: Sequence[KnownTable] | None, *, database: str, reads: bool
) -> tuple[list[Problem], Output]:
    """What is wrong with a statement, and what it gives.

    :param tables: what it may name; ``None`` where nobody says, and only the grammar is looked at.
    :param database: of the tables that it names without one.
    :param reads: whether it has to be a query, and nothing that changes anything.
    """
    if is_token(sql):
        return [], Output()
    if not 1 <= len(sql.encode()) <= _LONGEST:
        fix = f"Use 1 to {_LONGEST} bytes"
        return [Problem(argument, f"{len(sql.encode())} bytes", "is not a length that Athena takes", fix)], Output()
    if (wrong := _structure(sql, reads=reads)) is not None:
        return [Problem(argument, _short(sql), f"is no statement of Athena: {wrong}", _one(reads))], Output()
    if find_spec("sqlglot") is None:
        return [], Output(parameters=_pieces(sql).count("?"))
    return _parsed(argument, sql, tables, database, reads)


def _one(reads: bool) -> str:
    return "Write one SELECT, with or without WITH" if reads else "Write one statement, without a semicolon"


def _structure(sql: str, *, reads: bool) -> str | None:
    opened: list[str] = []
    for piece in (pieces := _pieces(sql)):
        if piece in ("'", '"'):
            return f"a {piece} is not closed"
        if piece == ";":
            return "a semicolon ends it"
        if piece in _CLOSES.values() and (not opened or _CLOSES[opened.pop()] != piece):
            return f"{piece} closes nothing"
        if piece in _CLOSES:
            opened.append(piece)
    if opened:
        return f"{_CLOSES[opened[-1]]} is missing"
    words = "".join(pieces).split()
    if not words:
        return "it says nothing"
    if reads and not words[0].lower().startswith(_READS):
        return f"it begins with {words[0]}"
    return None


def _pieces(sql: str) -> list[str]:
    return [piece for piece in _PIECE.findall(sql) if not piece.startswith(("--", "/*"))]


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= 120 else f"{text[:119]}…"


def _parsed(
    argument: str, sql: str, tables: Sequence[KnownTable] | None, database: str, reads: bool
) -> tuple[list[Problem], Output]:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        with _quiet():
            statement = parse_one(sql, dialect="athena")
    except SqlglotError as error:
        why = str(error).splitlines()[0].removesuffix(".")
        return [Problem(argument, _short(sql), f"is no statement of Athena: {why}", _one(reads))], Output()
    parameters = sum(1 for _ in statement.find_all(exp.Placeholder))
    if not isinstance(statement, exp.Query):
        if reads:
            return [Problem(argument, _short(sql), "is no query", _one(reads))], Output()
        # Of what changes something only the query in it would be known: DDL of Hive is not.
        return [], Output(parameters=parameters)
    if tables is None:
        return [], Output(parameters=parameters)
    unknown = list(_table_problems(argument, statement, tables, database))
    if unknown:
        return unknown, Output(parameters=parameters)
    return _columns(argument, statement, tables, database, parameters)


@contextmanager
def _quiet() -> Iterator[None]:
    """The parser warns of statements that it only knows by their first word."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _named_tables(statement: Any) -> Iterator[Any]:
    """Tables that a statement reads, without the names that it gives to parts of itself."""
    from sqlglot.optimizer.scope import traverse_scope

    for scope in traverse_scope(statement):
        for source in scope.sources.values():
            if type(source).__name__ == "Table":
                yield source


def _table_problems(argument: str, statement: Any, tables: Sequence[KnownTable], database: str) -> Iterator[Problem]:
    there = {(table.database, table.name) for table in tables}
    for table in _named_tables(statement):
        name = (table.db.lower() or database, table.name.lower())
        if table.catalog.lower() not in ("", CATALOG):
            fix = "Name a table of the account's catalog, as database.table"
            yield Problem(argument, table.sql("athena"), "is a table of another catalog", fix)
        elif name not in there and name[0] != "information_schema":
            full = sorted(f"{db}.{of}" for db, of in there)
            like = get_close_matches(".".join(name), full, n=1)
            fix = f"Did you mean {like[0]}" if like else "Give it in tables"
            yield Problem(argument, ".".join(name), "is no table that it is given", fix)


def _columns(
    argument: str, statement: Any, tables: Sequence[KnownTable], database: str, parameters: int
) -> tuple[list[Problem], Output]:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.schema import MappingSchema

    from cdk_ml.data.athena.derive import output_columns

    schema = MappingSchema(dialect="athena")
    for table in tables:
        types = {name: exp.DataType.build(type_, dialect="hive") for name, type_ in table.columns.items()}
        schema.add_table(exp.table_(table.name, db=table.database), types)
    for table in _named_tables(statement):
        # Everything is in this catalog.
        table.set("catalog", None)
    try:
        qualified = qualify(statement, schema=schema, db=database, dialect="athena")
        typed = annotate_types(qualified, schema=schema, dialect="athena")
        columns = tuple(output_columns(typed))
    except SqlglotError as error:
        text = str(error).splitlines()[0]
        found = re.search(r"Column '?\"?([^'\".]+)|Unknown column: (\w+)", text)
        name = next((each for each in found.groups() if each), "") if found else ""
        every = sorted({column for table in tables for column in table.columns})
        like = get_close_matches(name.lower(), every, n=1)
        fix = f"Did you mean {like[0]}" if like else f"Use one of {', '.join(every)}"
        rule = "is no column of its tables" if name else f"cannot be resolved: {text.removesuffix('.')}"
        return [Problem(argument, name or _short(statement.sql("athena")), rule, fix)], Output(parameters=parameters)
    return [], Output(columns, parameters, parsed=True)


def view_columns(
    argument: str, output: Output, said: Sequence[Column] | None
) -> tuple[list[Problem], tuple[Column, ...]]:
    """The columns of a view, and what is wrong with them.

    :param said: what the user says that they are.
    """
    if said is None and not output.parsed:
        fix = "Say columns=[Column(...)], or install sqlglot: pip install 'cdk-ml[data]'"
        return [Problem("columns", None, "are not known: nothing here can derive them from the query", fix)], ()
    if said is None:
        return _derived(argument, output)
    problems = list(_said_problems(output, said)) if output.parsed else []
    return problems, tuple(said)


def _derived(argument: str, output: Output) -> tuple[list[Problem], tuple[Column, ...]]:
    problems, columns = [], []
    for name, type_ in output.columns:
        if type_ is None:
            fix = f"Write CAST(... AS ...) AS {name}, or say columns=[Column({name!r}, ...), ...]"
            problems.append(Problem(argument, name, "is a column whose type does not follow from the tables", fix))
        else:
            columns.append(Column(name, type_))
    return problems, tuple(columns)


def _said_problems(output: Output, said: Sequence[Column]) -> Iterator[Problem]:
    names, gives = [column.name for column in said], [name for name, _ in output.columns]
    if names != gives:
        yield Problem("columns", names, "are not the columns that the query gives", f"Say {', '.join(gives)}")
        return
    for column, (name, type_) in zip(said, output.columns, strict=True):
        if type_ is not None and not is_token(column.type) and _read(column.type) not in (None, _read(type_)):
            yield Problem("columns.type", column.type, f"of {name} is {type_} in the query", f"Say {type_}, or cast it")


def _read(type_: str) -> ColumnType | None:
    try:
        return parse_type(type_)
    except ColumnTypeError:
        return None
