"""A script of the user's: a folder that travels with the app, and the file in it that runs.

https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-training-container.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import isdir, isfile
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.sagemaker.archive import packed


@dataclass(frozen=True, slots=True)
class Script:
    """A script and what it needs beside it.

    :param folder: folder that is packed, so that the same content makes the same bytes.
    :param entry_point: the Python file in it that runs.
    """

    folder: str | Path
    entry_point: str


def script_problems(script: Script) -> Iterator[Problem]:
    """What is missing of ``script``."""
    folder = Path(script.folder)
    # Unlike Path, these say no to a name that no file can have.
    if not isdir(folder):  # noqa: PTH112
        yield Problem("script.folder", str(folder), "is not a folder", "Name the folder that holds the script")
    elif not isfile(folder / script.entry_point):  # noqa: PTH113
        there = ", ".join(sorted(file.name for file in folder.glob("*.py"))) or "no Python file"
        yield Problem("script.entry_point", script.entry_point, f"is not in {folder}", f"It has {there}")


def needs_packages(script: Script) -> bool:
    """Whether the container would install packages before the script runs."""
    return isfile(Path(script.folder) / "requirements.txt")  # noqa: PTH113


def script_asset(scope: Construct, id: str, script: Script) -> s3_assets.Asset:
    """The folder as a ``.tar.gz`` in the CDK's asset bucket."""
    with packed(Path(script.folder)) as archive:
        return s3_assets.Asset(scope, id, path=str(archive))


def unpack_and_run(script: Script, *, archive: str, folder: str, first: str = "") -> Sequence[str]:
    """The container's entry point: unpack the script where it can be written, and become it.

    :param archive: folder in the container that holds the archive, and nothing else.
    :param folder: where it is unpacked.
    :param first: a command before the script.
    """
    unpack = f"mkdir -p {folder} && tar -xzf {archive}/* -C {folder} && cd {folder}"
    prepare = f"{unpack} && {first}" if first else unpack
    return ("bash", "-c", f'{prepare} && exec python3 {script.entry_point} "$@"', script.entry_point)
