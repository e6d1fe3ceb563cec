"""Lifecycle configurations: scripts that Studio runs when an app starts.

https://docs.aws.amazon.com/sagemaker/latest/dg/studio-lifecycle-configurations.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from aws_cdk import CfnResource, Stack
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.regions import region_problems
from cdk_ml.sagemaker.names import own_name
from cdk_ml.sagemaker.studio.values import App
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace

_TYPE = "AWS::SageMaker::StudioLifecycleConfig"
_LONGEST = 16_384
_LONGEST_PREFIX = 63 - 9  # A hyphen and eight digits of the hash follow.


class StudioLifecycleConfig(Construct):
    """A script that Studio runs when an app starts, for five minutes at most; a longer one keeps the app from starting.

    CloudFormation replaces it at every change, and it has to have a name. So its name ends in a hash of the script: a
    changed script stands beside the old one, which goes when no domain uses it any more. It carries no tags, because a
    changed tag would replace it under the same name.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.sagemaker import StudioLifecycleConfig
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> setup = StudioLifecycleConfig.from_file(
    ...     stack, "Setup", workspace=workspace, path="stacks/studio_setup.sh", app="JupyterLab"
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/jl-lcc.html

    :ivar app: the application that runs it.
    :ivar built_in: whether every app runs it, whatever its user chose.
    :ivar cfn_lifecycle_config: the lifecycle configuration.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        script: str,
        app: App = "JupyterLab",
        built_in: bool = False,
    ) -> None:
        """
        :param workspace: tags and profile of the stack.
        :param script: the shell script.
        :param app: the application that runs it.
        :param built_in: run it in every app before the one that the user chose. Otherwise users choose it.
        :raises cdk_ml.errors.ConfigurationError: for a script that Studio would not run.
        """
        super().__init__(scope, id)
        content = "" if is_token(script) else base64.b64encode(script.encode()).decode()
        reject(self, [*_problems(script, content), *region_problems(Stack.of(self).region, _TYPE)])
        workspace.adopt(self)
        self.app = app
        self.built_in = built_in
        digest = hashlib.sha256(f"{app}\n{script}".encode()).hexdigest()[:8]
        prefix = own_name(self, longest=_LONGEST_PREFIX)
        # The CDK's class takes the tags of its stack, which replace the configuration when they change.
        self.cfn_lifecycle_config = CfnResource(
            self,
            "Resource",
            type=_TYPE,
            properties={
                "StudioLifecycleConfigName": f"{prefix}-{digest}",
                "StudioLifecycleConfigAppType": app,
                "StudioLifecycleConfigContent": content,
            },
        )

    @classmethod
    def from_file(
        cls,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        path: str | Path,
        app: App = "JupyterLab",
        built_in: bool = False,
    ) -> StudioLifecycleConfig:
        """The script in a file.

        :param path: of the file.
        :raises cdk_ml.errors.ConfigurationError: when there is no such file.
        """
        file = Path(path)
        if not file.is_file():
            fix = "Name a file, relative to the folder that the app is started in"
            reject(f"{scope.node.path}/{id}", [Problem("path", str(path), "is no file", fix)])
        # Bytes, because reading text would hide the line ends that a shell does not take.
        script = file.read_bytes().decode("utf-8", errors="replace")
        return cls(scope, id, workspace=workspace, script=script, app=app, built_in=built_in)

    @property
    def lifecycle_config_arn(self) -> str:
        """ARN of the lifecycle configuration."""
        return self.cfn_lifecycle_config.get_att("StudioLifecycleConfigArn").to_string()


def _problems(script: str, content: str) -> Iterator[Problem]:
    shown = f"{script[:20]}..." if len(script) > 20 else script
    if is_token(script):
        rule = "is known at deployment only, but a change of it has to change the name"
        yield Problem("script", "a token", rule, "Give the script itself, or use from_file")
    elif not script.strip():
        yield Problem("script", shown, "does nothing", "Give a shell script")
    elif "\r" in script:
        yield Problem(
            "script", shown, "has line ends of Windows, which a shell takes as part of a word", "Use \\n only"
        )
    elif "\ufffd" in script:
        yield Problem("script", shown, "is not UTF-8", "Save it as UTF-8")
    elif len(content) > _LONGEST:
        rule = f"has {len(content)} characters in base64, but a lifecycle configuration has at most {_LONGEST}"
        yield Problem("script", shown, rule, "Let it fetch the rest from the workspace's artifact bucket")
