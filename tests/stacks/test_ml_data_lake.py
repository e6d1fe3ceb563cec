"""Each persona of the lake sees what docs/guide/lake.md says, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import duckdb
import pytest
from aws_cdk import assertions

from cdk_ml.workspace import Profile
from stacks.ml_data_lake import MlDataLake
from tests.conftest import FLAGS, ROOT
from tests.stacks.lake_access import LAKE, View, of_type, open_to_everybody, tables, visible

GUIDE = (ROOT / "docs/guide/lake.md").read_text()
PERSONAS = ("Analyst", "DataScientist")
CURATED, FEATURES = "mldatalake_lake_curated", "mldatalake_lake_features"
PERSONAL = {"customer_id", "full_name", "email", "birth_year"}

Template = dict[str, Any]


@pytest.fixture(scope="module")
def synthesized() -> Template:
    """The stack, as an app deploys it."""
    stack = MlDataLake(cdk.App(context=FLAGS), "MlDataLake", profile=Profile.PRODUCTION)
    return dict(assertions.Template.from_stack(stack).to_json())


@pytest.fixture
def template(synthesized: Template) -> Template:
    """To be changed."""
    return copy.deepcopy(synthesized)


def role(template: Template, persona: str) -> str:
    """The logical id of a persona's role."""
    return str(template["Outputs"][f"{persona}Role"]["Value"]["Fn::GetAtt"][0])


def computed(template: Template) -> dict[tuple[str, str, str], set[View]]:
    """What each persona sees."""
    return {
        (persona, *table): views
        for persona in PERSONAS
        for table, views in visible(template, role(template, persona)).items()
    }


def documented() -> dict[tuple[str, str, str], set[View]]:
    """What the guide says that each persona sees."""
    section = GUIDE.split("## Who sees what")[1].split("\n## ")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
    ]
    assert head == ["persona", "database", "table", "columns", "rows"]
    said: dict[tuple[str, str, str], set[View]] = {}
    for persona, database, table, columns, condition in rows:
        view = View(tuple(columns.split(", ")), None if condition == "all" else condition.strip("`"))
        said.setdefault((persona, database, table), set()).add(view)
    return said


def test_each_persona_sees_what_the_guide_says(template: Template) -> None:
    assert computed(template) == documented()
    assert {persona for persona, *_ in documented()} == {*PERSONAS}


def test_nobody_sees_who_a_customer_is(template: Template) -> None:
    assert {
        column for views in computed(template).values() for view in views for column in view.columns
    } & PERSONAL == set()
    # They are there to be seen.
    assert {column for table in tables(template) for column in table.columns} > PERSONAL


def test_new_tables_are_not_open_to_everybody(template: Template) -> None:
    assert not open_to_everybody(template)


def test_nobody_reads_the_answers_to_the_other_persona(template: Template) -> None:
    """In a work group, whoever may read answers may read everybody's: they would show what no grant does."""
    groups = {persona: template["Outputs"][f"{persona}Queries"]["Value"] for persona in PERSONAS}
    assert len({*groups.values()}) == len(PERSONAS)
    for persona in PERSONAS:
        policies = [
            body["Properties"]["PolicyDocument"]["Statement"]
            for body in of_type(template, "AWS::IAM::ManagedPolicy")
            if {"Ref": role(template, persona)} in body["Properties"].get("Roles", ())
        ]
        statements = [statement for policy in policies for statement in policy]
        asks = [each for each in statements if "athena:GetQueryResults" in each["Action"]]
        assert [each["Resource"]["Fn::Join"][1][-1] for each in asks] == [f":workgroup/{groups[persona]}"]
        # Answers are with Athena, and so in no bucket.
        assert "s3:" not in json.dumps([each["Action"] for each in statements])


def test_the_rows_that_each_persona_sees(template: Template) -> None:
    """The conditions run on rows, in the engine that tests embed."""
    customers = next(table for table in tables(template) if table.name == "customers")
    database = duckdb.connect()
    database.execute(f"CREATE TABLE customers ({', '.join(f'{name} VARCHAR' for name in customers.columns)})")
    for number, country in enumerate(["CH", "AT", "CH", "ch", None], start=1):
        row = {name: f"{name}-{number}" for name in customers.columns} | {"country": country}
        database.execute(f"INSERT INTO customers VALUES ({', '.join('?' * len(row))})", [*row.values()])

    def rows(persona: str) -> list[tuple[str | None, ...]]:
        ((columns, condition),) = [(v.columns, v.rows) for v in computed(template)[persona, CURATED, "customers"]]
        query = f"SELECT {', '.join(columns)} FROM customers WHERE {condition or 'TRUE'} ORDER BY segment"
        return database.execute(query).fetchall()

    assert rows("Analyst") == [("CH", "segment-1", "signed_up_at-1"), ("CH", "segment-3", "signed_up_at-3")]
    scientist = rows("DataScientist")
    assert [row[0] for row in scientist] == [f"customer_key-{number}" for number in range(1, 6)]
    assert {row[1] for row in scientist} == {"CH", "AT", "ch", None}


