"""Which columns a query has, and of which types, as far as that follows from its tables for sure.

Athena refuses to read a view whose columns are of other types than the catalog says. So nothing is guessed here: what
does not follow has no type, and whoever writes the query casts it, or says it.
https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

_WHOLE = ("bigint", "int", "smallint", "tinyint")
_SAME = (
    exp.AnyValue,
    exp.First,
    exp.FirstValue,
    exp.Lag,
    exp.Last,
    exp.LastValue,
    exp.Lead,
    exp.Max,
    exp.Min,
    exp.Paren,
)
_BIGINT = (exp.ArraySize, exp.Count, exp.CountIf, exp.DateDiff, exp.DenseRank, exp.Ntile, exp.Rank, exp.RowNumber)
_TEXT = (exp.Concat, exp.DPipe, exp.Lower, exp.Replace, exp.Substring, exp.Trim, exp.Upper)
_TEXTS = ("char(", "string", "varchar(")


def output_columns(query: exp.Query) -> list[tuple[str, str | None]]:
    """Names and Hive types of a query whose columns are qualified and typed: see :mod:`cdk_ml.data.athena.sql`."""
    scope = build_scope(query)
    assert scope is not None, "a query has a scope"
    return [(column.alias_or_name, _of_output(scope, index)) for index, column in enumerate(query.selects)]


def _of_output(scope: Scope, index: int) -> str | None:
    if scope.set_operation_scopes:
        types = {_of_output(side, index) for side in scope.set_operation_scopes}
        return types.pop() if len(types) == 1 else None
    query = scope.expression
    return _type(query.selects[index], scope) if isinstance(query, exp.Query) else None


def _type(node: exp.Expr, scope: Scope) -> str | None:
    match node:
        case exp.Alias() | exp.Window() | exp.IgnoreNulls() | exp.Filter():
            return _type(node.this, scope)
        case exp.Column():
            return _of_column(node, scope)
        case exp.TryCast() | exp.Cast():
            return hive_type(node.to)
        case exp.Literal(is_string=True):
            return "string"
        case exp.Boolean() | exp.Predicate() | exp.Connector() | exp.Not():
            return "boolean"
        case exp.CurrentDate():
            return "date"
        case exp.Sum():
            return _sum(_type(node.this, scope))
        case exp.Avg():
            return _average(_type(node.this, scope))
        case exp.Coalesce():
            return _alike([node.this, *node.expressions], scope)
        case exp.If():
            return _alike([node.args["true"], node.args.get("false")], scope)
        case exp.Case():
            return _alike([*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")], scope)
        case exp.TimestampTrunc() | exp.DateTrunc():
            return _type(node.this, scope)
    if isinstance(node, _BIGINT):
        return "bigint"
    if isinstance(node, _TEXT):
        return _text(node, scope)
    return _type(node.this, scope) if isinstance(node, _SAME) else None


def _of_column(column: exp.Column, scope: Scope) -> str | None:
    source = scope.sources.get(column.table)
    if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
        names = [each.alias_or_name for each in source.expression.selects]
        return _of_output(source, names.index(column.name)) if column.name in names else None
    # Of a table, where the schema said it; an unnested array's items have it from there, too.
    return hive_type(column.type)


def _alike(branches: list[exp.Expr | None], scope: Scope) -> str | None:
    types = {_type(branch, scope) for branch in branches if branch is not None and not isinstance(branch, exp.Null)}
    return types.pop() if len(types) == 1 else None


def _text(node: exp.Expr, scope: Scope) -> str | None:
    """Arrays can be joined as well, and parts be taken of bytes."""
    joined = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions or [node.this]
    types = [_type(each, scope) for each in joined]
    return "string" if all(type_ is not None and type_.startswith(_TEXTS) for type_ in types) else None


def _sum(of: str | None) -> str | None:
    if of in _WHOLE:
        return "bigint"
    if of is not None and of.startswith("decimal("):
        return f"decimal(38,{of.rstrip(')').rpartition(',')[2]})"
    return of if of in ("double", "float") else None


def _average(of: str | None) -> str | None:
    if of in _WHOLE:
        return "double"
    return of if of is not None and (of in ("double", "float") or of.startswith("decimal(")) else None


def hive_type(type_: Any) -> str | None:
    """A type as the catalog writes it; ``None`` for one that is not known, or that the catalog lacks."""
    if not isinstance(type_, exp.DataType) or type_.find(exp.PseudoType):
        return None
    kind = type_.this
    kinds = exp.DataType.Type
    plain = {
        kinds.BIGINT: "bigint",
        kinds.BINARY: "binary",
        kinds.BOOLEAN: "boolean",
        kinds.DATE: "date",
        kinds.DOUBLE: "double",
        kinds.FLOAT: "float",
        kinds.INT: "int",
        kinds.SMALLINT: "smallint",
        kinds.TEXT: "string",
        kinds.TIMESTAMP: "timestamp",
        kinds.TINYINT: "tinyint",
        kinds.VARBINARY: "binary",
    }
    if kind in plain:
        return plain[kind]
    inside = type_.expressions
    if kind in (kinds.CHAR, kinds.VARCHAR):
        name = "char" if kind == kinds.CHAR else "varchar"
        return f"{name}({inside[0].name})" if inside else "string"
    if kind == kinds.DECIMAL:
        return f"decimal({','.join(each.name for each in inside)})" if len(inside) == 2 else None
    if kind == kinds.STRUCT:
        fields = [(each.name, hive_type(each.args.get("kind"))) for each in inside]
        known = [f"{name}:{of}" for name, of in fields if of is not None]
        return f"struct<{','.join(known)}>" if known and len(known) == len(fields) else None
    if kind in (kinds.ARRAY, kinds.MAP):
        types = [of for of in map(hive_type, inside) if of is not None]
        name = "array" if kind == kinds.ARRAY else "map"
        return f"{name}<{','.join(types)}>" if types and len(types) == len(inside) else None
    return None
