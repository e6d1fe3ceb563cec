"""Arguments are the script's; what is Glue's own is refused with what says it."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data.glue.arguments import (
    argument_problems,
    glue_arguments,
    spark_arguments,
    spark_problems,
)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("extra-py-files", "s3://b/x.zip", "Use Script(folder, entry_point): what is beside the file travels with it."),
        ("--conf", "spark.x=1", "arguments['--conf']='spark.x=1' is not the script's. Use spark={...}."),
        ("JOB_NAME", "mine", "arguments['JOB_NAME']='mine' is not the script's. Leave it out: Glue gives it."),
        (
            "my table",
            "x",
            "arguments='my table' is no name of an argument. Use letters, digits, hyphens and underscores",
        ),
        ("", "x", "arguments='' is no name of an argument"),
    ],
)
def test_what_is_not_the_scripts_is_refused(name: str, value: str, sentence: str) -> None:
    (problem,) = argument_problems("arguments", {name: value})
    assert sentence in str(problem)


@pytest.mark.parametrize("name", ["password", "db_password", "--api-key", "access_key", "TOKEN"])
def test_a_secret_is_refused_and_not_repeated(name: str) -> None:
    (problem,) = argument_problems("arguments", {name: "hunter2"})
    assert "would be written into logs" in str(problem)
    assert "hunter2" not in str(problem)


def test_what_a_script_may_be_told_passes() -> None:
    token = cdk.Token.as_string({"Ref": "Name"})
    given = {"table": "x", "secret_name": "orders/login", "token_count": "3", token: "x", "password": token}
    assert [*argument_problems("arguments", given)] == []


def test_names_get_the_hyphens_that_glue_wants() -> None:
    assert glue_arguments({"table": "a", "--date": "b"}) == {"--table": "a", "--date": "b"}


def test_settings_of_spark_are_one_argument() -> None:
    assert spark_arguments({"spark.a": "1", "spark.b": "2"}) == {"--conf": "spark.a=1 --conf spark.b=2"}
    assert spark_arguments({}) == {}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"sql.x": "1"},
            "spark='sql.x' is no setting of Spark. Begin it with spark., as in spark.sql.shuffle.partitions.",
        ),
        ({"spark.x": "a b"}, "spark['spark.x']='a b' holds a space, with which Glue ends a setting."),
    ],
)
def test_settings_that_glue_could_not_tell_apart_are_refused(settings: dict[str, str], sentence: str) -> None:
    (problem,) = spark_problems(settings)
    assert sentence in str(problem)
