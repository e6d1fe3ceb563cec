"""What the proofs are about: every reference stack, and the example of every public construct, in every profile.

Nothing here is a list: a new stack is found in ``stacks/``, a new construct in the ``__all__`` of its package. A
construct without an example that makes a ``stack`` cannot be proven, so having none is an error.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

import cdk_ml
from cdk_ml.lifecycle import EndedService
from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.conftest import FLAGS

_ANY_PROFILE = re.compile(r"Profile\.(SANDBOX|PRODUCTION|REGULATED)\b")
# Bases and parts that are only ever made by a construct that has an example.
_PARTS = {"EndpointBase", "GlueJob", "GuardrailBase", "Job", "Network"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A stack to be proven.

    :ivar name: such as ``NeuronInference`` or ``RealTimeEndpoint``.
    :ivar profile: the profile it is built in.
    :ivar build: makes it anew, in an app of its own.
    """

    name: str
    profile: Profile
    build: Callable[[], cdk.Stack]

    def __str__(self) -> str:
        return f"{self.name}-{self.profile.name}"

    def synthesize(self, folder: Path) -> Path:
        """Write the cloud assembly of a new build into ``folder``, which has to be empty."""
        stack = self.build()
        written = Path(stack.node.root.synth().directory)  # type: ignore[attr-defined]
        written.rename(folder)
        return folder


def constructs() -> dict[str, type[Construct]]:
    """Every public construct by its name."""
    found: dict[str, type[Construct]] = {}
    for package in pkgutil.iter_modules(cdk_ml.__path__, "cdk_ml."):
        module = importlib.import_module(package.name) if package.ispkg else None
        for name in getattr(module, "__all__", ()):
            member = getattr(module, name)
            made = inspect.isclass(member) and issubclass(member, Construct) and not issubclass(member, EndedService)
            if made and name not in _PARTS:
                found[name] = member
    return found


def example(construct: type[Construct], profile: Profile) -> cdk.Stack:
    """The ``stack`` that the example in the construct's docstring makes, in ``profile``."""
    source = "\n".join(part.source for part in doctest.DocTestParser().get_examples(inspect.getdoc(construct) or ""))
    namespace: dict[str, Any] = {}
    exec(_ANY_PROFILE.sub(f"Profile.{profile.name.upper()}", source), namespace)
    stack: cdk.Stack = namespace["stack"]
    return stack


def subjects() -> Iterator[Subject]:
    """Every stack and every construct, in every profile."""
    for profile in PROFILES:
        for name, stack in reference_stacks().items():
            yield Subject(name, profile, lambda n=name, s=stack, p=profile: s(cdk.App(context=FLAGS), n, profile=p))  # type: ignore[misc]
        for name, construct in constructs().items():
            yield Subject(name, profile, lambda c=construct, p=profile: example(c, p))  # type: ignore[misc]


SUBJECTS = tuple(subjects())
"""For ``@pytest.mark.parametrize("subject", SUBJECTS, ids=str)``."""
