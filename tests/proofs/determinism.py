"""Every subject, for the processes that synthesize them on their own."""

from __future__ import annotations

from collections.abc import Iterator

from constructs import IConstruct

from tests.proofs.subjects import SUBJECTS


def every_subject() -> Iterator[IConstruct]:
    """The app of each subject, one after the other."""
    for subject in SUBJECTS:
        yield subject.build()
