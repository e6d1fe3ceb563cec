"""A governed lake with two personas who see different columns and rows of the same tables.

    files ──> raw bucket ──> (jobs) ──> curated: customers ──> (jobs) ──> features: customer_features
                                             │                                 │
              Lake Formation: registered locations, LF-Tags on databases, tables and columns
                                             │                                 │
    analyst ── customers in Switzerland, no personal columns                   │
    data scientist ── whatever is tagged internal or pseudonymous: pseudonyms and features of everybody

Idle cost: 1 USD a month for the key, 0.40 USD for four alarms on queries, storage by the GB. Nothing runs but the
maintenance of what was written.

Try it: note the settings of the account (``aws lakeformation get-data-lake-settings``), which this stack replaces, then
``cdk deploy MlDataLake``. Take on the role in the output ``AnalystRole``, and then that in ``DataScientistRole``, and
query ``customers`` as each of them in its own work group of Athena, ``AnalystQueries`` and ``DataScientistQueries``.
What they see is in docs/guide/lake.md, which a test compares with the template.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.data import Column, DataLake, DataLakeSettings, IcebergTable, LFTag, ManagedAnswers, WorkGroup
from cdk_ml.workspace import CostTags, Profile, Workspace

CUSTOMERS = (
    Column("customer_id", "string", "As in the shop"),
    Column("customer_key", "string", "Pseudonym: a keyed hash of customer_id"),
    Column("full_name", "string"),
    Column("email", "string"),
    Column("birth_year", "int"),
    Column("country", "string", "ISO 3166 code of two letters"),
    Column("segment", "string"),
    Column("signed_up_at", "timestamptz"),
)
FEATURES = (
    Column("customer_key", "string", "As in customers"),
    Column("orders_90d", "int"),
    Column("basket_value", "double"),
    Column("has_left", "boolean", "Within the month after"),
    Column("event_time", "timestamptz"),
)


class MlDataLake(cdk.Stack):
    """A governed lake: zones, tags, and two personas who see different columns and rows."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="ml-data-lake", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=300))
        lake = DataLake(
            self,
            "Lake",
            workspace=workspace,
            settings=DataLakeSettings(self, "Settings", workspace=workspace),
            tags=[LFTag("sensitivity", ("internal", "pseudonymous", "personal"))],
        )
        curated, features = lake.curated.database, lake.features.database
        customers = IcebergTable(
            self, "Customers", workspace=workspace, database=curated, name="customers", columns=CUSTOMERS
        )
        training = IcebergTable(
            self, "Features", workspace=workspace, database=features, name="customer_features", columns=FEATURES
        )
        lake.tag(curated, {"sensitivity": "internal"})
        lake.tag(features, {"sensitivity": "pseudonymous"})
        lake.tag(customers, {"sensitivity": "pseudonymous"}, columns=["customer_key"])
        lake.tag(customers, {"sensitivity": "personal"}, columns=["customer_id", "full_name", "email", "birth_year"])
        for table in (customers, training):
            assert table.maintenance_role is not None
            lake.grant_write(table.maintenance_role, table)
        analyst = iam.Role(self, "Analyst", assumed_by=iam.AccountRootPrincipal())
        lake.grant_read(analyst, customers, columns=["country", "segment", "signed_up_at"], rows="country = 'CH'")
        scientist = iam.Role(self, "DataScientist", assumed_by=iam.AccountRootPrincipal())
        lake.grant_tagged(scientist, {"sensitivity": ["internal", "pseudonymous"]})
        for name, role in {"Analyst": analyst, "DataScientist": scientist}.items():
            # One each: whoever may read answers of a work group may read those to everybody else in it.
            queries = WorkGroup(self, f"{name}WorkGroup", workspace=workspace, answers=ManagedAnswers())
            queries.grant_query(iam.ManagedPolicy(self, f"{name}Asks", roles=[role]))
            cdk.CfnOutput(self, f"{name}Role", value=role.role_arn)
            cdk.CfnOutput(self, f"{name}Queries", value=queries.work_group_name)
