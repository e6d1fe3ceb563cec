"""The guide to deployment modes leaves nothing out that serves a model."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.proofs.subjects import constructs

GUIDE = (ROOT / "docs/guide/modes.md").read_text()
SERVING = sorted(name for name, made in constructs().items() if made.__module__.startswith("cdk_ml.sagemaker.hosting."))


def test_there_is_something_to_choose_from() -> None:
    assert {"AsyncEndpoint", "RealTimeEndpoint", "ServerlessEndpoint", "StreamingInvocationApi"} <= {*SERVING}


@pytest.mark.parametrize("name", SERVING)
def test_every_construct_that_serves_is_in_the_guide_with_its_page(name: str) -> None:
    # tests/docs/test_site.py follows every link.
    assert f"(../reference/sagemaker/{name}.md)" in GUIDE


def test_every_mode_has_its_idle_cost_and_its_first_answer() -> None:
    table = GUIDE.split("## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    assert rows[0] == ["your requests", "mode", "idle cost", "first answer after a pause"]
    assert len(rows) >= 9
    assert all(len(row) == 4 and all(row) for row in rows)
