"""Kinds of nodes that Glue Studio draws; visual_nodes.toml says where each was read.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-visual-job-api.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from . import _tables

_ANY_NUMBER = 1_000
_INPUTS = {
    "sources": (0, 0),
    "streams": (0, 0),
    "targets": (1, 1),
    "one_input": (1, 1),
    "two_inputs": (2, 2),
    "many_inputs": (1, _ANY_NUMBER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """A kind of nodes.

    :ivar fewest: inputs that it has at least.
    :ivar most: inputs that it has at most.
    :ivar source: rows come from it.
    :ivar stream: they do not end.
    :ivar target: rows go there.
    """

    fewest: int
    most: int
    source: bool = False
    stream: bool = False
    target: bool = False


@cache
def node_kinds() -> Mapping[str, NodeKind]:
    """Kinds by name, such as ``ApplyMapping``."""
    return MappingProxyType(
        {
            name: NodeKind(
                fewest=fewest,
                most=most,
                source=group in ("sources", "streams"),
                stream=group == "streams",
                target=group == "targets",
            )
            for group, (fewest, most) in _INPUTS.items()
            for name in _data()[group]
        }
    )


@cache
def node_id_pattern() -> str:
    """What an id of a node looks like."""
    return str(_data()["id"])


@cache
def _data() -> dict[str, Any]:
    return _tables.read("visual_nodes")
