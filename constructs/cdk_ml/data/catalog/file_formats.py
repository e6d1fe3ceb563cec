"""How files of external tables are read: the classes that Glue, Athena and Spark share for it.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cdk_ml.data.catalog.columns import Column
from cdk_ml.data.catalog.types import ColumnTypeError, Scalar, parse_type
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

_HIVE = "org.apache.hadoop.hive"
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat")
# The reader of CSV with quotes knows few types: it wants dates as days since 1970, and timestamps as milliseconds.
# https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
_CSV_TYPES = ("string", "boolean", "int", "long", "double")


class FileFormat(StrEnum):
    """What the files of an external table are."""

    PARQUET = "parquet"
    """Columns, compressed, with their types: the cheapest to query."""

    ORC = "orc"
    """The same, of Hive's kind."""

    JSON = "json"
    """A JSON object in each line."""

    CSV = "csv"
    """Values with commas between them, in double quotes where they have commas themselves."""

    TSV = "tsv"
    """Values with tabs between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The classes that read and write a format."""

    input: str
    output: str
    library: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether files have lines, of which the first may be the names of the columns."""
        return self.library.endswith("OpenCSVSerde")


READERS = {
    FileFormat.PARQUET: Reader(
        input=f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat",
        output=f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat",
        library=f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    FileFormat.ORC: Reader(
        input=f"{_HIVE}.ql.io.orc.OrcInputFormat",
        output=f"{_HIVE}.ql.io.orc.OrcOutputFormat",
        library=f"{_HIVE}.ql.io.orc.OrcSerde",
    ),
    FileFormat.JSON: Reader(input=_TEXT[0], output=_TEXT[1], library="org.openx.data.jsonserde.JsonSerDe"),
    FileFormat.CSV: Reader(
        input=_TEXT[0],
        output=_TEXT[1],
        library=f"{_HIVE}.serde2.OpenCSVSerde",
        options={"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
    ),
    FileFormat.TSV: Reader(
        input=_TEXT[0],
        output=_TEXT[1],
        library=f"{_HIVE}.serde2.OpenCSVSerde",
        options={"separatorChar": "\t", "quoteChar": '"', "escapeChar": "\\"},
    ),
}


def format_problems(format: FileFormat, columns: Sequence[Column], partitions: Sequence[str]) -> Iterator[Problem]:
    """Types that the reader of ``format`` would misread; wrong types are said elsewhere."""
    if not READERS[format].is_text:
        return
    for column in columns:
        if is_token(column.type) or column.name in partitions:
            continue
        try:
            type_ = parse_type(column.type)
        except ColumnTypeError:
            continue
        if not isinstance(type_, Scalar) or type_.name not in _CSV_TYPES:
            rule = f"of {column.name} is not what Athena reads from {format.value.upper()}"
            fix = f"Use {', '.join(_CSV_TYPES)}, and convert a string in a view or in a job"
            yield Problem("columns.type", column.type, rule, fix)
