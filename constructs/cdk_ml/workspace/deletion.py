"""Two-key deletion: data goes away only if the profile and the app's context both say so.

One key is in code, where a reviewer sees it; the other is given on the command line of the person who deletes
(``cdk destroy -c cdk-ml:delete-data=true``). With one key missing, data stays and a warning says which one it was.
"""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Validations
from constructs import Construct

from cdk_ml.workspace.profile import Profile

DELETE_DATA = "cdk-ml:delete-data"


def removal_policy(scope: Construct, profile: Profile) -> RemovalPolicy:
    """What happens to data-bearing resources of ``scope`` when they leave the stack."""
    context = scope.node.try_get_context(DELETE_DATA)
    asked = context is True or str(context).lower() == "true"
    if asked and profile.deletes_data:
        return RemovalPolicy.DESTROY
    if asked:
        message = f"{DELETE_DATA} is true, but the profile {profile.name!r} keeps data: it is retained."
        Validations.of(scope).add_warning("cdk-ml:data-retained", message)
    elif profile.deletes_data:
        message = f"The profile {profile.name!r} may delete data, but {DELETE_DATA} is not true: it is retained."
        Validations.of(scope).add_warning("cdk-ml:data-retained", message)
    return RemovalPolicy.RETAIN


def unless_creation_fails(policy: RemovalPolicy) -> RemovalPolicy:
    """``policy`` for a resource with a name, which would be in the way of the second deployment if the first failed."""
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if policy is RemovalPolicy.RETAIN else policy
