"""Both ends of a custom resource that may take longer than one function: the start, and the answer.

CloudFormation calls the function with a request and waits for an answer at a pre-signed address. ``begin`` starts a
state machine with that request and returns; the state machine's last state calls ``answer``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

import boto3  # type: ignore[import-untyped]

# CloudFormation reads no more than 4096 bytes of an answer, and 1 KB of an id.
_LONGEST_ANSWER = 4096
_LONGEST_REASON = 1024
_LONGEST_ID = 1024


def handler(event: dict[str, Any], _context: object) -> None:
    """Begin what CloudFormation asks for, or give it the answer that a state machine has come to."""
    if "ResponseURL" in event:
        begin(event)
    else:
        answer(event)


def begin(event: dict[str, Any]) -> None:
    """Start an execution for a request. The same request again, which Lambda may deliver twice, starts nothing."""
    states = boto3.client("stepfunctions")
    request = {name: value for name, value in event.items() if name != "ResponseURL"}
    work = {
        "request": request,
        "responseUrl": event["ResponseURL"],
        "deadline": int((time.time() + int(os.environ["SECONDS"])) * 1000),
    }
    try:
        states.start_execution(
            stateMachineArn=os.environ["STATE_MACHINE_ARN"], name=event["RequestId"], input=json.dumps(work)
        )
    except states.exceptions.ExecutionAlreadyExists:
        print(json.dumps({"message": "begun before", "request": event["RequestId"]}))
    except Exception as error:
        # Without an answer CloudFormation would wait for an hour.
        answer({**work, "error": {"Error": type(error).__name__, "Cause": str(error)}})
        raise


def answer(event: dict[str, Any]) -> None:
    """Tell CloudFormation how a request went.

    :param event: the request, where to answer, and ``step``, what the last step returned, or ``error``.
    """
    body = json.dumps(response(event)).encode()
    # The address is signed without a content type.
    request = urllib.request.Request(event["responseUrl"], data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=20) as reply:
        print(json.dumps({"message": "answered", "status": reply.status, "body": body.decode()}))


def response(event: dict[str, Any]) -> dict[str, Any]:
    """The answer, in CloudFormation's words."""
    request, step, error = event["request"], event.get("step") or {}, event.get("error")
    if len(json.dumps(step.get("physical_id"))) > _LONGEST_ID:
        # It would leave no room for any answer, and the resource cannot be called so.
        too_long = {"Error": "IdTooLong", "Cause": f"over {_LONGEST_ID} bytes"}
        return response({**event, "step": {}, "error": too_long if error is None else error})
    body = {
        "Status": "SUCCESS" if error is None else "FAILED",
        "Reason": (step.get("note", "") if error is None else explained(error))[:_LONGEST_REASON],
        "PhysicalResourceId": physical_id(request, step),
        "StackId": request["StackId"],
        "RequestId": request["RequestId"],
        "LogicalResourceId": request["LogicalResourceId"],
        "Data": step.get("data", {}) if error is None else {},
    }
    if len(json.dumps(body).encode()) > _LONGEST_ANSWER:
        return response({**event, "error": {"Error": "AnswerTooLong", "Cause": f"over {_LONGEST_ANSWER} bytes"}})
    return body


def physical_id(request: dict[str, Any], step: dict[str, Any]) -> str:
    """Who the resource is. A resource that does not say so keeps its identity for ever, and is never replaced."""
    stack = request["StackId"].rsplit("/", 1)[-1]
    given = step.get("physical_id") or request.get("PhysicalResourceId")
    return str(given or f"{request['LogicalResourceId']}-{stack}")


def explained(error: dict[str, Any]) -> str:
    """The error of a state, as one line: what a function raised is JSON within it."""
    cause = error.get("Cause", "")
    try:
        raised = json.loads(cause)
    except ValueError:
        raised = None
    message = raised.get("errorMessage", cause) if isinstance(raised, dict) else cause
    return f"{error.get('Error', 'Error')}: {message}"
