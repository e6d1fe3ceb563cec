"""The stores of a feature group: what answers at once, and what keeps everything.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-storage-configurations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside

_PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*")
_LONGEST_PREFIX = 256
_DATABASE = re.compile(r"[a-z0-9_]{1,255}")
_MOST_UNITS = 40_000


class OnlineStorage(StrEnum):
    """What the online store is made of."""

    STANDARD = "Standard"
    """Milliseconds, and the cheaper one."""

    IN_MEMORY = "InMemory"
    """Faster, billed by the memory it takes, and 10 to 15 minutes in the making."""


class TableFormat(StrEnum):
    """What the table of the offline store is."""

    ICEBERG = "Iceberg"
    """Can be compacted, and records can be deleted from it."""

    GLUE = "Glue"
    """Parquet files under a prefix, ever more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineStore:
    """The latest record of every identifier, for inference.

    :param storage: what it is made of.
    :param ttl_seconds: seconds after its event time when a record goes; it stays for ever when not given.
    """

    storage: OnlineStorage = OnlineStorage.STANDARD
    ttl_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineStore:
    """Every record that was ever written, for training: a table over objects in the workspace's data bucket.

    :param prefix: where its objects are; by default ``features/`` and the group's name.
    :param database: a Glue database of your own for the table; by default the group has one.
    :param table_format: what the table is.
    """

    prefix: str | None = None
    database: str | None = None
    table_format: TableFormat = TableFormat.ICEBERG


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedThroughput:
    """What the group can do in a second, paid for whether it is used or not. More is throttled.

    :param write_units: writes of 1 KB a second.
    :param read_units: reads of 4 KB a second, of the online store.
    """

    write_units: int
    read_units: int | None = None


def store_problems(
    online: OnlineStore | None, offline: OfflineStore | None, throughput: ProvisionedThroughput | None
) -> Iterator[Problem]:
    """What the Feature Store would refuse about the stores of a group."""
    if online is None and offline is None:
        yield Problem("online", None, "and offline=None leave nowhere to write to", "Give the group one store at least")
    if online is not None and online.ttl_seconds is not None and outside(online.ttl_seconds, 1, float("inf")):
        yield Problem("online.ttl_seconds", online.ttl_seconds, "is not a time to live", "Use at least 1 second")
    if offline is not None:
        yield from _offline_problems(offline)
    if throughput is not None:
        yield from _throughput_problems(throughput, online)


def _offline_problems(offline: OfflineStore) -> Iterator[Problem]:
    prefix, database = offline.prefix, offline.database
    if prefix is not None and not is_token(prefix) and not _is_prefix(prefix):
        fix = "Write it as features/churn: at most 256 letters, digits and _.=-/, without a / at either end"
        yield Problem("offline.prefix", prefix, "is not a prefix for objects", fix)
    if database is not None and not is_token(database) and not _DATABASE.fullmatch(database):
        fix = "Name a Glue database: lower case letters, digits and underscores"
        yield Problem("offline.database", database, "is not a name that Athena reads", fix)


def _is_prefix(text: str) -> bool:
    return len(text) <= _LONGEST_PREFIX and _PREFIX.fullmatch(text) is not None


def _throughput_problems(throughput: ProvisionedThroughput, online: OnlineStore | None) -> Iterator[Problem]:
    for name in ("write_units", "read_units"):
        units = getattr(throughput, name)
        if units is not None and outside(units, 1, _MOST_UNITS):
            rule = "is not a throughput that a feature group has"
            yield Problem(f"throughput.{name}", units, rule, f"Use 1 to {_MOST_UNITS}, or leave it out for on-demand")
    if online is not None and online.storage is OnlineStorage.IN_MEMORY:
        rule = "cannot be provisioned for an online store in memory"
        fix = "Leave throughput out, or use OnlineStorage.STANDARD"
        yield Problem("throughput.write_units", throughput.write_units, rule, fix)
    if online is None and throughput.read_units is not None:
        rule = "is for an online store, and there is none"
        yield Problem("throughput.read_units", throughput.read_units, rule, "Leave it out: the offline store is S3")
    if online is not None and throughput.read_units is None:
        rule = "leaves the online store without reads"
        yield Problem("throughput.read_units", None, rule, "Say how many reads of 4 KB it has to answer in a second")


def online_config(online: OnlineStore, key: kms.IKey) -> dict[str, Any]:
    """The ``OnlineStoreConfig`` of a group, in the template's own words, because the CDK takes any JSON here."""
    config: dict[str, Any] = {
        "EnableOnlineStore": True,
        "StorageType": online.storage.value,
        "SecurityConfig": {"KmsKeyId": key.key_arn},
    }
    if online.ttl_seconds is not None:
        config["TtlDuration"] = {"Unit": "Seconds", "Value": online.ttl_seconds}
    return config


def offline_config(
    offline: OfflineStore, *, bucket: s3.IBucket, prefix: str, database: str, table: str, key: kms.IKey
) -> dict[str, Any]:
    """The ``OfflineStoreConfig`` of a group, in the template's own words."""
    return {
        "S3StorageConfig": {"S3Uri": f"s3://{bucket.bucket_name}/{prefix}", "KmsKeyId": key.key_arn},
        "TableFormat": offline.table_format.value,
        "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": database, "TableName": table},
    }


def throughput_config(throughput: ProvisionedThroughput) -> dict[str, Any]:
    """The ``ThroughputConfig`` of a group."""
    return {
        "throughputMode": "Provisioned",
        "provisionedWriteCapacityUnits": throughput.write_units,
        "provisionedReadCapacityUnits": throughput.read_units,
    }
