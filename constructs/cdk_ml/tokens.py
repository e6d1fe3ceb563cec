"""What is known at synth, and what only the deployment will know.

The CDK writes values of the deployment as tokens: strings, numbers and lists that look like values. Asking the CDK
whether something is a token is a call into Node for each value; the way it encodes them can be seen from here.
https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
"""

from __future__ import annotations

import math

from aws_cdk import Token

_STRING, _LIST = "${Token[", "#{Token["
_LARGEST_NUMBER_TOKEN = -1e280


def is_token(value: object) -> bool:
    """Whether only the deployment will know ``value``."""
    match value:
        case str():
            return _STRING in value
        case bool() | int() | None:
            return False
        case float():
            return math.isfinite(value) and value < _LARGEST_NUMBER_TOKEN
        case list() | tuple():
            return any(isinstance(item, str) and (_LIST in item or _STRING in item) for item in value)
        case _:
            return Token.is_unresolved(value)


def outside(value: float, lowest: float, highest: float) -> bool:
    """Whether a number that is known at synth is not within bounds; what is not a number is within none."""
    return not is_token(value) and not lowest <= value <= highest
