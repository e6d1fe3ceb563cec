"""SageMaker: Studio, jobs that make models, features, experiments, the registry, and endpoints that serve models.

A name is imported when it is asked for: an app that hosts a model does not wait for Studio. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.sagemaker.container_image import EcrImage
    from cdk_ml.sagemaker.experiments.mlflow_app import MlflowApp
    from cdk_ml.sagemaker.experiments.tracking_server import MlflowTrackingServer, TrackingServerSize
    from cdk_ml.sagemaker.explainability.analysis import (
        AnalyzedModel,
        Facet,
        LabeledData,
        Limit,
        Outcome,
        PredictedLabels,
        Shap,
    )
    from cdk_ml.sagemaker.explainability.bias_report import BiasReport
    from cdk_ml.sagemaker.explainability.clarify_job import ClarifyJob
    from cdk_ml.sagemaker.explainability.explainability_report import ExplainabilityReport
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
    from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, QueueAlarms
    from cdk_ml.sagemaker.hosting.async_endpoint import AsyncEndpoint
    from cdk_ml.sagemaker.hosting.capture import CapturedRequests, DataCapture
    from cdk_ml.sagemaker.hosting.component_endpoint import ComponentEndpoint
    from cdk_ml.sagemaker.hosting.gpu import GpuFit
    from cdk_ml.sagemaker.hosting.inference_component import InferenceComponent
    from cdk_ml.sagemaker.hosting.invocation import EndpointBase
    from cdk_ml.sagemaker.hosting.invocation_api import InvocationApi, Jwt, Throttle
    from cdk_ml.sagemaker.hosting.model import Model
    from cdk_ml.sagemaker.hosting.multi_model_endpoint import MultiModelEndpoint
    from cdk_ml.sagemaker.hosting.neuron import NeuronFit
    from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
    from cdk_ml.sagemaker.hosting.scaling import Scaling, ScheduledCapacity
    from cdk_ml.sagemaker.hosting.serverless_endpoint import ServerlessEndpoint
    from cdk_ml.sagemaker.hosting.streaming_invocation_api import StreamingInvocationApi
    from cdk_ml.sagemaker.hosting.updates import AllAtOnce, Canary, Linear, Rolling
    from cdk_ml.sagemaker.hosting.variant import Variant
    from cdk_ml.sagemaker.jobs.automl_job import AutoMlJob
    from cdk_ml.sagemaker.jobs.automl_problems import ForecastingProblem, TabularProblem
    from cdk_ml.sagemaker.jobs.batching import Association, Batching
    from cdk_ml.sagemaker.jobs.compute import Compute
    from cdk_ml.sagemaker.jobs.cost_ceiling import CostCeiling
    from cdk_ml.sagemaker.jobs.data import Data, Output
    from cdk_ml.sagemaker.jobs.distribution import Distribution
    from cdk_ml.sagemaker.jobs.job import Job
    from cdk_ml.sagemaker.jobs.loss_watch import LossWatch
    from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
    from cdk_ml.sagemaker.jobs.script import Script
    from cdk_ml.sagemaker.jobs.spot import SpotTraining
    from cdk_ml.sagemaker.jobs.training_job import TrainedModel, TrainingJob
    from cdk_ml.sagemaker.jobs.transform_job import TransformJob
    from cdk_ml.sagemaker.jobs.tuning_job import TuningJob
    from cdk_ml.sagemaker.jobs.tuning_ranges import CategoricalRange, ContinuousRange, IntegerRange
    from cdk_ml.sagemaker.jobs.tuning_rules import Hyperband, Objective, WarmStart
    from cdk_ml.sagemaker.jobs.values import ExecutionId, Join, Parameter, Result
    from cdk_ml.sagemaker.jobs.wheelhouse import Wheelhouse
    from cdk_ml.sagemaker.labeling.labeling_job import LabelingJob
    from cdk_ml.sagemaker.labeling.labeling_workforce import LabelingWorkforce
    from cdk_ml.sagemaker.monitoring.checks import (
        DataQualityCheck,
        ModelBiasCheck,
        ModelExplainabilityCheck,
        ModelQualityCheck,
    )
    from cdk_ml.sagemaker.monitoring.kinds import (
        DataDrift,
        DataQuality,
        DriftMethod,
        ModelProblem,
        ModelQuality,
        QualityMetric,
    )
    from cdk_ml.sagemaker.monitoring.model_monitor import ModelMonitor
    from cdk_ml.sagemaker.monitoring.monitor_schedule import ModelMonitorSchedule
    from cdk_ml.sagemaker.notebooks.notebook_instance import NotebookInstance
    from cdk_ml.sagemaker.pipelines.conditions import AnyOf, Compare, JsonGet, Not, OneOf
    from cdk_ml.sagemaker.pipelines.flow_steps import CallbackStep, ConditionStep, FailStep, LambdaStep
    from cdk_ml.sagemaker.pipelines.job_steps import EvaluateStep, JobStep, PropertyFile
    from cdk_ml.sagemaker.pipelines.model_steps import CreateModelStep, TransformStep
    from cdk_ml.sagemaker.pipelines.options import Cache, Failure, Retry
    from cdk_ml.sagemaker.pipelines.pipeline import Pipeline
    from cdk_ml.sagemaker.pipelines.register_step import RegisterModelStep
    from cdk_ml.sagemaker.pipelines.step import Step
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
    "AdditionalInformation",
    "AllAtOnce",
    "AnalyzedModel",
    "AnyOf",
    "ApprovalStatus",
    "Association",
    "AsyncEndpoint",
    "AutoMlJob",
    "Batching",
    "BiasReport",
    "BusinessDetails",
    "Cache",
    "CallbackStep",
    "Canary",
    "Canvas",
    "CapturedRequests",
    "CardContent",
    "CardStatus",
    "CategoricalRange",
    "ClarifyJob",
    "Compare",
    "ComponentEndpoint",
    "Compute",
    "ConditionStep",
    "Container",
    "ContinuousRange",
    "CostCeiling",
    "CreateModelStep",
    "Data",
    "DataCapture",
    "DataDrift",
    "DataQuality",
    "DataQualityCheck",
    "Distribution",
    "Docker",
    "DriftMethod",
    "EcrImage",
    "EndpointAlarms",
    "EndpointBase",
    "EvaluateStep",
    "EvaluationSummary",
    "ExecutionId",
    "ExplainabilityReport",
    "Facet",
    "FailStep",
    "Failure",
    "Feature",
    "FeatureGroup",
    "FeatureIngestion",
    "FeatureType",
    "ForecastingProblem",
    "GpuFit",
    "HubModel",
    "Hyperband",
    "IdleShutdown",
    "InferenceComponent",
    "IntegerRange",
    "IntendedUses",
    "InvocationApi",
    "Job",
    "JobStep",
    "Join",
    "JsonGet",
    "Jwt",
    "LabeledData",
    "LabelingJob",
    "LabelingWorkforce",
    "LambdaStep",
    "Limit",
    "Linear",
    "LossWatch",
    "MlflowApp",
    "MlflowTrackingServer",
    "Model",
    "ModelBiasCheck",
    "ModelCard",
    "ModelExplainabilityCheck",
    "ModelMonitor",
    "ModelMonitorSchedule",
    "ModelOverview",
    "ModelPackage",
    "ModelPackageGroup",
    "ModelProblem",
    "ModelQuality",
    "ModelQualityCheck",
    "ModelSharing",
    "ModelSupport",
    "MultiModelEndpoint",
    "NeuronFit",
    "Not",
    "NotebookInstance",
    "Objective",
    "OfflineStore",
    "OneOf",
    "OnlineStorage",
    "OnlineStore",
    "Outcome",
    "Output",
    "Parameter",
    "Pipeline",
    "PredictedLabels",
    "PrivateHub",
    "ProcessingJob",
    "PropertyFile",
    "ProvisionedThroughput",
    "QualityMetric",
    "QueueAlarms",
    "RealTimeEndpoint",
    "RegisterModelStep",
    "Result",
    "Retry",
    "RiskRating",
    "Rolling",
    "Scaling",
    "ScheduledCapacity",
    "Script",
    "ServerlessEndpoint",
    "Shap",
    "SpotTraining",
    "Step",
    "StreamingInvocationApi",
    "StudioApps",
    "StudioDomain",
    "StudioImage",
    "StudioLifecycleConfig",
    "StudioSpace",
    "StudioStorage",
    "StudioTeardown",
    "StudioUserProfile",
    "TableFormat",
    "TabularProblem",
    "Throttle",
    "TrackingServerSize",
    "TrainedModel",
    "TrainingJob",
    "TrainingSummary",
    "TransformJob",
    "TransformStep",
    "TuningJob",
    "Variant",
    "WarmStart",
    "Wheelhouse",
]

__getattr__ = on_demand(__name__)
