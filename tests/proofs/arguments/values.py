"""Plain values to try: what is usual, by the name of an argument, and what is odd, by its type."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin

import aws_cdk as cdk

TOKEN = "a token"
"""Stands for a value that only the deployment knows."""

ODD: dict[type, Sequence[Any]] = {
    bool: [True, False],
    int: [60, 0, 1, 2, 7, 50, 51, 100, 101, 599, 600, 3600, 3601, 10**12, -1, TOKEN],
    float: [60.0, 0.0, 0.5, 1.0, 99.5, 100.0, 101.0, 1e308, -0.5, math.nan, math.inf, TOKEN],
    str: [
        "usual",
        "a",
        "",
        " ",
        "-a",
        "a b",
        "a/b",
        "..",
        "ü",
        "\N{ROBOT FACE}",
        "a\nb",
        "x" * 300,
        "aws:x",
        "ml.",
        "ml.p99.huge",
        "ml.trn1.2xlarge",
        "cron()",
        "${AWS::Region}",
        TOKEN,
    ],
}
"""By type: the first is usual where a name says nothing, the others are odd."""

ANYTHING = ("usual", 1, 0.5, True, None, ["usual"], {"usual": "usual"})
"""What JSON can hold."""


def fitting(values: Sequence[Any], hint: Any) -> list[Any]:
    """Those of the usual values of a name that are of the type: different constructs call different things alike."""
    if hint in ODD:
        return [value for value in values if value == TOKEN or isinstance(value, hint)]
    holds = {Sequence: tuple, Mapping: dict}.get(get_origin(hint))
    return [
        value for value in values if holds is not None and isinstance(value, holds) and _of(value, get_args(hint)[-1])
    ]


def _of(values: tuple[Any, ...] | dict[Any, Any], part: Any) -> bool:
    """Whether items are what a sequence or a mapping is to hold, as far as it names a class."""
    items = values.values() if isinstance(values, dict) else values
    parts = get_args(part) if get_origin(part) in (Union, types.UnionType) else (part,)
    named = all(isinstance(each, type) and each is not Any for each in parts)
    return not named or all(isinstance(item, parts) for item in items)


def token(kind: type) -> Any:
    """A value that only the deployment knows."""
    return {
        str: lambda: cdk.Token.as_string({"Ref": "AWS::StackName"}),
        int: lambda: cdk.Token.as_number({"Ref": "AWS::AccountId"}),
        float: lambda: cdk.Token.as_number({"Ref": "AWS::AccountId"}),
    }[kind]()
