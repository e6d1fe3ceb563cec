"""The workspace that everything stands on, and what its roles may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import TAGS
from tests.proofs.arguments.known import Known

USUAL: Mapping[str, Sequence[Any]] = {}
KNOWN: Mapping[type, Callable[[Known], Any]] = {
    # IAM's own words: what is wrong in them, the proof of policies finds.
    Statement: lambda _: Statement(actions=["s3:GetObject"], resources=["arn:aws:s3:::models/model.tar.gz"]),
    Workspace: lambda known: Workspace(known.scope, "Workspace", profile=Profile.PRODUCTION, tags=TAGS),
}
