"""Runtime code as Lambda loads it, and what it calls: each answer is told, and any other call is refused."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import boto3
import pytest
from botocore.stub import Stubber

from tests.conftest import ROOT
from tests.runtime import Runtime

Load = Callable[..., ModuleType]
Services = Callable[[str], Stubber]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a module of a function's folder, the other modules beside it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    # It keeps the credentials of the first test that asks, and the emulator takes them for an account.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = {*sys.modules}

    def module(folder: str, name: str = "handler") -> ModuleType:
        monkeypatch.syspath_prepend(str(ROOT / "lambda" / folder))
        return importlib.import_module(name)

    yield module
    for name in {*sys.modules} - before:
        if str(ROOT / "lambda") in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """What AWS answers, service by service; all of it has to be asked for."""
    stubs: dict[str, Stubber] = {}
    make = boto3.client

    def stub(service: str) -> Stubber:
        if service not in stubs:
            client = make(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
            stubs[service] = Stubber(client)
            stubs[service].activate()
        return stubs[service]

    monkeypatch.setattr(boto3, "client", lambda service: stub(service).client)
    yield stub
    for each in stubs.values():
        each.assert_no_pending_responses()


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """Lambda's Runtime API, which runs functions of ours under the client that Lambda's own runtime is made of."""
    with Runtime() as server:
        yield server
