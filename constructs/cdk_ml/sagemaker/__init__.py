"""SageMaker: Studio, jobs that make models, features, experiments, the registry, and endpoints that serve models.

A name is imported when it is asked for: an app that hosts a model does not wait for Studio. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.sagemaker.container_image import EcrImage
    from cdk_ml.sagemaker.experiments.mlflow_app import MlflowApp
    from cdk_ml.sagemaker.experiments.tracking_server import MlflowTrackingServer, TrackingServerSize
    from cdk_ml.sagemaker.features.feature_group import FeatureGroup
    from cdk_ml.sagemaker.features.ingestion import FeatureIngestion
    from cdk_ml.sagemaker.features.schema import Feature, FeatureType
    from cdk_ml.sagemaker.features.stores import (
        OfflineStore,
        OnlineStorage,
        OnlineStore,
        ProvisionedThroughput,
        TableFormat,
    )
    from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms
    from cdk_ml.sagemaker.hosting.capture import DataCapture
    from cdk_ml.sagemaker.hosting.invocation import EndpointBase
    from cdk_ml.sagemaker.hosting.model import Model
    from cdk_ml.sagemaker.hosting.neuron import NeuronFit
    from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
    from cdk_ml.sagemaker.hosting.scaling import Scaling, ScheduledCapacity
    from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Linear, Rolling
    from cdk_ml.sagemaker.hosting.variant import Variant
    from cdk_ml.sagemaker.jobs.compute import Compute
    from cdk_ml.sagemaker.jobs.data import Data, Output
    from cdk_ml.sagemaker.jobs.distribution import Distribution
    from cdk_ml.sagemaker.jobs.job import Job
    from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
    from cdk_ml.sagemaker.jobs.script import Script
    from cdk_ml.sagemaker.jobs.spot import SpotTraining
    from cdk_ml.sagemaker.jobs.training_job import TrainedModel, TrainingJob
    from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Parameter, Result
    from cdk_ml.sagemaker.labeling.labeling_job import LabelingJob
    from cdk_ml.sagemaker.labeling.labeling_workforce import LabelingWorkforce
    from cdk_ml.sagemaker.registry.card_content import (
        AdditionalInformation,
        BusinessDetails,
        CardContent,
        CardStatus,
        EvaluationSummary,
        IntendedUses,
        ModelOverview,
        RiskRating,
        TrainingSummary,
    )
    from cdk_ml.sagemaker.registry.model_card import ModelCard
    from cdk_ml.sagemaker.registry.model_package import ModelPackage, ModelSupport
    from cdk_ml.sagemaker.registry.model_package_group import ModelPackageGroup, ModelSharing
    from cdk_ml.sagemaker.registry.packages import ApprovalStatus

__all__ = [
    "AdditionalInformation",
    "AllAtOnce",
    "ApprovalStatus",
    "BusinessDetails",
    "Canary",
    "CardContent",
    "CardStatus",
    "Compute",
    "Data",
    "DataCapture",
    "Distribution",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "EvaluationSummary",
    "ExecutionId",
    "Feature",
    "FeatureGroup",
    "FeatureIngestion",
    "FeatureType",
    "IntendedUses",
    "Job",
    "Join",
    "LabelingJob",
    "LabelingWorkforce",
    "Linear",
    "MlflowApp",
    "MlflowTrackingServer",
    "Model",
    "ModelCard",
    "ModelOverview",
    "ModelPackage",
    "ModelPackageGroup",
    "ModelSharing",
    "ModelSupport",
    "NeuronFit",
    "OfflineStore",
    "OnlineStorage",
    "OnlineStore",
    "Output",
    "Parameter",
    "ProcessingJob",
    "ProvisionedThroughput",
    "RealTimeEndpoint",
    "Result",
    "RiskRating",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "Script",
    "SpotTraining",
    "TableFormat",
    "TrackingServerSize",
    "TrainedModel",
    "TrainingJob",
    "TrainingSummary",
    "Variant",
]

__getattr__ = on_demand(__name__)
