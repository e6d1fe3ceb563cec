"""What the benchmark runs beside the library: the TypeScript twin, a peer library, and checkov, each in its own folder.

They are kept beside the development environment, so that the next run finds them, and go with it. What cannot be
installed is left out, and the table says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.benchmarks.measure import CommandFailedError

HERE = Path(__file__).parent
KEPT = Path(sys.prefix) / "bench"
PEER = ("cdklabs.generative-ai-cdk-constructs==0.1.320", "aws-cdk-lib==2.275.0")
CHECKOV = ("checkov==3.3.30",)


def typescript() -> Path:
    """The TypeScript twin, compiled.

    :raises CommandFailedError: when npm or the compiler fails.
    """
    folder = KEPT / "typescript"
    folder.mkdir(parents=True, exist_ok=True)
    for file in (HERE / "typescript").iterdir():
        shutil.copy(file, folder)
    node = Path(os.environ["JSII_NODE"]).resolve()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    install = [node, npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    _run(install, folder, PATH=path)
    _run([node, folder / "node_modules" / "typescript" / "bin" / "tsc"], folder, PATH=path)
    return folder / "app.js"


def environment(name: str, *packages: str) -> Path:
    """The Python of a virtual environment that holds exactly ``packages`` and what they need.

    :raises CommandFailedError: when pip cannot install them.
    """
    folder = KEPT / name
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists() or ready.read_text().split() != list(packages):
        venv.create(folder, with_pip=True, clear=True)
        _run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *packages], folder)
        ready.write_text("\n".join(packages))
    return python


def _run(argv: list[str | Path], folder: Path, **env: str) -> None:
    ran = subprocess.run(argv, cwd=folder, env=os.environ | env, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CommandFailedError(f"{Path(argv[-1]).name}: {(ran.stderr or ran.stdout)[-500:]}")
