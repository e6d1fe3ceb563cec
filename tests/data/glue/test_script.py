"""A script is the file that runs, and an archive of what is beside it."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_ml.data.glue.script import script_assets, script_problems
from cdk_ml.sagemaker import Script


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a script and a module."""
    (tmp_path / "main.py").write_text("import helper\n")
    (tmp_path / "helper.py").write_text("VALUE = 1\n")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "helper.cpython-311.pyc").write_text("compiled")
    return tmp_path


def test_modules_travel_without_the_script_and_what_python_compiled(stack: cdk.Stack, folder: Path) -> None:
    assets = script_assets(stack, Script(folder, "main.py"))
    assert assets.modules is not None
    assembly = Path(stack.node.root.synth().directory)  # type: ignore[attr-defined]
    (archive,) = [path for path in assembly.iterdir() if path.is_dir()]
    assert [item.name for item in archive.rglob("*") if item.is_file()] == ["helper.py"]
    assert len(assets.statements[0].resources) == 2


def test_what_is_in_folders_keeps_its_place(stack: cdk.Stack, folder: Path) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "orders.py").touch()
    script_assets(stack, Script(folder, "main.py"))
    assembly = Path(stack.node.root.synth().directory)  # type: ignore[attr-defined]
    assert [path.relative_to(assembly).parts[1:] for path in assembly.rglob("orders.py")] == [("shop", "orders.py")]


def test_a_file_alone_has_no_modules(stack: cdk.Stack, folder: Path) -> None:
    assert script_assets(stack, folder / "main.py").modules is None


def test_a_folder_with_nothing_else_has_no_modules(stack: cdk.Stack, folder: Path) -> None:
    (folder / "helper.py").unlink()
    assert script_assets(stack, Script(folder, "main.py")).modules is None


def test_the_job_may_read_its_assets_and_nothing_else(stack: cdk.Stack, folder: Path) -> None:
    (statement,) = script_assets(stack, folder / "main.py").statements
    assert statement.actions == ["s3:GetObject"]
    assert "*" not in "".join(statement.resources)


def test_what_is_no_python_file_is_refused(folder: Path) -> None:
    for path in (folder, folder / "none.py", folder / ("x" * 300)):
        (problem,) = script_problems(path)
        assert "is no Python file. Name the Python file that runs" in str(problem)
    (problem,) = script_problems(Script(folder, "none.py"))
    assert "Use" not in str(problem)
    assert "It has helper.py, main.py." in str(problem)
    assert [*script_problems(folder / "main.py"), *script_problems(Script(folder, "main.py"))] == []
