"""A Python shell job runs on a sixteenth of a machine, or on a whole one."""

from __future__ import annotations

import json

import aws_cdk as cdk

from cdk_ml.data.glue.python_shell_job import dpu_problems
from tests.data.glue.conftest import Made


def test_it_has_pandas_and_no_workers(made: Made) -> None:
    job = made.job("Shell")
    assert (job["Command"]["Name"], job["Command"]["PythonVersion"]) == ("pythonshell", "3.9")
    assert (job["MaxCapacity"], job["GlueVersion"]) == (1, "3.0")
    arguments = job["DefaultArguments"]
    assert arguments["library-set"] == "analytics"
    assert arguments["--currency"] == "CHF"
    for absent in ("WorkerType", "NumberOfWorkers", "ExecutionClass"):
        assert absent not in job
    for absent in ("--extra-py-files", "--custom-logGroup-prefix", "--enable-metrics"):
        assert absent not in arguments


def test_it_logs_where_python_jobs_do(made: Made) -> None:
    for group in made.ids("AWS::Logs::LogGroup", "ShellLogGroup").values():
        assert json.dumps(group["LogGroupName"]).startswith('{"Fn::Join": ["", ["/aws-glue/python-jobs/')
    (logs,) = [s for s in made.statements("Shell") if "logs:PutLogEvents" in s["Action"]]
    assert json.dumps(logs["Resource"]).endswith(':log-group:/aws-glue/python-jobs/*"]]}')


def test_other_sizes_are_refused() -> None:
    (problem,) = dpu_problems(2)
    assert str(problem) == "dpus=2 is no size of a Python shell job. Use 0.0625 or 1; more is a SparkJob."
    assert [*dpu_problems(1), *dpu_problems(0.0625), *dpu_problems(cdk.Token.as_number({"Ref": "N"}))] == []
