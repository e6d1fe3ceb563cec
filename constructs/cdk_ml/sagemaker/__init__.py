"""SageMaker: jobs that make models, and endpoints that serve them.

A name is imported when it is asked for: an app that hosts a model does not wait for Studio. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.sagemaker.container_image import EcrImage
    from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, QueueAlarms
    from cdk_ml.sagemaker.hosting.async_endpoint import AsyncEndpoint
    from cdk_ml.sagemaker.hosting.capture import DataCapture
    from cdk_ml.sagemaker.hosting.component_endpoint import ComponentEndpoint
    from cdk_ml.sagemaker.hosting.inference_component import InferenceComponent
    from cdk_ml.sagemaker.hosting.invocation import EndpointBase
    from cdk_ml.sagemaker.hosting.model import Model
    from cdk_ml.sagemaker.hosting.multi_model_endpoint import MultiModelEndpoint
    from cdk_ml.sagemaker.hosting.neuron import NeuronFit
    from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
    from cdk_ml.sagemaker.hosting.scaling import Scaling, ScheduledCapacity
    from cdk_ml.sagemaker.hosting.serverless_endpoint import ServerlessEndpoint
    from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Linear, Rolling
    from cdk_ml.sagemaker.hosting.variant import Variant
    from cdk_ml.sagemaker.jobs.batching import Association, Batching
    from cdk_ml.sagemaker.jobs.compute import Compute
    from cdk_ml.sagemaker.jobs.data import Data, Output
    from cdk_ml.sagemaker.jobs.job import Job
    from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
    from cdk_ml.sagemaker.jobs.script import Script
    from cdk_ml.sagemaker.jobs.transform_job import TransformJob
    from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Parameter, Result

__all__ = [
    "AllAtOnce",
    "Association",
    "AsyncEndpoint",
    "Batching",
    "Canary",
    "ComponentEndpoint",
    "Compute",
    "Data",
    "DataCapture",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "ExecutionId",
    "InferenceComponent",
    "Job",
    "Join",
    "Linear",
    "Model",
    "MultiModelEndpoint",
    "NeuronFit",
    "Output",
    "Parameter",
    "ProcessingJob",
    "QueueAlarms",
    "RealTimeEndpoint",
    "Result",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "Script",
    "ServerlessEndpoint",
    "TransformJob",
    "Variant",
]

__getattr__ = on_demand(__name__)
