"""The facts cost nothing until they are asked."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import cdk_ml
from cdk_ml import facts
from cdk_ml.facts import UnknownFact

MODULES = ("lifecycle", "accelerators", "images")
SOURCE_ROOT = Path(cdk_ml.__file__).parents[1]

AFTER_IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
from cdk_ml.facts import accelerators, images, lifecycle
loaded = set(sys.modules) - before
assert not loaded & {"tomllib", "importlib.resources", "difflib", "aws_cdk", "jsii", "boto3", "botocore"}, loaded
assert lifecycle._entries.cache_info().currsize == 0
assert accelerators._instances.cache_info().currsize == 0
assert images._data.cache_info().currsize == 0
lifecycle.entry("kendra"), accelerators.instance("inf2.xlarge"), images.built_in_algorithm("kmeans")
assert "tomllib" in sys.modules
assert "aws_cdk" not in sys.modules
"""


def test_importing_the_facts_reads_no_data_and_loads_no_library() -> None:
    # A process of its own, without site packages: this one has loaded everything already.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", AFTER_IMPORT, str(SOURCE_ROOT)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", MODULES)
def test_every_file_of_facts_says_when_and_where_it_was_read_and_how_to_refresh_it(name: str) -> None:
    text = files(facts).joinpath(f"{name}.toml").read_text("utf-8")
    comment = text[: text.index("\n\n")]

    assert all(line.startswith("#") for line in comment.splitlines())
    for heading in ("# Read on:  2026-", "# Sources:  ", "# Refresh:  "):
        assert heading in comment
    assert tomllib.loads(text)


def test_an_unknown_fact_lists_what_is_known_when_nothing_is_close() -> None:
    error = UnknownFact("Colour", "mauve", ("red", "green"), "Pick one")

    assert str(error) == "Colour 'mauve' is not known. Known: red, green. Pick one."
    assert (error.what, error.value, error.known, error.fix) == ("Colour", "mauve", ("red", "green"), "Pick one")


def test_an_unknown_fact_shortens_a_long_list() -> None:
    error = UnknownFact("Number", "pi", map(str, range(20)), "Count")

    assert str(error) == "Number 'pi' is not known. Known: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more. Count."


def test_an_unknown_fact_is_a_lookup_error() -> None:
    assert issubclass(UnknownFact, LookupError)
