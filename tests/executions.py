"""State machines run on the emulator, with what services answer told beforehand.

The emulator answers every retry of a state with the same error, so that a test can count retries and not end them well.
It has no time-out of executions, and what happens inside a branch of a Parallel state is no event, only what comes of
it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdk_ml.testing.emulator import Emulator

Answers = Mapping[str, Any]
"""What the service of one state answers: ``{"0": {"Return": ...}}``, ``{"0-3": {"Throw": {"Error", "Cause"}}}``."""

Cases = Mapping[str, Mapping[str, Mapping[str, Answers]]]
"""Answers by state machine, case and state."""

Run = Callable[..., Mapping[str, Any]]
"""Takes a state machine, a case and the input; gives what :func:`end_of` does."""

_PATIENCE_SECONDS = 30


@contextmanager
def executions(folder: Path, definitions: Mapping[str, str], cases: Cases) -> Iterator[Run]:
    """Give what runs these state machines, on an emulator whose clock runs fast.

    :param folder: an empty folder.
    :param definitions: state machines in the Amazon States Language, by name.
    """
    config = folder / "mock.json"
    config.write_text(json.dumps(_mock_config(cases)))
    with Emulator(environment={"SFN_MOCK_CONFIG": str(config), "SFN_WAIT_SCALE": "0"}) as emulator:
        client = emulator.client("stepfunctions")
        role = "arn:aws:iam::111111111111:role/states"
        arns = {
            name: client.create_state_machine(name=name, definition=text, roleArn=role)["stateMachineArn"]
            for name, text in definitions.items()
        }

        def run(machine: str, case: str, given: Any = None) -> Mapping[str, Any]:
            told = json.dumps({} if given is None else given)
            started = client.start_execution(stateMachineArn=f"{arns[machine]}#{case}", name=case, input=told)
            return end_of(client, started["executionArn"])

        yield run


def end_of(client: Any, execution: str) -> Mapping[str, Any]:
    """Wait for the end of an execution: what it says, and what its last thousand events say.

    :param client: of Step Functions on the emulator.
    :returns: what ``describe_execution`` says; ``states``, each that was entered, with its input; ``entered``, their
        names; ``tries``, how often a service was asked, where the answer was not told beforehand; ``failed``, the
        integrations that refused.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        ended = client.describe_execution(executionArn=execution)
        if ended["status"] != "RUNNING":
            found = client.get_execution_history(executionArn=execution, maxResults=1000, reverseOrder=True)
            events = found["events"][::-1]
            states = [event["stateEnteredEventDetails"] for event in events if "stateEnteredEventDetails" in event]
            return {
                **ended,
                "states": states,
                "entered": [state["name"] for state in states],
                "tries": sum("taskScheduledEventDetails" in event for event in events),
                "failed": [
                    event["taskFailedEventDetails"]["resource"] for event in events if "taskFailedEventDetails" in event
                ],
            }
        time.sleep(0.05)
    raise AssertionError(f"{execution} does not end")


def _mock_config(cases: Cases) -> dict[str, Any]:
    """What the services answer, in the format of Step Functions Local."""
    responses = {
        f"{machine}{case}{state}": answers
        for machine, told in cases.items()
        for case, states in told.items()
        for state, answers in states.items()
    }
    machines = {
        machine: {
            "TestCases": {case: {state: f"{machine}{case}{state}" for state in states} for case, states in told.items()}
        }
        for machine, told in cases.items()
    }
    return {"StateMachines": machines, "MockedResponses": responses}
