"""Packages for jobs that are cut off from every network: wheels under a prefix in S3, installed before the script runs.

https://pip.pypa.io/en/stable/cli/pip_install/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.jobs.data import Data, data_problems
from cdk_ml.tokens import is_token

WHEELS = "wheels"
"""Name of the input that holds them."""

# https://packaging.python.org/en/latest/specifications/dependency-specifiers/, without URLs and markers.
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._,-]+\])?"
_VERSION = r"(?:==|>=|<=|~=|!=|<|>)[A-Za-z0-9.*+!_-]+"
_REQUIREMENT = re.compile(rf"{_NAME}(?:{_VERSION}(?:,{_VERSION})*)?")


@dataclass(frozen=True, slots=True)
class Wheelhouse:
    """Wheels in S3, and what a job installs of them.

    Fill it where there is a network, for the Python and the processor of the image, and with what the packages need:
    ``pip download --only-binary=:all: --python-version 3.12 --platform manylinux_2_28_x86_64 -d wheels shap==0.50.0``,
    then ``aws s3 sync wheels s3://...``.

    :param data: the prefix that holds the wheels, and no folders.
    :param packages: what is installed, such as ``shap==0.50.0``; other versions of what is in the image replace it.
    """

    data: Data
    packages: Sequence[str]

    def install(self, folder: str) -> str:
        """The shell command that installs the packages.

        :param folder: where the wheels are in the container.
        """
        pip = f"python3 -m pip install --no-index --find-links {shlex.quote(folder)} --only-binary :all: --no-cache-dir"
        return f"{pip} --disable-pip-version-check --quiet {shlex.join(self.packages)}"


def wheelhouse_problems(argument: str, wheels: Wheelhouse) -> Iterator[Problem]:
    """Why pip would install nothing of ``wheels``, or something else."""
    yield from data_problems(f"{argument}.data", wheels.data)
    if not wheels.packages:
        yield Problem(f"{argument}.packages", [], "installs nothing", "Name at least one package, or no wheels at all")
    for package in wheels.packages:
        if not is_token(package) and not _REQUIREMENT.fullmatch(package):
            rule = "is not the name of a package with its versions"
            yield Problem(f"{argument}.packages", package, rule, "Write it such as shap==0.50.0")
