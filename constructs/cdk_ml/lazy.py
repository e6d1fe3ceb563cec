"""Public namespaces that import what they are asked for, and nothing before.

``cdk_ml.sagemaker`` holds many constructs, and an app uses a few. Its ``__init__.py`` imports them for type checkers
and readers only, under ``TYPE_CHECKING``; at run time the same imports say where a name is to be found.
https://peps.python.org/pep-0562/
"""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any


def on_demand(package: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package that imports its public names under ``TYPE_CHECKING`` only.

    :param package: the package's ``__name__``.
    """

    @cache
    def homes() -> dict[str, str]:
        source = pkgutil.get_data(package, "__init__.py") or b""
        imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
        return {
            alias.name: node.module
            for node in imports
            if node.module is not None and node.module.startswith(f"{package}.")
            for alias in node.names
        }

    def get(name: str) -> Any:
        if name not in homes():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(homes()[name]), name)
        # The next time, Python finds it without asking here.
        setattr(sys.modules[package], name, found)
        return found

    return get
