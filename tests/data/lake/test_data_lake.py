"""A lake lets in whom it is told to, with what that takes, and makes everything in an order that no race changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_iam as iam

from cdk_ml.data import DataLake, DataLakeSettings, IcebergTable, LFTag
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.data.lake.lakes import elsewhere, folders, iceberg

LAKE = "AWS::LakeFormation::"
CATALOG = "arn:aws:glue:us-east-1:111111111111:"
SENSITIVITY = LFTag("sensitivity", ("internal", "personal"))
OWNER = LFTag("owner", ("shop",), exists=True)


@dataclass(frozen=True)
class Made:
    """A stack with a lake in which each way of granting was gone once."""

    template: Mapping[str, Any]

    def of(self, type_: str) -> dict[str, dict[str, Any]]:
        found = self.template["Resources"].items()
        return {logical_id: body for logical_id, body in found if body["Type"] == type_}

    def grants(self, role: str) -> list[tuple[dict[str, Any], list[str]]]:
        """What a role was granted: resource and permissions."""
        made = (body["Properties"] for body in self.of(f"{LAKE}PrincipalPermissions").values())
        return [(one["Resource"], one["Permissions"]) for one in made if _is(one["Principal"], role)]

    def allowed(self, role: str) -> set[tuple[str, str]]:
        """What IAM allows a role: action and resource."""
        return {
            (action, _text(resource))
            for body in self.of("AWS::IAM::ManagedPolicy").values()
            if any(one["Ref"].startswith(role) for one in body["Properties"].get("Roles", ()))
            for statement in body["Properties"]["PolicyDocument"]["Statement"]
            for action in _list(statement["Action"])
            for resource in _list(statement["Resource"])
        }

    def before(self, logical_id: str) -> set[str]:
        """Everything that CloudFormation makes before a resource."""
        found: set[str] = set()
        waiting = [logical_id]
        while waiting:
            for one in _needs(self.template["Resources"][waiting.pop()]):
                if one in self.template["Resources"] and one not in found:
                    found.add(one)
                    waiting.append(one)
        return found


def _is(principal: Mapping[str, Any], role: str) -> bool:
    identity = principal["DataLakePrincipalIdentifier"]
    return isinstance(identity, dict) and str(identity.get("Fn::GetAtt", [""])[0]).startswith(role)


def _needs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "DependsOn":
                yield from _list(inner)
            else:
                yield from _needs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _needs(inner)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    known = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111111111111"}
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else known[part["Ref"]] for part in value["Fn::Join"][1])


@pytest.fixture(scope="module")
def made() -> Made:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    settings = DataLakeSettings(stack, "Settings", workspace=workspace)
    lake = DataLake(stack, "Lake", workspace=workspace, settings=settings, tags=[SENSITIVITY, OWNER])
    customers = iceberg(stack, workspace, lake.curated.database)
    orders = folders(stack, workspace, lake)
    lake.tag(lake.curated.database, {"sensitivity": "internal", "owner": "shop"})
    lake.tag(customers, {"sensitivity": "personal"}, columns=["customer_id", "email"])
    # The same again is the same.
    lake.tag(customers, {"sensitivity": "personal"}, columns=["email"])
    roles = {
        name: iam.Role(stack, name, assumed_by=iam.AccountRootPrincipal())
        for name in ("Reader", "Columns", "Rows", "Excluded", "Writer", "Loader", "Tagged", "Both")
    }
    lake.grant_read(roles["Reader"], customers)
    lake.grant_read(roles["Columns"], customers, columns=["country", "age"])
    lake.grant_read(roles["Rows"], customers, rows="country = 'CH'")
    lake.grant_read(roles["Rows"], customers, rows="country = 'AT'")
    lake.grant_read(roles["Excluded"], customers, excluded_columns=["email"], rows="age >= 18")
    lake.grant_write(roles["Writer"], customers)
    lake.grant_write(roles["Loader"], orders)
    lake.grant_tagged(roles["Tagged"], {"sensitivity": ["personal", "internal"], "owner": ["shop"]})
    lake.grant_read(roles["Both"], customers)
    lake.grant_write(roles["Both"], customers)
    lake.grant_read(roles["Both"], customers, columns=["age", "country"])
    return Made(assertions.Template.from_stack(stack).to_json())


ACCOUNT = {"Ref": "AWS::AccountId"}
DATABASE = {"Database": {"CatalogId": ACCOUNT, "Name": "churn_lake_curated"}}
TABLE = {"Table": {"CatalogId": ACCOUNT, "DatabaseName": "churn_lake_curated", "Name": "customers"}}
SEEN = (DATABASE, ["DESCRIBE"])
READ = {
    ("lakeformation:GetDataAccess", "*"),
    *(
        (f"glue:{action}", f"{CATALOG}{entry}")
        for action in ("BatchGetPartition", "GetDatabase", "GetPartition", "GetPartitions", "GetTable")
        for entry in ("catalog", "database/churn_lake_curated", "table/churn_lake_curated/customers")
    ),
}
WRITE = READ | {("glue:UpdateTable", entry) for _, entry in READ if entry != "*"}


def test_a_zone_is_a_bucket_a_database_and_a_location_with_a_role_for_that_bucket_only(made: Made) -> None:
    locations = made.of(f"{LAKE}Resource")
    assert len(locations) == 3
    for location in locations.values():
        properties = location["Properties"]
        bucket = properties["ResourceArn"]["Fn::GetAtt"][0]
        role = made.template["Resources"][properties["RoleArn"]["Fn::GetAtt"][0]]["Properties"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lakeformation.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        (policy,) = role["ManagedPolicyArns"]
        objects, listing, key = made.template["Resources"][policy["Ref"]]["Properties"]["PolicyDocument"]["Statement"]
        arn = {"Fn::GetAtt": [bucket, "Arn"]}
        assert objects["Resource"] == {"Fn::Join": ["", [arn, "/*"]]}
        assert objects["Action"] == ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", arn)
        assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        assert (properties["HybridAccessEnabled"], properties["UseServiceLinkedRole"]) == (False, False)
    databases = [body["Properties"]["DatabaseInput"] for body in made.of("AWS::Glue::Database").values()]
    assert {one["Name"] for one in databases} == {"churn_lake_raw", "churn_lake_curated", "churn_lake_features"}
    # New tables are open to nobody, whatever the account's settings are.
    assert [one["CreateTableDefaultPermissions"] for one in databases] == [[], [], []]


def test_files_get_cheaper_with_age_and_the_raw_zone_tells_what_arrives(made: Made) -> None:
    buckets = made.of("AWS::S3::Bucket")
    tiered = {
        logical_id
        for logical_id, body in buckets.items()
        for rule in body["Properties"].get("LifecycleConfiguration", {}).get("Rules", ())
        if rule.get("Transitions") == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 30}]
    }
    assert {one.removeprefix("Lake")[:3] for one in tiered} == {"Raw", "Cur", "Fea"}
    told = [one for one, body in buckets.items() if "NotificationConfiguration" in body["Properties"]]
    assert [one[:7] for one in told] == ["LakeRaw"]


def test_who_reads_a_table_gets_select_and_what_iam_asks_for(made: Made) -> None:
    assert made.grants("Reader") == [SEEN, (TABLE, ["SELECT"])]
    assert made.allowed("Reader") == READ


@pytest.mark.parametrize(
    ("role", "filters"),
    [
        ("Columns", [{"ColumnNames": ["country", "age"], "RowFilter": {"AllRowsWildcard": {}}}]),
        (
            "Rows",
            [
                {"ColumnWildcard": {}, "RowFilter": {"FilterExpression": "country = 'CH'"}},
                {"ColumnWildcard": {}, "RowFilter": {"FilterExpression": "country = 'AT'"}},
            ],
        ),
        (
            "Excluded",
            [
                {
                    "ColumnWildcard": {"ExcludedColumnNames": ["email"]},
                    "RowFilter": {"FilterExpression": "age >= 18"},
                }
            ],
        ),
    ],
)
def test_who_reads_columns_or_rows_gets_a_filter_and_nothing_on_the_table(
    role: str, filters: list[dict[str, Any]], made: Made
) -> None:
    known = {body["Properties"]["Name"]: body["Properties"] for body in made.of(f"{LAKE}DataCellsFilter").values()}
    seen, *granted = sorted(made.grants(role), key=lambda grant: "DataCellsFilter" in grant[0])
    assert seen == SEEN
    assert [permissions for _, permissions in granted] == [["SELECT"]] * len(filters)
    lets_through = [known[resource["DataCellsFilter"]["Name"]] for resource, _ in granted]
    shown = [
        {key: one[key] for key in ("ColumnNames", "ColumnWildcard", "RowFilter") if key in one} for one in lets_through
    ]
    assert shown == filters
    assert made.allowed(role) == READ


def test_who_writes_may_change_the_entry_and_where_it_points_to(made: Made) -> None:
    seen, (location, access), (table, permissions) = made.grants("Writer")
    assert seen == SEEN
    assert location["DataLocation"]["ResourceArn"]["Fn::GetAtt"][0].startswith("LakeCurated")
    assert access == ["DATA_LOCATION_ACCESS"]
    assert (table, permissions) == (TABLE, ["ALTER", "DELETE", "INSERT", "SELECT"])
    assert made.allowed("Writer") == WRITE


def test_who_writes_folders_may_change_the_entries_of_partitions(made: Made) -> None:
    changes = {action for action, _ in made.allowed("Loader") if "Get" not in action}
    kinds = ("CreatePartition", "DeletePartition", "UpdatePartition")
    assert changes == {"glue:UpdateTable", *(f"glue:{batch}{kind}" for batch in ("", "Batch") for kind in kinds)}


def test_who_reads_by_tags_gets_all_values_of_all_keys(made: Made) -> None:
    expression = [
        {"TagKey": "owner", "TagValues": ["shop"]},
        {"TagKey": "sensitivity", "TagValues": ["internal", "personal"]},
    ]
    policy = {"CatalogId": ACCOUNT, "Expression": expression}
    assert made.grants("Tagged") == [
        ({"LFTagPolicy": {**policy, "ResourceType": "DATABASE"}}, ["DESCRIBE"]),
        ({"LFTagPolicy": {**policy, "ResourceType": "TABLE"}}, ["SELECT"]),
    ]
    zones = ("raw", "curated", "features")
    assert {entry.removeprefix(CATALOG) for action, entry in made.allowed("Tagged") if action == "glue:GetTable"} == {
        "catalog",
        *(f"database/churn_lake_{zone}" for zone in zones),
        *(f"table/churn_lake_{zone}/*" for zone in zones),
    }


def test_nobody_gets_into_a_bucket_or_at_the_key(made: Made) -> None:
    for role in ("Reader", "Columns", "Rows", "Excluded", "Writer", "Loader", "Tagged", "Both"):
        assert {action.split(":")[0] for action, _ in made.allowed(role)} == {"glue", "lakeformation"}


def test_a_principal_has_one_grant_for_each_thing(made: Made) -> None:
    """CloudFormation knows a grant by its principal and what it is about: a second one would take from the first."""
    made_grants = [body["Properties"] for body in made.of(f"{LAKE}PrincipalPermissions").values()]
    known = [f"{one['Principal']} {one['Resource']}" for one in made_grants]
    assert sorted(known) == sorted({*known})
    assert (TABLE, ["ALTER", "DELETE", "INSERT", "SELECT"]) in made.grants("Both")
    # Columns in another order are the same filter.
    assert len(made.of(f"{LAKE}DataCellsFilter")) == 4


def test_each_value_is_an_association_of_its_own(made: Made) -> None:
    found = {
        (
            next(iter(one["Resource"])),
            *(one["Resource"].get("TableWithColumns", {}).get("ColumnNames", ())),
            one["LFTags"][0]["TagKey"],
            *one["LFTags"][0]["TagValues"],
        )
        for one in (body["Properties"] for body in made.of(f"{LAKE}TagAssociation").values())
    }
    assert found == {
        ("Database", "owner", "shop"),
        ("Database", "sensitivity", "internal"),
        ("TableWithColumns", "customer_id", "sensitivity", "personal"),
        ("TableWithColumns", "email", "sensitivity", "personal"),
    }
    (tag,) = made.of(f"{LAKE}Tag").values()
    assert tag["Properties"] == {"TagKey": "sensitivity", "TagValues": ["internal", "personal"]}


# The order of the deployment.


def test_settings_come_first(made: Made) -> None:
    (settings,) = made.of(f"{LAKE}DataLakeSettings")
    for type_ in (
        *(f"{LAKE}{name}" for name in ("Resource", "Tag", "TagAssociation", "DataCellsFilter")),
        "AWS::Glue::Table",
    ):
        assert all(settings in made.before(one) for one in made.of(type_)), type_
    for type_ in ("AWS::Glue::Database", f"{LAKE}PrincipalPermissions"):
        assert all(settings in made.before(one) for one in made.of(type_)), type_


def test_settings_come_first_even_where_another_stack_makes_the_tags(stack: cdk.Stack, workspace: Workspace) -> None:
    settings = DataLakeSettings(stack, "Settings", workspace=workspace)
    lake = DataLake(stack, "Lake", workspace=workspace, settings=settings, tags=[OWNER])
    lake.grant_tagged(iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal()), {"owner": ["shop"]})
    made = Made(assertions.Template.from_stack(stack).to_json())
    grants = made.of(f"{LAKE}PrincipalPermissions")
    assert len(grants) == 2
    assert all(
        {*made.of(f"{LAKE}DataLakeSettings"), *made.of("AWS::Glue::Database")} <= made.before(one) for one in grants
    )


def test_a_location_is_registered_before_there_is_a_table(made: Made) -> None:
    for table, body in made.of("AWS::Glue::Table").items():
        zone = "Curated" if body["Properties"]["DatabaseName"].endswith("curated") else "Raw"
        assert any(one.startswith(f"Lake{zone}Location") for one in made.before(table))


def test_what_is_granted_is_there_before(made: Made) -> None:
    filters = {body["Properties"]["Name"]: one for one, body in made.of(f"{LAKE}DataCellsFilter").items()}
    associations = {*made.of(f"{LAKE}TagAssociation")}
    (customers,) = (one for one in made.of("AWS::Glue::Table") if one.startswith("Customers"))
    for grant, body in made.of(f"{LAKE}PrincipalPermissions").items():
        resource, before = body["Properties"]["Resource"], made.before(grant)
        if "DataCellsFilter" in resource:
            assert {filters[resource["DataCellsFilter"]["Name"]], customers} <= before
        elif resource == TABLE:
            assert customers in before
        elif "LFTagPolicy" in resource:
            assert associations <= before
            assert {*made.of(f"{LAKE}Tag")} <= before


def test_permissions_change_one_after_the_other(made: Made) -> None:
    kinds = ("PrincipalPermissions", "TagAssociation", "DataCellsFilter")
    changing = {one for kind in kinds for one in made.of(f"{LAKE}{kind}")}
    assert sorted(len(made.before(one) & changing) for one in changing) == [*range(len(changing))]


def test_data_stays_and_permissions_go(made: Made) -> None:
    kept = {body["Type"] for body in made.template["Resources"].values() if "Retain" in body.get("DeletionPolicy", "")}
    assert {"AWS::S3::Bucket", "AWS::Glue::Database", "AWS::Glue::Table", f"{LAKE}DataLakeSettings"} <= kept
    assert kept & {f"{LAKE}{name}" for name in ("PrincipalPermissions", "DataCellsFilter", "Tag", "Resource")} == set()


def test_a_grant_is_in_the_stack_of_whom_it_is_for() -> None:
    app = cdk.App(context=FLAGS)
    storage, jobs = cdk.Stack(app, "Storage"), cdk.Stack(app, "Jobs")
    workspace = Workspace(storage, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    lake = DataLake(storage, "Lake", workspace=workspace)
    customers = iceberg(storage, workspace, lake.curated.database)
    role = iam.Role(jobs, "Job", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    lake.grant_write(role, customers)
    lake.grant_read(role, customers, columns=["age"])
    app.synth()
    types = {body["Type"] for body in assertions.Template.from_stack(jobs).to_json()["Resources"].values()}
    assert types >= {f"{LAKE}PrincipalPermissions", f"{LAKE}DataCellsFilter", "AWS::IAM::ManagedPolicy"}
    assert [each.stack_name for each in jobs.dependencies] == ["Storage"]


# What is refused.


@dataclass(frozen=True)
class World:
    """A lake, somebody, a table of the lake and another one."""

    lake: DataLake
    role: iam.IRole
    table: IcebergTable
    other: IcebergTable


@pytest.mark.parametrize(
    ("call", "wrong", "fix"),
    [
        (lambda world: world.lake.grant_read(world.role, world.other), "is in no zone of the lake", "lake.curated"),
        (lambda world: world.lake.grant_write(world.role, world.other), "is in no zone of the lake", "lake.curated"),
        (lambda world: world.lake.tag(world.other, {"sensitivity": "internal"}), "is in no zone", "lake.raw"),
        (
            lambda world: world.lake.grant_read(world.role, world.table, columns=["phone"]),
            "columns='phone' is not a column of customers",
            "Use some of customer_id, email, country, age",
        ),
        (
            lambda world: world.lake.grant_read(world.role, world.table, excluded_columns=["phone"]),
            "excluded_columns='phone' is not a column",
            "Use some of",
        ),
        (lambda world: world.lake.grant_read(world.role, world.table, columns=[]), "are none", "Use some of"),
        (
            lambda world: world.lake.grant_read(world.role, world.table, columns=["age"], excluded_columns=["email"]),
            "exclude each other",
            "Name the columns that one sees, or the others",
        ),
        (
            lambda world: world.lake.grant_read(
                world.role, world.table, excluded_columns=["customer_id", "email", "country", "age"]
            ),
            "are all columns",
            "Leave one",
        ),
        (lambda world: world.lake.grant_read(world.role, world.table, rows="age >"), "is not a condition", "Compare"),
        (
            lambda world: world.lake.grant_read(world.role, world.table, rows="land = 'CH'"),
            "rows='land' is not a column of the table",
            "Use one of customer_id",
        ),
        (
            lambda world: world.lake.grant_tagged(world.role, {"sensitivity": ["secret"]}),
            "tags='secret' is not a value of sensitivity",
            "Use one of internal, personal",
        ),
        (
            lambda world: world.lake.tag(world.table, {"sensitivity": "secret"}),
            "tags='secret' is not a value of sensitivity",
            "Use one of internal, personal",
        ),
        (
            lambda world: world.lake.tag(world.table, {"sensitivity": "internal"}, columns=["phone"]),
            "columns='phone' is not a column of customers",
            "Use some of",
        ),
        (
            lambda world: world.lake.tag(world.lake.curated.database, {"sensitivity": "internal"}, columns=["email"]),
            "are of a table, and not of a database",
            "Name the table",
        ),
        (
            lambda world: (
                world.lake.tag(world.table, {"sensitivity": "internal"}, columns=["age"]),
                world.lake.tag(world.table, {"sensitivity": "personal"}, columns=["age"]),
            ),
            "is a second value of sensitivity for age, after internal",
            "at most one value",
        ),
        (
            lambda world: (
                world.lake.grant_tagged(world.role, {"owner": ["shop"]}),
                world.lake.tag(world.table, {"owner": "shop"}),
            ),
            "tags='owner' was granted before",
            "Call tag() before grant_tagged()",
        ),
    ],
)
def test_what_would_show_nothing_or_too_much_is_refused(
    call: Callable[[World], object], wrong: str, fix: str, stack: cdk.Stack, workspace: Workspace
) -> None:
    lake = DataLake(stack, "Lake", workspace=workspace, tags=[SENSITIVITY, OWNER])
    table = iceberg(stack, workspace, lake.curated.database)
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111111111111:role/analyst")
    with pytest.raises(ConfigurationError) as error:
        call(World(lake, role, table, elsewhere(stack, workspace)))
    assert wrong in str(error.value)
    assert fix in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"name": "My Lake"}, "name='My Lake' has capitals"),
        ({"tags": [SENSITIVITY, SENSITIVITY]}, "tags='sensitivity' is the key of 2 tags"),
        ({"tiering_days": -1}, "tiering_days=-1 is not an age of files. Use 0 to 36500"),
    ],
)
def test_a_lake_that_could_not_be_is_refused(
    arguments: dict[str, Any], wrong: str, stack: cdk.Stack, workspace: Workspace
) -> None:
    with pytest.raises(ConfigurationError) as error:
        DataLake(stack, "Lake", workspace=workspace, **arguments)
    assert wrong in str(error.value)
