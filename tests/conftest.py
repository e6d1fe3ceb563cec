"""What every test starts from: a quick kernel, an app with the project's own feature flags, and a workspace."""

from __future__ import annotations

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_ml.node import prefer_bundled_node

prefer_bundled_node()
# CDK's validator takes most of a synth; the tests about whole stacks run it through the checks.
os.environ["CDK_VALIDATION"] = "false"

import aws_cdk as cdk  # noqa: E402 (Node has to be chosen before jsii starts it)
from aws_cdk import assertions  # noqa: E402

from cdk_ml.testing.emulator import Emulator  # noqa: E402
from cdk_ml.workspace import CostTags, Profile, Workspace  # noqa: E402

if TYPE_CHECKING:
    from tests.spark.session import Spark

ROOT = Path(__file__).resolve().parent.parent
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
TAGS = CostTags(project="churn", owner="growth-ml", cost_center="4711")


SHARED = "CDK_ML_SHARED_BY_WORKERS"
"""Environment variable with a folder that all workers of a run use."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder before workers start, which inherit the variable."""
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="cdk-ml-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it when the last worker has ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[SHARED], ignore_errors=True)


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays until the end: modules of the CDK and ten thousand tests."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Call a token a token: the CDK numbers them in the order of use, which differs from worker to worker."""
    return "token" if isinstance(val, str) and "${Token[" in val else None


@pytest.fixture
def app() -> cdk.App:
    """An app as ``cdk.json`` makes it."""
    return cdk.App(context=FLAGS)


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    """A stack for any account and region."""
    return cdk.Stack(app, "Churn")


@pytest.fixture
def workspace(stack: cdk.Stack) -> Workspace:
    """A production workspace that has made nothing yet."""
    return Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)


@pytest.fixture
def template(stack: cdk.Stack) -> Callable[[], assertions.Template]:
    """Synthesizes the stack, once the test has filled it."""
    return lambda: assertions.Template.from_stack(stack)


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """One emulator for all proofs of a worker, which takes as long to start as a stack to deploy."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """A session of Spark, for all tests of a worker that run something on it: it takes longer to start than they do."""
    from tests.spark.session import Spark

    started = Spark(tmp_path_factory.mktemp("spark"))
    yield started
    started.close()


def resources(template: assertions.Template, type_: str) -> dict[str, Any]:
    """Resources of one type, by logical id."""
    return dict(template.find_resources(type_))


def only(template: assertions.Template, type_: str) -> dict[str, Any]:
    """Properties of the one resource of its type."""
    ((_, found),) = resources(template, type_).items()
    return dict(found["Properties"])
