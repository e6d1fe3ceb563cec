"""Which CloudFormation types a region lacks, of those that our constructs make.

A service that works in a region may still have no type in the registry of its CloudFormation: the deployment fails at
once. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/registry.html
"""

from __future__ import annotations

from functools import cache

from . import _tables


def lacks(region: str, resource_type: str) -> bool:
    """Whether CloudFormation cannot make ``resource_type`` in ``region``. False for a region that is a token."""
    return region in _missing().get(resource_type, ())


@cache
def _missing() -> dict[str, tuple[str, ...]]:
    missing: dict[str, list[str]] = _tables.read("regions")["missing"]
    return {type_: tuple(regions) for type_, regions in missing.items()}
