"""Which instance types Studio's apps, spaces in a template, and notebook instances run on.

CloudFormation lists them, each resource type for itself.
https://docs.aws.amazon.com/sagemaker/latest/dg/notebooks-available-instance-types.html
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from . import _tables

Use = Literal["app", "space", "notebook"]
"""An app that a user starts, the default of a space, or a notebook instance."""


@cache
def instance_types(use: Use) -> frozenset[str]:
    """Every instance type for ``use``, such as ``ml.t3.medium``."""
    sizes: dict[str, str] = _tables.read("notebooks")[use]
    return frozenset(f"ml.{family}.{size}" for family, listed in sizes.items() for size in listed.split())
