"""The workspace every construct stands on: network, key, buckets, alerts, roles, cost tags and profile."""

from cdk_ml.workspace.acknowledgement import acknowledge
from cdk_ml.workspace.cost_tags import CostTags
from cdk_ml.workspace.existing import WorkspaceIdentifiers
from cdk_ml.workspace.network import Network
from cdk_ml.workspace.permissions import ANYTHING, Statement
from cdk_ml.workspace.profile import PROFILES, Profile
from cdk_ml.workspace.storage import Buckets
from cdk_ml.workspace.workspace import Workspace

__all__ = [
    "ANYTHING",
    "PROFILES",
    "Buckets",
    "CostTags",
    "Network",
    "Profile",
    "Statement",
    "Workspace",
    "WorkspaceIdentifiers",
    "acknowledge",
]
