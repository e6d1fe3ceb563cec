"""What a template's values are in one account and region."""

from __future__ import annotations

from typing import Any

_VALUES = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111111111111"}


def deployed(value: Any) -> Any:
    """``value`` with what is known of a deployment to ``us-east-1`` put in."""
    match value:
        case {"Ref": name} if name in _VALUES:
            return _VALUES[name]
        case {"Fn::Join": ["", list() as parts]}:
            return "".join(str(deployed(part)) for part in parts)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case dict():
            return {key: deployed(inner) for key, inner in value.items()}
        case list():
            return [deployed(inner) for inner in value]
        case _:
            return value
