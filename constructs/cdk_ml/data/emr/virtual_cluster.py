"""EMR on EKS: Spark jobs as pods of a Kubernetes cluster that is there already.

https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/emr-eks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import Names, Stack
from aws_cdk import aws_emrcontainers as emrcontainers
from constructs import Construct

from cdk_ml.data.emr.release import chosen_release, release_problems
from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_CLUSTER = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_ISSUER = re.compile(r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/id/[A-Z0-9]+")
_LONGEST_NAME = 64
_TYPE = "AWS::EMRContainers::VirtualCluster"


class EmrVirtualCluster(Construct):
    """A namespace of an EKS cluster as a place where EMR runs Spark jobs.

    Creates the virtual cluster and nothing in Kubernetes: the EKS cluster, its nodes and the namespace are yours, and
    have to admit EMR before (an access entry, which EMR makes itself where the cluster's authentication mode has the
    API). Jobs are :class:`VirtualClusterJob`; each has a role of its own.

    Idle cost: nothing; the EKS cluster has its own price, and its nodes theirs.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import EmrVirtualCluster
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> virtual = EmrVirtualCluster(
    ...     stack,
    ...     "Spark",
    ...     workspace=workspace,
    ...     cluster_name="platform",
    ...     oidc_issuer="oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    ...     namespace="spark",
    ... )

    See https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/virtual-cluster.html

    :ivar namespace: where pods of jobs are.
    :ivar oidc_issuer: who says which pod it is.
    :ivar release: what jobs run on.
    :ivar log_prefix: where in the workspace's data bucket jobs leave their logs.
    :ivar cfn_virtual_cluster: the virtual cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        cluster_name: str,
        oidc_issuer: str,
        namespace: str,
        release: str | None = None,
    ) -> None:
        """
        :param workspace: key, buckets, tags and profile.
        :param cluster_name: name of the EKS cluster.
        :param oidc_issuer: the cluster's issuer of identities, without ``https://``; it has to be an identity
            provider of the account already.
        :param namespace: namespace in the cluster, for this virtual cluster alone.
        :param release: such as ``emr-7.13.0``; the newest that every kind of EMR has when not given.
        :raises cdk_ml.errors.ConfigurationError: a release that ended, names that EKS does not have, or a region
            without EMR on EKS.
        """
        super().__init__(scope, id)
        self.release = chosen_release(release)
        reject(
            self,
            [
                *release_problems(self.release, kind="EKS"),
                *_problems(cluster_name, oidc_issuer, namespace),
                *region_problems(Stack.of(self).region, _TYPE),
            ],
        )
        workspace.adopt(self)
        self.namespace = namespace
        self.oidc_issuer = oidc_issuer
        name = Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-")
        self.log_prefix = f"logs/emr-eks/{name}/"
        self.cfn_virtual_cluster = emrcontainers.CfnVirtualCluster(
            self,
            "Resource",
            name=name,
            container_provider={"id": cluster_name, "type": "EKS", "info": {"eksInfo": {"namespace": namespace}}},
        )

    @property
    def virtual_cluster_id(self) -> str:
        """Id of the virtual cluster."""
        return self.cfn_virtual_cluster.attr_id

    @property
    def virtual_cluster_arn(self) -> str:
        """ARN of the virtual cluster."""
        return self.cfn_virtual_cluster.attr_arn


def _problems(cluster_name: str, oidc_issuer: str, namespace: str) -> Iterator[Problem]:
    if not is_token(cluster_name) and not _CLUSTER.fullmatch(cluster_name):
        fix = "Use its name, as `aws eks list-clusters` prints it"
        yield Problem("cluster_name", cluster_name, "is no name of an EKS cluster", fix)
    if is_token(oidc_issuer):
        rule = "is known only to the deployment, and IAM wants it as the name of a condition"
        fix = "Write it as text, as `aws eks describe-cluster` prints it, without https://"
        yield Problem("oidc_issuer", oidc_issuer, rule, fix)
    elif not _ISSUER.fullmatch(oidc_issuer):
        fix = "Write it as oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE, without https://"
        yield Problem("oidc_issuer", oidc_issuer, "is no issuer of an EKS cluster", fix)
    if not is_token(namespace) and not _NAMESPACE.fullmatch(namespace):
        fix = "Use at most 63 lower case letters, digits and hyphens, and no hyphen at an end"
        yield Problem("namespace", namespace, "is no name of a namespace", fix)
