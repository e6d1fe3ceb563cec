"""What is wrong with a model for the use that a construct has for it, in the region it is asked in.

https://docs.aws.amazon.com/bedrock/latest/userguide/models-region-compatibility.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cdk_ml.errors import Problem
from cdk_ml.facts.foundation_models import ModelFacts, ModelState, find, models
from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token

_NAMED = 3


def model_problems(
    model: InvokableModel,
    region: str,
    *,
    argument: str = "model",
    takes: Iterable[str] = (),
    gives: str | None = None,
    streams: bool = False,
    dimensions: int | None = None,
) -> list[Problem]:
    """Why a model cannot do what a construct wants of it. What is not known passes.

    :param region: of the stack; a token passes.
    :param argument: what the construct calls the model.
    :param takes: kinds of data it has to take, such as ``image``.
    :param gives: what it has to give: ``text``, ``embedding``, ``image``, ``video`` or ``speech``.
    :param streams: whether it has to answer piece by piece.
    :param dimensions: length of the vectors it has to give.
    """
    id = foundation_model_id(model)
    known = find(id) if id is not None and not is_token(id) else None
    if known is None:
        return []
    wanted = {*takes}
    return [
        *_region_problems(model, known, region, argument),
        *_modality_problems(known, argument, wanted, gives, streams=streams),
        *_dimension_problems(known, dimensions),
    ]


def foundation_model_id(model: InvokableModel) -> str | None:
    """Id of the foundation model that answers, or ``None``: a model of the user's own, or several."""
    id: str | None = getattr(model, "foundation_model_id", None)
    return id


def _region_problems(model: InvokableModel, known: ModelFacts, region: str, argument: str) -> Iterator[Problem]:
    if is_token(region):
        return
    profiles = known.profiles_in(region)
    match model:
        case FoundationModel() if known.regions is not None and region not in {*known.regions, *model.also_in}:
            rule = f"cannot be asked in {region} itself"
            through = [f"CrossRegionProfile({known.id!r}, {geography!r})" for geography in profiles]
            elsewhere = [f"deploy to {', '.join(sorted(known.regions))}"] if known.regions else []
            yield Problem(argument, known.id, rule, _either(through, elsewhere, "FoundationModel(also_in=...)"))
        case CrossRegionProfile() if _not_from(model, known, region):
            rule = f"cannot be asked in {region}"
            other = [f"the profile of {geography}" for geography in profiles]
            other += [f"FoundationModel({known.id!r})"] if region in (known.regions or ()) else []
            route = known.profiles[model.geography] or {}
            elsewhere = [f"deploy to {', '.join(sorted(route))}"]
            yield Problem(argument, model.model_id, rule, _either(other, elsewhere, "CrossRegionProfile(also_in=...)"))


def _not_from(model: CrossRegionProfile, known: ModelFacts, region: str) -> bool:
    route = known.profiles.get(model.geography)
    return route is not None and region not in {*route, *model.also_in}


def _either(here: list[str], elsewhere: list[str], newer: str) -> str:
    use = [f"Use {' or '.join(here)}"] if here else []
    text = ", or ".join([*use, *elsewhere]) or "Choose another model"
    return f"{text[0].upper()}{text[1:]}; if AWS offers it there by now, say so in {newer}"


def _modality_problems(
    known: ModelFacts, argument: str, takes: set[str], gives: str | None, *, streams: bool
) -> Iterator[Problem]:
    missing = takes - known.input if known.input is not None else set()
    if missing:
        rule = f"takes {_listed(known.input)}, and no {_listed(missing)}"
        others = _others(known, lambda other: takes <= (other.input or frozenset()))
        yield Problem(argument, known.id, rule, f"Use a model that does, such as {others}")
    if gives is not None and known.output is not None and gives not in known.output:
        rule = f"gives {_listed(known.output)}, and no {gives}"
        others = _others(known, lambda other: gives in (other.output or ()))
        yield Problem(argument, known.id, rule, f"Use a model that does, such as {others}")
    if streams and known.streaming is False:
        yield Problem(argument, known.id, "does not answer piece by piece", "Ask it for whole answers")


def _dimension_problems(known: ModelFacts, dimensions: int | None) -> Iterator[Problem]:
    if dimensions is None or is_token(dimensions) or known.dimensions is None or dimensions in known.dimensions:
        return
    allowed = ", ".join(map(str, known.dimensions))
    yield Problem("dimensions", dimensions, f"is no length of vector that {known.id} gives", f"Use {allowed}")


def _others(known: ModelFacts, fits: Callable[[ModelFacts], bool]) -> str:
    """A few active models that fit: of the same provider first, that can be asked themselves, that do nothing else."""
    fitting = [other for other in models() if other.state is ModelState.ACTIVE and fits(other)]
    fitting.sort(key=lambda other: (other.provider != known.provider, not other.regions, len(other.output or ())))
    return ", ".join(other.id for other in fitting[:_NAMED]) or "none that we know"


def _listed(names: Iterable[str] | None) -> str:
    return ", ".join(sorted(names or ()))
