"""Arguments of a Glue job: those of the script, and those that tell Glue what to do, which the library gives.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

# What Glue uses itself, and what options of the constructs stand for.
_OURS = {
    "JOB_NAME": "Leave it out: Glue gives it",
    "debug": "Leave it out: it is Glue's own",
    "endpoint": "Leave it out: it is Glue's own",
    "mode": "Leave it out: it is Glue's own",
    "TempDir": "Leave it out: the job has a prefix of its own, and is told it",
    "conf": "Use spark={...}",
    "continuous-log-logGroup": "Leave it out: the job has log groups of its own",
    "custom-logGroup-prefix": "Leave it out: the job has log groups of its own",
    "datalake-formats": "Use lake=LakeTables(...)",
    "enable-auto-scaling": "Use workers=Workers(auto_scaling=True)",
    "enable-continuous-cloudwatch-log": "Leave it out: every job logs",
    "enable-lakeformation-fine-grained-access": "Use lake=LakeTables(lake_formation=TableAccess.FINE_GRAINED)",
    "extra-py-files": "Use Script(folder, entry_point): what is beside the file travels with it",
    "job-bookmark-option": "Use bookmarks=True",
    "job-language": "Leave it out: scripts are Python",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_SECRET = re.compile(
    r"(?:^|[_\-])(?:password|passwd|pwd|secret|secret[_\-]?key|access[_\-]?key|api[_\-]?key|token)$", re.I
)


def argument_problems(argument: str, given: Mapping[str, str]) -> Iterator[Problem]:
    """Why a script's arguments cannot be given so.

    :param argument: what the user calls them.
    """
    for name, value in given.items():
        plain = name.removeprefix("--")
        if is_token(name):
            continue
        if plain in _OURS:
            yield Problem(f"{argument}[{name!r}]", value, "is not the script's", _OURS[plain])
        elif not _NAME.fullmatch(plain):
            fix = "Use letters, digits, hyphens and underscores, such as source_table"
            yield Problem(argument, name, "is no name of an argument", fix)
        elif _SECRET.search(plain) and not is_token(value):
            # The value is not repeated: it may be what it is called.
            fix = "Give the name of a secret in AWS Secrets Manager, as in secret_name, and let the script read it"
            yield Problem(argument, name, "would be written into logs and into the template", fix)


def spark_problems(given: Mapping[str, str]) -> Iterator[Problem]:
    """Why Glue could not tell settings of Spark apart."""
    for name, value in given.items():
        if not is_token(name) and not name.startswith("spark."):
            yield Problem(
                "spark", name, "is no setting of Spark", "Begin it with spark., as in spark.sql.shuffle.partitions"
            )
        if not is_token(value) and re.search(r"\s", value):
            rule = "holds a space, with which Glue ends a setting"
            yield Problem(f"spark[{name!r}]", value, rule, "Set it in the script, where it is one value")


def glue_arguments(given: Mapping[str, str]) -> dict[str, str]:
    """A script's arguments as Glue takes them: each name with two hyphens before it."""
    return {f"--{name.removeprefix('--')}": value for name, value in given.items()}


def spark_arguments(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of Spark as the one argument that Glue takes: all but the first with ``--conf`` before it."""
    return {"--conf": " --conf ".join(f"{name}={value}" for name, value in settings.items())} if settings else {}
