"""Nodes that do something: ask a model or a knowledge base, call a function, run code, read and write objects.

https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html
https://docs.aws.amazon.com/bedrock/latest/userguide/flows-permissions.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from aws_cdk import Aws
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from cdk_ml.errors import Problem
from cdk_ml.genai.flows.node import WHOLE, FlowNode, FlowPort, FlowType
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.genai.prompts.prompt import Prompt
from cdk_ml.genai.texts import text_problems
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow import Function
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import use_key

# A flow waits for whole answers.
_ASK = ("bedrock:InvokeModel",)
_KNOWLEDGE_BASE = re.compile(r"[0-9a-zA-Z]{1,10}")
_MOST_RESULTS = 100
_LONGEST_CODE = 5_000_000
_MOST_CODE_INPUTS = 5
_OBJECTS = (
    "Which object, a flow is told while it runs: the bucket is all that is known before. "
    "https://docs.aws.amazon.com/bedrock/latest/userguide/flows-permissions.html"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptNode(FlowNode):
    """Has a model answer a prompt: takes the prompt's variables, and gives the ``modelCompletion``.

    :param prompt: the prompt, in its published version.
    :param expressions: which part of what arrives is a variable's value, by the name of the variable; all of it for
        variables that are not named.
    """

    prompt: Prompt
    expressions: Mapping[str, str] | None = None
    kind: ClassVar[str] = "Prompt"

    @property
    def calls_model(self) -> bool:
        """Whether a model answers: always."""
        return True

    @property
    def takes(self) -> Sequence[FlowPort]:
        """The variables of the prompt."""
        chosen = self.expressions or {}
        return [FlowPort(name, FlowType.STRING, chosen.get(name, WHOLE)) for name in self.prompt.template.variables]

    @property
    def gives(self) -> Sequence[FlowPort]:
        """What the model answers."""
        return (FlowPort("modelCompletion"),)

    def configuration(self) -> Mapping[str, Any]:
        """The prompt."""
        return {"sourceConfiguration": {"resource": {"promptArn": self.prompt.version_arn}}}

    def statements(self) -> Sequence[Statement]:
        """Render the prompt, and ask its model."""
        return self.prompt.use_statements(actions=_ASK)

    def problems(self) -> Iterator[Problem]:
        """Expressions for variables that the prompt does not have, too."""
        yield from FlowNode.problems(self)
        for name in sorted({*(self.expressions or {})} - {*self.prompt.template.variables}):
            fix = f"Use one of {', '.join(self.prompt.template.variables) or 'none'}"
            yield Problem("nodes.expressions", name, "is no variable of the prompt", fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBaseNode(FlowNode):
    """Asks a knowledge base: takes the ``retrievalQuery``, and gives the model's ``outputText``.

    Without a model it gives what was found, as ``retrievalResults``.

    :param knowledge_base_id: id of the knowledge base.
    :param model: who makes an answer of what was found.
    :param results: how much is found, 1 to 100.
    """

    knowledge_base_id: str
    model: InvokableModel | None = None
    results: int = 5
    kind: ClassVar[str] = "KnowledgeBase"

    @property
    def calls_model(self) -> bool:
        """Whether a model answers. What is only found, Bedrock takes no guardrail for."""
        return self.model is not None

    @property
    def takes(self) -> Sequence[FlowPort]:
        """The question."""
        return (FlowPort("retrievalQuery"),)

    @property
    def gives(self) -> Sequence[FlowPort]:
        """The answer, or what was found."""
        found = FlowPort("retrievalResults", FlowType.ARRAY)
        return (found if self.model is None else FlowPort("outputText"),)

    def configuration(self) -> Mapping[str, Any]:
        """The knowledge base and the model."""
        found = {"knowledgeBaseId": self.knowledge_base_id, "numberOfResults": self.results}
        return found if self.model is None else {**found, "modelId": self.model.model_id}

    def statements(self) -> Sequence[Statement]:
        """Ask the knowledge base and the model."""
        arn = f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:knowledge-base/{self.knowledge_base_id}"
        asked = [] if self.model is None else self.model.invoke_statements(actions=_ASK)
        return [Statement(actions=["bedrock:Retrieve"], resources=[arn]), *asked]

    def problems(self) -> Iterator[Problem]:
        """An id or a number of results that Bedrock does not take, too."""
        yield from FlowNode.problems(self)
        if not is_token(self.knowledge_base_id) and not _KNOWLEDGE_BASE.fullmatch(self.knowledge_base_id):
            fix = "Use up to 10 letters and digits, as the knowledge base has them"
            yield Problem("nodes.knowledge_base_id", self.knowledge_base_id[:60], "is no id", fix)
        if outside(self.results, 1, _MOST_RESULTS):
            yield Problem("nodes.results", self.results, "is not a number of results", f"Use 1 to {_MOST_RESULTS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionNode(FlowNode):
    """Calls a function: takes its inputs, and gives the ``functionResponse``.

    :param function: the function; it gets its inputs as ``event["node"]["inputs"]``.
    :param inputs: what it gets.
    :param response: what it answers.
    """

    function: Function | lambda_.IFunction
    inputs: Sequence[FlowPort] = (FlowPort("codeHookInput"),)
    response: FlowType = FlowType.STRING
    kind: ClassVar[str] = "LambdaFunction"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """What the function gets."""
        return self.inputs

    @property
    def gives(self) -> Sequence[FlowPort]:
        """What the function answers."""
        return (FlowPort("functionResponse", self.response),)

    def configuration(self) -> Mapping[str, Any]:
        """The function."""
        return {"lambdaArn": self.function.function_arn}

    def statements(self) -> Sequence[Statement]:
        """Call the function."""
        return [Statement(actions=["lambda:InvokeFunction"], resources=[self.function.function_arn])]


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineCodeNode(FlowNode):
    """Runs a few lines of Python: takes its inputs as variables, and gives the value of the last line as ``response``.

    :param code: Python 3.12, without network.
    :param inputs: up to five inputs.
    :param response: what it gives.
    """

    code: str
    inputs: Sequence[FlowPort] = (FlowPort("document"),)
    response: FlowType = FlowType.STRING
    kind: ClassVar[str] = "InlineCode"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """The variables of the code."""
        return self.inputs

    @property
    def gives(self) -> Sequence[FlowPort]:
        """The value of the last line."""
        return (FlowPort("response", self.response),)

    def configuration(self) -> Mapping[str, Any]:
        """The code."""
        return {"code": self.code, "language": "Python_3"}

    def problems(self) -> Iterator[Problem]:
        """Code that does not compile, too."""
        yield from FlowNode.problems(self)
        yield from text_problems("nodes.code", self.code, _LONGEST_CODE)
        if len(self.inputs) > _MOST_CODE_INPUTS:
            rule = f"takes {len(self.inputs)} inputs, but code has at most {_MOST_CODE_INPUTS}"
            yield Problem("nodes.inputs", self.name, rule, "Put what belongs together into an object")
        if is_token(self.code):
            return
        try:
            ast.parse(self.code)
        except (SyntaxError, ValueError) as error:
            yield Problem("nodes.code", self.code[:60], f"is no Python: {error}", "Correct it")


def _objects(bucket: s3.IBucket, action: str) -> list[Statement]:
    own_account = {"StringEquals": {"aws:ResourceAccount": Aws.ACCOUNT_ID}}
    objects = [bucket.arn_for_objects("*")]
    used = Statement(actions=[action], resources=objects, conditions=own_account, wildcard=_OBJECTS)
    key = bucket.encryption_key
    return [used, *([] if key is None else use_key(key.key_arn))]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageNode(FlowNode):
    """Writes an object: takes its ``content`` and ``objectKey``, and gives its ``s3Uri``.

    :param bucket: where it is written.
    :param content: what it is made of.
    """

    bucket: s3.IBucket
    content: FlowType = FlowType.STRING
    kind: ClassVar[str] = "Storage"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """What is written, and where."""
        return (FlowPort("content", self.content), FlowPort("objectKey"))

    @property
    def gives(self) -> Sequence[FlowPort]:
        """Where it is."""
        return (FlowPort("s3Uri"),)

    def configuration(self) -> Mapping[str, Any]:
        """The bucket."""
        return {"serviceConfiguration": {"s3": {"bucketName": self.bucket.bucket_name}}}

    def statements(self) -> Sequence[Statement]:
        """Write objects."""
        return _objects(self.bucket, "s3:PutObject")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalNode(FlowNode):
    """Reads an object: takes its ``objectKey``, and gives its text as ``s3Content``.

    :param bucket: where it is read.
    """

    bucket: s3.IBucket
    kind: ClassVar[str] = "Retrieval"

    @property
    def takes(self) -> Sequence[FlowPort]:
        """Where it is."""
        return (FlowPort("objectKey"),)

    @property
    def gives(self) -> Sequence[FlowPort]:
        """What it says."""
        return (FlowPort("s3Content"),)

    def configuration(self) -> Mapping[str, Any]:
        """The bucket."""
        return {"serviceConfiguration": {"s3": {"bucketName": self.bucket.bucket_name}}}

    def statements(self) -> Sequence[Statement]:
        """Read objects."""
        return _objects(self.bucket, "s3:GetObject")
