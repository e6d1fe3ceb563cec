"""A query as a state: Step Functions asks it, waits for the answer, and stops it when the execution is stopped.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.data.athena.sql import query_problems
from cdk_ml.data.athena.view import View, known_tables
from cdk_ml.data.catalog.database import Database
from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.running import patient
from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside

# More queries are asked at once than the account may, or Athena itself failed.
_RETRIED = ("Athena.InternalServerException", "Athena.TooManyRequestsException")
_PATH = re.compile(r"\$\$?(?:\.[A-Za-z_]\w*)+")
_RESULT = (
    "{'id': $states.result.QueryExecution.QueryExecutionId, 'state': $states.result.QueryExecution.Status.State, "
    "'statistics': $states.result.QueryExecution.Statistics}"
)
_A_DAY = 86_400


def query_state(
    scope: Construct,
    id: str,
    *,
    work_group: str,
    sql: str,
    database: Database | None,
    tables: Sequence[CatalogTable | View] | None,
    parameters: Sequence[str],
    timeout_seconds: int,
) -> sfn.CustomState:
    """The state that asks ``sql``."""
    problems, expected = _sql_problems(sql, database, tables)
    reject(
        f"{scope.node.path}/{id}",
        [*problems, *_parameter_problems(parameters, expected), *_time_problems(timeout_seconds)],
    )
    context: dict[str, str] = {"Catalog": "AwsDataCatalog"}
    if database is not None:
        context["Database"] = database.database_name
    arguments: dict[str, Any] = {"QueryString": sql, "WorkGroup": work_group, "QueryExecutionContext": context}
    if parameters:
        arguments["ExecutionParameters"] = [*map(_argument, parameters)]
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            # The other language cannot double the quotes in a text.
            "QueryLanguage": "JSONata",
            "Resource": f"arn:{Aws.PARTITION}:states:::athena:startQueryExecution.sync",
            "Arguments": arguments,
            "Output": f"{{% $merge([$states.input, {{'{id}': {_RESULT}}}]) %}}",
            "TimeoutSeconds": timeout_seconds,
            "Retry": patient(_RETRIED, first_seconds=10, longest_seconds=300),
        },
    )


def _sql_problems(
    sql: str, database: Database | None, tables: Sequence[CatalogTable | View] | None
) -> tuple[list[Problem], int | None]:
    name = "" if database is None else database.database_name
    there = None if tables is None else known_tables(tables)
    problems, output = query_problems("sql", sql, there, database=name, reads=False)
    return problems, None if is_token(sql) else output.parameters


def _parameter_problems(parameters: Sequence[str], expected: int | None) -> Iterator[Problem]:
    if expected is not None and len(parameters) != expected:
        rule = f"are {len(parameters)} for {expected} question marks"
        yield Problem("parameters", [*parameters], rule, "Give one for each, in their order")
    for parameter in parameters:
        if parameter.startswith("$") and not _PATH.fullmatch(parameter):
            yield Problem("parameters", parameter, "is no path into the state's input", "Write one such as $.day")


def _time_problems(timeout_seconds: int) -> Iterator[Problem]:
    if outside(timeout_seconds, 1, _A_DAY):
        rule = "is not a time that a query may take"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 1 to {_A_DAY}, which is a day")


def _argument(parameter: str) -> str:
    """Athena takes parameters as SQL: a text is quoted, and what comes from the input cannot end its quotes."""
    if not parameter.startswith("$"):
        return _quoted(parameter)
    root, _, path = parameter.partition(".")
    value = f"$states.{'context' if root == '$$' else 'input'}.{path}"
    return f'{{% "\'" & $replace($string({value}), "\'", "\'\'") & "\'" %}}'


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
