"""Cloud assemblies of the subjects, each built by the worker that needs it first and given to every proof."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk

from cdk_ml.assembly import Assembly, read
from tests.conftest import SHARED
from tests.proofs.subjects import SUBJECTS, Subject


@contextmanager
def stacks_are(prefix: str = "", region: str | None = None) -> Iterator[None]:
    """Let every stack made inside have a prefix before its id, and be bound to a region.

    Examples all name their stack alike, and to be checked together they need names of their own.
    """
    make = cdk.Stack.__init__

    def renamed(self: cdk.Stack, scope: Any = None, id: str | None = None, **kwargs: Any) -> None:
        bound = {"env": cdk.Environment(region=region)} if region else {}
        make(self, scope, f"{prefix}{id}", **{**bound, **kwargs})

    with patch.object(cdk.Stack, "__init__", renamed):
        yield


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="own-", dir=os.environ[SHARED])


@cache
def _synthesized(subject: Subject, region: str | None) -> Assembly:
    shared = Path(os.environ[SHARED]) / f"{subject}-{region}"
    if not shared.exists():
        prefix = f"{subject.name}{subject.profile.name.capitalize()}"
        with stacks_are(prefix=prefix, region=region):
            own = subject.synthesize(Path(_folder().name) / shared.name)
        # Whole or not at all: where another worker was quicker, its assembly is as good.
        with suppress(OSError):
            own.rename(shared)
    return read(shared)


def assembly(subject: Subject, region: str | None = None) -> Assembly:
    """The assembly of a subject.

    :param region: binds its stacks to a region; to none when not given.
    """
    return _synthesized(subject, region)


def named(name: str) -> Subject:
    """The subject that prints as ``name``, such as ``NeuronInference-production``."""
    return next(subject for subject in SUBJECTS if str(subject) == name)


def edited(
    folder: Path, change: Callable[[dict[str, Any]], object], subject: str = "NeuronInference-production"
) -> Assembly:
    """A copy of a subject's assembly whose template was changed by hand.

    :param folder: where the copy goes; must not exist yet.
    :param change: changes the template that it is given.
    """
    original = assembly(named(subject))
    shutil.copytree(original.directory, folder)
    (template,) = original.templates
    raw = json.loads(template.file.read_text())
    change(raw)
    (folder / template.file.name).write_text(json.dumps(raw))
    return read(folder)
