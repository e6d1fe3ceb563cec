"""What the resources of a template cost while nobody uses them: by type, from price pages, with unknown never as zero.

idle.toml says how old the prices are and where they were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import _tables
from .errors import UnknownFact

_ENDPOINT, _ALARM, _FIREWALL = "AWS::EC2::VPCEndpoint", "AWS::CloudWatch::Alarm", "AWS::WAFv2::WebACL"
_RULE_USD = 1.0


@dataclass(frozen=True, slots=True)
class IdleCost:
    """What the resources of one type cost.

    :ivar type: of the resources.
    :ivar quantity: of what is paid for.
    :ivar each: what that is.
    :ivar usd: a month.
    """

    type: str
    quantity: int
    each: str
    usd: float


def idle_costs(resources: Iterable[Mapping[str, Any]]) -> list[IdleCost]:
    """What these resources cost a month, the dearest first; those that are billed by use are left out.

    :param resources: of a template, each with ``Type`` and ``Properties``.
    :raises UnknownFact: for a type of which nothing is known. Unknown is not free.
    """
    quantities: dict[str, int] = {}
    extra: dict[str, float] = {}
    for resource in resources:
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in _used():
            continue
        if kind not in _monthly():
            fix = "Look it up on the service's price page, and add it to facts/idle.toml"
            raise UnknownFact("Idle cost of", kind, [*_monthly(), *_used()], fix)
        quantities[kind] = quantities.get(kind, 0) + _quantity(kind, properties)
        if kind == _FIREWALL:
            extra[kind] = extra.get(kind, 0) + _RULE_USD * len(properties.get("Rules", []))
    costs = [
        IdleCost(kind, quantity, known["each"], round(quantity * known["usd"] + extra.get(kind, 0), 2))
        for kind, quantity in quantities.items()
        if quantity
        for known in [_monthly()[kind]]
    ]
    return sorted(costs, key=lambda cost: (-cost.usd, cost.type))


def _quantity(kind: str, properties: Mapping[str, Any]) -> int:
    if kind == _ENDPOINT:
        # Gateway endpoints, which S3 and DynamoDB have, are free.
        return len(properties["SubnetIds"]) if properties.get("VpcEndpointType") == "Interface" else 0
    if kind == _ALARM:
        return sum("MetricStat" in metric for metric in properties.get("Metrics", [])) or 1
    return 1


@cache
def _monthly() -> dict[str, dict[str, Any]]:
    prices: dict[str, dict[str, Any]] = _tables.read("idle")["monthly"]
    return prices


@cache
def _used() -> frozenset[str]:
    return frozenset(_tables.read("idle")["used"]["types"])
