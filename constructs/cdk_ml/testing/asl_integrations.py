"""The service integrations of Step Functions: which there are, and which API operation each one calls.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from cdk_ml.checks.extra import needs

SYNC, SYNC_2, TOKEN = "sync", "sync:2", "waitForTaskToken"
_SDK = "aws-sdk"

# By the name in the ARN: the name in botocore ("" where Step Functions has an API of its own), and actions with their
# patterns besides request and response.
_OPTIMIZED: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "apigateway": ("", {"invoke": (TOKEN,)}),
    "athena": (
        "athena",
        {"startQueryExecution": (SYNC,), "stopQueryExecution": (), "getQueryExecution": (), "getQueryResults": ()},
    ),
    "batch": ("batch", {"submitJob": (SYNC,)}),
    "bedrock": ("", {"invokeModel": (TOKEN,), "createModelCustomizationJob": (SYNC,)}),
    "codebuild": (
        "codebuild",
        {
            **dict.fromkeys(("startBuild", "startBuildBatch", "retryBuildBatch"), (SYNC,)),
            **dict.fromkeys(("stopBuild", "batchDeleteBuilds", "batchGetReports", "stopBuildBatch"), ()),
            **dict.fromkeys(("deleteBuildBatch", "batchGetBuildBatches"), ()),
        },
    ),
    "databrew": ("databrew", {"startJobRun": (SYNC,)}),
    "dynamodb": ("dynamodb", dict.fromkeys(("getItem", "putItem", "deleteItem", "updateItem"), ())),
    "ecs": ("ecs", {"runTask": (SYNC, TOKEN)}),
    "eks": (
        "",
        {
            **{
                f"{verb}{noun}": (SYNC,)
                for verb in ("create", "delete")
                for noun in ("Cluster", "FargateProfile", "Nodegroup")
            },
            **{"runJob": (SYNC,), "call": ()},
        },
    ),
    "elasticmapreduce": (
        "",
        {
            **dict.fromkeys(("createCluster", "terminateCluster", "addStep"), (SYNC,)),
            **dict.fromkeys(("setClusterTerminationProtection", "cancelStep"), ()),
            **dict.fromkeys(("modifyInstanceFleetByName", "modifyInstanceGroupByName"), ()),
        },
    ),
    "emr-containers": (
        "emr-containers",
        {"createVirtualCluster": (), "deleteVirtualCluster": (SYNC,), "startJobRun": (SYNC,)},
    ),
    "emr-serverless": (
        "emr-serverless",
        dict.fromkeys(
            (
                "createApplication",
                "startApplication",
                "stopApplication",
                "deleteApplication",
                "startJobRun",
                "cancelJobRun",
            ),
            (SYNC,),
        ),
    ),
    "events": ("events", {"putEvents": (TOKEN,)}),
    "glue": ("glue", {"startJobRun": (SYNC,)}),
    "http": ("", {"invoke": ()}),
    "lambda": ("lambda", {"invoke": (TOKEN,)}),
    "mediaconvert": ("mediaconvert", {"createJob": (SYNC,)}),
    "sagemaker": (
        "sagemaker",
        {
            **dict.fromkeys(("createHyperParameterTuningJob", "createLabelingJob", "createProcessingJob"), (SYNC,)),
            **dict.fromkeys(("createTrainingJob", "createTransformJob"), (SYNC,)),
            **dict.fromkeys(("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"), ()),
        },
    ),
    "sns": ("sns", {"publish": (TOKEN,)}),
    "sqs": ("sqs", {"sendMessage": (TOKEN,)}),
    "states": ("stepfunctions", {"startExecution": (SYNC, SYNC_2, TOKEN)}),
}
_ARN = re.compile(
    r"arn:[^:]*:states:[^:]*:[^:]*:(?P<sdk>aws-sdk:)?(?P<service>[^:.]+):(?P<action>[^:.]+)(?:\.(?P<pattern>.+))?"
)


@dataclass(frozen=True, slots=True)
class Integration:
    """What the Resource of a task calls.

    :ivar shape: the input of the operation, as botocore describes it; None where Step Functions has its own.
    :ivar optimized: whether Step Functions turns JSON into text for it.
    """

    name: str
    shape: Any
    optimized: bool


def integration(resource: str) -> Integration | str:
    """What an ARN such as ``arn:aws:states:::glue:startJobRun.sync`` calls, or what is wrong with it."""
    found = _ARN.fullmatch(resource)
    if not found:
        return f"{resource} is no service integration. Use arn:<partition>:states:::<service>:<action>."
    service, action, pattern = found["service"], found["action"], found["pattern"]
    return _of_sdk(service, action, pattern) if found["sdk"] else _optimized(service, action, pattern)


def _optimized(service: str, action: str, pattern: str | None) -> Integration | str:
    if service not in _OPTIMIZED:
        return f"{service} has no optimized integration{_meant(service, _OPTIMIZED)}. Use an {_SDK} one."
    botocore_name, actions = _OPTIMIZED[service]
    if action not in actions:
        return f"{service}:{action} is no optimized integration{_meant(action, actions)}. It has {', '.join(actions)}."
    if pattern is not None and pattern not in actions[action]:
        allowed = " or ".join(f".{each}" for each in actions[action]) or "no pattern"
        return f"{service}:{action} has no pattern .{pattern}. Use {allowed}."
    shape = _inputs(botocore_name)[action.lower()] if botocore_name else None
    return Integration(f"{service}:{action}", shape, optimized=True)


def _of_sdk(service: str, action: str, pattern: str | None) -> Integration | str:
    if pattern not in (None, TOKEN):
        return f"{_SDK} integrations have no pattern .{pattern}. Poll for the end, or use an optimized integration."
    names = _sdk_services()
    if service not in names:
        return (
            f"{service} is no service of the AWS SDK{_meant(service, names)}. It is the SDK for Java 2 that names them."
        )
    inputs = _inputs(names[service])
    if action.lower() not in inputs or not action[0].islower():
        camel = {f"{name[0].lower()}{name[1:]}": None for name in _model(names[service]).operation_names}
        return f"{service}:{action} is no operation{_meant(action, camel)}. Operations are written in camelCase."
    return Integration(f"{_SDK}:{service}:{action}", inputs[action.lower()], optimized=False)


def _meant(given: str, known: Any) -> str:
    close = get_close_matches(given, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


@cache
def _model(service: str) -> Any:
    with needs("testing", "assert_state_machines_valid"):
        from botocore.session import get_session  # type: ignore[import-untyped]
    return get_session().get_service_model(service)


@cache
def _inputs(service: str) -> dict[str, Any]:
    """The input shape of every operation, by its name in lower case."""
    model = _model(service)
    return {name.lower(): model.operation_model(name).input_shape for name in model.operation_names}


@cache
def _sdk_services() -> dict[str, str]:
    """Names in botocore by the names in the SDK for Java 2, which are service ids without spaces and hyphens."""
    with needs("testing", "assert_state_machines_valid"):
        from botocore.session import get_session
        from botocore.utils import EVENT_ALIASES  # type: ignore[import-untyped]
    available = get_session().get_available_services()
    names = {name.replace("-", ""): name for name in available}
    # Where the folder in botocore has another name than the service id: "logs" is CloudWatch Logs.
    return names | {id_.replace("-", ""): name for name, id_ in EVENT_ALIASES.items() if name in available}
