"""MLOps: approved models that deploy themselves, carefully; alarms that start retraining; the loop of both.

A name is imported when it is asked for. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.mlops.closed_loop import ClosedLoop
    from cdk_ml.mlops.model_deployment import ModelDeployment
    from cdk_ml.mlops.registry_account import RegistryAccount, RemotePipeline
    from cdk_ml.mlops.retraining_loop import RetrainingLoop
    from cdk_ml.mlops.serving import Serving
    from cdk_ml.mlops.shared_registry import SharedRegistry

__all__ = [
    "ClosedLoop",
    "ModelDeployment",
    "RegistryAccount",
    "RemotePipeline",
    "RetrainingLoop",
    "Serving",
    "SharedRegistry",
]

__getattr__ = on_demand(__name__)
