"""Every job runs as a role of its own, logs under the key, tells when it fails, and is started in one way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_ml.data import RunLimits
from cdk_ml.data.glue.job import limit_problems, service_problems
from cdk_ml.errors import ConfigurationError
from tests.data.glue.conftest import Made


def test_every_job_shares_one_security_configuration_in_a_workspace(made: Made) -> None:
    configurations = made.ids("AWS::Glue::SecurityConfiguration")
    assert len(configurations) == 2
    for name in made.jobs:
        reference = made.job(name)["SecurityConfiguration"]
        assert reference["Ref"] in configurations


def test_logs_go_to_groups_of_the_jobs_own_under_the_names_that_glue_makes_of_them(made: Made) -> None:
    prefix = made.job("Plain")["DefaultArguments"]["--custom-logGroup-prefix"]
    assert json.dumps(prefix).count("Churn-Plain-") == 1
    groups = made.ids("AWS::Logs::LogGroup", "PlainLogGroup")
    (configuration,) = [body["Name"] for id, body in made.ids("AWS::Glue::SecurityConfiguration", "Workspace").items()]
    (role,) = made.ids("AWS::IAM::Role", "PlainRole")
    for id, group in groups.items():
        *_, middle, reference, end = group["LogGroupName"]["Fn::Join"][1]
        assert middle == f"/{configuration}-role/"
        assert reference == {"Ref": role}
        assert end == ("/error" if "Error" in id else "/output")
        assert group["RetentionInDays"] == 365
        assert "Fn::GetAtt" in group["KmsKeyId"]
    depends = made.template.find_resources("AWS::Glue::Job")
    (waits,) = [set(body["DependsOn"]) for id, body in depends.items() if id.startswith("Plain")]
    assert {*groups} <= waits


def test_an_older_glue_streams_into_one_group_that_it_names_after_the_configuration(made: Made) -> None:
    arguments = made.job("Older")["DefaultArguments"]
    assert arguments["--enable-continuous-cloudwatch-log"] == "true"
    assert "--custom-logGroup-prefix" not in arguments
    group = made.one("AWS::Logs::LogGroup", "OlderLogGroup")
    (configuration,) = [body["Name"] for body in made.ids("AWS::Glue::SecurityConfiguration", "Sandbox").values()]
    assert json.dumps(arguments["--continuous-log-logGroup"]).endswith('/logs"]]}')
    assert json.dumps(group["LogGroupName"]).endswith(f'/logs-{configuration}"]]}}')


def test_the_role_may_do_what_the_job_needs_and_nothing_else(made: Made) -> None:
    actions = {tuple(s["Action"]) if isinstance(s["Action"], list) else s["Action"] for s in made.statements("Shell")}
    assert actions == {
        "s3:GetObject",
        ("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
        "s3:ListBucket",
        ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
    }
    role = made.one("AWS::IAM::Role", "ShellRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "glue.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_a_job_in_the_network_may_make_interfaces_in_one_subnet(made: Made) -> None:
    plain = [action for s in made.statements("Plain") for action in [s["Action"]]]
    assert ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"] in plain
    assert ["ec2:CreateTags", "ec2:DeleteTags"] in plain
    (tagging,) = [s for s in made.statements("Plain") if "ec2:CreateTags" in s["Action"]]
    assert tagging["Condition"] == {"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}}
    assert not any("ec2" in json.dumps(s["Action"]) for s in made.statements("Older"))


def test_logs_are_written_under_the_beginning_of_the_jobs_own_names_only(made: Made) -> None:
    (logs,) = [s for s in made.statements("Plain") if "logs:PutLogEvents" in s["Action"]]
    beginning = made.job("Plain")["DefaultArguments"]["--custom-logGroup-prefix"]["Fn::Join"][1][0]
    assert beginning.startswith("/aws-glue/jobs/Churn-Plain-")
    assert logs["Resource"]["Fn::Join"][1][-1] == f":log-group:{beginning}*"


def test_a_role_of_ones_own_is_granted_nothing_and_names_the_log_groups(made: Made) -> None:
    assert made.job("Mine")["Role"] == "arn:aws:iam::111111111111:role/own"
    assert not made.ids("AWS::IAM::ManagedPolicy", "Mine")
    (group, _) = made.ids("AWS::Logs::LogGroup", "MineLogGroup").values()
    assert "-role/own/" in json.dumps(group["LogGroupName"])


def test_a_run_that_fails_or_is_late_raises_an_alarm(made: Made) -> None:
    rule_id, rule = next(iter(made.ids("AWS::Events::Rule", "PlainFailures").items()))
    (job,) = made.ids("AWS::Glue::Job", "Plain")
    assert rule["EventPattern"] == {
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        "detail": {"jobName": [{"Ref": job}], "state": ["FAILED", "TIMEOUT", "ERROR"]},
    }
    alarm = made.one("AWS::CloudWatch::Alarm", "PlainFailures")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "TriggeredRules")
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": rule_id}}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert len(alarm["AlarmActions"]) == 1
    assert "OKActions" not in alarm


def test_a_state_runs_the_job_with_arguments_of_the_execution(made: Made) -> None:
    text = made.one("AWS::StepFunctions::StateMachine", "Nightly")["DefinitionString"]
    (job,) = made.ids("AWS::Glue::Job", "Plain")
    parts = text["Fn::Join"][1]
    state = json.loads("".join(part if isinstance(part, str) else part["Ref"] for part in parts))["States"]["Run"]
    assert state["Resource"] == "arn:AWS::Partition:states:::glue:startJobRun.sync"
    assert state["Parameters"] == {
        "JobName": job,
        "Arguments": {"--date.$": "$.date", "--mode_of_day": "night"},
    }
    assert state["ResultPath"] == "$['Run']"
    (retry,) = state["Retry"]
    assert "Glue.ConcurrentRunsExceededException" in retry["ErrorEquals"]


def test_the_state_machine_and_who_is_granted_may_start_this_job_only(made: Made) -> None:
    (job,) = made.ids("AWS::Glue::Job", "Plain")
    policy = made.one("AWS::IAM::ManagedPolicy", "NightlyRolePolicy")["PolicyDocument"]["Statement"]
    (run,) = [s for s in policy if "glue:StartJobRun" in s["Action"]]
    assert run["Action"] == ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
    assert run["Resource"]["Fn::Join"][1][-1] == {"Ref": job}
    (granted,) = made.one("AWS::IAM::Policy", "Caller")["PolicyDocument"]["Statement"]
    assert granted["Action"] == "glue:StartJobRun"
    assert granted["Resource"] == run["Resource"]


def test_an_argument_of_a_run_is_checked_as_those_of_the_job(made: Made) -> None:
    with pytest.raises(ConfigurationError) as refused:
        made.jobs["Plain"].task(made.stack, "Wrong", arguments={"conf": "x"})
    assert "Churn/Wrong: arguments['conf']='x' is not the script's. Use spark={...}." in str(refused.value)


def test_metrics_are_glues_own_and_of_failures(made: Made) -> None:
    metric = made.jobs["Plain"].metric("glue.driver.aggregate.recordsRead", type="count")
    assert (metric.namespace, metric.statistic) == ("Glue", "Sum")
    assert metric.dimensions is not None
    assert {"JobRunId": "ALL", "Type": "count"}.items() <= metric.dimensions.items()
    observed = made.jobs["Plain"].metric("glue.driver.skewness.job", group="job_performance")
    assert observed.dimensions is not None
    assert observed.dimensions["ObservabilityGroup"] == "job_performance"
    assert made.jobs["Plain"].metric_failures().metric_name == "TriggeredRules"


@pytest.mark.parametrize(
    ("limits", "options", "sentence"),
    [
        ({"timeout_minutes": 0}, {}, "limits.timeout_minutes=0 is not a time that a run may take. Use 1 to 10080"),
        ({"timeout_minutes": 10_081}, {}, "limits.timeout_minutes=10081 is not a time that a run may take"),
        ({"retries": 11}, {}, "limits.retries=11 is no number that Glue takes. Use 0 to 10."),
        ({"concurrent": 0}, {}, "limits.concurrent=0 is no number that Glue takes. Use 1 to 1000."),
        (
            {"concurrent": 2},
            {"bookmarks": True},
            "limits.concurrent=2 runs at once would share one bookmark, and each take what another one has. Use 1",
        ),
    ],
)
def test_limits_that_glue_does_not_take_are_refused(
    limits: dict[str, int], options: dict[str, Any], sentence: str
) -> None:
    (problem,) = limit_problems(RunLimits(**limits), **options)
    assert sentence in str(problem)


def test_endpoints_have_ids_that_the_network_takes() -> None:
    (problem,) = service_problems({"a/b": None, "Sqs": None})
    assert "services='a/b' is no id of an endpoint in the network. Use letters and digits" in str(problem)
    assert [*service_problems(None)] == []
