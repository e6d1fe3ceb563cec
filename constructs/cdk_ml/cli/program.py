"""Runs a Python CDK app in this process, with the environment that the CDK CLI would give it.

CDK's own validator is off while the app runs: the same validator is one of the packs that run right after.

https://docs.aws.amazon.com/cdk/v2/guide/context.html
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import shutil
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdk_ml.assembly.source import load_json
from cdk_ml.checks.extra import needs
from cdk_ml.cli.failure import UsageError
from cdk_ml.cli.progress import progress
from cdk_ml.cli.timing import BuildTimes, timed_builds
from cdk_ml.node import prefer_bundled_node

# What the CDK CLI adds to every app's context unless cdk.json says otherwise.
_CLI_CONTEXT = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:version-reporting": True,
    "aws:cdk:bundling-stacks": ["**"],
}


def run_app(script: Path, output: Path, context: Sequence[str]) -> BuildTimes:
    """Run ``script`` as ``python script`` would, so that it writes its cloud assembly to ``output``.

    :param context: ``key=value``, each of them over what cdk.json says.
    :raises UsageError: when the script is missing, fails, or writes no assembly.
    """
    if not script.is_file():
        raise UsageError(f"{script}: no such file. Give the Python file of the CDK app: cdk-ml synth app.py.")
    values = app_context(context)
    empty(output)
    # Node takes its environment when it starts, that is when aws_cdk is imported.
    os.environ |= {
        "CDK_OUTDIR": str(output.resolve()),
        "CDK_CONTEXT_JSON": json.dumps(values),
        "CDK_VALIDATION": "false",
    }
    prefer_bundled_node()
    with (
        needs("cli", "cdk-ml synth"),
        _no_collector(),
        timed_builds() as times,
        progress(f"Synthesizing {script}", None),
    ):
        _run(script)
    if not (output / "manifest.json").is_file():
        raise UsageError(f"{script}: the app wrote no cloud assembly to {output}. Does it call app.synth()?")
    return times


def app_context(given: Sequence[str]) -> dict[str, Any]:
    """The context of an app in the working directory: of the CDK CLI, cdk.context.json, cdk.json and the command line.

    :raises UsageError: for an entry that is not ``key=value``.
    """
    context: dict[str, Any] = dict(_CLI_CONTEXT)
    if Path("cdk.context.json").is_file():
        context |= load_json(Path("cdk.context.json"))
    if Path("cdk.json").is_file():
        context |= load_json(Path("cdk.json")).get("context", {})
    for entry in given:
        key, separator, value = entry.partition("=")
        if not key or not separator:
            raise UsageError(f"--context {entry}: give it as key=value.")
        context[key] = value
    return context


def empty(output: Path) -> None:
    """Remove what an earlier synth left, so that no stack of it lingers.

    :raises UsageError: for a folder that holds something else than a cloud assembly.
    """
    if output.is_dir() and any(output.iterdir()):
        if not (output / "cdk.out").is_file() and not (output / "manifest.json").is_file():
            raise UsageError(f"{output}: not emptied, because it is no cloud assembly. Give an --output of its own.")
        shutil.rmtree(output)
    output.mkdir(parents=True, exist_ok=True)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector away from what the block makes.

    The classes of aws_cdk and the app's tree stay until the process ends; walking them again and again takes 7 % of a
    synth.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def _run(script: Path) -> None:
    argv, path = sys.argv[:], sys.path[:]
    sys.argv, sys.path[:0] = [str(script)], [str(script.resolve().parent)]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise UsageError(f"{script}: the app exited with {stop.code}.") from None
    except Exception as error:
        # The frames of this command and of runpy are no help to the author of the app.
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != str(script):
            frames = frames.tb_next
        traceback.print_exception(error.with_traceback(frames))
        raise UsageError(f"{script}: the app failed: {type(error).__name__}.") from None
    finally:
        sys.argv, sys.path[:] = argv, path
