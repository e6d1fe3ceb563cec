"""Volumes of instances: which of them a key of the user's can encrypt.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

from __future__ import annotations

from cdk_ml.facts.accelerators import has_local_storage
from cdk_ml.facts.errors import UnknownFact
from cdk_ml.tokens import is_token


def takes_volume_key(instance_type: str) -> bool:
    """Whether SageMaker takes a key for the volumes of ``instance_type``; of a type nobody knows, it is taken to.

    Disks that an instance type brings with it, the hardware encrypts: with them, a key is refused.
    """
    if is_token(instance_type):
        return True
    try:
        return not has_local_storage(instance_type)
    except UnknownFact:
        return True
