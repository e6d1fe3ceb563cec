"""Takes a Studio domain down, step by step: each call does what can be done now, and says what it waits for.

A domain stands between two custom resources. ``Custom::StudioApps`` depends on it and is deleted before it: apps,
spaces and user profiles go. ``Custom::StudioStorage`` is what the domain depends on and is deleted after it: mount
targets, security groups and, where data may be deleted, the file system go.

https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from __future__ import annotations

from typing import Any

import apps
import storage

STEPS = {"Custom::StudioApps": apps.step, "Custom::StudioStorage": storage.step}


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take one step for a request of CloudFormation.

    :returns: ``done``, and until then ``waiting_for``; see :class:`cdk_ml.workflow.AsyncProvider`.
    """
    result: dict[str, Any] = STEPS[request["ResourceType"]](request)
    return result
