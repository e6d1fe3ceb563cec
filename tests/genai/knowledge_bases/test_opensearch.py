"""A collection is made in an order without races, for two roles, and says what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import Filter, KnowledgeBase, OpenSearchServerless, Retrieval, S3Source, VectorType
from cdk_ml.testing import assert_compliant, assert_iam_precise
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.genai.knowledge_bases.conftest import TITAN

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
PREFIX = "AWS::OpenSearchServerless::"


def of_type(template: Template, name: str) -> tuple[str, dict[str, Any]]:
    """The one resource of a type of OpenSearch Serverless."""
    ((id, found),) = resources(template, f"{PREFIX}{name}").items()
    return id, found


def text(policy: Any) -> Any:
    """A policy as JSON, with names in place of what only the deployment knows."""
    if isinstance(policy, str):
        return json.loads(policy)
    joined = policy["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "token" for part in joined))


def test_policies_come_first_and_the_index_before_the_knowledge_base(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=OpenSearchServerless())
    made = template()
    _, collection = of_type(made, "Collection")
    access, _ = of_type(made, "AccessPolicy")
    assert {access, *resources(made, f"{PREFIX}SecurityPolicy")} <= set(collection["DependsOn"])
    index, _ = of_type(made, "Index")
    ((_, base),) = resources(made, "AWS::Bedrock::KnowledgeBase").items()
    assert index in base["DependsOn"]
    # The role's permission names the collection, and the access policy names the role: they are apart.
    uses = [name for name in resources(made, "AWS::IAM::ManagedPolicy") if "StoreUse" in name]
    assert set(uses) <= set(base["DependsOn"])
    assert len(uses) == 1


def test_only_the_knowledge_base_and_who_deploys_are_admitted(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=OpenSearchServerless(deployed_by="arn:aws:iam::111111111111:role/deploy"))
    _, found = of_type(template(), "AccessPolicy")
    use, make = text(found["Properties"]["Policy"])
    name = found["Properties"]["Name"]
    assert use["Principal"] == ["token"]
    assert make["Principal"] == ["arn:aws:iam::111111111111:role/deploy"]
    assert use["Rules"][1] == {
        "ResourceType": "index",
        "Resource": [f"index/{name}/vectors-1024"],
        "Permission": ["aoss:DescribeIndex", "aoss:ReadDocument", "aoss:WriteDocument"],
    }
    assert "aoss:CreateIndex" in make["Rules"][1]["Permission"]
    assert "aoss:ReadDocument" not in make["Rules"][1]["Permission"]


def test_the_cdks_own_role_makes_the_index_unless_another_deploys(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=OpenSearchServerless())
    _, found = of_type(template(), "AccessPolicy")
    assert "cdk-hnb659fds-cfn-exec-role" in json.dumps(found)


def test_the_collection_is_under_the_workspaces_key(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=OpenSearchServerless())
    found = resources(template(), f"{PREFIX}SecurityPolicy").values()
    (encryption,) = [item["Properties"] for item in found if item["Properties"]["Type"] == "encryption"]
    assert text(encryption["Policy"])["AWSOwnedKey"] is False
    assert text(encryption["Policy"])["KmsARN"] == "token"


@pytest.mark.parametrize(
    ("private", "expected"),
    [
        (False, {"AllowFromPublic": True}),
        (True, {"AllowFromPublic": False, "SourceServices": ["bedrock.amazonaws.com"]}),
    ],
)
def test_the_endpoint_is_closed_when_the_index_is_there(
    knowledge_base: Make, template: Synth, private: bool, expected: dict[str, Any]
) -> None:
    knowledge_base(store=OpenSearchServerless(private=private))
    found = resources(template(), f"{PREFIX}SecurityPolicy").values()
    (network,) = [item["Properties"] for item in found if item["Properties"]["Type"] == "network"]
    (rule,) = text(network["Policy"])
    assert {key: value for key, value in rule.items() if key != "Rules"} == expected


def test_the_index_has_the_engine_that_bedrock_filters_with(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=OpenSearchServerless(), dimensions=512)
    _, found = of_type(template(), "Index")
    assert found["Properties"]["IndexName"] == "vectors-512"
    assert found["Properties"]["Settings"] == {"Index": {"Knn": True}}
    vector = found["Properties"]["Mappings"]["Properties"]["vector"]
    assert (vector["Dimension"], vector["Method"]["Engine"]) == (512, "faiss")
    fields = only(template(), "AWS::Bedrock::KnowledgeBase")["StorageConfiguration"]
    mapping = fields["OpensearchServerlessConfiguration"]["FieldMapping"]
    assert set(mapping.values()) == set(found["Properties"]["Mappings"]["Properties"])


@pytest.mark.parametrize(
    ("standby", "replicas", "usd"), [(None, "ENABLED", "350"), (True, "ENABLED", "350"), (False, "DISABLED", "175")]
)
def test_what_it_costs_while_nobody_asks_is_said(
    knowledge_base: Make, stack: cdk.Stack, template: Synth, standby: bool | None, replicas: str, usd: str
) -> None:
    knowledge_base(store=OpenSearchServerless(standby=standby))
    _, found = of_type(template(), "Collection")
    assert found["Properties"]["StandbyReplicas"] == replicas
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(f"about {usd} USD a month"))


def test_a_replacement_has_another_name() -> None:
    def name(standby: bool) -> str:
        stack = cdk.Stack(cdk.App(), "Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
        store = OpenSearchServerless(standby=standby)
        KnowledgeBase(stack, "Base", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")], store=store)
        _, found = of_type(Template.from_stack(stack), "Collection")
        return str(found["Properties"]["Name"])

    assert name(standby=True) == name(standby=True) != name(standby=False)
    assert len(name(standby=True)) <= 32


def test_it_finds_by_words_and_knows_every_filter(knowledge_base: Make) -> None:
    made = knowledge_base(store=OpenSearchServerless())
    asked = made.retrieval_configuration(Retrieval(search="HYBRID", filter=Filter.starts_with("path", "a/")))
    assert asked["vectorSearchConfiguration"]["overrideSearchType"] == "HYBRID"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"vector_type": VectorType.BINARY},
            "vector_type='BINARY' is not what CloudFormation makes an index for. Use VectorType.FLOAT32, or the store "
            "ExistingOpenSearch with an index of your own.",
        ),
        (
            {"store": OpenSearchServerless(deployed_by="me")},
            "store.deployed_by='me' is no role. Name the ARN of the role that CloudFormation uses.",
        ),
        (
            {"dimensions": cdk.Token.as_number({"Ref": "Size"})},
            "has to be in the name of the index, and only the deployment knows it.",
        ),
    ],
)
def test_what_opensearch_could_not_keep_is_refused(knowledge_base: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(**{"store": OpenSearchServerless(), **options})
    assert message in str(error.value)


@pytest.mark.parametrize("profile", [Profile.SANDBOX, Profile.REGULATED], ids=lambda profile: profile.name)
def test_every_pack_passes(profile: Profile) -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=profile, tags=TAGS)
    KnowledgeBase(
        stack,
        "Base",
        workspace=workspace,
        embedding=TITAN,
        sources=[S3Source(name="a")],
        store=OpenSearchServerless(),
    )
    assert_iam_precise(stack)
    assert_compliant(stack)
