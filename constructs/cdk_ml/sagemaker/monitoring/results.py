"""Results of a monitor as a table: a Glue database over lines of JSON in S3, and an Athena workgroup to ask it in.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from constructs import Construct

from cdk_ml.data.athena.answers import S3Answers
from cdk_ml.data.athena.work_group import WorkGroup
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.deletion import unless_creation_fails

RESULT_COLUMNS = {
    "run": "string",
    "monitor": "string",
    "window_start": "timestamp",
    "window_end": "timestamp",
    "rows": "bigint",
    "kind": "string",
    "feature": "string",
    "metric": "string",
    "value": "double",
    "threshold": "double",
    "breached": "boolean",
}
"""Columns of the table, besides the day that it is partitioned by."""

TABLE = "results"
_FIRST_DAY = "2026-01-01"
# Results are small: a query over years of them reads less. Athena bills 5 USD for a thousand times as much.
_MOST_BYTES = 1_073_741_824


class MonitorResults(Construct):
    """The table of one monitor, and where it is asked.

    :ivar database_name: the Glue database.
    :ivar table_name: the table in it.
    :ivar cfn_database: the Glue database.
    :ivar cfn_table: the table.
    :ivar work_group: the Athena work group, which allows no other place for answers and no query over a GiB.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, name: str, prefix: str) -> None:
        """
        :param name: of the monitor.
        :param prefix: what of the data bucket is the monitor's.
        """
        super().__init__(scope, id)
        self.database_name = name.replace("-", "_")
        self.table_name = TABLE
        self.cfn_database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input={"name": self.database_name, "description": f"What {scope.node.path} found"[:255]},
        )
        self.cfn_database.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        place = f"s3://{workspace.data_bucket.bucket_name}/{prefix}"
        self.cfn_table = glue.CfnTable(
            self,
            "Table",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=self.database_name,
            table_input=_table_input(f"{place}/results/"),
        )
        self.cfn_table.add_resource_dependency(self.cfn_database)
        self.cfn_table.apply_removal_policy(unless_creation_fails(workspace.removal_policy))
        self.work_group = WorkGroup(
            self,
            "WorkGroup",
            workspace=workspace,
            name=name,
            bytes_limit=_MOST_BYTES,
            answers=S3Answers(prefix=f"{prefix}/queries"),
            # Nobody but people asks, and never much.
            alarms=None,
        )


def _table_input(location: str) -> dict[str, object]:
    columns = [{"name": name, "type": type_} for name, type_ in RESULT_COLUMNS.items()]
    return {
        "name": TABLE,
        "tableType": "EXTERNAL_TABLE",
        "partitionKeys": [{"name": "day", "type": "string"}],
        "parameters": {
            "classification": "json",
            # Athena makes the days up by itself: nobody has to tell it about new ones.
            "projection.enabled": "true",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": f"{_FIRST_DAY},NOW",
            "storage.location.template": f"{location}day=${{day}}/",
        },
        "storageDescriptor": {
            "columns": columns,
            "location": location,
            "inputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "outputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "serdeInfo": {"serializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        },
    }
