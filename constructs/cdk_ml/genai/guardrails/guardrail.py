"""A guardrail: what stands between users and a model, in a version that never changes.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.facts import bedrock_profiles
from cdk_ml.genai.guardrails.alarms import GuardrailAlarms, alarm_problems, guardrail_alarms
from cdk_ml.genai.guardrails.applied import GuardrailBase, KnownGuardrail, profile_arn
from cdk_ml.genai.guardrails.automated_reasoning import AutomatedReasoning, reasoning_problems, render_reasoning
from cdk_ml.genai.guardrails.content_filter import STRONG_FILTERS, ContentFilter, content_problems, render_filter
from cdk_ml.genai.guardrails.cross_region import GuardrailGeography, geography_problems
from cdk_ml.genai.guardrails.denials import (
    DeniedTopic,
    GuardrailTier,
    WordFilter,
    render_topic,
    render_words,
    topic_problems,
    word_problems,
)
from cdk_ml.genai.guardrails.grounding import Grounding, grounding_problems, render_grounding
from cdk_ml.genai.guardrails.sensitive import SensitiveInformation, render_sensitive, sensitive_problems
from cdk_ml.genai.texts import pattern_problems, text_problems
from cdk_ml.genai.versions import content_description
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Workspace

_NAME = re.compile(r"[0-9a-zA-Z\-_]+")
_LONGEST_NAME = 50
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedMessages:
    """What users read instead of what was blocked, up to 500 characters each.

    :param on_input: when what they said was blocked.
    :param on_output: when what the model said was blocked.
    """

    on_input: str = "Sorry, I cannot help with that."
    on_output: str = "Sorry, I cannot give you the answer to that."


class Guardrail(GuardrailBase):
    """A guardrail of Bedrock, published, encrypted and watched.

    Creates the guardrail under the workspace's key, a version of it, and two alarms. Without any argument every harmful
    category and attacks on the prompt are filtered at their strongest, profanity is blocked, and credentials and
    numbers of cards, accounts and persons are masked.

    A version never changes: when the content does, there is a new one, everything here that uses it moves to it in the
    same deployment, and the old one goes afterwards.

    Idle cost: two alarms on two metrics each, 0.40 USD a month. Requests are paid by their length and by the kinds of
    filters.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import (
    ...     DeniedTopic,
    ...     Grounding,
    ...     Guardrail,
    ...     PiiEntity,
    ...     PiiType,
    ...     PrivatePattern,
    ...     SensitiveAction,
    ...     SensitiveInformation,
    ...     WordFilter,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Assistant")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="assistant", owner="banking", cost_center="4711"),
    ... )
    >>> guardrail = Guardrail(
    ...     stack,
    ...     "Guardrail",
    ...     workspace=workspace,
    ...     topics=[
    ...         DeniedTopic(
    ...             name="Investment advice",
    ...             definition="Recommendations to buy, hold or sell particular shares, funds or currencies",
    ...             examples=["Which shares should I buy?"],
    ...         )
    ...     ],
    ...     words=WordFilter(words=["Project Falcon"]),
    ...     sensitive=SensitiveInformation(
    ...         entities=[PiiEntity(type=PiiType.PASSWORD, on_input=SensitiveAction.BLOCK)],
    ...         patterns=[PrivatePattern(name="contract", pattern="C-[0-9]{8}")],
    ...     ),
    ...     grounding=Grounding(grounding=0.8),
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-components.html

    :ivar cfn_guardrail: the guardrail.
    :ivar cfn_version: its version.
    :ivar cfn_alarms: the alarms on interventions and on failures.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        content_filters: Sequence[ContentFilter] = STRONG_FILTERS,
        topics: Sequence[DeniedTopic] = (),
        words: WordFilter = WordFilter(),
        sensitive: SensitiveInformation = SensitiveInformation(),
        grounding: Grounding | None = None,
        automated_reasoning: AutomatedReasoning | None = None,
        tier: GuardrailTier = GuardrailTier.CLASSIC,
        cross_region: GuardrailGeography | None = None,
        messages: BlockedMessages = BlockedMessages(),
        alarms: GuardrailAlarms = GuardrailAlarms(),
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param content_filters: harmful categories and attacks on the prompt; without it all of them at their strongest.
        :param topics: up to 30 topics that are not talked about.
        :param words: words that are blocked.
        :param sensitive: what is masked or blocked.
        :param grounding: what answers have to have to do with their sources and with the question.
        :param automated_reasoning: rules that answers are proven against.
        :param tier: which models judge content and topics.
        :param cross_region: the geography in which Bedrock may check; without it only the region of the stack.
        :param messages: what users read instead of what was blocked.
        :param alarms: when somebody should look at it.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or what would check nothing: every problem
            at once, with its fix.
        """
        super().__init__(scope, id)
        region = Stack.of(self).region
        content = _content(content_filters, topics, words, sensitive, grounding, automated_reasoning, tier)
        reject(
            self,
            [
                *pattern_problems("name", name, _NAME, _LONGEST_NAME, "letters, digits, hyphens and underscores"),
                *content_problems(content_filters),
                *topic_problems(topics, tier),
                *word_problems(words),
                *sensitive_problems(sensitive),
                *(grounding_problems(grounding) if grounding is not None else ()),
                *(reasoning_problems(automated_reasoning) if automated_reasoning is not None else ()),
                *geography_problems(cross_region, tier=tier, reasons=automated_reasoning is not None, region=region),
                *_message_problems(messages),
                *alarm_problems(alarms),
                *_presence_problems(content),
                *region_problems(region, "AWS::Bedrock::Guardrail"),
            ],
        )
        workspace.adopt(self)
        policies = () if automated_reasoning is None else automated_reasoning.policies
        self._reasoning_arns = [policy.policy_arn for policy in policies]
        if cross_region is not None:
            own = profile_arn(cross_region, Aws.REGION)
            content["cross_region_config"] = {"guardrailProfileArn": own}
            regions = bedrock_profiles.destinations("guardrail", cross_region, region)
            self._profile_arns = [own, *(profile_arn(cross_region, each) for each in regions)]
        content["blocked_input_messaging"] = messages.on_input
        content["blocked_outputs_messaging"] = messages.on_output
        self._key_arn = workspace.key.key_arn
        self.cfn_guardrail = bedrock.CfnGuardrail(
            self,
            "Resource",
            name=Names.unique_resource_name(self, max_length=_LONGEST_NAME, separator="-") if name is None else name,
            kms_key_arn=self._key_arn,
            **content,
        )
        # Another version of a policy has to be another version of the guardrail.
        versions = [policy.cfn_version.attr_version for policy in policies]
        self.cfn_version = bedrock.CfnGuardrailVersion(
            self,
            "Version",
            guardrail_identifier=self.cfn_guardrail.attr_guardrail_id,
            description=content_description(self, content, *versions),
        )
        self.cfn_alarms = guardrail_alarms(
            self,
            alarms=alarms,
            dimensions={"GuardrailArn": self.guardrail_arn, "GuardrailVersion": self.version},
            topic_arn=workspace.alert_topic.topic_arn,
        )

    @staticmethod
    def from_guardrail_attributes(
        scope: Construct, id: str, *, guardrail_arn: str, version: str, key: kms.IKey | None = None
    ) -> GuardrailBase:
        """A guardrail that exists, to be applied.

        :param guardrail_arn: its ARN.
        :param version: the published version to apply.
        :param key: the key that it is encrypted with, if that is your own.
        """
        return KnownGuardrail(scope, id, guardrail_arn=guardrail_arn, version=version, key=key)

    @property
    def guardrail_arn(self) -> str:
        """ARN of the guardrail, without its version."""
        return self.cfn_guardrail.attr_guardrail_arn

    @property
    def guardrail_id(self) -> str:
        """What ``Converse`` takes as ``guardrailIdentifier``."""
        return self.cfn_guardrail.attr_guardrail_id

    @property
    def version(self) -> str:
        """The published version, which never changes: what ``Converse`` takes as ``guardrailVersion``."""
        return self.cfn_version.attr_version


def _content(
    filters: Sequence[ContentFilter],
    topics: Sequence[DeniedTopic],
    words: WordFilter,
    sensitive: SensitiveInformation,
    grounding: Grounding | None,
    automated_reasoning: AutomatedReasoning | None,
    tier: GuardrailTier,
) -> dict[str, Any]:
    """What is checked, as arguments of the CloudFormation resource."""
    content: dict[str, Any] = {}
    if filters:
        content["content_policy_config"] = {
            "filtersConfig": [render_filter(each) for each in filters],
            "contentFiltersTierConfig": {"tierName": str(tier)},
        }
    if topics:
        content["topic_policy_config"] = {
            "topicsConfig": [render_topic(topic) for topic in topics],
            "topicsTierConfig": {"tierName": str(tier)},
        }
    if (rendered := render_words(words)) is not None:
        content["word_policy_config"] = rendered
    if (rendered := render_sensitive(sensitive)) is not None:
        content["sensitive_information_policy_config"] = rendered
    if grounding is not None:
        content["contextual_grounding_policy_config"] = render_grounding(grounding)
    if automated_reasoning is not None:
        content["automated_reasoning_policy_config"] = render_reasoning(automated_reasoning)
    return content


def _message_problems(messages: BlockedMessages) -> Iterator[Problem]:
    yield from text_problems("messages.on_input", messages.on_input, _LONGEST_MESSAGE)
    yield from text_problems("messages.on_output", messages.on_output, _LONGEST_MESSAGE)


def _presence_problems(content: dict[str, Any]) -> Iterator[Problem]:
    if not content:
        fix = "Keep the default, or give topics, words, sensitive, grounding or automated_reasoning"
        yield Problem("content_filters", (), "and everything else that is checked is missing", fix)
