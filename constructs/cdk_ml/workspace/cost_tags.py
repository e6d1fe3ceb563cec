"""Cost tags: the four that every resource carries, and the user's own.

They follow AWS's cost allocation guidance: activate the keys once in the payer account's Billing console, and Cost
Explorer and :class:`cdk_ml.cost.MlBudget` can tell whose money is being spent.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token

PROJECT, OWNER, ENVIRONMENT, COST_CENTER = REQUIRED_KEYS = ("project", "owner", "environment", "cost-center")

_TAG_TEXT = re.compile(r"[\w .:/=+\-@]*")
_MAXIMUM_EXTRA = 44  # AWS takes 50 tags on a resource: four are ours, and the CDK marks what it names and empties.


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTags:
    """Who pays for a resource.

    :param project: what the resource is for.
    :param owner: the team that answers for it.
    :param cost_center: where the cost is booked.
    :param environment: by default the name of the workspace's profile.
    :param extra: tags of your own, key to value.
    """

    project: str
    owner: str
    cost_center: str
    environment: str | None = None
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def named(self, environment: str) -> dict[str, str]:
        """The tags as AWS sees them.

        :param environment: the environment to name when the tags do not.
        """
        chosen = environment if self.environment is None else self.environment
        values = (self.project, self.owner, chosen, self.cost_center)
        return {**dict(zip(REQUIRED_KEYS, values, strict=True)), **self.extra}


def tag_problems(tags: CostTags, profile_name: str) -> list[Problem]:
    """What AWS or our own cost reports would refuse about ``tags``.

    :param profile_name: the environment, where the tags do not name one.
    """
    return [*_required_problems(tags, profile_name), *_extra_problems(tags.extra)]


def _required_problems(tags: CostTags, profile_name: str) -> Iterator[Problem]:
    required = {"project": tags.project, "owner": tags.owner, "cost_center": tags.cost_center}
    required["environment"] = profile_name if tags.environment is None else tags.environment
    for name, value in required.items():
        if is_token(value):
            continue
        if not value.strip():
            yield Problem(f"tags.{name}", value, "is empty, so nobody could be asked about the cost", "Name one")
        else:
            yield from _text_problems(f"tags.{name}", value, 256)


def _extra_problems(extra: Mapping[str, str]) -> Iterator[Problem]:
    if len(extra) > _MAXIMUM_EXTRA:
        rule = f"has {len(extra)} entries, but AWS takes 50 tags a resource, of which {_MAXIMUM_EXTRA} are free"
        yield Problem("tags.extra", sorted(extra), rule, "Drop some")
    for key, value in extra.items():
        where = f"tags.extra[{key!r}]"
        if not key:
            yield Problem(where, value, "has no key, which AWS does not take", "Name what the value is about")
        if key in REQUIRED_KEYS:
            argument = key.replace("-", "_")
            yield Problem(where, value, "repeats a required tag", f"Say CostTags({argument}={value!r}) instead")
        if key.lower().startswith("aws:"):
            yield Problem(where, value, "starts with aws:, which AWS keeps for itself", "Choose another key")
        yield from _text_problems(f"key of {where}", key, 128)
        yield from _text_problems(where, value, 256)


def _text_problems(argument: str, text: str, longest: int) -> Iterator[Problem]:
    if is_token(text):
        return
    if len(text) > longest:
        yield Problem(argument, text, f"has {len(text)} characters, but AWS takes {longest}", "Shorten it")
    if not _TAG_TEXT.fullmatch(text):
        rule = "has characters that AWS does not take in a tag"
        yield Problem(argument, text, rule, "Use letters, digits, spaces and _ . : / = + - @")
