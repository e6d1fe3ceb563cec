"""A tag has values that Lake Formation keeps as they are written, and is granted by no others."""

from __future__ import annotations

import re
from collections.abc import Callable

import aws_cdk as cdk
import pytest

from cdk_ml.data.lake.tags import LFTag, defined_problems, tag_problems
from cdk_ml.errors import ConfigurationError

SENSITIVITY = LFTag("sensitivity", ("public", "internal", "personal"))
OWNER = LFTag("data owner", ("shop/crm", "r&d".replace("&", "+")), exists=True)


def test_what_is_defined_can_be_granted() -> None:
    wanted = {"sensitivity": ["public", "internal"], "data owner": ["shop/crm"]}
    assert [*tag_problems("tags", wanted, (SENSITIVITY, OWNER))] == []


@pytest.mark.parametrize(
    ("wanted", "wrong", "fix"),
    [
        (
            {"sensitivity": ["secret"]},
            "'secret' is not a value of sensitivity",
            "Use one of public, internal, personal",
        ),
        ({"confidentiality": ["public"]}, "'confidentiality' is not the key of a tag", "Use one of sensitivity"),
        ({"sensitivity": []}, "names no value", "Use one of public"),
        ({}, "names no tag", "Name a key"),
        ({f"k{n}": ["v"] for n in range(6)}, "has 6 keys", "at most 5"),
    ],
)
def test_what_is_not_defined_says_what_is(wanted: dict[str, list[str]], wrong: str, fix: str) -> None:
    text = str(next(tag_problems("tags", wanted, (SENSITIVITY, OWNER))))
    assert wrong in text
    assert fix in text


def test_a_lake_without_tags_says_how_to_get_one() -> None:
    (problem,) = tag_problems("tags", {"sensitivity": ["public"]}, ())
    assert problem.fix == "Give the lake tags=(LFTag(...),)"


def test_a_key_stands_once() -> None:
    (problem,) = defined_problems((SENSITIVITY, OWNER, LFTag("sensitivity", ("high",))))
    assert str(problem) == "tags='sensitivity' is the key of 2 tags. Write one LFTag with all of its values."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LFTag("Sensitivity", ("a",)), "key='Sensitivity' has capitals.*Write sensitivity"),
        (lambda: LFTag("sensitivity", ("PII",)), "values='PII' has capitals.*Write pii"),
        (lambda: LFTag("a|b", ("a",)), "'a|b' is not a text that Lake Formation takes.*at most 50 letters"),
        (lambda: LFTag("a", ("",)), "'' is not a text that Lake Formation takes.*at most 50 letters"),
        (lambda: LFTag("a", ()), "are none.*Name the values"),
        (lambda: LFTag("a", ("x", "x")), "'x' stands 2 times.*Write it once"),
        (lambda: LFTag("a", tuple(map(str, range(1001)))), "1001 values' are too many.*at most 1000"),
        (lambda: LFTag("a", (cdk.Token.as_string({"Ref": "V"}),)), "known at deployment only.*Write the text itself"),
    ],
)
def test_what_lake_formation_would_refuse_or_change_is_refused(make: Callable[[], LFTag], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make()
    assert re.search(message, str(error.value))
