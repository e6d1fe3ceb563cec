"""The endpoint behind an API: what the API's function may call, and how it knows what that is.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.hosting.component_endpoint import ComponentEndpoint
from cdk_ml.sagemaker.hosting.invocation import INVOKE, EndpointBase
from cdk_ml.sagemaker.names import is_name
from cdk_ml.tokens import is_token


@dataclass(frozen=True, slots=True)
class CalledEndpoint:
    """What a function calls.

    :ivar environment: what tells the function.
    :ivar resources: what its role may call.
    """

    environment: dict[str, str]
    resources: list[str]


def called_endpoint(endpoint: EndpointBase, component: str | None) -> CalledEndpoint:
    """The endpoint, or one of its components."""
    environment = {"ENDPOINT": endpoint.endpoint_name}
    resources = [endpoint.endpoint_arn]
    if component is not None:
        name, arn = _component(endpoint, component)
        environment["COMPONENT"] = name
        resources.append(arn)
    return CalledEndpoint(environment, resources)


def endpoint_problems(endpoint: EndpointBase, component: str | None) -> Iterator[Problem]:
    """Why no API can call the endpoint, or the component."""
    name = endpoint.endpoint_name
    if INVOKE[0] not in endpoint.invoke_actions:
        rule = "is asynchronous: it takes requests from S3, and no API can wait for its answers"
        yield Problem("endpoint", name, rule, "Use RealTimeEndpoint, ServerlessEndpoint or ComponentEndpoint")
    elif isinstance(endpoint, ComponentEndpoint):
        known = [*endpoint.component_names]
        if component not in known:
            fix = f"Use one of {', '.join(known)}"
            yield Problem("component", component, "is no component of the endpoint", fix)
    elif component is not None and not is_token(component) and not is_name(component):
        fix = "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit"
        yield Problem("component", component, "is no name of a component", fix)


def _component(endpoint: EndpointBase, component: str) -> tuple[str, str]:
    if isinstance(endpoint, ComponentEndpoint):
        made = endpoint.cfn_components[component]
        return endpoint.component_names[component], made.attr_inference_component_arn
    arn = Stack.of(endpoint).format_arn(
        service="sagemaker",
        resource="inference-component",
        resource_name=component,
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
    return component, arn
