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
    from cdk_ml.sagemaker.labeling.labeling_job import LabelingJob
    from cdk_ml.sagemaker.labeling.labeling_workforce import LabelingWorkforce

__all__ = [
    "AllAtOnce",
    "Canary",
    "DataCapture",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "LabelingJob",
    "LabelingWorkforce",
    "Linear",
    "Model",
    "NeuronFit",
    "RealTimeEndpoint",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "Variant",
]

__getattr__ = on_demand(__name__)
