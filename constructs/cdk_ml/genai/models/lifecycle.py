"""What is said about a model that ended, that will end, or that is not known.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Annotations, Validations
from constructs import IConstruct

from cdk_ml.errors import Problem
from cdk_ml.facts.foundation_models import ModelFacts, ModelState, find
from cdk_ml.tokens import is_token


def ended_problems(id: str, *, argument: str = "id") -> Iterator[Problem]:
    """Why nobody can ask a model any more."""
    known = None if is_token(id) else find(id)
    if known is not None and known.state is ModelState.ENDED:
        yield Problem(argument, id, f"ended{_on(known)}: every request for it fails", f"Use {known.successor}")


def tell_of_model(construct: IConstruct, id: str) -> None:
    """Warn whoever synthesizes that a model will end, or note that nothing is known about it."""
    if is_token(id):
        return
    known = find(id)
    if known is None:
        note = f"{id} is not among the models that cdk-ml knows: its regions, its end and its price are not checked."
        Annotations.of(construct).add_info(note)
    elif known.state is ModelState.LEGACY:
        Validations.of(construct).add_warning(f"cdk-ml:legacy-model-{id.replace(':', '-')}", _legacy(known))


def _legacy(known: ModelFacts) -> str:
    instead = f" Use {known.successor} instead." if known.successor else ""
    only = "It answers only who asked it before, may cost more by then, and takes no new provisioned throughput."
    return f"{known.id} is a legacy model, and ends{_on(known)}. {only}{instead}"


def _on(known: ModelFacts) -> str:
    return f" on {known.ends}" if known.ends else ""
