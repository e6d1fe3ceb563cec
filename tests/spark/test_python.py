"""What EMR runs is read by the oldest Python that does: EMR 7 starts scripts with 3.9.

https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-app-versions-7.x.html
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("lambda/data_preparation", "stacks/scripts/feature_engineering", "docs/examples/spark")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_module_is_python_3_9(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    # Python reads this in the syntax of any version that is asked for.
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert "annotations" in names, "what is only written for readers is not evaluated"
    assert not names & {"UTC", "StrEnum", "Self"}, "came later"
    strict = [
        word for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords if word.arg == "strict"
    ]
    assert not strict, "zip has it since 3.10"
