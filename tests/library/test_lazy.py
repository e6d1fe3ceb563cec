"""A package imports what it is asked for, once, and nothing before."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import cdk_ml
from cdk_ml.lazy import on_demand

LAZY = [
    f"cdk_ml.{home.parent.name}"
    for home in sorted(Path(*cdk_ml.__path__).glob("*/__init__.py"))
    if "on_demand(__name__)" in home.read_text()
]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with one public name, which says when it is imported."""
    folder = tmp_path / "lazily"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        textwrap.dedent(
            """
            from typing import TYPE_CHECKING

            from cdk_ml.lazy import on_demand

            if TYPE_CHECKING:
                from lazily.home import Thing
                from pathlib import Path

            __all__ = ["Thing"]

            __getattr__ = on_demand(__name__)
            """
        )
    )
    (folder / "home.py").write_text("print('imported')\n\n\nclass Thing:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    return str(tmp_path)


def say(package: str, program: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {package!r})\n{program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_the_package_imports_no_home(package: str) -> None:
    assert say(package, "import lazily") == ""


def test_a_name_is_imported_when_it_is_asked_for_and_only_once(package: str) -> None:
    program = "import lazily; first = lazily.Thing; print(first is lazily.Thing, 'Thing' in vars(lazily))"
    assert say(package, program) == "imported\nTrue True\n"


def test_from_import_works_as_ever(package: str) -> None:
    assert say(package, "from lazily import Thing; print(Thing.__module__)") == "imported\nlazily.home\n"


def test_what_comes_from_elsewhere_is_no_name_of_the_package(package: str) -> None:
    program = "import lazily\ntry: lazily.Path\nexcept AttributeError as error: print(error)"
    assert say(package, program) == "module 'lazily' has no attribute 'Path'\n"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'cdk_ml\.workflow' has no attribute 'Nothing'$"):
        on_demand("cdk_ml.workflow")("Nothing")


def test_the_large_packages_import_on_demand() -> None:
    assert {"cdk_ml.genai", "cdk_ml.mlops", "cdk_ml.sagemaker", "cdk_ml.workflow"} <= {*LAZY}


@pytest.mark.parametrize("package", LAZY)
def test_every_public_name_is_found(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
