"""A model with open weights, brought to Bedrock and paid for by the minute that it answers.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-import-model.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Names
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.customization.jobs import PAGE, encrypt_model, job_state, job_statements
from cdk_ml.genai.customization.live_parameter import LiveParameter
from cdk_ml.sagemaker.execution_role import read_objects
from cdk_ml.tokens import is_token
from cdk_ml.workflow import StateMachine
from cdk_ml.workflow.polled_job import run_name
from cdk_ml.workspace import ANYTHING, Workspace
from cdk_ml.workspace.statements import pass_role, read_foreign_key, use_key


class ModelImport(Construct):
    """Import of a model's files as a workflow.

    Creates a state machine that has Bedrock import the files under a prefix, as the Hugging Face hub has them, and
    names the model that comes out in a parameter; a role of Bedrock; and the parameter. Earlier imports stay.

    Idle cost: an alarm on two metrics, 0.20 USD a month; Bedrock takes a monthly fee for each copy of the model that it
    stores.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import ModelImport
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="service-ml", cost_center="4711"),
    ... )
    >>> imported = ModelImport(
    ...     stack, "Import", workspace=workspace, bucket=workspace.artifact_bucket, prefix="models/qwen3-8b/"
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-import-model-job.html

    :ivar machine: the workflow; start it when there are new files.
    :ivar role: what Bedrock reads the files as.
    :ivar cfn_parameter: SSM parameter with the ARN of the model that was imported last; ``none`` before that. It is
        what :class:`~cdk_ml.genai.CustomModel` takes.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, bucket: s3.IBucket, prefix: str) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param bucket: where the files are.
        :param prefix: the folder with config.json, the tokenizer and the weights as safetensors, ending in a slash.
        :raises cdk_ml.errors.ConfigurationError: for a prefix that is no folder.
        """
        super().__init__(scope, id)
        reject(self, _problems(prefix))
        workspace.adopt(self)
        name = Names.unique_resource_name(self, max_length=40, separator="-", allowed_special_characters="-")
        live = LiveParameter.make(self, f"Model that {self.node.path} imported last")
        self.cfn_parameter = live.cfn_parameter
        self.role = workspace.role(
            self,
            "Role",
            service="bedrock.amazonaws.com",
            statements=[
                *read_objects(bucket.bucket_arn, prefix),
                *use_key(workspace.key.key_arn),
                *read_foreign_key(bucket, workspace.key.key_arn),
            ],
        )
        run = job_state(
            self,
            "Import",
            action="ModelImportJob",
            name=run_name(name),
            request={
                "ImportedModelName.$": "$['Import'].JobName",
                "RoleArn": self.role.role_arn,
                "ImportedModelKmsKeyId": workspace.key.key_arn,
                "ModelDataSource": {"S3DataSource": {"S3Uri": f"s3://{bucket.bucket_name}/{prefix}"}},
            },
            failed=("Failed",),
            stops=False,
        )
        publish = live.publish(self, "$['Import'].ImportedModelArn")
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=run.next(publish).next(sfn.Succeed(self, "Imported")),
            statements=[
                *job_statements(
                    "ModelImportJob",
                    resource="model-import-job",
                    made_of=ANYTHING,
                    wildcard=f"bedrock:CreateModelImportJob takes no resource. {PAGE}",
                    stops=False,
                ),
                pass_role(self.role.role_arn, to="bedrock.amazonaws.com"),
                encrypt_model(workspace.key.key_arn),
                live.publish_statement(),
            ],
        )


def _problems(prefix: str) -> Iterator[Problem]:
    if not is_token(prefix) and (not prefix.strip("/ ") or not prefix.endswith("/")):
        fix = "Name the folder that config.json is in, with a slash at its end"
        yield Problem("prefix", prefix, "is no folder of a model", fix)
