"""Filters are what the API takes: botocore's own model of it says so."""

from __future__ import annotations

from collections.abc import Callable

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import Filter

SHAPE = botocore.session.get_session().get_service_model("bedrock-agent-runtime").shape_for("RetrievalFilter")
EVERY = [
    Filter.equals("language", "de"),
    Filter.not_equals("draft", True),
    Filter.greater_than("year", 2024),
    Filter.at_least("year", 2024.5),
    Filter.less_than("year", 2027),
    Filter.at_most("year", 2026),
    Filter.one_of("language", ["de", "en"]),
    Filter.none_of("language", ["fr"]),
    Filter.starts_with("path", "handbooks/"),
    Filter.contains("title", "leave"),
    Filter.list_contains("teams", "claims"),
]


@pytest.mark.parametrize(
    "asked", [*EVERY, Filter.all_of(*EVERY), Filter.any_of(EVERY[0], Filter.all_of(EVERY[1], EVERY[2]))]
)
def test_the_api_takes_every_filter(asked: Filter) -> None:
    errors = ParamValidator().validate(asked.document(), SHAPE)
    assert not errors.has_errors(), errors.generate_report()
    assert len(asked.document()) == 1


def test_every_operator_of_the_api_has_a_function() -> None:
    known = {operator for asked in EVERY for operator in asked.document()}
    assert known | {"andAll", "orAll"} == set(SHAPE.members)  # type: ignore[attr-defined]


def test_a_group_knows_the_operators_in_it() -> None:
    assert Filter.all_of(
        Filter.equals("a", 1), Filter.any_of(Filter.starts_with("b", "c"), Filter.equals("d", 2))
    ).operators == {
        "andAll",
        "equals",
        "orAll",
        "startsWith",
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Filter.all_of(Filter.equals("a", 1)),
            "has 1 parts. Give at least two filters, or one without a group.",
        ),
        (lambda: Filter.any_of(), "has 0 parts. Give at least two filters, or one without a group."),
        (lambda: Filter.equals("", 1), "equals.key='' is not a name of metadata. Use 1 to 100 characters."),
        (lambda: Filter.one_of("a", []), "in.value=() compares with nothing. Name at least one value."),
        (lambda: Filter.less_than("a", "b"), "less_than"),
        (lambda: Filter.at_most("a", True), "lessThanOrEquals.value=True is no number."),
    ],
)
def test_what_the_api_would_refuse_is_refused_where_it_is_written(make: Callable[[], Filter], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make()
    assert message.replace("less_than", "lessThan.value='b' is no number. Compare numbers") in str(error.value)
