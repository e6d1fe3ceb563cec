"""The arguments that the proof of properties tries: made of type hints, usual values with an odd one here and there.

A new argument or option is picked up by itself; one of a type that nobody has met yet fails with what to add here.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lakeformation as lakeformation
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.interfaces import aws_cloudwatch as watched
from aws_cdk.interfaces.aws_cognito import IUserPoolRef
from constructs import Construct

import cdk_ml.cost
from cdk_ml.data import (
    CatalogTable,
    Certificates,
    Column,
    Connection,
    Database,
    DataBrewDataset,
    DataBrewRecipe,
    DataBrewRuleset,
    DataCellsFilter,
    DataLake,
    DataLakeSettings,
    DatasetFiles,
    EmrCluster,
    EmrVirtualCluster,
    Fleet,
    GlueJob,
    IcebergTable,
    LFTag,
    ManagedScaling,
    PreparationJob,
    ProfileJob,
    PythonShellJob,
    ServerlessApplication,
    SparkJob,
    TableBucket,
    View,
    WorkGroup,
    preparation_script,
)
from cdk_ml.data.databrew.expressions import DataBrewRule
from cdk_ml.data.databrew.job import DataBrewJob
from cdk_ml.facts import images
from cdk_ml.facts.images import Image
from cdk_ml.genai import (
    AgentBrowser,
    AgentCode,
    AgentGateway,
    AgentMemory,
    AgentPolicyEngine,
    AgentRuntime,
    ApiKeyCredential,
    AutomatedReasoningPolicy,
    Blueprint,
    ClassicAgent,
    CodeInterpreter,
    CrossRegionProfile,
    DataAutomationProject,
    DataEdge,
    DocumentOutput,
    FoundationModel,
    Guardrail,
    GuardrailBase,
    InputNode,
    InvokableModel,
    KnowledgeBase,
    McpTarget,
    Modality,
    OAuth2Credential,
    OutputNode,
    Prompt,
    ReasoningRule,
    ReasoningVariable,
    S3Source,
    TextTemplate,
)
from cdk_ml.genai.knowledge_bases.base import KnowledgeBaseResource
from cdk_ml.sagemaker import (
    Compute,
    ContinuousRange,
    EcrImage,
    EndpointBase,
    Feature,
    FeatureGroup,
    FeatureType,
    IntegerRange,
    Job,
    JobStep,
    Model,
    ModelPackage,
    ModelPackageGroup,
    ModelSharing,
    Pipeline,
    ProcessingJob,
    RealTimeEndpoint,
    StudioDomain,
    StudioImage,
    StudioLifecycleConfig,
    StudioUserProfile,
    TrainingJob,
)
from cdk_ml.sagemaker.registry.packages import ModelPackageGroupBase
from cdk_ml.workflow import Function, StreamingFunction, Target
from cdk_ml.workspace import PROFILES, Profile, Statement, Workspace
from tests.conftest import ROOT, TAGS

# How often a value is odd; two of the twenty or so of an example are.
ODDS = 8
TOKEN = "a token"

DISCOVERY = "https://login.example.com/.well-known/openid-configuration"
PURPOSE = "You help customers of a shop with their orders, and with nothing else."
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Stock", "version": "1"},
    "servers": [{"url": "https://stock.example.com"}],
    "paths": {"/items": {"get": {"operationId": "list_items", "responses": {"200": {"description": "Items"}}}}},
}

# What is usual where a type alone does not say it, by the name of the argument. Defaults are usual, too.
USUAL: dict[str, Sequence[Any]] = {
    "audience": [("churn-app",)],
    "issuer": ["https://login.example.com/"],
    "scopes": [(), ("churn/invoke",)],
    "account": ["222222222222", TOKEN],
    "accounts": [("222222222222",), ("222222222222", "333333333333")],
    "actual_percent": [(80.0,), (50.0, 100.0)],
    "bytes_limit": [2**30],
    "capacity": [2, 5],
    "check": ["AGG(ROWS_COUNT) > :least", "> :least"],
    "clients": [("churn-app",)],
    "consumer": ["222222222222", "arn:aws:organizations::111111111111:organization/o-abc123", TOKEN],
    "columns": [
        (Column("customer_id", "bigint", "Of the shop"), Column("seen_at", "timestamp"), Column("country", "string")),
        (Column("customer_id", "string"), Column("baskets", "array<struct<sku:string,pieces:int>>")),
    ],
    "code": ["docs/examples/greeter"],
    "conditions": [{"StringEquals": {"aws:ResourceAccount": "111111111111"}}],
    "databases": [("shop",)],
    "default_gib": [10],
    "default_instance_type": ["ml.t3.medium"],
    "detail_types": [("SageMaker Model Package State Change",), ("Object Created", "Object Deleted")],
    "dimensions": [256, 1024],
    "discovery_url": [DISCOVERY],
    "display_name": ["Churn"],
    "document": [OPENAPI],
    "endpoint": ["https://tools.example.com/mcp"],
    "edges": [(DataEdge("Start.document", "End.document"),)],
    "environment": [{}, {"TABLE": "churn"}],
    "event_time": ["seen_at"],
    "expires_after": ["P30D", "PT12H", TOKEN],
    "exclusions": [(), ("**/_temporary/**",)],
    "expression": ["rate(1 day)", "cron(0 3 * * ? *)", "at(2027-01-01T00:00:00)", TOKEN],
    "extra": [{}, {"team": "growth"}],
    "features": [
        (Feature("customer_id", FeatureType.STRING), Feature("seen_at", FeatureType.FRACTIONAL)),
        (Feature("customer_id", FeatureType.INTEGRAL), Feature("seen_at", FeatureType.STRING)),
    ],
    "folder": ["stacks/scripts/agent_platform"],
    "forecast_percent": [(100.0,), ()],
    "hyperparameters": [{}, {"num_round": 10}],
    "idle_minutes": [60, 120],
    "instance_type": ["ml.m7i.large", "ml.g5.xlarge", "ml.inf2.8xlarge", "ml.m5d.large", TOKEN],
    "instance_types": [(), ("ml.t3.medium", "ml.g5.xlarge")],
    "instruction": [PURPOSE],
    "instructions": ["Was it right? {context}"],
    "json_key": ["key"],
    "key": ["model.tar.gz", "unpacked/", TOKEN, ("customer_id",)],
    "least": [{"Builtin.Correctness": 0.8}],
    "max_jobs": [10, 100],
    "maximum": [4, 5],
    "maximum_gib": [100],
    "metric": ["loss"],
    "minimum": [1, 2],
    "minutes": [3, 5],
    "name": ["Challenger", "b-2", "orders"],
    "namespace": ["shop"],
    "namespaces": [("shop",), ("shop", "features")],
    "nodes": [(InputNode(name="Start"), OutputNode(name="End")), "docs/examples/glue_studio/orders.json"],
    "not_finite": ["loss", None],
    "notify": [(), ("ml-oncall@example.com",)],
    "parameters": [7e9, 1e9, {"order": {"type": "string"}}],
    "partitions": [(), ("country",), ("day(seen_at)", "bucket(16, customer_id)")],
    "patience_minutes": [60],
    "percent": [10, 50],
    "percentage": [0, 10, 100],
    "poll_seconds": [15],
    "origin": ["https://chat.example.com", None],
    "path": ["stream"],
    "prefix": ["incoming/", "features/churn", "canvas", TOKEN],
    "table_prefix": ["found_"],
    "questions": ["questions.jsonl"],
    "ranges": [{"eta": ContinuousRange(0.1, 0.5)}, {"max_depth": IntegerRange(2, 5), "eta": ContinuousRange(0, 1)}],
    "ratings": [{"good": "It is right", "bad": "It is wrong"}],
    "record_identifier": ["customer_id"],
    "repositories": [(), ("https://git.example.com/team/churn",)],
    "rows": ["customer_id = 'c-1'", None],
    "role_arns": [("arn:aws:iam::111111111111:role/churn",)],
    "schema": [{"type": "object"}],
    "rules": ['Rules = [ IsComplete "customer_id", RowCount > 0 ]'],
    "schedule": ["cron(0 8 * * ? *)", "rate(5 minutes)", "at(2026-12-01T08:00:00)"],
    "sql": ["SELECT customer_id FROM orders", "SELECT count(*) FROM orders WHERE customer_id = ?"],
    "step_seconds": [60],
    "steps": ["docs/examples/databrew/clean.json"],
    "tag": [{"team": "churn"}],
    "targets": [("",), ("acme", "globex/orders")],
    "timezone": ["UTC", "Europe/Zurich"],
    "training": ["train.jsonl"],
    "trusted_accounts": [(), ("111111111111",)],
    "usd": [2_000.0],
    "values": [{":least": "1"}],
    "volume_gib": [5, 20],
}
ODD: dict[type, Sequence[Any]] = {
    bool: [True, False],
    int: [60, 0, 1, 2, 7, 50, 51, 100, 101, 599, 600, 3600, 3601, 10**12, -1, TOKEN],
    float: [60.0, 0.0, 0.5, 1.0, 99.5, 100.0, 101.0, 1e308, -0.5, math.nan, math.inf, TOKEN],
    str: [
        "usual",
        "a",
        "",
        " ",
        "-a",
        "a b",
        "a/b",
        "..",
        "ü",
        "\N{ROBOT FACE}",
        "a\nb",
        "x" * 300,
        "aws:x",
        "ml.",
        "ml.p99.huge",
        "ml.trn1.2xlarge",
        "cron()",
        "${AWS::Region}",
        TOKEN,
    ],
}

# What JSON can hold.
ANYTHING = ("usual", 1, 0.5, True, None, ["usual"], {"usual": "usual"})


def usual_values(name: str, hint: Any) -> list[Any]:
    """The usual values of an argument of that name and type: different constructs call different things alike."""
    values = USUAL.get(name, ())
    if hint in ODD:
        return [value for value in values if value == TOKEN or isinstance(value, hint)]
    many = get_origin(hint) in (Sequence, Mapping)
    return [value for value in values if many and isinstance(value, tuple | dict)]


def token(kind: type) -> Any:
    """A value that only the deployment knows."""
    return {
        str: lambda: cdk.Token.as_string({"Ref": "AWS::StackName"}),
        int: lambda: cdk.Token.as_number({"Ref": "AWS::AccountId"}),
        float: lambda: cdk.Token.as_number({"Ref": "AWS::AccountId"}),
    }[kind]()


def imported(scope: Construct) -> dict[Any, Callable[[], Any]]:
    """How to come by what is no plain value, by type."""
    zones = {"vpc_cidr_block": "10.0.0.0/16", "availability_zones": ["us-east-1a"]}
    subnets = {"isolated_subnet_ids": ["subnet-1"], "isolated_subnet_route_table_ids": ["rtb-1"]}
    deny = "arn:aws:iam::aws:policy/AWSDenyAll"
    role = "arn:aws:iam::111111111111:role/studio"
    key = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000001"
    machine = "arn:aws:states:us-east-1:111111111111:stateMachine:Retrain"
    start = Statement(actions=["states:StartExecution"], resources=[machine])

    # What others stand on is there once, as what is asked for itself.
    @cache
    def workspace() -> Workspace:
        return Workspace(scope, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)

    @cache
    def workspace_with_nat() -> Workspace:
        vpc = ec2.Vpc.from_vpc_attributes(
            scope, "NatVpc", vpc_id="vpc-2", availability_zones=["us-east-1a"], private_subnet_ids=["subnet-2"]
        )
        return Workspace(scope, "WithNat", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc)

    @cache
    def group() -> ModelPackageGroup:
        sharing = ModelSharing(accounts=["222222222222"], may_deploy=True, artifacts="churn/")
        return ModelPackageGroup(scope, "Group", workspace=workspace(), sharing=sharing)

    @cache
    def job() -> ProcessingJob:
        return ProcessingJob(
            scope,
            "Job",
            workspace=workspace(),
            image=images.built_in_algorithm("sklearn"),
            script=None,
            compute=Compute(instance_type="ml.m5.large"),
            outputs=["usual"],
        )

    @cache
    def domain() -> StudioDomain:
        return StudioDomain(scope, "Domain", workspace=workspace())

    @cache
    def database() -> Database:
        return Database(scope, "KnownDatabase", workspace=workspace(), name="shop", bucket=workspace().data_bucket)

    @cache
    def dataset() -> DataBrewDataset:
        files = DatasetFiles(bucket=workspace().data_bucket, prefix="incoming/")
        return DataBrewDataset(scope, "KnownDataset", workspace=workspace(), source=files)

    @cache
    def knowledge_base() -> KnowledgeBase:
        return KnowledgeBase(
            scope,
            "KnowledgeBase",
            workspace=workspace(),
            embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
            sources=[S3Source(name="usual")],
        )

    @cache
    def lake() -> DataLake:
        return DataLake(
            scope, "KnownLake", workspace=workspace(), tags=[LFTag("sensitivity", ("internal", "personal"))]
        )

    @cache
    def table() -> IcebergTable:
        columns = [
            Column("customer_id", "string"),
            Column("country", "string"),
            Column("seen_at", "timestamp"),
            Column("as_of", "timestamp"),
        ]
        return IcebergTable(
            scope,
            "KnownTable",
            workspace=workspace(),
            database=lake().curated.database,
            name="customers",
            columns=columns,
        )

    @cache
    def guardrail() -> Guardrail:
        return Guardrail(scope, "KnownGuardrail", workspace=workspace())

    @cache
    def secret() -> secretsmanager.ISecret:
        return secretsmanager.Secret.from_secret_name_v2(scope, "KnownSecret", "churn/key")

    @cache
    def oauth2() -> OAuth2Credential:
        return OAuth2Credential(
            scope,
            "Login",
            workspace=workspace(),
            discovery_url=DISCOVERY,
            client_id="agent",
            secret=secret(),
            json_key="key",
            scopes=["tools"],
        )

    return {
        AgentBrowser: lambda: AgentBrowser(scope, "Browser", workspace=workspace()),
        AgentGateway: lambda: AgentGateway(
            scope,
            "Gateway",
            workspace=workspace(),
            targets=[McpTarget(name="tools", endpoint="https://tools.example.com", credential=oauth2())],
        ),
        AgentMemory: lambda: AgentMemory(scope, "Memory", workspace=workspace()),
        AgentPolicyEngine: lambda: AgentPolicyEngine(scope, "Engine", workspace=workspace()),
        AgentRuntime: lambda: AgentRuntime(
            scope,
            "Agent",
            workspace=workspace(),
            code=AgentCode(folder=ROOT / "stacks/scripts/agent_platform"),
            model=FoundationModel("amazon.nova-pro-v1:0"),
            guardrail=guardrail(),
        ),
        ApiKeyCredential: lambda: ApiKeyCredential(
            scope, "ApiKey", workspace=workspace(), secret=secret(), json_key="key"
        ),
        ClassicAgent: lambda: ClassicAgent(
            scope,
            "Classic",
            workspace=workspace(),
            model=FoundationModel("amazon.nova-pro-v1:0"),
            instruction=PURPOSE,
            guardrail=guardrail(),
            existing_customer=True,
        ),
        CatalogTable: table,
        CodeInterpreter: lambda: CodeInterpreter(scope, "Interpreter", workspace=workspace()),
        DataCellsFilter: lambda: DataCellsFilter(scope, "Swiss", lake=lake(), table=table(), columns=["customer_id"]),
        DataLake: lake,
        DataLakeSettings: lambda: DataLakeSettings(scope, "KnownSettings", workspace=workspace()),
        Connection: lambda: Connection(scope, "KnownConnection", workspace=workspace()),
        ec2.InterfaceVpcEndpointAwsService: lambda: ec2.InterfaceVpcEndpointAwsService.SSM,
        GlueJob: lambda: PythonShellJob(
            scope, "KnownGlueJob", workspace=workspace(), script=ROOT / "docs/examples/curate/rates.py"
        ),
        OAuth2Credential: oauth2,
        secretsmanager.ISecret: secret,
        CrossRegionProfile: lambda: CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
        AutomatedReasoningPolicy: lambda: AutomatedReasoningPolicy(
            scope,
            "Reasoning",
            workspace=workspace(),
            rules=[ReasoningRule(rule_id="FULLTIME0001", expression="(=> isFullTime mayLeave)")],
            variables=[
                ReasoningVariable(name=name, type="BOOL", description=name) for name in ("isFullTime", "mayLeave")
            ],
        ),
        Blueprint: lambda: Blueprint(
            scope, "Blueprint", workspace=workspace(), modality=Modality.DOCUMENT, schema=USUAL["schema"][0]
        ),
        DataAutomationProject: lambda: DataAutomationProject(
            scope, "Project", workspace=workspace(), documents=DocumentOutput()
        ),
        Database: database,
        DataBrewDataset: dataset,
        DataBrewJob: lambda: ProfileJob(scope, "KnownProfile", workspace=workspace(), dataset=dataset()),
        DataBrewRecipe: lambda: DataBrewRecipe(
            scope, "KnownRecipe", workspace=workspace(), steps=ROOT / "docs/examples/databrew/clean.json"
        ),
        DataBrewRuleset: lambda: DataBrewRuleset(
            scope,
            "KnownRuleset",
            workspace=workspace(),
            dataset=dataset(),
            rules=[DataBrewRule(name="some", check="AGG(ROWS_COUNT) > :least", values={":least": "1"})],
        ),
        EndpointBase: lambda: RealTimeEndpoint.from_endpoint_name(scope, "Known", "churn"),
        FeatureGroup: lambda: FeatureGroup(
            scope,
            "FeatureGroup",
            workspace=workspace(),
            features=USUAL["features"][0],
            record_identifier="customer_id",
            event_time="seen_at",
        ),
        EmrCluster: lambda: EmrCluster(
            scope,
            "Cluster",
            workspace=workspace_with_nat(),
            certificates=Certificates(workspace_with_nat().artifact_bucket, "certificates.zip"),
            core=Fleet(instance_types=["m7g.xlarge"], on_demand=1),
            scaling=ManagedScaling(minimum=1, maximum=4),
        ),
        EmrVirtualCluster: lambda: EmrVirtualCluster(
            scope,
            "VirtualCluster",
            workspace=workspace(),
            cluster_name="platform",
            oidc_issuer="oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE",
            namespace="spark",
        ),
        FoundationModel: lambda: FoundationModel("amazon.nova-lite-v1:0"),
        Function: lambda: Function(scope, "Function", workspace=workspace(), code=ROOT / "docs/examples/greeter"),
        InvokableModel: lambda: FoundationModel("amazon.nova-pro-v1:0"),
        Guardrail: guardrail,
        GuardrailBase: guardrail,
        Job: lambda: ProcessingJob(
            scope,
            "Job",
            workspace=workspace(),
            image=images.built_in_algorithm("sklearn"),
            script=None,
            compute=Compute(instance_type="ml.m5.large"),
            outputs=["usual"],
        ),
        KnowledgeBase: knowledge_base,
        KnowledgeBaseResource: knowledge_base,
        ModelPackage: lambda: ModelPackage(
            scope, "Package", workspace=workspace(), group=group(), model=Model(image=images.images()[0])
        ),
        ModelPackageGroup: group,
        Prompt: lambda: Prompt(
            scope,
            "Prompt",
            workspace=workspace(),
            template=TextTemplate(text="Sum up {{letter}}", variables=["letter"]),
            model=FoundationModel("amazon.nova-lite-v1:0"),
        ),
        # Monitors ask for what it captured.
        RealTimeEndpoint: lambda: RealTimeEndpoint(
            scope,
            "Endpoint",
            workspace=workspace(),
            model=Model(image=images.built_in_algorithm("xgboost"), artifact=None),
            instance_type="ml.m5.large",
        ),
        ModelPackageGroupBase: lambda: ModelPackageGroup.from_model_package_group_name(
            scope, "KnownGroup", "churn", workspace=workspace()
        ),
        PreparationJob: lambda: SparkJob(scope, "KnownSparkJob", workspace=workspace(), script=preparation_script()),
        Pipeline: lambda: Pipeline(scope, "Pipeline", workspace=workspace(), steps=[JobStep(job())]),
        ServerlessApplication: lambda: ServerlessApplication(scope, "Spark", workspace=workspace()),
        # IAM's own words: what is wrong in them, the proof of policies finds.
        Statement: lambda: Statement(actions=["s3:GetObject"], resources=["arn:aws:s3:::models/model.tar.gz"]),
        StreamingFunction: lambda: StreamingFunction(
            scope, "Storyteller", workspace=workspace(), code=ROOT / "docs/examples/storyteller"
        ),
        StudioDomain: domain,
        StudioImage: lambda: StudioImage(
            scope,
            "Image",
            workspace=workspace(),
            image=EcrImage(ecr.Repository.from_repository_name(scope, "Studio", "studio")),
        ),
        StudioLifecycleConfig: lambda: StudioLifecycleConfig(scope, "Script", workspace=workspace(), script="true"),
        StudioUserProfile: lambda: StudioUserProfile(scope, "Owner", domain=domain(), user_name="analyst"),
        TableBucket: lambda: TableBucket(scope, "Tables", workspace=workspace(), namespaces=["shop"]),
        Target: lambda: Target(arn=machine, statements=[start]),
        # It reports what tuning and watching ask for.
        TrainingJob: lambda: TrainingJob(
            scope,
            "Training",
            workspace=workspace(),
            image=images.built_in_algorithm("xgboost"),
            compute=Compute(instance_type="ml.m5.xlarge"),
            hyperparameters={"num_round": 10},
            timeout_seconds=3_600,
            metrics={"loss": "loss=([0-9.]+)"},
        ),
        View: lambda: View(
            scope,
            "KnownView",
            workspace=workspace(),
            database=database(),
            name="customers",
            sql="SELECT customer_id FROM orders",
            tables=[table()],
        ),
        WorkGroup: lambda: WorkGroup(scope, "KnownWorkGroup", workspace=workspace()),
        Workspace: workspace,
        IUserPoolRef: lambda: cognito.UserPool.from_user_pool_id(scope, "Users", "us-east-1_abcdefghi"),
        watched.IAlarmRef: lambda: cloudwatch.Alarm.from_alarm_arn(
            scope, "Alarm", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:drift"
        ),
        ec2.IVpc: lambda: ec2.Vpc.from_vpc_attributes(scope, "Vpc", vpc_id="vpc-1", **zones, **subnets),  # type: ignore[arg-type]
        ecr.IRepository: lambda: ecr.Repository.from_repository_name(scope, "Repository", "models"),
        iam.IManagedPolicy: lambda: iam.ManagedPolicy.from_managed_policy_arn(scope, "Policy", deny),
        iam.IRole: lambda: iam.Role.from_role_name(scope, "Role", "mine"),
        kms.IKey: lambda: kms.Key.from_key_arn(scope, "Key", key),
        lakeformation.CfnResource: lambda: lakeformation.CfnResource(
            scope, "Registered", resource_arn="arn:aws:s3:::lake", use_service_linked_role=True
        ),
        lambda_.IFunction: lambda: lambda_.Function.from_function_name(scope, "Imported", "judge"),
        rds.IDatabaseCluster: lambda: rds.DatabaseCluster.from_database_cluster_attributes(
            scope, "Cluster", cluster_identifier="mine"
        ),
        s3.IBucket: lambda: s3.Bucket.from_bucket_name(scope, "Bucket", "models"),
        sagemaker.CfnDomain: lambda: sagemaker.CfnDomain(
            scope, "Plain", domain_name="plain", auth_mode="IAM", default_user_settings={"executionRole": role}
        ),
        secretsmanager.ISecret: lambda: secretsmanager.Secret.from_secret_name_v2(scope, "Secret", "mine"),
        sfn.IChainable: lambda: sfn.Pass(scope, "State"),
        sns.ITopic: lambda: sns.Topic.from_topic_arn(scope, "Topic", "arn:aws:sns:us-east-1:111111111111:alerts"),
        sqs.IQueue: lambda: sqs.Queue.from_queue_arn(scope, "Queue", "arn:aws:sqs:us-east-1:111111111111:asked"),
    }


class Arguments:
    """Chooses the arguments of one construct."""

    def __init__(self, choose: Callable[[Sequence[Any]], Any], scope: Construct) -> None:
        """
        :param choose: gives one of a sequence.
        :param scope: where imported resources are made.
        """
        self._choose = choose
        self._imports = imported(scope)
        self._imported: dict[Any, Any] = {}

    def of(self, made: type) -> dict[str, Any]:
        """Keyword arguments of a construct or of a dataclass."""
        start = made.__init__  # type: ignore[misc]
        # A dataclass says the types of its base in the base's module.
        hints = get_type_hints(made if dataclasses.is_dataclass(made) else start, localns=vars(cdk_ml.cost))
        given = {}
        for name, parameter in inspect.signature(start).parameters.items():
            if name in ("self", "scope", "id"):
                continue
            # What has a default is mostly left out.
            if parameter.default is inspect.Parameter.empty or self._choose((False, False, True)):
                given[name] = self._value(name, hints[name])
        return given

    def _value(self, name: str, hint: Any) -> Any:
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._value(name, self._choose(parts))
        if hint is type(None):
            return None
        if origin is Literal:
            return self._choose(parts)
        odd = self._choose(range(ODDS)) == ODDS - 1
        if (usuals := usual_values(name, hint)) and not odd:
            return self._resolved(hint, self._choose(usuals))
        if hint in ODD:
            usual, *others = ODD[hint]
            return self._resolved(hint, self._choose(others) if odd else usual)
        if hint is Any:
            return self._choose(ANYTHING)
        # Items of a sequence are not what the sequence is called.
        if origin is Mapping:
            return {self._value("", parts[0]): self._value("", parts[1]) for _ in range(self._choose(range(3)))}
        if origin in (Sequence, Iterable, tuple):
            return tuple(self._value(f"{name}[]", parts[0]) for _ in range(self._choose(range(3))))
        return self._object(hint, odd)

    def _resolved(self, hint: Any, value: Any) -> Any:
        return token(hint) if value == TOKEN else value

    def _object(self, hint: Any, odd: bool) -> Any:
        if hint is Image:
            return self._choose(images.images())
        if hint is Profile and not odd:
            return self._choose(PROFILES)
        if hint is Path:
            return Path(__file__) if odd else Path(__file__).parent / "ledger"
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._choose([*hint])
        if hint in self._imports:
            # One of each: a resource can be imported only once under an id.
            if hint not in self._imported:
                self._imported[hint] = self._imports[hint]()
            return self._imported[hint]
        if inspect.isabstract(hint):
            return self._object(self._choose(kinds(hint)), odd)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return hint(**self.of(hint))
        raise NotImplementedError(f"{hint}: say in imported() how to come by one, so that every argument is tried")


def kinds(base: type) -> list[type]:
    """Every public class that is one of ``base``, which is only a base."""
    found = {kind for kind in base.__subclasses__() if getattr(sys.modules[kind.__module__], kind.__name__) is kind}
    every = found.union(*map(kinds, found))
    return sorted((kind for kind in every if not inspect.isabstract(kind)), key=lambda kind: kind.__name__)
