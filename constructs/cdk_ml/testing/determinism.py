"""Proves that a synth depends on nothing but the code: not on the clock, the network, Docker, or the order of a set.

Two processes synthesize the same app with different hash seeds, into folders of different names. Sockets are refused
in Python and in Node, and ``docker`` is a command that fails. Every file of the two cloud assemblies is compared byte
by byte, the trees, metadata and assets too: a difference anywhere makes ``cdk diff`` and code review show changes that
nobody made, and a changed asset replaces what uses it. One thing is masked: the temporary folders that jsii unpacks
itself into, which CDK writes into the stack traces of warnings.

https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html#best-practices-apps
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from cdk_ml.testing.subject import expect_none

_CONTAINER_TOOLS = ("docker", "podman", "finch", "nerdctl")
_SHIM = '#!/bin/sh\necho "$(basename "$0") was run at synth: a synth may not use containers" >&2\nexit 1\n'
_PRELOADED = Path(__file__).with_name("no_network.cjs")
_KERNEL = re.compile(rb'[^\s"(]*/(?:jsii-kernel-\w+|lib/program\.js)')
_REFUSAL = ": a synth may not use "
_LINES_OF_A_TRACEBACK = 15


def assert_deterministic(app_factory: str, *, environment: Mapping[str, str] | None = None) -> None:
    """Fail when two synths differ, or when a synth uses the network or Docker.

    The app is made in child processes, so it is named and not given: ``"my_package.apps:churn"`` is a function without
    arguments that makes an app (or several), ``"app.py"`` is a script that synthesizes one.

    >>> from cdk_ml.testing import assert_deterministic
    >>> assert_deterministic("cdk_ml.testing.example:app")

    :param app_factory: ``module:function``, importable from the working directory, or the path of a script.
    :param environment: further environment variables, such as ``CDK_CONTEXT_JSON``.
    :raises AssertionError: names each file that differs and its first differing line; or why a synth failed.
    """
    with TemporaryDirectory(prefix="cdk-ml-") as scratch:
        folders = [Path(scratch) / name for name in ("first", "second-synth")]
        tools = _without_containers(Path(scratch) / "tools")
        with ThreadPoolExecutor() as pool:
            ran = list(
                pool.map(
                    lambda each: _synth(app_factory, each[1], each[0], tools, environment or {}), enumerate(folders, 1)
                )
            )
        expect_none((line for line in ran if line), f"{app_factory} synthesizes on its own")
        expect_none(_differences(*folders), f"Two synths of {app_factory} are byte-identical")


def _without_containers(folder: Path) -> Path:
    folder.mkdir()
    for name in _CONTAINER_TOOLS:
        shim = folder / name
        shim.write_text(_SHIM)
        shim.chmod(0o755)
    return folder


def _synth(factory: str, folder: Path, seed: int, tools: Path, environment: Mapping[str, str]) -> str | None:
    folder.mkdir()
    options = f'{os.environ.get("NODE_OPTIONS", "")} --require "{_PRELOADED}"'
    inherited = {name: value for name, value in os.environ.items() if name != "CDK_OUTDIR"}
    isolated = {
        "PYTHONHASHSEED": str(seed),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CDK_DOCKER": str(tools / "docker"),
        "NODE_OPTIONS": options.strip(),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "cdk_ml.testing.isolated", factory, str(folder)],
        env={**inherited, **environment, **isolated},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        lines = ran.stderr.strip().splitlines()
        # What a tool prints when it is refused may stand far above the traceback of its caller.
        refusals = [line.strip() for line in lines if _REFUSAL in line]
        return "\n  ".join([*dict.fromkeys(refusals), *lines[-_LINES_OF_A_TRACEBACK:]])
    if not any(folder.rglob("manifest.json")):
        return "it wrote no cloud assembly. Does the script call app.synth()?"
    return None


def _differences(first: Path, second: Path) -> Iterator[str]:
    names = [
        {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} for folder in (first, second)
    ]
    for name in sorted(names[0] ^ names[1]):
        yield f"{name}: only one of the synths wrote it"
    for name in sorted(names[0] & names[1]):
        one, other = (_KERNEL.sub(b"<jsii>", (folder / name).read_bytes()) for folder in (first, second))
        if one != other:
            yield f"{name}: {_first_difference(one, other)}"


def _first_difference(one: bytes, other: bytes) -> str:
    pairs = zip([*one.splitlines(), b"(end)"], [*other.splitlines(), b"(end)"], strict=False)
    number, (left, right) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    start = max(0, next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0) - 40)
    shown = [line[start : start + 120].decode(errors="replace").strip() for line in (left, right)]
    return f"line {number}: {shown[0]!r} and {shown[1]!r}"
