"""Subjects for the processes that synthesize them on their own."""

from __future__ import annotations

from collections.abc import Iterator

from constructs import IConstruct

from cdk_ml.workspace import PROFILES
from stacks import reference_stacks
from tests.proofs.subjects import SUBJECTS, constructs


def every_subject() -> Iterator[IConstruct]:
    """The app of each stack in each profile, and of each construct in one, the profiles in turns."""
    turns = {name: PROFILES[index % len(PROFILES)] for index, name in enumerate(constructs())}
    for subject in SUBJECTS:
        if subject.name in reference_stacks() or turns[subject.name] == subject.profile:
            yield subject.build()
