"""The smallest app there is, for the examples of this package."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_sns as sns


def app() -> cdk.App:
    """An app with one topic."""
    made = cdk.App()
    sns.CfnTopic(cdk.Stack(made, "Topics"), "Topic")
    return made
