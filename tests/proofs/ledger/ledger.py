"""The logical ids under which data lives, so that nobody loses some by renaming a construct.

CloudFormation knows a resource by its logical id. One that gets another id, another type, or another value of a
property that is fixed at creation, is made anew and empty, and the old one is deleted or left to nobody. For an alarm
that is an update like any other; for a bucket, a key or an endpoint it is not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

import datetime
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.snapshots.replacement import fixed_values

_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")
# Types that hold something which is lost, or that others know by name, whatever their deletion policy says.
STATEFUL = frozenset(
    {
        "AWS::Bedrock::KnowledgeBase",
        "AWS::Cognito::IdentityPool",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::FSx::FileSystem",
        "AWS::Glue::Database",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::MSK::Cluster",
        "AWS::Neptune::DBCluster",
        "AWS::OpenSearchServerless::Collection",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::RedshiftServerless::Namespace",
        "AWS::S3::Bucket",
        "AWS::S3Tables::Table",
        "AWS::S3Tables::TableBucket",
        "AWS::S3Vectors::Index",
        "AWS::S3Vectors::VectorBucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::Endpoint",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::ModelPackageGroup",
        "AWS::SageMaker::NotebookInstance",
        "AWS::SageMaker::UserProfile",
        "AWS::SecretsManager::Secret",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger knows of a resource.

    :ivar deletion_policy: what happens to it when it leaves the stack.
    :ivar fixed: properties that cannot be changed without making another resource, by path.
    """

    type: str
    deletion_policy: str
    fixed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to a resource.

    :ivar kind: ``added``, ``removed``, ``replaced`` or ``unprotected``.
    :ivar fingerprint: of what it becomes, so that what is recorded for one change does not excuse the next.
    """

    logical_id: str
    kind: str
    says: str
    fingerprint: str


def stateful(template: Mapping[str, Any]) -> dict[str, Entry]:
    """The resources of a template that the ledger is about: of a stateful type, or kept by their deletion policy."""
    return {
        name: Entry(
            body["Type"], body.get("DeletionPolicy", "Delete"), fixed_values(body["Type"], body.get("Properties", {}))
        )
        for name, body in sorted(template["Resources"].items())
        if body["Type"] in STATEFUL or body.get("DeletionPolicy") in _KEPT
    }


def changes(recorded: Mapping[str, Entry], current: Mapping[str, Entry]) -> Iterator[Change]:
    """What an update from ``recorded`` to ``current`` does to each resource, unless it changes in place."""
    for name, old in recorded.items():
        new = current.get(name)
        found = _removal(old, current.keys() - recorded.keys(), current) if new is None else _change(old, new)
        if found is not None:
            kind, says = found
            yield Change(name, kind, f"{name} ({old.type}) {says}", _fingerprint(new))
    for name, new in current.items():
        if name not in recorded:
            yield Change(name, "added", f"{name} ({new.type}) is new", _fingerprint(new))


def _removal(old: Entry, added: Iterable[str], current: Mapping[str, Entry]) -> tuple[str, str]:
    twins = sorted(other for other in added if current[other].type == old.type)
    hint = f". Was it renamed? {', '.join(twins)} is new, and would be made empty" if twins else ""
    return "removed", f"is gone from the template: {_fate(old)}{hint}"


def _change(old: Entry, new: Entry) -> tuple[str, str] | None:
    if old.type != new.type:
        return "replaced", f"becomes an {new.type}: {_fate(old)}"
    properties = sorted({*old.fixed, *new.fixed})
    changed = [name for name in properties if old.fixed.get(name) != new.fixed.get(name)]
    if changed:
        values = ", ".join(f"{n} {json.dumps(old.fixed.get(n))} -> {json.dumps(new.fixed.get(n))}" for n in changed)
        return "replaced", f"is replaced by an empty one, because of {values}: {_fate(old)}"
    if old.deletion_policy in _KEPT and new.deletion_policy not in _KEPT:
        policies = f"{old.deletion_policy} -> {new.deletion_policy}"
        return "unprotected", f"is deleted with its stack from now on, because of DeletionPolicy {policies}"
    return None


def _fate(old: Entry) -> str:
    if old.deletion_policy in _KEPT:
        return "the old one stays behind, with what it holds, and belongs to no stack"
    return "the old one is deleted, with what it holds"


def _fingerprint(entry: Entry | None) -> str:
    text = json.dumps(None if entry is None else asdict(entry), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Ledger:
    """The folder of the ledger: a JSON file for each stack, and the changes that somebody answers for.

    :raises ValueError: for a recorded change without a reason or a date.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answered_for = {_answer(entry) for entry in _recorded(folder / "changes.toml")}

    @property
    def stacks(self) -> frozenset[str]:
        """The names of all stacks that are recorded."""
        return frozenset(file.stem for file in self._folder.glob("*.json"))

    def read(self, stack: str) -> dict[str, Entry]:
        """What is recorded of a stack."""
        file = self._folder / f"{stack}.json"
        found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return {name: Entry(**entry) for name, entry in found.items()}

    def problems(self, stack: str, current: Mapping[str, Entry]) -> list[str]:
        """What has to be done before the stack may become ``current``."""
        return [self._problem(stack, change) for change in changes(self.read(stack), current)]

    def accept(self, stack: str, current: Mapping[str, Entry]) -> None:
        """Record ``current``, unless something would be lost that nobody answers for."""
        if not all(self._accepts(stack, change) for change in changes(self.read(stack), current)):
            return
        text = json.dumps({name: asdict(entry) for name, entry in sorted(current.items())}, indent=2)
        (self._folder / f"{stack}.json").write_text(f"{text}\n", encoding="utf-8")

    def _accepts(self, stack: str, change: Change) -> bool:
        return change.kind == "added" or (stack, change.logical_id, change.fingerprint) in self._answered_for

    def _problem(self, stack: str, change: Change) -> str:
        if self._accepts(stack, change):
            return f"{stack}: {change.says}. Record it with `make ledger`."
        return (
            f"{stack}: {change.says}. If that is meant, say why in tests/proofs/ledger/changes.toml, "
            f'under [[change]] with stack = "{stack}", logical_id = "{change.logical_id}", '
            f'fingerprint = "{change.fingerprint}", reason and date, and record it with `make ledger`.'
        )


def _recorded(file: Path) -> list[dict[str, Any]]:
    found = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    entries: list[dict[str, Any]] = found.get("change", [])
    return entries


def _answer(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    match entry:
        case {
            "stack": str() as stack,
            "logical_id": str() as logical_id,
            "fingerprint": str() as fingerprint,
            "reason": str() as reason,
            "date": datetime.date(),
            **others,
        } if len(reason) > 20 and not others:
            return stack, logical_id, fingerprint
    raise ValueError(f"changes.toml: {dict(entry)} needs stack, logical_id, fingerprint, date and a reason that argues")
