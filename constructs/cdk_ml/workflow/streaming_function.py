"""A Lambda function in Python whose answer is sent while it is made, as a model's words are.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.workflow.function import Function
from cdk_ml.workflow.runtime_code import NOT_SHIPPED, runtime_code
from cdk_ml.workspace import Statement, Workspace

_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_START = "/opt/start"


class StreamingFunction(Function):
    """A function in Python that answers in parts: what its handler yields is sent at once.

    Creates what :class:`Function` creates, and a layer with a runtime client that Lambda starts in place of its own:
    Lambda's runtime for Python collects the answer and sends it when it is whole. The handler is a generator of texts
    and bytes. For callers that speak HTTP, such as :class:`StreamingApi`, it first yields a dictionary with
    ``statusCode`` and ``headers``.

    What it raises before its first part is an error, and an API answers 502. What it raises later ends the stream: the
    status is already sent, so a handler that wants its caller to know why yields that as a part. When the caller hangs
    up, the generator is closed. An answer has up to 200 MB, of which the first 6 MB are sent as fast as can be.

    Idle cost: nothing. Lambda charges for what is sent beyond the first 6 MB of an answer.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workflow import StreamingFunction
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> function = StreamingFunction(stack, "Storyteller", workspace=workspace, code="docs/examples/storyteller")

    See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming

    :ivar role: the execution role.
    :ivar log_group: what the function prints.
    :ivar cfn_function: the function.
    :ivar function: the same for the CDK's own constructs.
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
        timeout_seconds: int = 300,
        memory_mib: int = 256,
        services: Mapping[str, ec2.InterfaceVpcEndpointAwsService] | None = None,
    ) -> None:
        """
        :param workspace: key, queue, tags and profile.
        :param code: folder whose ``handler.py`` has a generator ``handler(event, context)``.
        :param statements: what it may do, besides writing its logs and traces.
        :param environment: environment variables.
        :param timeout_seconds: seconds until its last part, 1 to 900.
        :param memory_mib: memory in MiB, 128 to 10240; CPU grows with it.
        :param services: services of AWS that it reaches through private endpoints of the workspace's network, by the
            ids of those.
        :raises cdk_ml.errors.ConfigurationError: when there is no ``handler.py``, or for what Lambda would refuse.
        """
        if environment is not None and _WRAPPER in environment:
            fix = "Leave it out, or use Function, which Lambda's own runtime runs"
            problem = Problem("environment", _WRAPPER, "is what starts the runtime that streams", fix)
            reject(f"{scope.node.path}/{id}", [problem])
        super().__init__(
            scope,
            id,
            workspace=workspace,
            code=code,
            statements=statements,
            environment=environment,
            timeout_seconds=timeout_seconds,
            memory_mib=memory_mib,
            services=services,
        )

    def _runtime(self) -> tuple[dict[str, str], list[str] | None]:
        asset = s3_assets.Asset(self, "Runtime", path=str(runtime_code("response_stream")), exclude=[*NOT_SHIPPED])
        layer = lambda_.CfnLayerVersion(
            self,
            "RuntimeLayer",
            content={"s3Bucket": asset.s3_bucket_name, "s3Key": asset.s3_object_key},
            description="Starts functions in Python that answer in parts",
        )
        return {_WRAPPER: _START}, [layer.ref]
