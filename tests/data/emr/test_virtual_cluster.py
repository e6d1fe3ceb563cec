"""A namespace of an EKS cluster that is there becomes a virtual cluster."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_ml.data import EmrVirtualCluster
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS
from tests.data.emr.conftest import ISSUER, VirtualStack


def test_the_namespace_is_a_virtual_cluster(virtual_stack: VirtualStack) -> None:
    provider = virtual_stack.one("AWS::EMRContainers::VirtualCluster")["ContainerProvider"]
    assert provider == {"Id": "platform", "Type": "EKS", "Info": {"EksInfo": {"Namespace": "spark"}}}


def test_everything_wrong_is_said_at_once(stack: cdk.Stack, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError) as raised:
        EmrVirtualCluster(
            stack,
            "Spark",
            workspace=workspace,
            cluster_name="-",
            oidc_issuer=f"https://{ISSUER}",
            namespace="Spark",
            release="emr-7.14.0",
        )
    found = {problem.argument: problem.fix for problem in raised.value.problems}
    assert [*found] == ["release", "cluster_name", "oidc_issuer", "namespace"]
    assert found["oidc_issuer"] == "Write it as oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE, without https://"


def test_an_issuer_that_is_not_known_yet_is_refused(stack: cdk.Stack, workspace: Workspace) -> None:
    issuer = cdk.Token.as_string({"Ref": "Issuer"})
    with pytest.raises(ConfigurationError, match="known only to the deployment"):
        EmrVirtualCluster(stack, "Spark", workspace=workspace, cluster_name="c", oidc_issuer=issuer, namespace="spark")


def test_a_region_without_emr_on_eks_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Churn", env=cdk.Environment(region="ca-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    issuer = ISSUER.replace("us-east-1", "ca-west-1")
    with pytest.raises(ConfigurationError, match="has no AWS::EMRContainers::VirtualCluster in CloudFormation"):
        EmrVirtualCluster(stack, "Spark", workspace=workspace, cluster_name="c", oidc_issuer=issuer, namespace="spark")