# Mutations: what somebody sees changes when the template does, in each of the ways in which something is granted.


def give(template: Template, resource: dict[str, Any], principal: Any = None) -> None:
    identity = principal or {"Fn::GetAtt": [role(template, "Analyst"), "Arn"]}
    template["Resources"]["More"] = {
        "Type": f"{LAKE}PrincipalPermissions",
        "Properties": {
            "Principal": {"DataLakePrincipalIdentifier": identity},
            "Permissions": ["SELECT"],
            "Resource": resource,
        },
    }


PERSONAL_TAG = [{"TagKey": "sensitivity", "TagValues": ["personal"]}]
CUSTOMERS = {"DatabaseName": CURATED, "Name": "customers"}
ALL = (
    "customer_id",
    "customer_key",
    "full_name",
    "email",
    "birth_year",
    "country",
    "segment",
    "signed_up_at",
)


@pytest.mark.parametrize(
    ("resource", "more"),
    [
        ({"Table": CUSTOMERS}, View(ALL)),
        ({"Table": {"DatabaseName": CURATED, "TableWildcard": {}}}, View(ALL)),
        ({"TableWithColumns": {**CUSTOMERS, "ColumnNames": ["email"]}}, View(("email",))),
        (
            {"TableWithColumns": {**CUSTOMERS, "ColumnWildcard": {"ExcludedColumnNames": ["email", "full_name"]}}},
            View(tuple(name for name in ALL if name not in ("email", "full_name"))),
        ),
        (
            {
                "LFTagPolicy": {
                    "ResourceType": "TABLE",
                    "Expression": [{"TagKey": "sensitivity", "TagValues": ["personal"]}],
                }
            },
            View(("customer_id", "full_name", "email", "birth_year")),
        ),
    ],
)
def test_another_grant_adds_what_it_is_about(resource: dict[str, Any], more: View, template: Template) -> None:
    before = computed(template)["Analyst", CURATED, "customers"]
    give(template, resource)
    assert computed(template)["Analyst", CURATED, "customers"] == before | {more}


def test_what_everybody_has_each_persona_has(template: Template) -> None:
    give(template, {"Table": {"DatabaseName": FEATURES, "Name": "customer_features"}}, "IAM_ALLOWED_PRINCIPALS")
    # The analyst's policies do not name the table: a grant alone opens nothing.
    assert ("Analyst", FEATURES, "customer_features") not in computed(template)
    assert len(computed(template)["DataScientist", FEATURES, "customer_features"]) == 1


def without_a_tag_of_a_column(template: Template) -> None:
    resources = template["Resources"]
    for logical_id, body in [*resources.items()]:
        columns = body["Properties"].get("Resource", {}).get("TableWithColumns", {}).get("ColumnNames")
        if body["Type"] == f"{LAKE}TagAssociation" and columns == ["email"]:
            del resources[logical_id]


def without_tags_of_databases(template: Template) -> None:
    resources = template["Resources"]
    for logical_id, body in [*resources.items()]:
        if body["Type"] == f"{LAKE}TagAssociation" and "Database" in body["Properties"]["Resource"]:
            del resources[logical_id]


def without_a_condition(template: Template) -> None:
    (cells,) = of_type(template, f"{LAKE}DataCellsFilter")
    cells["Properties"]["RowFilter"] = {"AllRowsWildcard": {}}


def without_locations(template: Template) -> None:
    for body in of_type(template, f"{LAKE}Resource"):
        body["Properties"]["HybridAccessEnabled"] = True


def without_iam(template: Template) -> None:
    for body in of_type(template, "AWS::IAM::ManagedPolicy"):
        body["Properties"].pop("Roles", None)


@pytest.mark.parametrize(
    "change",
    [without_a_tag_of_a_column, without_tags_of_databases, without_a_condition, without_locations, without_iam],
    ids=lambda change: change.__name__,
)
def test_a_change_of_what_is_seen_is_noticed(change: Callable[[Template], None], template: Template) -> None:
    change(template)
    assert computed(template) != documented()


def test_a_column_that_loses_its_tag_has_the_table_s(template: Template) -> None:
    without_a_tag_of_a_column(template)
    (view,) = computed(template)["DataScientist", CURATED, "customers"]
    assert "email" in view.columns


@pytest.mark.parametrize("type_", [f"{LAKE}DataLakeSettings", "AWS::Glue::Database"])
def test_tables_that_are_open_by_default_are_noticed(type_: str, template: Template) -> None:
    properties = next(of_type(template, type_))["Properties"]
    del properties.get("DatabaseInput", properties)["CreateTableDefaultPermissions"]
    assert open_to_everybody(template)
