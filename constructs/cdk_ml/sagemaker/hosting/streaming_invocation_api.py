"""An API in front of an endpoint that sends a model's answer while the model makes it.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-test-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.sagemaker.hosting.called_endpoint import called_endpoint, endpoint_problems
from cdk_ml.sagemaker.hosting.invocation import INVOKE, EndpointBase
from cdk_ml.sagemaker.hosting.multi_model_endpoint import MultiModelEndpoint
from cdk_ml.workflow.firewall import Firewall
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.streaming_api import CognitoUsers, StreamingApi
from cdk_ml.workflow.streaming_function import StreamingFunction
from cdk_ml.workflow.throttle import Throttle
from cdk_ml.workspace import Statement, Workspace

_PATH = "invocations"


class StreamingInvocationApi(Construct):
    """A REST API that passes requests on to an endpoint, and sends its answer part by part: for what people wait for.

    Creates a :class:`StreamingApi` with one route, ``POST /invocations``, and a function that may call this endpoint
    and nothing else. Body, ``Content-Type`` and ``Accept`` go to the model, what it streams comes back as it comes; so
    does what the model has against a request. A component without a copy answers 503 with ``Retry-After``, a model that
    fails 502, one that says nothing for 70 seconds 504. A model that fails after its first part ends the stream; where
    it streams server-sent events, the last one is an ``error``.

    The container has to stream, as the LMI and vLLM images do. Requests are texts of up to 5 MB, and JSON an object.

    Idle cost: 7 USD a month for the firewall, as :class:`StreamingApi` says. :class:`InvocationApi`, which does not
    stream, costs nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import Model, RealTimeEndpoint, StreamingInvocationApi
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Chat")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="chat", owner="growth-ml", cost_center="4711"),
    ... )
    >>> vllm = images.deep_learning_container(
    ...     purpose="inference", framework="vllm", version="0.30.0", accelerator="gpu"
    ... )
    >>> endpoint = RealTimeEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(workspace.artifact_bucket, "chat/", image=vllm),
    ...     instance_type="ml.g5.2xlarge",
    ... )
    >>> api = StreamingInvocationApi(stack, "Api", workspace=workspace, endpoint=endpoint)

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html

    :ivar url: where requests are sent.
    :ivar function: what passes them on.
    :ivar api: the API, with its firewall and its logs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        endpoint: EndpointBase,
        component: str | None = None,
        users: CognitoUsers | None = None,
        origin: str | None = None,
        throttle: Throttle = Throttle(),
        firewall: Firewall = Firewall(),
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param endpoint: what answers.
        :param component: which of its inference components: the name that a :class:`ComponentEndpoint` was given for
            it, or what SageMaker calls it where the endpoint is only known by name.
        :param users: who may call; without them callers sign their requests with IAM credentials, and
            :meth:`grant_call` lets them.
        :param origin: of the pages that may call it from a browser, such as ``https://chat.example.com``.
        :param throttle: how many requests are let through.
        :param firewall: what is let through at all.
        :raises cdk_ml.errors.ConfigurationError: for an endpoint that does not stream, a component that there is not,
            or what API Gateway or WAF would refuse.
        """
        super().__init__(scope, id)
        reject(self, [*endpoint_problems(endpoint, component), *_problems(endpoint)])
        workspace.adopt(self)
        called = called_endpoint(endpoint, component)
        self.function = StreamingFunction(
            self,
            "Function",
            workspace=workspace,
            code=runtime_code("invocation_api"),
            # SageMaker asks for the first of them for a stream as well; IAM has one of its own.
            statements=[Statement(actions=INVOKE, resources=called.resources)],
            environment={**called.environment, "STREAMS": "1", **({} if origin is None else {"ORIGIN": origin})},
            timeout_seconds=600,
            memory_mib=512,
        )
        self.api = StreamingApi(
            self,
            "Api",
            workspace=workspace,
            function=self.function,
            path=_PATH,
            users=users,
            origin=origin,
            throttle=throttle,
            firewall=firewall,
        )
        self.url = self.api.url

    def grant_call(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` call the API, and nothing else.

        :raises cdk_ml.errors.ConfigurationError: where callers show tokens, which IAM knows nothing of.
        """
        return self.api.grant_call(grantee)


def _problems(endpoint: EndpointBase) -> Iterator[Problem]:
    if isinstance(endpoint, MultiModelEndpoint):
        rule = "has many models, and SageMaker has no way to name one of them for a stream"
        yield Problem("endpoint", endpoint.endpoint_name, rule, "Use InvocationApi, or an endpoint of one model")
