"""SageMaker and CloudWatch as far as a closed loop asks them, played by the test.

Step Functions runs on the emulator. Where a state would call SageMaker, an activity stands, which gets what SageMaker
would be sent: it is held against botocore's model of the operation, and answered by an endpoint that shifts, goes back,
or takes its time. Everything else, DynamoDB's conditions above all, is the
emulator's own.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore import xform_name  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # type: ignore[import-untyped]
from botocore.session import get_session  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

from tests.executions import end_of

ROLE = "arn:aws:iam::111111111111:role/states"
REFUSED = "SageMaker.SageMakerException"
ALARMED = "One or more configured alarm(s) have gone into ALARM state:\n[Errors]"
_HELD_LOOKS = 600


@cache
def _model(service: str) -> Any:
    return get_session().get_service_model(service)


class RefusedError(Exception):
    """SageMaker says no."""


class SageMaker:
    """A registry, one endpoint, a pipeline and an alarm.

    :ivar asked: each call, with what was sent.
    :ivar approval: status of versions, by ARN.
    :ivar behaviour: what becomes of a version by number: ``good``, ``bad``, ``stuck`` or ``held``.
    :ivar late: how often executions are listed without those that were started since.
    :ivar throttled: how often an operation is refused before it is done.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.approval: dict[str, str] = {}
        self.behaviour: dict[str, str] = {}
        self.throttled: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}
        self.models: dict[str, str] = {}
        self.configs: dict[str, str] = {}
        self.endpoint: dict[str, Any] | None = None
        self.pending: str | None = None
        self.looks = 0
        self.released = threading.Event()
        self.executions: list[dict[str, Any]] = []
        self.tokens: dict[str, str] = {}
        self.late = 0
        self.alarms: list[str] = ["ALARM"]
        self._lock = threading.Lock()

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """What an operation was sent, each time."""
        return [request for name, request in self.asked if name == operation]

    def answer(self, service: str, operation: str, request: dict[str, Any]) -> Any:
        """Answer a call."""
        name = operation[0].upper() + operation[1:]
        shape = _model(service).operation_model(name).input_shape
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), f"{name}: {report.generate_report()}"
        with self._lock:
            self.asked.append((operation, request))
            if self.throttled[operation] > 0:
                self.throttled[operation] -= 1
                raise RefusedError("Rate exceeded (Service: SageMaker, Status Code: 400)")
            handler: Callable[[dict[str, Any]], Any] = getattr(self, f"_{xform_name(name)}")
            return handler(request)

    def _describe_model_package(self, request: dict[str, Any]) -> Any:
        arn = request["ModelPackageName"]
        return {"ModelPackageArn": arn, "ModelApprovalStatus": self.approval[arn]}

    def _update_model_package(self, request: dict[str, Any]) -> Any:
        arn = request["ModelPackageArn"]
        assert "\n" not in request["ApprovalDescription"], "SageMaker takes one line"
        self.approval[arn], self.reasons[arn] = request["ModelApprovalStatus"], request["ApprovalDescription"]
        return {"ModelPackageArn": arn}

    def _create_model(self, request: dict[str, Any]) -> Any:
        assert request["ModelName"] not in self.models, "a name is used once"
        self.models[request["ModelName"]] = request["Containers"][0]["ModelPackageName"]
        return {"ModelArn": "made"}

    def _create_endpoint_config(self, request: dict[str, Any]) -> Any:
        (variant,) = request["ProductionVariants"]
        self.configs[request["EndpointConfigName"]] = self.models[variant["ModelName"]]
        return {"EndpointConfigArn": "made"}

    def _create_endpoint(self, request: dict[str, Any]) -> Any:
        assert self.endpoint is None, "there is one"
        self.endpoint = {"EndpointStatus": "Creating", "EndpointConfigName": request["EndpointConfigName"]}
        self._begin(request["EndpointConfigName"])
        return {"EndpointArn": "made"}

    def _update_endpoint(self, request: dict[str, Any]) -> Any:
        assert self.endpoint is not None
        if self.endpoint["EndpointStatus"] != "InService":
            raise RefusedError("Cannot update in-progress endpoint")
        self.endpoint = {**self.endpoint, "EndpointStatus": "Updating"}
        self._begin(request["EndpointConfigName"])
        return {"EndpointArn": "made"}

    def _begin(self, config: str) -> None:
        self.pending, self.looks = config, 0

    def _describe_endpoint(self, _request: dict[str, Any]) -> Any:
        if self.endpoint is None:
            raise RefusedError('Could not find endpoint "arn:aws:sagemaker:us-east-1:111111111111:endpoint/e".')
        if self.pending is not None:
            self.looks += 1
            self._settle(self.pending)
        return self.endpoint

    def _settle(self, config: str) -> None:
        assert self.endpoint is not None
        version = self.configs[config].rsplit("/", 1)[-1]
        behaviour = self.behaviour.get(version, "good")
        if behaviour == "held":
            time.sleep(0.02)
            assert self.looks < _HELD_LOOKS, "the test does not release it"
        if behaviour == "stuck" or (behaviour == "held" and not self.released.is_set()) or self.looks < 3:
            return
        first = self.endpoint["EndpointStatus"] == "Creating"
        if behaviour != "bad":
            self.endpoint = {"EndpointStatus": "InService", "EndpointConfigName": config}
        elif first:
            self.endpoint = {**self.endpoint, "EndpointStatus": "Failed", "FailureReason": "no health check was passed"}
        else:
            self.endpoint = {**self.endpoint, "EndpointStatus": "InService", "FailureReason": ALARMED}
        self.pending = None

    def _delete_endpoint(self, _request: dict[str, Any]) -> Any:
        self.endpoint = None
        return {}

    def _delete_endpoint_config(self, request: dict[str, Any]) -> Any:
        name = request["EndpointConfigName"]
        in_use = (None if self.endpoint is None else self.endpoint["EndpointConfigName"], self.pending)
        failed = self.endpoint is not None and self.endpoint["EndpointStatus"] == "Failed"
        assert failed or name not in in_use, f"{name} is in use"
        del self.configs[name]
        return {}

    def _delete_model(self, request: dict[str, Any]) -> Any:
        del self.models[request["ModelName"]]
        return {}

    def _list_pipeline_executions(self, request: dict[str, Any]) -> Any:
        assert (request["SortOrder"], request["MaxResults"]) == ("Descending", 1)
        # What was started a moment ago may not be listed yet.
        self.late, late = max(self.late - 1, 0), self.late > 0
        found = self.executions[:1] if late else self.executions[-1:]
        for execution in found:
            if execution.get("looks", 0) > 0:
                execution["looks"] -= 1
            elif execution["PipelineExecutionStatus"] == "Executing" and "looks" in execution:
                execution["PipelineExecutionStatus"] = "Succeeded"
        return {"PipelineExecutionSummaries": found}

    def _start_pipeline_execution(self, request: dict[str, Any]) -> Any:
        token = request["ClientRequestToken"]
        arn = self.tokens.get(token)
        if arn is None:
            arn = f"{request['PipelineName']}/execution/{len(self.executions)}"
            self.tokens[token] = arn
            began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.executions.append(
                {"PipelineExecutionArn": arn, "StartTime": began, "PipelineExecutionStatus": "Executing"}
            )
        return {"PipelineExecutionArn": arn}

    def _describe_alarms(self, _request: dict[str, Any]) -> Any:
        state = self.alarms.pop(0) if len(self.alarms) > 1 else self.alarms[0]
        return {"MetricAlarms": [{"AlarmName": "drift", "StateValue": state}], "CompositeAlarms": []}


