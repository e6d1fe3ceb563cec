"""A prompt is published in a version that moves with its content, and its variables are those of its text."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    ChatMessage,
    ChatRole,
    ChatTemplate,
    FoundationModel,
    Prompt,
    PromptAlternative,
    PromptInference,
    TextTemplate,
)
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, TAGS, only

MODEL = FoundationModel("amazon.nova-lite-v1:0")
TEXT = TextTemplate(text="Sum up {{letter}} in {{ language }}", variables=["letter", "language"])
CHAT = ChatTemplate(
    system="You answer in {{language}}.",
    messages=[
        ChatMessage(ChatRole.USER, "{{question}}"),
        ChatMessage(ChatRole.ASSISTANT, "In short:"),
    ],
    variables=["language", "question"],
)


def made(**options: Any) -> Template:
    """The template of a prompt with these options."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Assistant")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    Prompt(stack, "Prompt", workspace=workspace, **{"template": TEXT, "model": MODEL, **options})
    return Template.from_stack(stack)


def test_a_text_is_published_for_its_model() -> None:
    template = made(inference=PromptInference(temperature=0, max_tokens=200, stop_sequences=["END"]))
    found = only(template, "AWS::Bedrock::Prompt")
    assert found["DefaultVariant"] == "Published"
    assert found["Variants"] == [
        {
            "Name": "Published",
            "ModelId": "amazon.nova-lite-v1:0",
            "TemplateType": "TEXT",
            "TemplateConfiguration": {
                "Text": {"Text": TEXT.text, "InputVariables": [{"Name": "letter"}, {"Name": "language"}]}
            },
            "InferenceConfiguration": {"Text": {"Temperature": 0, "MaxTokens": 200, "StopSequences": ["END"]}},
        }
    ]
    assert found["CustomerEncryptionKeyArn"]
    assert "Description" not in found


def test_a_conversation_has_its_turns_and_alternatives_are_beside_what_is_published() -> None:
    other = PromptAlternative(name="Short", template=TEXT, model=MODEL)
    published, alternative = only(made(template=CHAT, alternatives=[other]), "AWS::Bedrock::Prompt")["Variants"]
    chat = published["TemplateConfiguration"]["Chat"]
    assert chat["System"] == [{"Text": "You answer in {{language}}."}]
    assert chat["Messages"] == [
        {"Role": "user", "Content": [{"Text": "{{question}}"}]},
        {"Role": "assistant", "Content": [{"Text": "In short:"}]},
    ]
    assert "InferenceConfiguration" not in published
    assert (alternative["Name"], alternative["TemplateType"]) == ("Short", "TEXT")


def test_another_content_is_another_version_and_an_alternative_is_none() -> None:
    def version(**options: Any) -> str:
        return str(only(made(**options), "AWS::Bedrock::PromptVersion")["Description"])

    assert version() == version(alternatives=[PromptAlternative(name="Short", template=CHAT, model=MODEL)])
    changed = [
        version(template=CHAT),
        version(model=FoundationModel("amazon.nova-pro-v1:0")),
        version(inference=PromptInference(top_p=0.5)),
    ]
    assert len({version(), *changed}) == 4


def test_who_uses_it_may_render_it_and_ask_its_model(stack: cdk.Stack, workspace: Workspace) -> None:
    prompt = Prompt(stack, "Prompt", workspace=workspace, template=TEXT, model=MODEL)
    assert prompt.use_statements() == [
        Statement(actions=["bedrock:RenderPrompt"], resources=[prompt.prompt_arn, prompt.version_arn]),
        *MODEL.invoke_statements(),
        Statement(actions=["kms:Decrypt"], resources=[workspace.key.key_arn]),
    ]
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    prompt.grant_use(role)
    policy = only(Template.from_stack(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert [each["Action"] for each in policy] == [
        "bedrock:RenderPrompt",
        ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        "kms:Decrypt",
    ]
    assert stack.resolve(prompt.version) == stack.resolve(prompt.cfn_version.attr_version)


def text(**options: Any) -> dict[str, Any]:
    return {"template": TextTemplate(**{"text": "Hello", **options})}


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({"name": "a--b"}, "name='a--b' is not a name", "with single hyphens or underscores between"),
        ({"description": "d" * 201}, "has 201 characters", "Shorten it"),
        (text(text=" "), "template.text=' ' is empty", "Write the text"),
        (text(text="x" * 200_001), "has 200001 characters", "Shorten it"),
        (text(text="Hello {{who}}"), "template.variables=[] lack 'who'", "Add 'who' to variables"),
        (text(variables=["who"]), "template.variables='who' is in no text", "Write {{who}} where"),
        (text(text="{{a b}}", variables=["a b"]), "template.variables='a b' is not a name", "letters and digits"),
        (text(text="{{a}}", variables=["a", "a"]), "'a' is there 2 times", "Give each variable once"),
        (text(variables=[f"v{n}" for n in range(21)]), "are 21 variables, but a prompt takes 20", "into one"),
        ({"template": ChatTemplate(messages=[])}, "template.messages=[]", "Put what one says"),
        (
            {"template": ChatTemplate(messages=[ChatMessage(ChatRole.ASSISTANT, "Hello")])},
            "do not start with the user",
            "Put what one says",
        ),
        (
            {"template": ChatTemplate(messages=[ChatMessage(ChatRole.USER, "Hello")] * 2)},
            "go on by turns",
            "into one message",
        ),
        (
            {"template": ChatTemplate(system="Be {{how}}", messages=[ChatMessage(ChatRole.USER, "Hello")])},
            "lack 'how'",
            "take {{how}} out",
        ),
        ({"inference": PromptInference(temperature=1.1)}, "inference.temperature=1.1", "from 0 to 1"),
        ({"inference": PromptInference(top_p=-0.1)}, "inference.top_p=-0.1", "from 0 to 1"),
        ({"inference": PromptInference(max_tokens=0)}, "inference.max_tokens=0", "Give 1 to 512000"),
        ({"inference": PromptInference(stop_sequences=["a"] * 5)}, "are 5, but a prompt takes 4", "Leave some out"),
        (
            {"alternatives": [PromptAlternative(name=name, template=TEXT, model=MODEL) for name in "abc"]},
            "are 3, but a prompt takes 2",
            "Leave some out",
        ),
        (
            {"alternatives": [PromptAlternative(name="Published", template=TEXT, model=MODEL)]},
            "'Published' is there 2 times",
            "Give each alternative once",
        ),
    ],
)
def test_what_bedrock_refuses_is_said_with_its_fix(options: dict[str, Any], value: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        made(**options)
    problems = [str(problem) for problem in raised.value.problems]
    assert any(value in problem and fix in problem for problem in problems), problems


def test_a_token_passes_and_a_region_without_prompts_does_not() -> None:
    stack = cdk.Stack(cdk.App(), "Assistant", env=cdk.Environment(region="us-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    with pytest.raises(ConfigurationError) as raised:
        Prompt(
            stack,
            "Prompt",
            workspace=workspace,
            template=TextTemplate(text=token, variables=["who"]),
            model=MODEL,
            name=token,
        )
    assert [problem.argument for problem in raised.value.problems] == ["region"]
