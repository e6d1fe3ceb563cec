"""A managed prompt: a template and the model it is for, in a version that never changes.

https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.models.invokable import INVOKE, InvokableModel, grant
from cdk_ml.genai.prompts.template import (
    ChatTemplate,
    PromptInference,
    TextTemplate,
    inference_problems,
    render_inference,
    render_template,
    template_problems,
)
from cdk_ml.genai.texts import LONGEST_NAME, name_problems, text_problems, twice_problems
from cdk_ml.genai.versions import content_description
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace

_PUBLISHED = "Published"
_LONGEST_DESCRIPTION = 200
_MOST_ALTERNATIVES = 2
_AS_THE_MODEL_LIKES = PromptInference()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAlternative:
    """Another way to say it, to be compared with in Bedrock's console. It is not published.

    :param name: what it is called.
    :param template: what is said.
    :param model: who is asked.
    :param inference: how it answers.
    """

    name: str
    template: TextTemplate | ChatTemplate
    model: InvokableModel
    inference: PromptInference = _AS_THE_MODEL_LIKES


class Prompt(Construct):
    """A prompt that is published in versions, apart from the code that uses it.

    Creates the prompt under the workspace's key, and a version of it. A version never changes: when the template, the
    model or the inference does, there is a new one, and everything here that uses the prompt moves to it in the same
    deployment. ``Converse`` takes :attr:`version_arn` as ``modelId``, and the values of the variables.

    A prompt calls no model by itself: who does puts a guardrail before it.

    Idle cost: nothing.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import FoundationModel, Prompt, PromptInference, TextTemplate
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Assistant")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="assistant", owner="support", cost_center="4711"),
    ... )
    >>> prompt = Prompt(
    ...     stack,
    ...     "Summary",
    ...     workspace=workspace,
    ...     description="What a customer wants, in one sentence",
    ...     template=TextTemplate(text="Say in one sentence what is wanted: {{letter}}", variables=["letter"]),
    ...     model=FoundationModel("amazon.nova-lite-v1:0"),
    ...     inference=PromptInference(temperature=0, max_tokens=200),
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-management-create.html

    :ivar template: what is said.
    :ivar cfn_prompt: the prompt.
    :ivar cfn_version: its version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        template: TextTemplate | ChatTemplate,
        model: InvokableModel,
        inference: PromptInference = PromptInference(),
        alternatives: Sequence[PromptAlternative] = (),
        description: str = "",
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param template: what is said.
        :param model: who is asked.
        :param inference: how it answers.
        :param alternatives: up to two other ways to say it, to be compared with.
        :param description: what the prompt is for.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, and variables that nobody fills in.
        """
        super().__init__(scope, id)
        reject(
            self,
            [
                *name_problems("name", name),
                *(text_problems("description", description, _LONGEST_DESCRIPTION) if description else ()),
                *template_problems("template", template),
                *inference_problems("inference", inference),
                *_alternative_problems(alternatives),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::Prompt"),
            ],
        )
        workspace.adopt(self)
        self.template = template
        self._model = model
        self._key_arn = workspace.key.key_arn
        published = _render(_PUBLISHED, template, model, inference)
        others = [_render(each.name, each.template, each.model, each.inference) for each in alternatives]
        self.cfn_prompt = bedrock.CfnPrompt(
            self,
            "Resource",
            name=Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-") if name is None else name,
            description=description or None,
            customer_encryption_key_arn=self._key_arn,
            default_variant=_PUBLISHED,
            variants=[published, *others],
        )
        self.cfn_version = bedrock.CfnPromptVersion(
            self,
            "Version",
            prompt_arn=self.cfn_prompt.attr_arn,
            description=content_description(self, published),
        )

    @property
    def prompt_arn(self) -> str:
        """ARN of the prompt, without its version."""
        return self.cfn_prompt.attr_arn

    @property
    def version_arn(self) -> str:
        """ARN of the published version: what ``Converse`` takes as ``modelId``."""
        return self.cfn_version.attr_arn

    @property
    def version(self) -> str:
        """The number of the published version."""
        return self.cfn_version.attr_version

    def use_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        """What a role needs to have the model answer this prompt.

        :param actions: how it asks; without it for whole answers and for streams.
        """
        return [
            Statement(actions=["bedrock:RenderPrompt"], resources=[self.prompt_arn, self.version_arn]),
            *self._model.invoke_statements(actions=actions),
            Statement(actions=["kms:Decrypt"], resources=[self._key_arn]),
        ]

    def grant_use(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own have the model answer this prompt."""
        grant(grantee, self.use_statements())


def _render(
    name: str, template: TextTemplate | ChatTemplate, model: InvokableModel, inference: PromptInference
) -> dict[str, Any]:
    return {"name": name, "modelId": model.model_id, **render_template(template), **render_inference(inference)}


def _alternative_problems(alternatives: Sequence[PromptAlternative]) -> Iterator[Problem]:
    names = [each.name for each in alternatives]
    if len(alternatives) > _MOST_ALTERNATIVES:
        rule = f"are {len(alternatives)}, but a prompt takes {_MOST_ALTERNATIVES} beside what is published"
        yield Problem("alternatives", names, rule, "Leave some out")
    yield from twice_problems("alternatives.name", [_PUBLISHED, *names], "alternative")
    for each in alternatives:
        yield from name_problems("alternatives.name", each.name)
        yield from template_problems("alternatives.template", each.template)
        yield from inference_problems("alternatives.inference", each.inference)
