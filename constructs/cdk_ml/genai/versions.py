"""What makes CloudFormation publish another version of something: a digest of what it is made of.

Versions of Bedrock never change, and CloudFormation replaces one whose description does. The id stays what it is.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aws_cdk import Stack
from constructs import Construct


def content_description(scope: Construct, content: Any, *deployed: str) -> str:
    """A description that is another one as soon as ``content`` is, as CloudFormation will see it.

    :param deployed: what only the deployment knows, such as the version of something that ``content`` refers to: a
        digest knows the reference, and not what becomes of it.
    """
    text = json.dumps(Stack.of(scope).resolve(content), sort_keys=True)
    return " ".join([f"Content {hashlib.sha256(text.encode()).hexdigest()[:16]}", *deployed])
