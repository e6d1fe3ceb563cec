"""The image in which jobs of SageMaker Clarify run; clarify.toml says where the account of each region was read.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-container.html
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from . import _tables
from .images import Accelerator, Image, Purpose


@cache
def clarify_image() -> Image:
    """The image of Clarify's processing jobs."""
    data = _tables.read("clarify")
    return Image(
        purpose=Purpose.PROCESSING,
        framework="clarify",
        version=data["version"],
        accelerator=Accelerator.CPU,
        repository=data["repository"],
        tag=data["version"],
        accounts=MappingProxyType(data["accounts"]),
    )
