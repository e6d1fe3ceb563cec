"""What a user of the library writes, for mypy to judge against the types that the library ships."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_ml.assembly import Assembly
from cdk_ml.checks import Report
from cdk_ml.cost import MlBudget, MonthlyLimit
from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import DataCapture, Model, NeuronFit, RealTimeEndpoint, Scaling
from cdk_ml.testing import assert_compliant, assert_deterministic, assert_iam_precise, assert_portable
from cdk_ml.workspace import CostTags, Profile, Workspace


class ChurnStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        workspace = Workspace(
            self,
            "Workspace",
            profile=Profile.PRODUCTION,
            tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
            monthly_limit=MonthlyLimit(usd=2_000, notify=["ml-oncall@example.com"]),
        )
        self.budget: MlBudget | None = workspace.budget
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            workspace=workspace,
            model=Model.from_artifact(
                workspace.artifact_bucket, "churn/model.tar.gz", image=images.neuron_inference("pytorch", "2.8")
            ),
            instance_type="ml.inf2.8xlarge",
            neuron=NeuronFit(
                parameters=7e9, dtype="bf16", batch_size=4, sequence_length=4096, tensor_parallel_degree=2
            ),
            scaling=Scaling(minimum=1, maximum=6, invocations_per_instance=400),
            capture=DataCapture(percentage=10),
        )
        api = iam.Role(self, "Api", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        grant: iam.Grant = endpoint.grant_invoke(api)
        grant.assert_success()
        self.cfn_endpoint: sagemaker.CfnEndpoint = endpoint.cfn_endpoint


def prove(stack: cdk.Stack, assembly: Assembly) -> Report:
    """Every proof, on every kind of subject."""
    assert_deterministic("app.py", environment={"CDK_CONTEXT_JSON": "{}"})
    assert_iam_precise(stack)
    assert_portable("cdk.out")
    return assert_compliant(assembly, packs=["ML"])


def problems(error: ConfigurationError) -> list[str]:
    """What an application may read from an error."""
    return [f"{problem.argument}: {problem.fix}" for problem in error.problems]
