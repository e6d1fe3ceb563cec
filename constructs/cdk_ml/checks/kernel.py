"""The one jsii kernel that the packs from the CDK world share, and a throw-away app in it.

https://docs.aws.amazon.com/cdk/v2/guide/languages.html
"""

from __future__ import annotations

from functools import cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cdk_ml.checks.extra import needs
from cdk_ml.node import prefer_bundled_node

if TYPE_CHECKING:
    from aws_cdk import App


def scratch_app(what: str) -> App:
    """An app that is never synthesized; its folder goes when the process ends.

    :param what: what needs it, for the message when a package is missing.
    :raises MissingExtraError: when aws-cdk-lib is not installed.
    """
    prefer_bundled_node()
    with needs("check", what):
        return _app()


@cache
def _app() -> App:
    from aws_cdk import App

    # Without auto_synth=False an app writes itself to CDK_OUTDIR when Node exits, over the assembly that is checked.
    return App(analytics_reporting=False, auto_synth=False, outdir=_folder().name)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="cdk-ml-")
