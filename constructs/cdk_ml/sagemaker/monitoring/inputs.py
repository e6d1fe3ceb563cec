"""What a monitor's job reads: a plan of each run's own, and the objects that the plan found.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Value


@dataclass(frozen=True, slots=True)
class RunFolder(Data):
    """Something under a prefix that is apart for every run.

    :param name: what is under the run's id.
    """

    name: str = ""

    @property
    def uri(self) -> Value:
        return Join((f"s3://{self.bucket.bucket_name}/{self.prefix}", ExecutionId(), f"/{self.name}"))


@dataclass(frozen=True, slots=True)
class RunManifest(RunFolder):
    """A file of a run that names objects.

    :param of: where they are.
    """

    of: tuple[Data, ...] = ()

    @property
    def s3_type(self) -> Literal["S3Prefix", "ManifestFile"]:
        return "ManifestFile"

    @property
    def named(self) -> Sequence[Data]:
        return self.of
