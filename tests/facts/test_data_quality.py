"""Kinds of rules say what they are asked about and what they answer."""

from __future__ import annotations

from typing import get_args

from cdk_ml.facts.data_quality import Answer, Parameter, elsewhere, rule_types


def test_every_kind_is_asked_and_answers_what_there_is() -> None:
    for name, kind in rule_types().items():
        assert {*kind.parameters} <= {*get_args(Parameter)}, name
        assert kind.answers
        assert kind.answers <= {*get_args(Answer)}, name
        assert 0 <= kind.least <= len(kind.parameters), name


def test_what_takes_any_number_of_things_says_so() -> None:
    assert {name for name, kind in rule_types().items() if kind.takes_any_number} == {
        "DetectAnomalies",
        "IsPrimaryKey",
        "IsUnique",
        "Uniqueness",
    }


def test_no_kind_is_for_tables_and_for_files() -> None:
    assert not {*rule_types()} & {*elsewhere()}
