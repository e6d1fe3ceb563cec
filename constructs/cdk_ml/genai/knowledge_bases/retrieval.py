"""How passages are found: how many, by what, and in which order.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.filters import Filter
from cdk_ml.genai.knowledge_bases.store import VectorStore
from cdk_ml.genai.models.arns import arn_problems, model_arn
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import ANYTHING, Statement

_MOST_RESULTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reranking:
    """A model that reads what was found and puts the best first. It is paid for each question.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/rerank.html

    :param model: a reranking model, such as ``FoundationModel("cohere.rerank-v3-5:0")``.
    :param results: passages that are left, 1 to 100; all that were found when not given.
    """

    model: InvokableModel
    results: int | None = None

    def statements(self) -> list[Statement]:
        """What asks for it needs this, besides retrieving."""
        return [
            Statement(
                actions=["bedrock:Rerank"],
                resources=ANYTHING,
                wildcard="bedrock:Rerank takes no resource; which model may be asked, the next statement says. "
                "https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-prereq.html",
            ),
            *self.model.invoke_statements(actions=["bedrock:InvokeModel"]),
        ]

    def configuration(self) -> dict[str, Any]:
        """What ``Retrieve`` is told."""
        found: dict[str, Any] = {"modelConfiguration": {"modelArn": model_arn(self.model)}}
        if self.results is not None:
            found["numberOfRerankedResults"] = self.results
        return {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration": found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """How passages are found.

    See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html

    :param results: passages that are found at most, 1 to 100.
    :param filter: which of them may be found, see :meth:`Filter.equals`.
    :param search: by meaning (``SEMANTIC``), or by meaning and words (``HYBRID``), which not every store can; Bedrock
        chooses when not given.
    :param reranking: a model that puts the best first.
    """

    results: int = 5
    filter: Filter | None = None
    search: Literal["SEMANTIC", "HYBRID"] | None = None
    reranking: Reranking | None = None

    def configuration(self) -> dict[str, Any]:
        """What ``Retrieve`` takes as ``retrievalConfiguration``."""
        found: dict[str, Any] = {"numberOfResults": self.results}
        if self.filter is not None:
            found["filter"] = self.filter.document()
        if self.search is not None:
            found["overrideSearchType"] = self.search
        if self.reranking is not None:
            found["rerankingConfiguration"] = self.reranking.configuration()
        return {"vectorSearchConfiguration": found}

    def managed_configuration(self) -> dict[str, Any]:
        """What ``Retrieve`` takes for a managed knowledge base, which reranks with a model of its own unless told."""
        found: dict[str, Any] = {"numberOfResults": self.results}
        if self.filter is not None:
            found["filter"] = self.filter.document()
        if self.reranking is not None:
            found["rerankingModelType"] = "CUSTOM"
            found["rerankingConfiguration"] = self.reranking.configuration()
        return {"managedSearchConfiguration": found}

    def managed_problems(self) -> Iterator[Problem]:
        """What a managed knowledge base would refuse."""
        yield from self._own_problems()
        if self.search is not None:
            rule = "is chosen by a managed knowledge base itself"
            yield Problem("retrieval.search", self.search, rule, "Leave it out")

    def problems(self, store: VectorStore) -> Iterator[Problem]:
        """What Bedrock would refuse, or a store would ignore."""
        yield from self._own_problems()
        name = type(store).__name__
        if self.search == "HYBRID" and not store.hybrid:
            rule = f"is a search that {name} does not have"
            yield Problem("retrieval.search", self.search, rule, "Use SEMANTIC, or the store OpenSearchServerless")
        ignored = set() if self.filter is None else self.filter.operators & store.ignores
        for operator in sorted(ignored):
            rule = f"is a filter that {name} ignores, so that everything would be found"
            yield Problem("retrieval.filter", operator, rule, "Compare whole values, or use OpenSearchServerless")

    def _own_problems(self) -> Iterator[Problem]:
        if outside(self.results, 1, _MOST_RESULTS):
            fix = f"Use 1 to {_MOST_RESULTS}"
            yield Problem("retrieval.results", self.results, "is no number of passages", fix)
        if self.reranking is None:
            return
        yield from arn_problems("retrieval.reranking.model", self.reranking.model)
        left = self.reranking.results
        if left is None or is_token(left) or is_token(self.results):
            return
        if not 1 <= left <= self.results:
            rule = f"is not between 1 and the {self.results} that are found"
            yield Problem("retrieval.reranking.results", left, rule, f"Use 1 to {self.results}, or find more")
