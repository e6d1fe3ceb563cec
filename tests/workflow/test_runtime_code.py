"""Runtime code is found in a checkout and in an installed package, and a missing one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_ml.workflow import runtime_code as module
from cdk_ml.workflow.runtime_code import runtime_code
from tests.conftest import ROOT


def test_a_checkout_has_its_runtime_code_at_the_top() -> None:
    assert runtime_code("greeter") == ROOT / "lambda" / "greeter"


def test_an_installed_package_carries_it_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "_lambda"
    shipped.mkdir()
    monkeypatch.setattr(module, "_FOLDERS", (shipped, ROOT / "lambda"))
    assert runtime_code("greeter") == shipped / "greeter"
