"""Filters are what the API takes: botocore's own model of it says so."""

from __future__ import annotations

from collections.abc import Callable

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    Filter,
    and_all,
    at_least,
    at_most,
    contains,
    equals,
    greater_than,
    in_,
    less_than,
    list_contains,
    not_equals,
    not_in,
    or_all,
    starts_with,
)

SHAPE = botocore.session.get_session().get_service_model("bedrock-agent-runtime").shape_for("RetrievalFilter")
EVERY = [
    equals("language", "de"),
    not_equals("draft", True),
    greater_than("year", 2024),
    at_least("year", 2024.5),
    less_than("year", 2027),
    at_most("year", 2026),
    in_("language", ["de", "en"]),
    not_in("language", ["fr"]),
    starts_with("path", "handbooks/"),
    contains("title", "leave"),
    list_contains("teams", "claims"),
]


@pytest.mark.parametrize("asked", [*EVERY, and_all(*EVERY), or_all(EVERY[0], and_all(EVERY[1], EVERY[2]))])
def test_the_api_takes_every_filter(asked: Filter) -> None:
    errors = ParamValidator().validate(asked.document(), SHAPE)
    assert not errors.has_errors(), errors.generate_report()
    assert len(asked.document()) == 1


def test_every_operator_of_the_api_has_a_function() -> None:
    known = {operator for asked in EVERY for operator in asked.document()}
    assert known | {"andAll", "orAll"} == set(SHAPE.members)  # type: ignore[attr-defined]


def test_a_group_knows_the_operators_in_it() -> None:
    assert and_all(equals("a", 1), or_all(starts_with("b", "c"), equals("d", 2))).operators == {
        "andAll",
        "equals",
        "orAll",
        "startsWith",
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: and_all(equals("a", 1)), "has 1 parts. Give at least two filters, or one without a group."),
        (lambda: or_all(), "has 0 parts. Give at least two filters, or one without a group."),
        (lambda: equals("", 1), "equals.key='' is not a name of metadata. Use 1 to 100 characters."),
        (lambda: in_("a", []), "in.value=() compares with nothing. Name at least one value."),
        (lambda: less_than("a", "b"), "less_than"),
        (lambda: at_most("a", True), "lessThanOrEquals.value=True is no number."),
    ],
)
def test_what_the_api_would_refuse_is_refused_where_it_is_written(make: Callable[[], Filter], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make()
    assert message.replace("less_than", "lessThan.value='b' is no number. Compare numbers") in str(error.value)
