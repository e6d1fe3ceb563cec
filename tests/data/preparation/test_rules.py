"""Rules say at synth what they could never mean."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.data import Complete, Fresh, InRange, Matches, NotNull, OneOf, Unique
from cdk_ml.data.preparation.rules import rule_problems, rule_settings

TYPES = {
    "order_id": "string",
    "customer_id": "bigint",
    "ordered_at": "timestamp",
    "amount": "decimal(10,2)",
    "paid": "boolean",
}
KEY = ["order_id"]


@pytest.mark.parametrize(
    "rule",
    [
        NotNull(["customer_id", "amount"]),
        InRange(column="amount", minimum=0, maximum=1e5),
        InRange(column="ordered_at", minimum="2026-01-01", maximum="2026-12-31T23:59:59Z"),
        OneOf(column="customer_id", values=["1", "2"]),
        Matches(column="order_id", pattern=r"^o-\d+$"),
        Unique(["customer_id", "ordered_at"], fails_run=True),
        Complete(column="amount", at_least=1),
        Fresh(hours=24),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_rules_that_can_be_kept_are_taken(rule: Any) -> None:
    assert [*rule_problems([rule], TYPES, KEY)] == []


@pytest.mark.parametrize(
    ("rule", "value", "fix"),
    [
        (NotNull(["price"]), "price", "It has order_id, customer_id, ordered_at, amount, paid"),
        (NotNull([]), (), "Name a column"),
        (Complete(column="price", at_least=0.5), "price", "It has order_id, customer_id, ordered_at, amount, paid"),
        (InRange(column="paid", minimum=0), "paid", "Use OneOf or Matches"),
        (InRange(column="order_id", minimum="a"), "order_id", "Use OneOf or Matches"),
        (InRange(column="amount"), None, "Give one of them"),
        (InRange(column="amount", minimum="0"), "0", "Give a finite number that is known at synth"),
        (InRange(column="amount", maximum=float("nan")), pytest.approx(float("nan"), nan_ok=True), "Give a finite"),
        (InRange(column="amount", minimum=5, maximum=4), 5, "Exchange them"),
        (InRange(column="ordered_at", minimum="2026-02-01", maximum="2026-01-31T00:00:00Z"), "2026-02-01", "Exchange"),
        (InRange(column="ordered_at", minimum=0), 0, "Write it as 2026-01-01 or 2026-01-01T00:00:00Z"),
        (OneOf(column="order_id", values=[]), "0 values", "Name 1 to 1000"),
        (Matches(column="order_id", pattern="o-("), "o-(", "Put a backslash before what is meant literally"),
        (Matches(column="order_id", pattern=r"(?P<n>\d)"), r"(?P<n>\d)", "groups without names"),
        (Matches(column="customer_id", pattern="7"), "customer_id", "Use InRange or OneOf"),
        (Unique(["order_id", "amount"]), ("order_id", "amount"), "of records of one key the latest is kept"),
        (Complete(column="amount", at_least=0), 0, "Use more than 0 and at most 1"),
        (Complete(column="amount", at_least=95), 95, "Use more than 0 and at most 1"),
        (Fresh(hours=0), 0, "Use 1 to 8784"),
    ],
)
def test_rules_that_mean_nothing_are_refused(rule: Any, value: Any, fix: str) -> None:
    (problem,) = rule_problems([Fresh(hours=1), rule], TYPES, KEY)
    assert problem.value == value
    assert fix in problem.fix
    assert problem.argument.startswith("gate.rules[1].")


def test_what_only_the_deployment_knows_cannot_be_in_a_file() -> None:
    token = cdk.Token.as_string({"Ref": "Pattern"})
    (problem,) = rule_problems([Matches(column="order_id", pattern=token)], TYPES, KEY)
    assert problem.rule == "is not known at synth"


def test_a_rule_is_told_to_spark_with_a_name_that_people_read() -> None:
    assert rule_settings(InRange(column="amount", minimum=0, maximum=9, fails_run=True), KEY) == {
        "kind": "in_range",
        "name": "amount at least 0 and at most 9",
        "columns": ["amount"],
        "fails": True,
        "options": {"minimum": 0, "maximum": 9},
    }
    assert rule_settings(Unique(["amount"]), KEY)["options"] == {"key": ["order_id"]}
