"""Foundation models of Bedrock: what they take and give, where they answer, what they cost, and when they end.

Models appear every week, so that one that is not here may well exist: whoever asks hears ``None``, and lets it pass.
https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from . import _tables

GLOBAL = "global"


class ModelState(StrEnum):
    """Whether a model answers everybody, only who asked it before, or nobody."""

    ACTIVE = "active"
    LEGACY = "legacy"
    ENDED = "ended"


Route = Mapping[str, frozenset[str]]
"""The regions that can ask a profile, each with the regions that may answer it; for ``global`` these are not listed."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known about one model. What is not known is ``None``, and never a guess.

    :ivar id: such as ``amazon.titan-embed-text-v2:0``.
    :ivar ends: last day, or the day it ended.
    :ivar successor: id of the model to use instead.
    :ivar input: kinds of data that it takes: ``text``, ``image``, ``video``, ``speech`` or ``audio``.
    :ivar output: what it gives, such as ``text``, ``embedding`` or ``image``.
    :ivar streaming: whether it can answer piece by piece.
    :ivar context: tokens that fit into a request.
    :ivar dimensions: lengths of vector that an embedding model gives, its default first.
    :ivar input_usd: USD for a million tokens that it reads, on demand in us-east-1.
    :ivar output_usd: USD for a million tokens that it writes.
    :ivar regions: regions where the model itself can be asked on demand.
    :ivar profiles: geographies of its cross-region profiles, each with the regions that can ask and, for each of them,
        the regions that may answer.
    """

    id: str
    provider: str
    state: ModelState
    ends: date | None = None
    successor: str | None = None
    input: frozenset[str] | None = None
    output: frozenset[str] | None = None
    streaming: bool | None = None
    context: int | None = None
    dimensions: tuple[int, ...] | None = None
    input_usd: float | None = None
    output_usd: float | None = None
    regions: frozenset[str] | None = None
    profiles: Mapping[str, Route | None] = field(default_factory=dict)

    def profiles_in(self, region: str) -> list[str]:
        """Geographies of the profiles that can be asked for in ``region``."""
        return [geography for geography, route in self.profiles.items() if route is not None and region in route]


def models() -> tuple[ModelFacts, ...]:
    """Everything known, by id."""
    return tuple(_models().values())


def find(model_id: str) -> ModelFacts | None:
    """What is known about a model, or ``None``.

    :param model_id: with or without what stands for a size of its context, as in ``amazon.nova-lite-v1:0:300k``.
    """
    known = _models()
    while model_id not in known:
        model_id, colon, _ = model_id.rpartition(":")
        if not colon:
            return None
    return known[model_id]


def destinations(model_id: str, geography: str) -> frozenset[str]:
    """Regions that may answer for a cross-region profile, from wherever it is asked.

    For a model or a route that is not known these are the regions that any profile of the geography uses: more than
    enough, and a profile of Bedrock does not leave its geography. Empty for ``global``, which may use any region.
    """
    if geography == GLOBAL:
        return frozenset()
    known = find(model_id)
    route = known.profiles.get(geography) if known is not None else None
    routes = [route] if route is not None else _routes_of(geography)
    return frozenset(region for route in routes for regions in route.values() for region in regions)


def _routes_of(geography: str) -> list[Route]:
    return [route for name, route in _routes().items() if name.rpartition("-")[0] == geography]


@cache
def _models() -> dict[str, ModelFacts]:
    return {id: _facts(id, table) for id, table in _tables.read("foundation_models").items()}


@cache
def _routes() -> dict[str, Route]:
    return {name: _route(table) for name, table in _tables.read("inference_profiles").items()}


def _route(table: dict[str, str]) -> Route:
    if "from" in table:
        return {region: frozenset() for region in table["from"].split()}
    return {source: frozenset(listed.split()) for source, listed in table.items()}


def _facts(id: str, table: dict[str, Any]) -> ModelFacts:
    sets: dict[str, Any] = {
        name: frozenset(table[name].split()) for name in ("input", "output", "regions") if name in table
    }
    profiles = {geography: _routes().get(name) for geography, name in table.get("profiles", {}).items()}
    dimensions = tuple(table["dimensions"]) if "dimensions" in table else None
    converted = {"state": ModelState(table["state"]), "profiles": profiles, "dimensions": dimensions}
    return ModelFacts(id=id, **(table | sets | converted))
