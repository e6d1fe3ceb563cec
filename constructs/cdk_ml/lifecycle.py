"""What a construct does when the service it is named after is closed: refuse, or serve who was there before.

https://docs.aws.amazon.com/general/latest/gr/maintenance_services.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Validations
from constructs import Construct, IConstruct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts.lifecycle import State, entry


def closed_problems(key: str, *, existing_customer: bool) -> Iterator[Problem]:
    """Why a construct cannot be made in an account that is new to its service.

    :param key: of the service or feature in facts/lifecycle.toml.
    :param existing_customer: what the user said: the account used it before it closed.
    """
    known = entry(key)
    if known.state is State.CLOSED_TO_NEW_CUSTOMERS and not existing_customer:
        instead = known.successor or "another service"
        fix = f"Use {instead}, or say existing_customer=True where the account used it before"
        yield Problem("existing_customer", existing_customer, f"is not enough: {known.sentence().rstrip('.')}", fix)


def warn_of_closing(construct: IConstruct, key: str) -> None:
    """Tell whoever synthesizes that the service of ``construct`` has no future."""
    known = entry(key)
    if not known.is_open:
        Validations.of(construct).add_warning(f"cdk-ml:{key}", known.sentence())


class EndedService(Construct):
    """The name of a service that ended. Making one raises, and names what does its job today.

    A subclass says with ``key`` what ended, such as ``sagemaker-edge-manager``, and with ``successor`` what replaces
    it, such as ``cdk_ml.edge.GreengrassComponent``.

    :cvar key: of the service in facts/lifecycle.toml.
    :cvar successor: the construct to use instead.
    """

    key: str
    successor: str

    def __init__(self, scope: Construct, id: str, **arguments: Any) -> None:  # noqa: ARG002 (whatever was said to it once)
        """
        :param arguments: what a construct of that name would take.
        :raises cdk_ml.errors.ConfigurationError: always.
        """
        super().__init__(scope, id)
        known = entry(self.key)
        rule = f"cannot be made: {known.sentence().rstrip('.')}"
        reject(self, [Problem("construct", type(self).__name__, rule, f"Use {self.successor}")])