class Player:
    """Answers the activities that stand in SageMaker's place, until the emulator ends."""

    def __init__(self, client: Any, dynamodb: Any = None) -> None:
        """
        :param client: of Step Functions on the emulator.
        :param dynamodb: client of DynamoDB there.
        """
        self.client, self._dynamodb, self._lock = client, dynamodb, threading.Lock()
        self.sagemaker = SageMaker()
        self._arn = client.create_activity(name="services")["activityArn"]
        # The emulator looks for a task every half second on behalf of each of those who ask.
        for _ in range(12):
            threading.Thread(target=self._play, daemon=True).start()
            time.sleep(0.04)

    def create(self, name: str, definition: str) -> str:
        """Make a state machine that asks the test; its ARN."""
        machine = json.loads(definition)
        for state in machine["States"].values():
            service, _, operation = str(state.get("Resource", "")).partition("aws-sdk:")[2].partition(":")
            if str(state.get("Resource", "")).endswith("dynamodb:updateItem"):
                service, operation = "dynamodb", "updateItem"
            if service:
                state["Arguments"] = {"service": service, "operation": operation, "request": state["Arguments"]}
                state["Resource"] = self._arn
        made = self.client.create_state_machine(name=name, definition=json.dumps(machine), roleArn=ROLE)
        return str(made["stateMachineArn"])

    def start(self, machine: str, event: Mapping[str, Any]) -> str:
        """Start an execution; its ARN."""
        return str(self.client.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"])

    def end(self, execution: str) -> Mapping[str, Any]:
        """Wait for the end of an execution; what it says, and the states it went through."""
        return end_of(self.client, execution)

    def run(self, machine: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Start an execution and wait for its end."""
        return self.end(self.start(machine, event))

    def _play(self) -> None:
        while True:
            try:
                task = self.client.get_activity_task(activityArn=self._arn)
            except (BotoCoreError, ClientError, HTTPClientError):
                return
            if task.get("taskToken"):
                self._answer(task["taskToken"], json.loads(task["input"]))

    def _answer(self, token: str, call: dict[str, Any]) -> None:
        try:
            if call["service"] == "dynamodb":
                answer = self._update(call["request"])
            else:
                answer = self.sagemaker.answer(call["service"], call["operation"], call["request"])
        except RefusedError as refusal:
            self.client.send_task_failure(taskToken=token, error=REFUSED, cause=str(refusal))
        except ClientError as refusal:
            name = f"DynamoDB.{refusal.response['Error']['Code']}"
            self.client.send_task_failure(taskToken=token, error=name, cause=str(refusal))
        except Exception as error:  # a mistake of the state machine ends in its execution
            self.client.send_task_failure(taskToken=token, error="TestFailed", cause=f"{type(error).__name__}: {error}")
        else:
            self.client.send_task_success(taskToken=token, output=json.dumps(answer))

    def _update(self, request: dict[str, Any]) -> Any:
        # The emulator's threads may come between a condition and its write; DynamoDB lets nothing come between them.
        with self._lock:
            answer = self._dynamodb.update_item(**request)
        return {"Attributes": answer["Attributes"]} if "Attributes" in answer else {}
