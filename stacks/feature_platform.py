"""Features of customers, online and offline, with the experiments and the registry of the models that use them.

    files ──> inbox bucket ──> EventBridge ──> function ──> feature group ──> online store (90 days)
                                                  │              └── offline store: Iceberg table in the data bucket
                                                  └── bad records ──> quarantine/, metric, alarm ──> alert topic
    training ──> MLflow App (runs, artifacts) ──> model package group ── model card
    everything ──> budget of the project

Idle cost: 1 USD a month for the key, cents for the alarms and the queue, storage by the GB. Nothing runs.

Try it: ``cdk deploy FeaturePlatform``, then copy a file such as ``customers.jsonl`` with lines like
``{"customer_id": "c-1", "seen_at": "2026-11-01T12:00:00Z", "orders_90d": 3, "basket_value": 41.5}`` to the address in
the output ``Inbox``; ``GetRecord`` of ``c-1`` answers a few seconds later, the offline store within minutes.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_ml.cost import MonthlyLimit
from cdk_ml.sagemaker import (
    CardContent,
    Feature,
    FeatureGroup,
    FeatureIngestion,
    FeatureType,
    IntendedUses,
    MlflowApp,
    ModelCard,
    ModelPackageGroup,
    OnlineStore,
    RiskRating,
)
from cdk_ml.workspace import CostTags, Profile, Workspace


class FeaturePlatform(cdk.Stack):
    """A feature group with its ingestion, an MLflow App, and a group of model versions with its card."""

    def __init__(self, scope: Construct, id: str, *, profile: Profile, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=profile,
            tags=CostTags(project="feature-platform", owner="ml-platform", cost_center="ml"),
            monthly_limit=MonthlyLimit(usd=300),
        )
        customers = FeatureGroup(
            self,
            "Customers",
            workspace=workspace,
            features=[
                Feature("customer_id", FeatureType.STRING),
                Feature("seen_at", FeatureType.STRING),
                Feature("orders_90d", FeatureType.INTEGRAL),
                Feature("basket_value", FeatureType.FRACTIONAL),
            ],
            record_identifier="customer_id",
            event_time="seen_at",
            online=OnlineStore(ttl_seconds=90 * 24 * 3600),
        )
        ingestion = FeatureIngestion(self, "Ingestion", workspace=workspace, feature_group=customers)
        mlflow = MlflowApp(self, "Mlflow", workspace=workspace, register_models=True)
        models = ModelPackageGroup(self, "Models", workspace=workspace, description="Who will leave within a month")
        uses = IntendedUses(
            purpose_of_model="Say which customers are likely to leave within a month, so that somebody calls them",
            intended_uses="Ranking of customers for a person; never a decision about prices or contracts",
            risk_rating=RiskRating.LOW,
            explanations_for_risk_rating="A wrong answer costs a phone call",
        )
        ModelCard(self, "Card", workspace=workspace, group=models, content=CardContent(intended_uses=uses))
        cdk.CfnOutput(self, "Inbox", value=f"s3://{ingestion.bucket.bucket_name}/{ingestion.prefix}")
        cdk.CfnOutput(self, "FeatureGroupName", value=customers.feature_group_name)
        cdk.CfnOutput(self, "OfflineTable", value=f"{customers.glue_database_name}.{customers.glue_table_name}")
        cdk.CfnOutput(self, "TrackingUri", value=mlflow.app_arn)
