"""Subjects for the processes that synthesize them on their own."""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from constructs import IConstruct

from cdk_ml.workspace import PROFILES, Profile
from stacks import reference_stacks
from tests.conftest import FLAGS
from tests.proofs.subjects import SUBJECTS, constructs


def every_subject() -> Iterator[IConstruct]:
    """The app of all stacks in each profile but that of ``app.py``, and of each construct in one, in turns."""
    for profile in PROFILES:
        if profile != Profile.PRODUCTION:
            app = cdk.App(context=FLAGS)
            for name, stack in reference_stacks().items():
                stack(app, name, profile=profile)
            yield app
    turns = {name: PROFILES[index % len(PROFILES)] for index, name in enumerate(constructs())}
    for subject in SUBJECTS:
        if turns.get(subject.name) == subject.profile:
            yield subject.build()
