"""Synthesizes an app in a process of its own that has no network and no Docker. Run by ``cdk_ml.testing.determinism``.

python -m cdk_ml.testing.isolated <module:function or script> <folder>
"""

from __future__ import annotations

import importlib
import os
import runpy
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from cdk_ml.node import prefer_bundled_node


def _block_sockets() -> None:
    """Refuse every socket but those between processes of this machine."""
    allowed = getattr(socket, "AF_UNIX", None)
    initialize = socket.socket.__init__

    def guarded(self: socket.socket, family: int = -1, *args: Any, **kwargs: Any) -> None:
        if family != allowed:
            raise RuntimeError("A socket was opened at synth: a synth may not use the network")
        initialize(self, family, *args, **kwargs)

    def refuse(host: object, *_args: object, **_kwargs: object) -> Any:
        raise RuntimeError(f"A look-up of {host} at synth: a synth may not use the network")

    socket.socket.__init__ = guarded  # type: ignore[method-assign]
    socket.getaddrinfo = refuse
    socket.gethostbyname = refuse


def main(factory: str, folder: Path) -> None:
    """Synthesize what ``factory`` names into ``folder``."""
    _block_sockets()
    prefer_bundled_node()
    sys.path.insert(0, str(Path.cwd()))
    if factory.endswith(".py"):
        # An app that synthesizes itself writes where the CDK CLI would have it write.
        os.environ["CDK_OUTDIR"] = str(folder)
        sys.argv = [factory]
        runpy.run_path(factory, run_name="__main__")
        return
    module, _, function = factory.partition(":")
    made = getattr(importlib.import_module(module), function)()
    apps = [made] if hasattr(made, "node") else list(made)
    for index, app in enumerate(apps):
        shutil.move(app.node.root.synth().directory, folder / (str(index) if len(apps) > 1 else "cdk.out"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
