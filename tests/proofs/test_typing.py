"""What users write is typed: mypy --strict accepts it, and finds their mistakes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CONSUMER = Path(__file__).with_name("consumer.py")
MISTAKES = {
    'instance_type="ml.inf2.8xlarge"': (
        "instance_type=8",
        'Argument "instance_type" to "RealTimeEndpoint" has incompatible type "int"; expected "str"  [arg-type]',
    ),
    "Profile.PRODUCTION": (
        '"production"',
        'Argument "profile" to "Workspace" has incompatible type "str"; expected "Profile"  [arg-type]',
    ),
    "percentage=10": (
        "percent=10",
        'Unexpected keyword argument "percent" for "DataCapture"; did you mean "percentage"?  [call-arg]',
    ),
    'packs=["ML"]': (
        "packs=1",
        'Argument "packs" to "assert_compliant" has incompatible type "int"; expected "Iterable[str]"  [arg-type]',
    ),
}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says about the consumer, and about one who makes every mistake: in one run, to read the CDK once."""
    broken = CONSUMER.read_text()
    for right, (wrong, _) in MISTAKES.items():
        assert broken.count(right) == 1
        broken = broken.replace(right, wrong)
    mistaken = tmp_path_factory.mktemp("consumer") / "mistaken.py"
    mistaken.write_text(broken)
    # The cache is the one of `make lint`, with the same configuration.
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(CONSUMER), str(mistaken)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    return ran.stdout.splitlines()


def test_a_consumer_passes_mypy_in_strict_mode(verdict: list[str]) -> None:
    assert [line for line in verdict if "mistaken.py" not in line] == []


def test_every_mistake_of_a_consumer_is_found(verdict: list[str]) -> None:
    found = [re.sub(r"^.*mistaken\.py:\d+: error: ", "", line) for line in verdict if "error:" in line]
    found = [line for line in found if "Missing named argument" not in line]
    assert sorted(found) == sorted(message for _, message in MISTAKES.values())
