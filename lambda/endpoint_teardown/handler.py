"""Takes down an endpoint that a state machine made, with its stack: step by step, each says what it waits for.

Nobody deploys any more when this runs, except who has begun: that is stopped. Then the endpoint goes, which costs by
the hour, and then the models and configurations that were made for it.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html
"""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

# SageMaker deletes no endpoint that it is changing.
_UNSETTLED = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step for a request of CloudFormation.

    :returns: ``done``, and until then ``waiting_for``; see :class:`cdk_ml.workflow.AsyncProvider`.
    """
    properties = request["ResourceProperties"]
    name, prefix = properties["EndpointName"], f"{properties['NamePrefix']}-"
    # Another endpoint is another resource: CloudFormation has the old one taken down when all is well with the new one.
    identity = {"physical_id": name}
    if request["RequestType"] != "Delete":
        return {"done": True, **identity}
    stop_executions(boto3.client("stepfunctions"), properties["StateMachineArn"])
    sagemaker = boto3.client("sagemaker")
    status = endpoint_status(sagemaker, name)
    if status is not None:
        if status not in _UNSETTLED:
            sagemaker.delete_endpoint(EndpointName=name)
        return {"done": False, "waiting_for": f"endpoint {name}, which is {status}"}
    remove(sagemaker, "EndpointConfig", prefix)
    remove(sagemaker, "Model", prefix)
    return {"done": True, "note": f"nothing is left of {name}", **identity}


def stop_executions(states: Any, machine: str) -> None:
    """Stop whoever is deploying: it would make again what is deleted."""
    try:
        for page in states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING"):
            for execution in page["executions"]:
                states.stop_execution(executionArn=execution["executionArn"], cause="Its stack is deleted")
    except states.exceptions.StateMachineDoesNotExist:
        print(f"{machine} is gone")


def endpoint_status(sagemaker: Any, name: str) -> str | None:
    """How the endpoint is; ``None`` when there is none."""
    try:
        status: str = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        if "Could not find" in str(error):
            return None
        raise
    return status


def remove(sagemaker: Any, kind: str, prefix: str) -> None:
    """Delete what is called ``prefix...``: models, or endpoint configurations."""
    operation = {"EndpointConfig": "list_endpoint_configs", "Model": "list_models"}[kind]
    delete = {"EndpointConfig": sagemaker.delete_endpoint_config, "Model": sagemaker.delete_model}[kind]
    # All pages first: what is deleted in between would move the others.
    pages = [*sagemaker.get_paginator(operation).paginate(NameContains=prefix)]
    names = [found[f"{kind}Name"] for page in pages for found in page[f"{kind}s"]]
    for name in names:
        # SageMaker looks for the prefix anywhere in a name, and another stack's may have it there.
        if name.startswith(prefix):
            delete(**{f"{kind}Name": name})
