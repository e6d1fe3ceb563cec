"""A crawler looks at folders of its database, with the credentials that guard them, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_ml.data import (
    Crawler,
    Database,
    DataLake,
    LFTag,
    MissingFiles,
    Recrawl,
    SchemaChange,
    security_configuration,
)
from cdk_ml.data.catalog.crawler_options import folder_of, target_problems
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., Crawler]
Synth = Callable[[], Template]
CRAWLER, GRANT, POLICY = "AWS::Glue::Crawler", "AWS::LakeFormation::PrincipalPermissions", "AWS::IAM::ManagedPolicy"


@pytest.fixture
def crawler(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a crawler of defaults but for what the test says."""

    def make(database: Database, **options: Any) -> Crawler:
        return Crawler(stack, "Crawler", workspace=workspace, database=database, **options)

    return make


def actions(statements: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Statements by each of their actions."""
    return {
        action: each
        for each in statements
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    }


def test_it_changes_nothing_that_is_there_and_encrypts_its_log(
    crawler: Make, database: Database, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    crawler(database, lake_formation=False)
    made = template()
    found = only(made, CRAWLER)
    assert found["DatabaseName"] == "shop"
    assert found["Targets"] == {"S3Targets": [{"Path": stack.resolve(database.location)}]}
    assert found["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    assert found["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert "Schedule" not in found
    assert "LakeFormationConfiguration" not in found
    assert json.loads(found["Configuration"]) == {
        "Version": 1.0,
        "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
    }
    encryption = only(made, "AWS::Glue::SecurityConfiguration")["EncryptionConfiguration"]
    assert encryption["CloudWatchEncryption"]["KmsKeyArn"] == stack.resolve(workspace.key.key_arn)


def test_it_does_as_told(crawler: Make, database: Database, stack: cdk.Stack, template: Synth) -> None:
    crawler(
        database,
        targets=["acme", f"{database.location}/globex/orders"],
        exclusions=["**/_temporary/**"],
        table_prefix="found_",
        schedule="cron(0 4 * * ? *)",
        schema_change=SchemaChange.UPDATE,
        missing_files=MissingFiles.DEPRECATE,
        lake_formation=False,
        security_configuration="ours",
    )
    made = template()
    found = only(made, CRAWLER)
    assert found["Targets"]["S3Targets"] == [
        {"Path": stack.resolve(f"{database.location}/{folder}"), "Exclusions": ["**/_temporary/**"]}
        for folder in ("acme", "globex/orders")
    ]
    assert (found["TablePrefix"], found["Schedule"]) == ("found_", {"ScheduleExpression": "cron(0 4 * * ? *)"})
    assert found["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    assert json.loads(found["Configuration"])["CrawlerOutput"]["Tables"] == {"AddOrUpdateBehavior": "MergeNewColumns"}
    assert found["CrawlerSecurityConfiguration"] == "ours"
    made.resource_count_is("AWS::Glue::SecurityConfiguration", 0)


def test_its_role_reads_the_folders_and_writes_the_database(
    crawler: Make, database: Database, stack: cdk.Stack, template: Synth
) -> None:
    crawler(database, targets=["acme"], lake_formation=False)
    allowed = actions(only(template(), POLICY)["PolicyDocument"]["Statement"])
    bucket = database.bucket.bucket_arn
    assert allowed["s3:GetObject"]["Resource"] == stack.resolve(f"{bucket}/curated/shop/acme/*")
    assert allowed["s3:ListBucket"]["Condition"]["StringLike"]["s3:prefix"] == [
        "curated/shop/acme",
        "curated/shop/acme/*",
    ]
    tables = allowed["glue:CreateTable"]["Resource"][-1]
    assert tables["Fn::Join"][1][-1] == ":table/shop/*"
    assert "s3:PutObject" not in allowed
    assert "glue:DeleteTable" not in allowed
    assert "lakeformation:GetDataAccess" not in allowed


def test_it_deletes_tables_only_where_that_is_asked_for(crawler: Make, database: Database, template: Synth) -> None:
    crawler(database, missing_files=MissingFiles.DELETE, lake_formation=False)
    assert "glue:DeleteTable" in actions(only(template(), POLICY)["PolicyDocument"]["Statement"])


def test_where_lake_formation_guards_it_reads_by_its_grants(
    crawler: Make, guarded: Database, stack: cdk.Stack, template: Synth
) -> None:
    made = crawler(guarded, targets=["acme"])
    synthesized = template()
    (found,) = resources(synthesized, CRAWLER).values()
    assert found["Properties"]["LakeFormationConfiguration"] == {"UseLakeFormationCredentials": True}
    grants = resources(synthesized, GRANT)
    assert [(each["Properties"]["Permissions"], each["Properties"]["Resource"]) for each in grants.values()] == [
        (["CREATE_TABLE", "DESCRIBE"], {"Database": {"CatalogId": {"Ref": "AWS::AccountId"}, "Name": "guarded"}}),
        (
            ["DATA_LOCATION_ACCESS"],
            {
                "DataLocation": {
                    "CatalogId": {"Ref": "AWS::AccountId"},
                    "ResourceArn": stack.resolve(f"{guarded.bucket.bucket_arn}/raw/acme"),
                }
            },
        ),
    ]
    role = stack.resolve(made.role.role_arn)
    assert all(each["Properties"]["Principal"] == {"DataLakePrincipalIdentifier": role} for each in grants.values())
    # It would fail at its first run before the grants are there, and the grants before the location is registered.
    assert set(grants) <= set(found["DependsOn"])
    (location,) = resources(synthesized, "AWS::LakeFormation::Resource")
    assert all(location in each["DependsOn"] for each in grants.values())
    allowed = actions(only(synthesized, POLICY)["PolicyDocument"]["Statement"])
    assert not any(action.startswith("s3:") for action in allowed)
    assert allowed["lakeformation:GetDataAccess"]["Resource"] == "*"


@pytest.mark.parametrize("lake_formation", [True, False])
def test_credentials_have_to_fit_the_location(
    crawler: Make, database: Database, guarded: Database, lake_formation: bool
) -> None:
    message = (
        "lake_formation=True needs a location that is registered with Lake Formation, and that of shop is not. "
        "Crawl the database of a lake's zone"
        if lake_formation
        else "lake_formation=False leaves the crawler without a grant on guarded, which Lake Formation guards. "
    )
    with pytest.raises(ConfigurationError, match=message):
        crawler(database if lake_formation else guarded, lake_formation=lake_formation)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ((), 'targets=() leave nothing to crawl. Name a folder, or say targets=[""] for all of it.'),
        (
            ("s3://elsewhere/orders",),
            "targets='s3://elsewhere/orders' is not under the location of the database shop. "
            "Name a folder of the database, such as orders, or make a Database over that location.",
        ),
        (("s3://lake/raw-old",), "targets='s3://lake/raw-old' is not under the location of the database shop. Name a "),
        (
            ("a b",),
            "targets='a b' is not a prefix for files. Write it as curated/shop: at most 512 letters",
        ),
        (("acme", "s3://lake/raw/acme/"), "targets='acme' is there 2 times. Name it once."),
        (("acme", "acme/orders"), "targets='acme/orders' is in another one, and would be crawled twice. Leave one of "),
        (("", "acme"), "targets='acme' is in another one, and would be crawled twice. Leave one of them out."),
    ],
)
def test_a_target_is_a_folder_of_the_database(targets: tuple[str, ...], message: str) -> None:
    (problem,) = target_problems(targets, "s3://lake/raw", "shop")
    assert str(problem).startswith(message)


def test_an_address_is_as_good_as_a_folder() -> None:
    assert [*target_problems(("s3://lake/raw/acme", "globex/"), "s3://lake/raw", "shop")] == []
    assert [folder_of(target, "s3://lake/raw") for target in ("s3://lake/raw", "s3://lake/raw/a/b/", "c/")] == [
        "",
        "a/b",
        "c",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"schedule": "rate(1 day)"},
            "schedule='rate(1 day)' is not a schedule that Glue takes. Write cron(0 4 ",
        ),
        (
            {"table_prefix": "Raw-"},
            "table_prefix='Raw-' does not begin names that Athena reads without quotes. ",
        ),
        ({"exclusions": [""]}, "exclusions='' is not a pattern of what to leave out. Use 1 to 1024 characters"),
        (
            {"recrawl": Recrawl.NEW_FOLDERS, "schema_change": SchemaChange.UPDATE},
            "recrawl='CRAWL_NEW_FOLDERS_ONLY' changes no table and deletes none, but schema_change or missing_files "
            "say so. Use SchemaChange.LOG and MissingFiles.LOG, or Recrawl.EVERYTHING.",
        ),
    ],
)
def test_what_glue_would_refuse_is_refused_with_the_fix(
    crawler: Make, database: Database, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        crawler(database, lake_formation=False, **options)
    assert message in str(error.value)


def test_it_is_started_by_whoever_is_granted_that_and_by_a_state(
    crawler: Make, database: Database, stack: cdk.Stack, template: Synth
) -> None:
    made = crawler(database, lake_formation=False)
    made.grant_start(iam.Role(stack, "Starter", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
    state = made.start_task(stack, "Crawl")
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(state))
    found = template()
    policies = [each["Properties"] for each in resources(found, "AWS::IAM::Policy").values()]
    granted = actions([one for policy in policies for one in policy["PolicyDocument"]["Statement"]])
    assert granted["glue:GetCrawler"]["Resource"] == stack.resolve(made.crawler_arn)
    assert "states:::aws-sdk:glue:startCrawler" in json.dumps(only(found, "AWS::StepFunctions::StateMachine"))


def test_what_it_writes_is_encrypted_as_what_jobs_write(
    crawler: Make, database: Database, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    crawler(database, lake_formation=False)
    shared = security_configuration(workspace, stack)
    made = template()
    made.resource_count_is("AWS::Glue::SecurityConfiguration", 1)
    name = stack.resolve(shared.cfn_security_configuration.ref)
    assert only(made, CRAWLER)["CrawlerSecurityConfiguration"] == name


def test_its_grants_wait_for_those_of_the_lake_and_those_for_its_own(
    crawler: Make, stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    """Lake Formation refuses changes at the same time: all of them are one chain."""
    lake = DataLake(stack, "Lake", workspace=workspace, tags=[LFTag("sensitivity", ("internal", "personal"))])
    lake.tag(lake.raw.database, {"sensitivity": "internal"})
    crawler(lake.raw.database)
    lake.tag(lake.curated.database, {"sensitivity": "personal"})
    made = template()
    chained = {**resources(made, "AWS::LakeFormation::TagAssociation"), **resources(made, GRANT)}
    waits = {name: {*chained} & {*body["DependsOn"]} for name, body in chained.items()}
    assert len(chained) == 4
    # Each waits for one other, apart from the first; and nothing for two.
    assert sorted(map(len, waits.values())) == [0, 1, 1, 1]
    assert len(set().union(*waits.values())) == 3
