"""Features made every night by Spark without servers: as snapshots in the data bucket, and in the Feature Store.

    every night ──> state machine
                      make features (EMR Serverless) ──> read what it counted ──> bad readings?
        readings/ ──>   ├── snapshot=.../ of Parquet in the data bucket              ├── no ──> done
                        ├── what changed ──> inbox ──> feature group                 └── yes ─> fails ──> alarm
                        └── bad readings ──> quarantine/ with the reason

Idle cost: 1 USD a month for the key and cents for the alarms; a run takes two small workers for minutes.

Try it: ``cdk deploy FeatureEngineering``, copy a file with lines such as ``{"sample_id": "w-1", "measure": "alcohol",
"value": 14.2, "measured_at": "2026-11-01T12:00:00Z"}`` to the address in ``Readings``, and start the state machine with
``{"until": "2026-11-24T00:00:00Z"}``. A second run for the same moment changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.data import Capacity, JobSummary, ServerlessApplication, ServerlessJob, Spark, Worker
from cdk_ml.data.emr.spark import use_objects
from cdk_ml.sagemaker import Feature, FeatureGroup, FeatureIngestion, FeatureType, Script
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPTS = Path(__file__).parent / "scripts" / "feature_engineering"
MEASURES = ("alcohol", "malic_acid", "magnesium", "flavanoids", "color_intensity", "hue", "proline")
SAMPLE = {"sample_id": FeatureType.STRING, "changed_at": FeatureType.STRING, "readings": FeatureType.INTEGRAL}
FEATURES = SAMPLE | dict.fromkeys((*MEASURES, "color_intensity_per_alcohol"), FeatureType.FRACTIONAL)


class FeatureEngineering(cdk.Stack):
    """A Spark job that makes features every night, the feature group that gets them, and what tells of bad readings."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        tags = CostTags(project="feature-engineering", owner="ml-platform", cost_center="ml")
        workspace = Workspace(self, "Workspace", profile=profile, tags=tags, monthly_limit=MonthlyLimit(usd=200))
        samples = FeatureGroup(
            self,
            "Samples",
            workspace=workspace,
            features=[Feature(name, type_) for name, type_ in FEATURES.items()],
            record_identifier="sample_id",
            event_time="changed_at",
        )
        ingestion = FeatureIngestion(self, "Ingestion", workspace=workspace, feature_group=samples)
        data, small = workspace.data_bucket, Worker(vcpu=2, memory_gb=8)
        address = f"s3://{data.bucket_name}/laboratory"
        capacity = Capacity(vcpu=16, memory_gb=64, disk_gb=200)
        job = ServerlessJob(
            self,
            "Features",
            workspace=workspace,
            application=ServerlessApplication(self, "Spark", workspace=workspace, maximum_capacity=capacity),
            script=Script(SCRIPTS, "job.py"),
            arguments={name: f"{address}/{name}/" for name in ("readings", "features", "quarantine")}
            | {"inbox": f"s3://{ingestion.bucket.bucket_name}/{ingestion.prefix}", "measures": ",".join(MEASURES)},
            spark=Spark(driver=small, executor=small),
            statements=[*use_objects(data, "laboratory/", writes=True), *ingestion.drop_statements()],
        )
        summary = JobSummary(bucket=data, prefix="laboratory/summary/")
        make = job.task(self, "MakeFeatures", arguments={"until": "$.until"} | summary.arguments)
        bad = sfn.Fail(self, "BadReadings", cause="Readings went into quarantine; the others are features")
        look = sfn.Choice(self, "AnyBad").when(sfn.Condition.number_greater_than("$.summary.said.bad", 0), bad)
        machine = StateMachine(
            self,
            "Nightly",
            workspace=workspace,
            definition=make.next(summary.task(self, "ReadSummary")).next(look.otherwise(sfn.Succeed(self, "Done"))),
            statements=[*job.run_statements(), *summary.read_statements()],
        )
        Schedule(
            self,
            "Every",
            workspace=workspace,
            expression="cron(0 3 * * ? *)",
            target=machine.target,
            input={"until": "<aws.scheduler.scheduled-time>"},
        )
        cdk.CfnOutput(self, "Readings", value=f"{address}/readings/")
        cdk.CfnOutput(self, "StateMachineArn", value=machine.state_machine_arn)
        cdk.CfnOutput(self, "FeatureGroupName", value=samples.feature_group_name)
