"""Endpoints, jobs, features, the registry and Studio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import aws_ecr as ecr

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    Compute,
    ContinuousRange,
    EcrImage,
    EndpointBase,
    Feature,
    FeatureGroup,
    FeatureType,
    IntegerRange,
    Job,
    JobStep,
    Model,
    ModelPackage,
    ModelPackageGroup,
    ModelSharing,
    Pipeline,
    ProcessingJob,
    RealTimeEndpoint,
    StudioDomain,
    StudioImage,
    StudioLifecycleConfig,
    StudioUserProfile,
    TrainingJob,
)
from cdk_ml.sagemaker.registry.packages import ModelPackageGroupBase
from cdk_ml.workspace import Workspace
from tests.proofs.arguments.known import Known
from tests.proofs.arguments.values import TOKEN

_FEATURES = (
    (Feature("customer_id", FeatureType.STRING), Feature("seen_at", FeatureType.FRACTIONAL)),
    (Feature("customer_id", FeatureType.INTEGRAL), Feature("seen_at", FeatureType.STRING)),
)

USUAL: Mapping[str, Sequence[Any]] = {
    "default_gib": [10],
    "default_instance_type": ["ml.t3.medium"],
    "display_name": ["Churn"],
    "event_time": ["seen_at"],
    "expires_after": ["P30D", "PT12H", TOKEN],
    "features": _FEATURES,
    "hyperparameters": [{}, {"num_round": 10}],
    "instance_type": ["ml.m7i.large", "ml.g5.xlarge", "ml.inf2.8xlarge", "ml.m5d.large", TOKEN],
    "instance_types": [(), ("ml.t3.medium", "ml.g5.xlarge")],
    "issuer": ["https://login.example.com/"],
    "max_jobs": [10, 100],
    "maximum_gib": [100],
    "metric": ["loss"],
    "not_finite": ["loss", None],
    "parameters": [7e9, 1e9],
    "patience_minutes": [60],
    "percentage": [0, 10, 100],
    "ranges": [{"eta": ContinuousRange(0.1, 0.5)}, {"max_depth": IntegerRange(2, 5), "eta": ContinuousRange(0, 1)}],
    "record_identifier": ["customer_id"],
    "repositories": [(), ("https://git.example.com/team/churn",)],
    "trusted_accounts": [(), ("111111111111",)],
    "volume_gib": [5, 20],
}


def _feature_group(known: Known) -> FeatureGroup:
    return FeatureGroup(
        known.scope,
        "FeatureGroup",
        workspace=known(Workspace),
        features=_FEATURES[0],
        record_identifier="customer_id",
        event_time="seen_at",
    )


def _group(known: Known) -> ModelPackageGroup:
    sharing = ModelSharing(accounts=["222222222222"], may_deploy=True, artifacts="churn/")
    return ModelPackageGroup(known.scope, "Group", workspace=known(Workspace), sharing=sharing)


def _job(known: Known) -> ProcessingJob:
    return ProcessingJob(
        known.scope,
        "Job",
        workspace=known(Workspace),
        image=images.built_in_algorithm("sklearn"),
        script=None,
        compute=Compute(instance_type="ml.m5.large"),
        outputs=["usual"],
    )


def _endpoint(known: Known) -> RealTimeEndpoint:
    """Monitors ask for what it captured."""
    return RealTimeEndpoint(
        known.scope,
        "Endpoint",
        workspace=known(Workspace),
        model=Model(image=images.built_in_algorithm("xgboost"), artifact=None),
        instance_type="ml.m5.large",
    )


def _image(known: Known) -> StudioImage:
    image = EcrImage(ecr.Repository.from_repository_name(known.scope, "Studio", "studio"))
    return StudioImage(known.scope, "Image", workspace=known(Workspace), image=image)


def _training(known: Known) -> TrainingJob:
    """It reports what tuning and watching ask for."""
    return TrainingJob(
        known.scope,
        "Training",
        workspace=known(Workspace),
        image=images.built_in_algorithm("xgboost"),
        compute=Compute(instance_type="ml.m5.xlarge"),
        hyperparameters={"num_round": 10},
        timeout_seconds=3_600,
        metrics={"loss": "loss=([0-9.]+)"},
    )


KNOWN: Mapping[type, Callable[[Known], Any]] = {
    EndpointBase: lambda known: RealTimeEndpoint.from_endpoint_name(known.scope, "Known", "churn"),
    FeatureGroup: _feature_group,
    Job: lambda known: known(ProcessingJob),
    ModelPackage: lambda known: ModelPackage(
        known.scope,
        "Package",
        workspace=known(Workspace),
        group=known(ModelPackageGroup),
        model=Model(image=images.images()[0]),
    ),
    ModelPackageGroup: _group,
    ModelPackageGroupBase: lambda known: ModelPackageGroup.from_model_package_group_name(
        known.scope, "KnownGroup", "churn", workspace=known(Workspace)
    ),
    Pipeline: lambda known: Pipeline(
        known.scope, "Pipeline", workspace=known(Workspace), steps=[JobStep(known(ProcessingJob))]
    ),
    ProcessingJob: _job,
    RealTimeEndpoint: _endpoint,
    StudioDomain: lambda known: StudioDomain(known.scope, "Domain", workspace=known(Workspace)),
    StudioImage: _image,
    StudioLifecycleConfig: lambda known: StudioLifecycleConfig(
        known.scope, "Script", workspace=known(Workspace), script="true"
    ),
    StudioUserProfile: lambda known: StudioUserProfile(
        known.scope, "Owner", domain=known(StudioDomain), user_name="analyst"
    ),
    TrainingJob: _training,
}
