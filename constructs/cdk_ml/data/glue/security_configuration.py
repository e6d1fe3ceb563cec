"""Under which key Glue encrypts what it writes: logs, bookmarks, and files in S3.

https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
"""

from __future__ import annotations

import json
from hashlib import sha256

from aws_cdk import Names, Stack
from aws_cdk import aws_glue as glue
from constructs import Construct

from cdk_ml.workspace import Workspace

_ID = "GlueSecurityConfiguration"


class SecurityConfiguration(Construct):
    """Everything that Glue writes is encrypted under the workspace's key.

    Creates a security configuration for logs, job bookmarks and files in S3. Jobs and crawlers of a stack share
    one, which the first of them makes; make another one for what you make without the library, say.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import SecurityConfiguration
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> encrypted = SecurityConfiguration(stack, "Encrypted", workspace=workspace)

    See https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html

    :ivar name: its name, which is known at synth.
    :ivar cfn_security_configuration: the security configuration.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace) -> None:
        """
        :param workspace: key and tags.
        """
        super().__init__(scope, id)
        workspace.adopt(self)
        key_arn = workspace.key.key_arn
        # Glue wants a name and never changes a configuration: one for another key has to have another name, because
        # CloudFormation makes it while the old one is still there.
        content = sha256(json.dumps(Stack.of(self).resolve(key_arn), sort_keys=True).encode()).hexdigest()
        self.name = f"{Names.unique_resource_name(self, max_length=100, separator='-')}-{content[:8]}"
        self.cfn_security_configuration = glue.CfnSecurityConfiguration(
            self,
            "Resource",
            name=self.name,
            encryption_configuration={
                "cloudWatchEncryption": {"cloudWatchEncryptionMode": "SSE-KMS", "kmsKeyArn": key_arn},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": key_arn},
                "s3Encryptions": [{"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": key_arn}],
            },
        )


def security_configuration(workspace: Workspace, scope: Construct | None = None) -> SecurityConfiguration:
    """The one that jobs and crawlers of ``workspace`` share; the first who asks makes it.

    :param scope: who asks. A stack that is not the workspace's has one of its own, so that it can be checked alone.
    """
    asks = workspace if scope is None else scope
    home: Construct = workspace if Stack.of(asks) is Stack.of(workspace) else Stack.of(asks)
    made = home.node.try_find_child(_ID)
    if isinstance(made, SecurityConfiguration):
        return made
    return SecurityConfiguration(home, _ID, workspace=workspace)
