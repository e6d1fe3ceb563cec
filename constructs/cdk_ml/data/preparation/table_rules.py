"""Why records could not be merged into a table, or a run not be made at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cdk_ml.data.catalog.table import CatalogTable
from cdk_ml.data.preparation.column_types import column_type_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_LONGEST_SECONDS = 31_536_000


def table_problems(
    table: CatalogTable,
    types: Mapping[str, str],
    key: Sequence[str],
    event_time: str,
    timeout_seconds: int,
    *,
    events: bool,
) -> Iterator[Problem]:
    """What is wrong with what a preparation is told about its table.

    :param types: of its columns, as Spark writes them.
    :param events: whether anything starts a run.
    """
    yield from column_type_problems("table", table.columns)
    if not key:
        yield Problem("key", (), "leaves nothing to merge by", "Name a column, such as order_id")
    for name in key:
        if name not in types:
            yield Problem("key", name, "is no column of the table", f"It has {', '.join(types)}")
    type_ = types.get(event_time)
    if type_ is None:
        yield Problem("event_time", event_time, "is no column of the table", f"It has {', '.join(types)}")
    elif type_ != "timestamp":
        fix = "Name a column of type timestamp"
        yield Problem("event_time", event_time, f"is {type_}, which has no latest moment", fix)
    if not events:
        rule = "is the workspace's data bucket, which tells nobody what arrives in it"
        fix = "Give a schedule, or leave the bucket out: the preparation makes an inbox that does"
        yield Problem("source.bucket", "workspace.data_bucket", rule, fix)
    if is_token(timeout_seconds) or not 60 <= timeout_seconds <= _LONGEST_SECONDS:
        rule = "is no time that an execution may take and that is known at synth"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 60 to {_LONGEST_SECONDS}, which is a year")
