"""A script is a folder that is packed to the same bytes each time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.sagemaker import Script
from cdk_ml.sagemaker.jobs.script import script_asset, script_problems, unpack_and_run


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    assert [*script_problems(Script(missing, "main.py"))] == [
        Problem("script.folder", missing, "is not a folder", "Name the folder that holds the script")
    ]


@pytest.mark.parametrize(("files", "fix"), [(["train.py", "b.txt"], "It has train.py"), ([], "It has no Python file")])
def test_a_file_that_is_missing_is_named_with_those_that_are_there(tmp_path: Path, files: list[str], fix: str) -> None:
    for file in files:
        (tmp_path / file).touch()
    assert [*script_problems(Script(tmp_path, "main.py"))] == [
        Problem("script.entry_point", "main.py", f"is not in {tmp_path}", fix)
    ]


def test_a_name_that_no_file_has_is_no_file(tmp_path: Path) -> None:
    (found,) = script_problems(Script(tmp_path, "x" * 300))
    assert found.argument == "script.entry_point"


def test_a_script_that_is_there_passes(script: Script) -> None:
    assert [*script_problems(script)] == []


def test_the_same_content_makes_the_same_asset(stack: cdk.Stack, script: Script) -> None:
    first = script_asset(stack, "First", script)
    (Path(script.folder) / "main.py").touch()
    assert script_asset(stack, "Second", script).asset_hash == first.asset_hash


def test_the_entry_point_unpacks_the_script_and_hands_it_its_arguments(
    stack: cdk.Stack, script: Script, tmp_path: Path
) -> None:
    (Path(script.folder) / "main.py").write_text("import sys; print('got', *sys.argv[1:])")
    asset = script_asset(stack, "Script", script)
    stack.node.root.synth()  # type: ignore[attr-defined]
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "script.tar.gz").write_bytes((Path(stack.node.root.outdir) / asset.asset_path).read_bytes())  # type: ignore[attr-defined]
    command = unpack_and_run(script, archive=str(archive), folder=str(tmp_path / "unpacked"))
    ran = subprocess.run([*command, "--rate", "a b"], capture_output=True, text=True, check=True)
    assert ran.stdout == "got --rate a b\n"
