"""A Lambda function in Python: runtime code of the library or of the user's own, under the workspace's key.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.private_network import private_network
from cdk_ml.workflow.runtime_code import NOT_SHIPPED
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.acknowledgement import CONTROL_PACKS
from cdk_ml.workspace.statements import use_key, write_logs, write_traces

_RUNTIME = "python3.14"
_ARCHITECTURE = "arm64"  # A fifth cheaper than x86 for the same work.
_WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_TRACES = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html"

_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED = {
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
}


class Function(Construct):
    """A function in Python, with a role of its own, a log group and traces.

    Creates the function from a folder with a ``handler.py``, an execution role with exactly ``statements``, and a log
    group under the workspace's key. What nobody waits for goes to the workspace's dead letter queue when it fails.

    The function is in no VPC: it calls APIs of AWS under its role, and each of them would need an endpoint that costs
    more than the function. With ``services`` it is in the workspace's network and reaches those, and nothing else.

    Idle cost: nothing; about 7 USD a month and zone for each of ``services``.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workflow import Function
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> function = Function(stack, "Greeter", workspace=workspace, code="docs/examples/greeter")

    See https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html

    :ivar role: the execution role.
    :ivar log_group: what the function prints.
    :ivar cfn_function: the function.
    :ivar function: the same for the CDK's own constructs, such as event sources.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        code: str | Path,
        statements: Iterable[Statement] = (),
        environment: Mapping[str, str] | None = None,
        timeout_seconds: int = 60,
        memory_mib: int = 256,
        asynchronous: bool = False,
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
    ) -> None:
        """
        :param workspace: key, queue, tags and profile.
        :param code: folder whose ``handler.py`` has a ``handler(event, context)``.
        :param statements: what it may do, besides writing its logs and traces.
        :param environment: environment variables.
        :param timeout_seconds: seconds that it may take, 1 to 900.
        :param memory_mib: memory in MiB, 128 to 10240; CPU grows with it.
        :param asynchronous: nobody waits for it: EventBridge, S3 and SNS call it so. Events that it keeps failing on go
            to the workspace's dead letter queue.
        :param services: services of AWS that it reaches through private endpoints of the workspace's network, by the
            ids of those, such as ``BedrockRuntime``.
        :raises cdk_ml.errors.ConfigurationError: when there is no ``handler.py``, or for what Lambda would refuse.
        """
        super().__init__(scope, id)
        folder, variables = Path(code), {} if environment is None else {**environment}
        reject(self, _problems(folder, timeout_seconds, memory_mib, variables))
        workspace.adopt(self)
        self.log_group = workspace.log_group(self, "LogGroup")
        queue = workspace.dead_letter_queue if asynchronous else None
        own = [
            *write_logs(self.log_group.attr_arn, actions=_WRITE_LOGS),
            *write_traces(page=_TRACES),
            # Lambda keeps the environment's variables under the key.
            *use_key(workspace.key.key_arn),
        ]
        if queue is not None:
            own.append(Statement(actions=["sqs:SendMessage"], resources=[queue.queue_arn]))
        placed = None if services is None else private_network(self, workspace, services)
        if placed is not None:
            own += placed.statements
        self.role = workspace.role(self, "Role", service="lambda.amazonaws.com", statements=[*own, *statements])
        started, layers = self._runtime()
        variables |= started
        asset = s3_assets.Asset(self, "Code", path=str(folder), exclude=[*NOT_SHIPPED])
        self.cfn_function = lambda_.CfnFunction(
            self,
            "Resource",
            role=self.role.role_arn,
            code={"s3Bucket": asset.s3_bucket_name, "s3Key": asset.s3_object_key},
            handler="handler.handler",
            runtime=_RUNTIME,
            architectures=[_ARCHITECTURE],
            timeout=timeout_seconds,
            memory_size=memory_mib,
            kms_key_arn=workspace.key.key_arn,
            environment={"variables": variables} if variables else None,
            layers=layers,
            logging_config={"logFormat": "JSON", "logGroup": self.log_group.ref},
            tracing_config={"mode": "Active"},
            vpc_config=None if placed is None else placed.configuration,
        )
        if queue is not None:
            # A destination gets the error with the event, a dead letter queue of the function the event only.
            lambda_.CfnEventInvokeConfig(
                self,
                "OnFailure",
                function_name=self.cfn_function.ref,
                qualifier="$LATEST",
                destination_config={"onFailure": {"destination": queue.queue_arn}},
            )
        self.function = lambda_.Function.from_function_attributes(
            self, "Function", function_arn=self.cfn_function.attr_arn, role=self.role, same_environment=True
        )
        self._acknowledge(asynchronous, private=placed is not None)

    @property
    def function_arn(self) -> str:
        """ARN of the function."""
        return self.cfn_function.attr_arn

    @property
    def function_name(self) -> str:
        """Name of the function."""
        return self.cfn_function.ref

    def invoke_statement(self) -> Statement:
        """What calls the function needs this."""
        return Statement(actions=["lambda:InvokeFunction"], resources=[self.function_arn])

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the function."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["lambda:InvokeFunction"], resource_arns=[self.function_arn]
        )

    def _runtime(self) -> tuple[dict[str, str], list[str] | None]:
        """What starts the function in another way than Lambda does: variables of its environment, and layers."""
        return {}, None

    def _acknowledge(self, asynchronous: bool, *, private: bool) -> None:
        if not private:
            acknowledge(
                self.cfn_function,
                "The function calls APIs of AWS over TLS under a role that names what it may touch; it holds no data "
                "and nothing in the VPC. In the VPC it would need a paid endpoint for each API. "
                "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
                *(f"{pack}-LambdaInsideVPC" for pack in CONTROL_PACKS),
            )
        acknowledge(
            self.cfn_function,
            "Reserved concurrency is taken from the account's pool, which in a new account is ten and cannot be "
            "reserved from: the deployment would fail. Whoever starts the function limits it. "
            "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
            *(f"{pack}-LambdaConcurrency" for pack in CONTROL_PACKS[:2]),
        )
        acknowledge(
            self.cfn_function,
            "Events that fail go to the workspace's dead letter queue as the function's destination, with the error. "
            "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
            if asynchronous
            else "The function is called synchronously: its caller gets the error and retries. Lambda sends nothing to "
            "a dead letter queue then. https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html",
            *(f"{pack}-LambdaDLQ" for pack in CONTROL_PACKS[:2]),
        )


def _problems(folder: Path, timeout_seconds: int, memory_mib: int, environment: Mapping[str, str]) -> Iterator[Problem]:
    if not (folder / "handler.py").is_file():
        yield Problem("code", str(folder), "has no handler.py", "Name a folder with a handler.py that has a handler()")
    if outside(timeout_seconds, 1, 900):
        yield Problem("timeout_seconds", timeout_seconds, "is not a time that Lambda gives", "Use 1 to 900")
    if outside(memory_mib, 128, 10_240):
        yield Problem("memory_mib", memory_mib, "is not a size that Lambda has", "Use 128 to 10240")
    for name in environment:
        if name in _RESERVED:
            yield Problem("environment", name, "is a name that Lambda keeps for itself", "Use another name")
        elif not is_token(name) and not _VARIABLE.fullmatch(name):
            fix = "Start with a letter, and use letters, digits and underscores"
            yield Problem("environment", name, "is not a name that Lambda takes", fix)
