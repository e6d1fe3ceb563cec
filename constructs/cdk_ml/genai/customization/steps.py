"""The states of a customization, and what they may do.

    read the data ─> train ─> deploy ─> ask ─> judge ─> good enough? ─> people ─> in use
         │                                └── an error, too low, or no: take the deployment down, and fail
         └── refused: fail

https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_stepfunctions as sfn

from cdk_ml.genai.customization.evaluation import evaluation_request
from cdk_ml.genai.customization.functions import MOST_SECONDS, SOURCE
from cdk_ml.genai.customization.jobs import (
    PAGE,
    RETRIED,
    bedrock_arn,
    call_state,
    encrypt_model,
    function_state,
    job_state,
    job_statements,
)
from cdk_ml.genai.customization.methods import method_request
from cdk_ml.genai.models.arns import foundation_model_arns
from cdk_ml.workflow.polled_job import Call, PolledJob, polled_job, run_name
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import pass_role

if TYPE_CHECKING:
    from cdk_ml.genai.customization.model_customization import ModelCustomizationWorkflow

APPROVE, REJECT = "deploy it", "take it down"
_A_WEEK = 7 * 86_400
_DEPLOYED = "$['Deploy'].CustomModelDeploymentArn"


def customization_steps(of: ModelCustomizationWorkflow) -> sfn.IChainable:
    """The states, from the first one on."""
    bucket, validation = of.data.bucket.bucket_name, of.data.validation
    start = function_state(
        of,
        "Validate",
        function=of.functions.validate,
        payload={
            "training": _uri(bucket, of.data.training),
            **({} if validation is None else {"validation": _uri(bucket, validation)}),
            "report.$": _kept(of, "reports", ".json"),
        },
        timeout_seconds=MOST_SECONDS,
    )
    refused = sfn.Fail(of, "Refused", error="DataRefused", cause_path="$['Validate'].Answer.reason")
    in_order = sfn.Choice(of, "InOrder").when(
        sfn.Condition.boolean_equals("$['Validate'].Answer.ok", True), _train(of).next(_deploy(of)).next(_decide(of))
    )
    return start.next(in_order.otherwise(refused))


def _train(of: ModelCustomizationWorkflow) -> sfn.CustomState:
    tags = [{"Key": of.tag[0], "Value": of.tag[1]}]
    data: dict[str, Any] = {"TrainingDataConfig": {"S3Uri": _uri(of.data.bucket.bucket_name, of.data.training)}}
    if of.data.validation is not None:
        validator = {"S3Uri": _uri(of.data.bucket.bucket_name, of.data.validation)}
        data["ValidationDataConfig"] = {"Validators": [validator]}
    return job_state(
        of,
        "Train",
        action="ModelCustomizationJob",
        name=run_name(of.prefix),
        request={
            "CustomModelName.$": "$['Train'].JobName",
            "BaseModelIdentifier": of.base_model.model_arn,
            "RoleArn": of.role.role_arn,
            "CustomModelKmsKeyId": of.workspace.key.key_arn,
            "OutputDataConfig": {"S3Uri": _uri(of.workspace.data_bucket.bucket_name, f"{of.output_prefix}training/")},
            "JobTags": tags,
            "CustomModelTags": tags,
            **data,
            **method_request(of.method),
        },
    )


def _deploy(of: ModelCustomizationWorkflow) -> sfn.CustomState:
    identifier = {"CustomModelDeploymentIdentifier.$": "$['DeployCreated'].CustomModelDeploymentArn"}
    deployment = PolledJob(
        service="bedrock",
        kept="Deploy",
        name={"ModelDeploymentName.$": "$['Train'].JobName"},
        create=Call(
            action="createCustomModelDeployment",
            parameters={
                "ModelDeploymentName.$": "$['Deploy'].ModelDeploymentName",
                "ModelArn.$": "$['Train'].OutputModelArn",
                "Tags": [{"Key": of.tag[0], "Value": of.tag[1]}],
            },
        ),
        look=Call(action="getCustomModelDeployment", parameters=identifier),
        stop=Call(action="deleteCustomModelDeployment", parameters=identifier),
        status="Status",
        done=["Active"],
        failed=["Failed"],
        reason="FailureMessage",
        noun="CustomModelDeployment",
        look_seconds=60,
        retried=RETRIED,
    )
    return polled_job(deployment, of, "Deploy")


def _decide(of: ModelCustomizationWorkflow) -> sfn.IChainable:
    """From the deployed model to the one that is in use, or to none."""
    discard = call_state(
        of,
        "Discard",
        service="bedrock",
        action="deleteCustomModelDeployment",
        parameters={"CustomModelDeploymentIdentifier.$": _DEPLOYED},
    ).next(sfn.Fail(of, "Discarded", error="ModelDiscarded", cause="It was not good enough, or nobody wanted it"))
    answers = _kept(of, "answers", ".jsonl")
    ask = function_state(
        of,
        "Ask",
        function=of.functions.answer,
        payload={
            "model.$": _DEPLOYED,
            "questions": _uri(of.judge.bucket.bucket_name, of.judge.questions),
            "answers.$": answers,
        },
        timeout_seconds=MOST_SECONDS,
    )
    evaluate = job_state(
        of,
        "Evaluate",
        action="EvaluationJob",
        # Names of evaluation jobs are in lower case; a run's own part is.
        name=run_name("judge"),
        request=evaluation_request(
            of.judge,
            answers=answers,
            source=SOURCE,
            output=_kept(of, "scores", "/"),
            role_arn=of.judge_role.role_arn,
            key_arn=of.workspace.key.key_arn,
        ),
        reason="FailureMessages[0]",
    )
    score = function_state(
        of,
        "Score",
        function=of.functions.score,
        payload={"results.$": _kept(of, "scores", "/")},
        timeout_seconds=MOST_SECONDS,
    )
    good = sfn.Condition.boolean_equals("$['Score'].Answer.ok", True)
    review = of.review.task(
        of,
        "Approve",
        title="Use this model?",
        labels=[APPROVE, REJECT],
        text="$['Score'].Answer",
        timeout_seconds=_A_WEEK,
    )
    publish = of.live.publish(of, _DEPLOYED)
    approved = sfn.Choice(of, "Approved").when(
        sfn.Condition.string_equals("$.review.label", APPROVE), publish.next(sfn.Succeed(of, "InUse"))
    )
    for state in (ask, evaluate, score, review, publish):
        state.add_catch(discard, result_path="$.problem")
    good_enough = sfn.Choice(of, "GoodEnough").when(good, review.next(approved.otherwise(discard))).otherwise(discard)
    return ask.next(evaluate).next(score).next(good_enough)


def step_statements(of: ModelCustomizationWorkflow) -> list[Statement]:
    """What the states need: nothing but this customization's model, key, functions and parameter by name."""
    name, value = of.tag
    models, deployments = bedrock_arn("custom-model"), bedrock_arn("custom-model-deployment")
    # Making an evaluation job is about models; a profile that leads to one is no resource of it.
    judged_by = foundation_model_arns(of.judge.model)
    own = {"StringEquals": {f"aws:ResourceTag/{name}": value}}
    return [
        *job_statements(
            "ModelCustomizationJob",
            resource="model-customization-job",
            made_of=[of.base_model.model_arn, models],
            wildcard=f"Bedrock names the model that comes out when it is made; the base model is named. {PAGE}",
        ),
        *job_statements("EvaluationJob", resource="evaluation-job", made_of=judged_by),
        Statement(
            actions=["bedrock:TagResource"],
            resources=[models, deployments, bedrock_arn("model-customization-job")],
            conditions={"StringEquals": {f"aws:RequestTag/{name}": value}},
            wildcard=f"What is tagged as it is made has no name yet; the tag is this customization's only. {PAGE}",
        ),
        Statement(
            actions=["bedrock:CreateCustomModelDeployment"],
            resources=[models],
            conditions=own,
            wildcard=f"Bedrock names a model when it is made; the tag names those of this customization. {PAGE}",
        ),
        Statement(
            actions=["bedrock:DeleteCustomModelDeployment", "bedrock:GetCustomModelDeployment"],
            resources=[deployments],
            conditions=own,
            wildcard=f"Bedrock names a deployment when it is made; the tag names those of this customization. {PAGE}",
        ),
        pass_role(of.role.role_arn, to="bedrock.amazonaws.com"),
        pass_role(of.judge_role.role_arn, to="bedrock.amazonaws.com"),
        encrypt_model(of.workspace.key.key_arn),
        of.live.publish_statement(),
        *of.functions.statements,
        *of.review.statements,
    ]


def _uri(bucket: str, key: str) -> str:
    return f"s3://{bucket}/{key}"


def _kept(of: ModelCustomizationWorkflow, folder: str, end: str) -> str:
    """Where an execution keeps something, apart from others."""
    place = _uri(of.workspace.data_bucket.bucket_name, f"{of.output_prefix}{folder}/")
    return f"States.Format('{place}{{}}{end}', $$.Execution.Name)"
