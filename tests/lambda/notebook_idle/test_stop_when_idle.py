"""An instance that nobody uses is stopped, by asking Jupyter on it and nobody else."""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

Load = Callable[..., ModuleType]


class Jupyter(ThreadingHTTPServer):
    """Jupyter's API, on the loopback interface.

    :ivar sessions, terminals: what it knows.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.sessions: list[Any] = []
        self.terminals: list[Any] = []


class _Requests(BaseHTTPRequestHandler):
    server: Jupyter

    def do_GET(self) -> None:
        found = {"/api/sessions": self.server.sessions, "/api/terminals": self.server.terminals}[self.path]
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def jupyter() -> Iterator[Jupyter]:
    server = Jupyter()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(load: Load, jupyter: Jupyter, tmp_path: Path) -> Callable[[float], tuple[str, list[list[str]]]]:
    """Looks once, on an instance that started so many minutes ago; what it said and what it ran."""
    module = load("notebook_idle", "stop_when_idle")
    arn = "arn:aws:sagemaker:eu-central-1:111111111111:notebook-instance/churn"
    metadata, uptime = tmp_path / "metadata.json", tmp_path / "uptime"
    metadata.write_text(json.dumps({"ResourceName": "churn", "ResourceArn": arn}))

    def once(minutes_up: float) -> tuple[str, list[list[str]]]:
        uptime.write_text(f"{minutes_up * 60} 0.0")
        commands: list[list[str]] = []
        said = module.main(60, jupyter.url, metadata, uptime, run=lambda command, **_: commands.append(command))
        return said, commands

    return once


def ago(minutes: float, spelling: str = "%Y-%m-%dT%H:%M:%S.%fZ") -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).strftime(spelling)


STOP = [
    ["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", "churn", "--region", "eu-central-1"],
]


def test_an_instance_without_anything_open_is_stopped_after_its_time(run: Any) -> None:
    assert run(59)[1] == []
    assert run(61)[1] == STOP


@pytest.mark.parametrize(
    ("kernels", "terminals", "stops"),
    [
        ([("idle", 61)], [], True),
        ([("idle", 61), ("idle", 59)], [], False),
        ([("busy", 500)], [], False),
        ([("starting", 500)], [], False),
        ([("dead", 500)], [], True),
        ([], [59], False),
        ([], [61], True),
        ([("idle", 500)], [5], False),
    ],
)
def test_kernels_and_terminals_are_use(
    run: Any, jupyter: Jupyter, kernels: list[tuple[str, float]], terminals: list[float], stops: bool
) -> None:
    jupyter.sessions = [
        {"kernel": {"execution_state": state, "last_activity": ago(minutes)}} for state, minutes in kernels
    ]
    # Jupyter writes times in two ways.
    jupyter.terminals = [{"last_activity": ago(minutes, "%Y-%m-%dT%H:%M:%S+00:00")} for minutes in terminals]
    said, commands = run(1_000)
    assert commands == (STOP if stops else [])
    assert said.startswith("stopped after" if stops else "used")


def test_an_instance_whose_jupyter_does_not_answer_is_not_stopped_and_says_so(run: Any, jupyter: Jupyter) -> None:
    jupyter.shutdown()
    jupyter.server_close()
    with pytest.raises(OSError, match="refused"):
        run(1_000)


def test_the_python_of_amazon_linux_2_reads_it() -> None:
    source = (ROOT / "lambda/notebook_idle/stop_when_idle.py").read_text()
    ast.parse(source, feature_version=(3, 7))
    # What came later: datetime.UTC, and methods that drop a prefix.
    assert not {"UTC", "removeprefix", "removesuffix"} & {*re.findall(r"\w+", source)}
