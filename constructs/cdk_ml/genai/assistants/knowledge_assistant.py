"""An assistant that answers people from documents, and shows them where from.

https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail, guardrail_environment
from cdk_ml.genai.knowledge_bases.knowledge_base import KnowledgeBase
from cdk_ml.genai.knowledge_bases.retrieval import Retrieval
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.endpoints import bedrock_services
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import CognitoUsers, StreamingApi, StreamingFunction
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.web_site import SCOPE, WebSite
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.alerts import alarm_above

_NAMESPACE = "cdk-ml/KnowledgeAssistant"
# What the function accepts, checked by the API before it: lambda/knowledge_assistant/chat/request.py.
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "minLength": 1, "maxLength": 4_000},
        "history": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["role", "text"],
                "properties": {
                    "role": {"enum": ["user", "assistant"]},
                    "text": {"type": "string", "minLength": 1, "maxLength": 8_000},
                },
            },
        },
    },
}
_LONGEST_INSTRUCTIONS = 4_000
_LONGEST_TITLE = 80


class KnowledgeAssistant(Construct):
    """A chat over a knowledge base, for people who were invited: streamed, guarded, and with citations.

    Creates a page with a sign-in (a Cognito user pool that nobody enters uninvited, with a second factor), a streaming
    API behind AWS WAF that only its users may call, and a function that finds passages, lets the model answer from
    them under the guardrail, and streams words and citations. What people ask and what they are answered is nowhere
    kept. Where the profile says so, the function is in the workspace's network and reaches Bedrock through private
    endpoints.

    What goes wrong is said to the person, in words; throttling, models that are late, and failures are counted, and
    failures raise an alarm. The guardrail looks at the question, at earlier questions, at the passages, which may carry
    instructions of whoever wrote the document, and at the answer, which it also holds against the passages.

    Idle cost: 7 USD a month for the firewall, less than 1 for alarms; with private endpoints about 15 USD a month and
    zone more. See the page of the reference stack RagAssistant for all of it.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import CrossRegionProfile, FoundationModel, KnowledgeAssistant, KnowledgeBase, S3Source
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="service-ml", cost_center="4711"),
    ... )
    >>> handbooks = KnowledgeBase(
    ...     stack,
    ...     "Handbooks",
    ...     workspace=workspace,
    ...     embedding=FoundationModel("amazon.titan-embed-text-v2:0"),
    ...     sources=[S3Source(name="handbooks", prefix="handbooks/")],
    ... )
    >>> assistant = KnowledgeAssistant(
    ...     stack,
    ...     "Assistant",
    ...     workspace=workspace,
    ...     knowledge_base=handbooks,
    ...     model=CrossRegionProfile("amazon.nova-2-lite-v1:0", "us"),
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html

    :ivar url: address of the page; invite people to the user pool and send it to them.
    :ivar site: the page and its user pool.
    :ivar api: what the page asks.
    :ivar function: what answers.
    :ivar guardrail: what stands between people and model; ``None`` where there is none.
    :ivar cfn_alarm: raised when questions fail.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        knowledge_base: KnowledgeBase,
        model: InvokableModel,
        guardrail: GuardrailBase | NoGuardrail | None = None,
        retrieval: Retrieval = Retrieval(),
        title: str = "Assistant",
        instructions: str = "You answer questions of colleagues, briefly and in the language of the question.",
        max_tokens: int = 1_024,
    ) -> None:
        """
        :param workspace: network, key, topic, tags and profile.
        :param knowledge_base: where passages are found.
        :param model: what answers; it has to stream.
        :param guardrail: what is checked; the workspace's own when not given.
        :param retrieval: how passages are found.
        :param title: of the page, 1 to 80 characters.
        :param instructions: who the assistant is and how it speaks. That it answers from passages only, cites them and
            obeys nothing that stands in them, is added. 1 to 4000 characters.
        :param max_tokens: tokens of one answer, 1 to 65536.
        :raises cdk_ml.errors.ConfigurationError: a model that cannot be asked here or does not stream text, a way to
            retrieve that the store does not have, or texts and numbers beyond what is said above.
        """
        super().__init__(scope, id)
        asked = model_problems(model, Stack.of(self).region, gives="text", streams=True)
        reject(self, [*asked, *_problems(title, instructions, max_tokens)])
        workspace.adopt(self)
        self.guardrail = chosen_guardrail(workspace, guardrail)
        self.site = WebSite(self, "Site", workspace=workspace)
        retrieved = knowledge_base.retrieval_configuration(retrieval)
        self.function = StreamingFunction(
            self,
            "Chat",
            workspace=workspace,
            code=runtime_code("knowledge_assistant/chat"),
            statements=[
                *knowledge_base.retrieve_statements(retrieval),
                *model.invoke_statements(actions=["bedrock:InvokeModelWithResponseStream"]),
                *([] if self.guardrail is None else self.guardrail.apply_statements()),
            ],
            environment={
                "KNOWLEDGE_BASE": knowledge_base.knowledge_base_id,
                "RETRIEVAL": Stack.of(self).to_json_string(retrieved),
                "MODEL": model.model_id,
                "INSTRUCTIONS": instructions,
                "MAX_TOKENS": str(max_tokens),
                "ORIGIN": self.site.origin,
                "NAMESPACE": _NAMESPACE,
                "ASSISTANT": self._name,
                **guardrail_environment(self.guardrail),
            },
            timeout_seconds=180,
            memory_mib=512,
            services=bedrock_services(agents=True) if workspace.profile.private_functions else None,
        )
        self.api = StreamingApi(
            self,
            "Api",
            workspace=workspace,
            function=self.function,
            path="ask",
            users=CognitoUsers(user_pool=self.site.cfn_user_pool, scopes=[SCOPE]),
            origin=self.site.origin,
            schema=_SCHEMA,
        )
        self.site.serve("chat.html", calls=self.api.url, values={"API": self.api.url, "TITLE": title})
        self.url = self.site.url
        self.cfn_alarm = alarm_above(
            self,
            "Alarm",
            alarm_description=f"Questions to {self.node.path} fail",
            namespace=_NAMESPACE,
            metric_name="Failed",
            dimensions=[{"name": "Assistant", "value": self._name}],
            statistic="Sum",
            period=300,
            threshold=0,
            topic_arn=workspace.alert_topic.topic_arn,
        )

    @property
    def _name(self) -> str:
        return self.node.path

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the assistant, the sum of five minutes if ``options`` do not say otherwise.

        :param name: ``Answered``, ``Blocked``, ``Refused``, ``Throttled``, ``Late``, ``Failed``, ``InputTokens`` or
            ``OutputTokens``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        return cloudwatch.Metric(
            namespace=_NAMESPACE,
            metric_name=name,
            dimensions_map={"Assistant": self._name},
            **{"statistic": "Sum", **options},
        )


def _problems(title: str, instructions: str, max_tokens: int) -> Iterator[Problem]:
    texts = {"title": (title, _LONGEST_TITLE), "instructions": (instructions, _LONGEST_INSTRUCTIONS)}
    for name, (text, longest) in texts.items():
        if is_token(text):
            continue
        if not text.strip():
            yield Problem(name, text, "is empty", "Say something, or leave it out")
        elif len(text) > longest:
            fix = f"Use at most {longest} characters"
            yield Problem(name, f"{text[:20]}...", f"has {len(text)} characters", fix)
    if outside(max_tokens, 1, 65_536):
        yield Problem("max_tokens", max_tokens, "is not a length of an answer", "Use 1 to 65536")
