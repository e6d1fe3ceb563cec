"""How a knowledge base is asked is what the API takes, and what its store can do."""

from __future__ import annotations

import aws_cdk as cdk
import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_ml.errors import Problem
from cdk_ml.genai import Filter, FoundationModel, Reranking, Retrieval, S3Vectors

RERANKER = FoundationModel("cohere.rerank-v3-5:0")
SHAPE = (
    botocore.session.get_session()
    .get_service_model("bedrock-agent-runtime")
    .shape_for("KnowledgeBaseRetrievalConfiguration")
)


def test_the_api_takes_the_configuration() -> None:
    asked = Retrieval(
        results=20,
        filter=Filter.equals("language", "de"),
        search="SEMANTIC",
        reranking=Reranking(model=RERANKER, results=5),
    )
    configuration = asked.configuration()
    errors = ParamValidator().validate(configuration, SHAPE)
    assert not errors.has_errors(), errors.generate_report()
    search = configuration["vectorSearchConfiguration"]
    assert search["rerankingConfiguration"]["bedrockRerankingConfiguration"] == {
        "modelConfiguration": {"modelArn": RERANKER.model_arn},
        "numberOfRerankedResults": 5,
    }
    assert list(asked.problems(S3Vectors())) == []


def test_what_is_not_said_is_left_to_bedrock() -> None:
    assert Retrieval().configuration() == {"vectorSearchConfiguration": {"numberOfResults": 5}}


def test_reranking_needs_its_model_and_no_other() -> None:
    rerank, invoke = Reranking(model=RERANKER).statements()
    assert (rerank.actions, rerank.resources) == (["bedrock:Rerank"], ("*",))
    assert (invoke.actions, invoke.resources) == (["bedrock:InvokeModel"], [RERANKER.model_arn])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Retrieval(results=0), Problem("retrieval.results", 0, "is no number of passages", "Use 1 to 100")),
        (
            Retrieval(search="HYBRID"),
            Problem(
                "retrieval.search",
                "HYBRID",
                "is a search that S3Vectors does not have",
                "Use SEMANTIC, or the store OpenSearchServerless",
            ),
        ),
        (
            Retrieval(filter=Filter.starts_with("path", "a/")),
            Problem(
                "retrieval.filter",
                "startsWith",
                "is a filter that S3Vectors ignores, so that everything would be found",
                "Compare whole values, or use OpenSearchServerless",
            ),
        ),
        (
            Retrieval(results=5, reranking=Reranking(model=RERANKER, results=6)),
            Problem(
                "retrieval.reranking.results",
                6,
                "is not between 1 and the 5 that are found",
                "Use 1 to 5, or find more",
            ),
        ),
    ],
)
def test_what_a_store_cannot_do_is_refused(asked: Retrieval, expected: Problem) -> None:
    assert list(asked.problems(S3Vectors())) == [expected]


def test_numbers_that_only_the_deployment_knows_pass() -> None:
    number = cdk.Token.as_number({"Ref": "Results"})
    asked = Retrieval(results=number, reranking=Reranking(model=RERANKER, results=number))
    assert list(asked.problems(S3Vectors())) == []
