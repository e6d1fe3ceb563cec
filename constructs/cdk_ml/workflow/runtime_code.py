"""Where runtime code is: in ``lambda/`` of a checkout, and inside the package once it is installed.

One folder for each function, with a ``handler.py``; see lambda/README.md.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "_lambda", _PACKAGE.parents[1] / "lambda")

NOT_SHIPPED = ("__pycache__", "*.pyc")
"""What of a folder is no part of an asset."""


def runtime_code(name: str) -> Path:
    """The folder of a function of ours.

    :param name: such as ``studio_teardown``.
    """
    return next(folder / name for folder in _FOLDERS if folder.is_dir())
