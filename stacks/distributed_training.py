"""Training on two Trainium servers at once, that goes on after an interruption and stops when it leads nowhere.

    schedule (off) ──> state machine ──> training job: 2 x ml.trn1.32xlarge, 64 processes, spot, EFA between them
                            │                ├── checkpoints ──> data bucket ──> the next attempt
                            │                ├── compiled graphs <──> artifact bucket, for all runs
                            │                └── model ──> artifact bucket
                            └── alarm        ▲
                                             └── watch: stops it when the loss is no number, or stays as it is

Idle cost: 1 USD a month for the key, 0.50 USD for the alarms. A run costs up to 2 x 28.50 USD an hour, less on spot.

Try it: write the digits that scikit-learn carries into a CSV file, 64 pixels and the digit in each row, put it under
``digits/`` of the data bucket, ``cdk deploy DistributedTraining``, and start an execution of the state machine that the
stack prints. Your account needs a quota for ml.trn1.32xlarge training on spot instances.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, Data, Distribution, LossWatch, Script, SpotTraining, TrainingJob
from cdk_ml.workflow import Schedule, StateMachine
from cdk_ml.workspace import CostTags, Profile, Workspace

SCRIPT = Script(Path(__file__).parent / "scripts" / "distributed_training", "train_digits.py")
FOUR_HOURS, A_DAY = 14_400, 86_400


class DistributedTraining(cdk.Stack):
    """Training on several Trainium instances, with checkpoints, a compile cache, a watch and a budget."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="distributed-training", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=1_000),
        )
        train = TrainingJob(
            self,
            "Train",
            workspace=workspace,
            image=images.neuron_training("pytorch", "2.9"),
            script=SCRIPT,
            compute=Compute(instance_type="ml.trn1.32xlarge", instance_count=2),
            distribution=Distribution(),
            inputs={"train": Data(workspace.data_bucket, "digits/")},
            hyperparameters={"epochs": 40, "batch-size": 2, "learning-rate": 0.1},
            metrics={"loss": "loss=([0-9.e+-]+)", "accuracy": "accuracy=([0-9.]+)", "not_finite": "not_finite=([0-9])"},
            spot=SpotTraining(max_wait_seconds=A_DAY),
            timeout_seconds=FOUR_HOURS,
            retries=2,
            compile_cache=True,
            network_isolation=False,
        )
        LossWatch(self, "Watch", workspace=workspace, job=train, not_finite="not_finite", patience_minutes=60)
        machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=train.task(self, "TrainModel"),
            statements=train.run_statements(),
            timeout_seconds=2 * A_DAY,
        )
        Schedule(
            self,
            "Weekly",
            workspace=workspace,
            expression="cron(0 3 ? * SUN *)",
            target=machine.target,
            enabled=False,
        )
        cdk.CfnOutput(self, "StateMachineArn", value=machine.state_machine_arn)
        cdk.CfnOutput(self, "DataBucket", value=workspace.data_bucket.bucket_name)
