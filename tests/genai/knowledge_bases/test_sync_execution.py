"""The state machine of a synchronization runs on the emulator, on every branch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import KnowledgeBase, KnowledgeBaseSync, S3Source
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.executions import Run, executions
from tests.genai.knowledge_bases.conftest import TITAN
from tests.sagemaker.jobs.definitions import definition

STARTED = {"0": {"Return": {"IngestionJob": {"IngestionJobId": "ABCDEFGHIJ", "Status": "STARTING"}}}}


def saying(status: str, *, failed: int = 0, **more: Any) -> dict[str, Any]:
    """What Bedrock says about an ingestion job."""
    statistics = {"NumberOfDocumentsScanned": 10, "NumberOfDocumentsFailed": failed}
    job = {"IngestionJobId": "ABCDEFGHIJ", "Status": status, "Statistics": statistics, **more}
    return {"Return": {"IngestionJob": job}}


def thrown(error: str) -> dict[str, Any]:
    """What Bedrock says instead of an answer, as often as it is asked."""
    return {"0-999": {"Throw": {"Error": f"BedrockAgent.{error}", "Cause": "as mocked"}}}


def looks(*answers: dict[str, Any]) -> dict[str, Any]:
    """What Bedrock says, one look after the other."""
    return {"Start": STARTED, "Look": {str(index): answer for index, answer in enumerate(answers)}}


CASES = {
    "Happy": looks(saying("IN_PROGRESS"), saying("IN_PROGRESS"), saying("COMPLETE", failed=1)),
    "DocumentsFailed": looks(saying("COMPLETE", failed=2)),
    "Failed": looks(saying("FAILED", FailureReasons=["no access to the bucket", "and none to the key"])),
    "Stopped": looks(saying("STOPPING"), saying("STOPPED", FailureReasons=[])),
    "Busy": {"Start": thrown("ConflictException")},
    "Full": {"Start": thrown("ServiceQuotaExceededException")},
    "Throttled": {"Start": thrown("ThrottlingException")},
    "Blind": {"Start": STARTED, "Look": thrown("ThrottlingException")},
    "Gone": {"Start": thrown("ResourceNotFoundException")},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the state machine with what a test case says, for what the execution is given."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    base = KnowledgeBase(stack, "Base", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")])
    sync = KnowledgeBaseSync(stack, "Sync", workspace=workspace, knowledge_base=base, source="a", tolerated_failures=1)
    written = {"Sync": definition(sync.machine)}
    with executions(tmp_path_factory.mktemp("mock"), written, {"Sync": CASES}) as start:
        yield lambda case, given: start("Sync", case, given)


def test_a_job_is_looked_at_until_it_is_complete_whoever_started_the_execution(run: Run) -> None:
    # A pipe gives a list.
    ended = run("Happy", [{"body": '{"sync": true}'}])
    assert ended["status"] == "SUCCEEDED", ended
    assert ended["entered"] == ["Begin", "Start", *["Wait", "Look", "Decide"] * 3, "Done"]
    assert json.loads(ended["output"])["IngestionJob"]["Statistics"]["NumberOfDocumentsScanned"] == 10


@pytest.mark.parametrize(
    ("case", "error", "cause"),
    [
        (
            "DocumentsFailed",
            "DocumentsFailed",
            "2 documents could not be ingested by the job ABCDEFGHIJ: ListKnowledgeBaseDocuments says which and why",
        ),
        ("Failed", "IngestionFailed", "no access to the bucket"),
        ("Stopped", "IngestionEnded", "Bedrock says STOPPED and no reason"),
        ("Gone", "BedrockAgent.ResourceNotFoundException", "as mocked"),
    ],
)
def test_what_goes_wrong_fails_the_execution_with_its_reason(run: Run, case: str, error: str, cause: str) -> None:
    ended = run(case, {})
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert cause in ended["cause"]


@pytest.mark.parametrize(
    ("case", "error", "tries"),
    [
        ("Busy", "ConflictException", 241),
        ("Full", "ServiceQuotaExceededException", 241),
        ("Throttled", "ThrottlingException", 7),
    ],
)
def test_a_source_that_is_busy_is_waited_for_much_longer_than_a_service_that_is(
    run: Run, case: str, error: str, tries: int
) -> None:
    ended = run(case, {})
    assert (ended["status"], ended["error"]) == ("FAILED", f"BedrockAgent.{error}")
    assert ended["tries"] == tries


def test_a_look_that_is_throttled_is_repeated_without_another_job(run: Run) -> None:
    ended = run("Blind", {})
    assert (ended["status"], ended["error"]) == ("FAILED", "BedrockAgent.ThrottlingException")
    assert ended["entered"] == ["Begin", "Start", "Wait", "Look"]
