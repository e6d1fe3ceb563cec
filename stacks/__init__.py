"""Reference stacks: one module each, found by looking, so that there is no list to maintain.

A module holds one stack, whose class gives the stack its name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import aws_cdk as cdk


def reference_stacks() -> dict[str, Callable[..., cdk.Stack]]:
    """The classes of all reference stacks by their names, in the order of their modules."""
    found: dict[str, Callable[..., cdk.Stack]] = {}
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        for name, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(member, cdk.Stack) and member.__module__ == module.name:
                found[name] = member
    return found
