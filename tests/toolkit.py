"""The environment in which training and processing scripts run as in AWS's containers: ``make test`` makes it."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT

PYTHON = ROOT / ".venv" / "toolkit" / "bin" / "python"
"""Python with AWS's training toolkit and the frameworks of the reference stacks' scripts."""

needs_toolkit = pytest.mark.skipif(
    not PYTHON.exists(), reason="NO TRAINING TOOLKIT (it needs a C compiler): scripts were NOT run as SageMaker does"
)

needs_torch = pytest.mark.skipif(
    not [*PYTHON.parent.parent.glob("lib/python*/site-packages/torch")],
    reason="NO PYTORCH in the training toolkit (`make torch` adds it): nothing was trained on several processes",
)
