"""SageMaker: models, and the endpoints that serve them.

A name is imported when it is asked for: an app that hosts a model does not wait for Studio. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.sagemaker.container_image import EcrImage
    from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms
    from cdk_ml.sagemaker.hosting.capture import DataCapture
    from cdk_ml.sagemaker.hosting.invocation import EndpointBase
    from cdk_ml.sagemaker.hosting.model import Model
    from cdk_ml.sagemaker.hosting.neuron import NeuronFit
    from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
    from cdk_ml.sagemaker.hosting.scaling import Scaling, ScheduledCapacity
    from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Linear, Rolling
    from cdk_ml.sagemaker.hosting.variant import Variant
    from cdk_ml.sagemaker.notebooks.notebook_instance import NotebookInstance
    from cdk_ml.sagemaker.studio.canvas import Canvas
    from cdk_ml.sagemaker.studio.domain import StudioDomain
    from cdk_ml.sagemaker.studio.hub import HubModel, PrivateHub
    from cdk_ml.sagemaker.studio.image import Container, StudioImage
    from cdk_ml.sagemaker.studio.lifecycle_config import StudioLifecycleConfig
    from cdk_ml.sagemaker.studio.settings import Docker, IdleShutdown, StudioApps, StudioStorage
    from cdk_ml.sagemaker.studio.space import StudioSpace
    from cdk_ml.sagemaker.studio.teardown import StudioTeardown
    from cdk_ml.sagemaker.studio.user_profile import StudioUserProfile

__all__ = [
    "AllAtOnce",
    "Canary",
    "Canvas",
    "Container",
    "DataCapture",
    "Docker",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "HubModel",
    "IdleShutdown",
    "Linear",
    "Model",
    "NeuronFit",
    "NotebookInstance",
    "PrivateHub",
    "RealTimeEndpoint",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "StudioApps",
    "StudioDomain",
    "StudioImage",
    "StudioLifecycleConfig",
    "StudioSpace",
    "StudioStorage",
    "StudioTeardown",
    "StudioUserProfile",
    "Variant",
]

__getattr__ = on_demand(__name__)
