"""SageMaker: models, and the endpoints that serve them."""

from cdk_ml.sagemaker.alarms import EndpointAlarms
from cdk_ml.sagemaker.capture import DataCapture
from cdk_ml.sagemaker.container_image import EcrImage
from cdk_ml.sagemaker.invocation import EndpointBase
from cdk_ml.sagemaker.model import Model
from cdk_ml.sagemaker.neuron import NeuronFit
from cdk_ml.sagemaker.real_time_endpoint import RealTimeEndpoint
from cdk_ml.sagemaker.scaling import Scaling, ScheduledCapacity
from cdk_ml.sagemaker.updates import AllAtOnce, Canary, Linear, Rolling
from cdk_ml.sagemaker.variant import Variant

__all__ = [
    "AllAtOnce",
    "Canary",
    "DataCapture",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "Linear",
    "Model",
    "NeuronFit",
    "RealTimeEndpoint",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "Variant",
]
