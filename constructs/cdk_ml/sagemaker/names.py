"""Names that SageMaker takes, the ARNs that it makes of them, and the accounts in them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aws_cdk import ArnFormat, Names, Stack
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

LONGEST_NAME = 63

# Any number of hyphens, so that the length has to be looked at, too.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_ACCOUNT = re.compile(r"\d{12}")


def is_name(text: str, longest: int = LONGEST_NAME) -> bool:
    """Whether SageMaker takes ``text`` as a name."""
    return len(text) <= longest and _NAME.fullmatch(text) is not None


def name_problems(argument: str, name: str | None, longest: int = LONGEST_NAME) -> Iterator[Problem]:
    """Why SageMaker would not take ``name``; one that only the deployment knows, and none at all, pass."""
    if name is not None and not is_token(name) and not is_name(name, longest):
        fix = f"Use at most {longest} letters, digits and hyphens, starting and ending with a letter or digit"
        yield Problem(argument, name, "is not a name that SageMaker takes", fix)


def account_problems(argument: str, account: str) -> Iterator[Problem]:
    """Why ``account`` is no account id."""
    if not is_token(account) and not _ACCOUNT.fullmatch(account):
        yield Problem(argument, account, "is not an account id", "Write its twelve digits")


def own_name(scope: Construct, given: str | None = None, *, longest: int = LONGEST_NAME) -> str:
    """The name that the user gave, or one that is made of the path of ``scope``."""
    return Names.unique_resource_name(scope, max_length=longest, separator="-") if given is None else given


def lower_name(scope: Construct, given: str | None = None, *, longest: int = LONGEST_NAME) -> str:
    """As :func:`own_name`; one that is made is in lower case, for names that somebody compares with those in ARNs."""
    return own_name(scope, longest=longest).lower() if given is None else given


def named_arn(scope: Construct, resource: str, name: str, *, end: str = "", account: str | None = None) -> str:
    """ARN of what SageMaker has under a name, in the region of ``scope``.

    SageMaker writes names in lower case in its ARNs, whatever the resource is called.

    :param resource: its kind, as in ARNs: ``endpoint``.
    :param end: what follows the name.
    :param account: where it is; the account of ``scope`` when not given.
    """
    return Stack.of(scope).format_arn(
        service="sagemaker",
        account=account,
        resource=resource,
        resource_name=f"{name if is_token(name) else name.lower()}{end}",
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
