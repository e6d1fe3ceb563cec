"""An explainability report loads the model where it runs, with packages that come without a network."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import (
    AnalyzedModel,
    Data,
    ExplainabilityReport,
    JsonGet,
    LabeledData,
    Limit,
    Script,
    Shap,
    Wheelhouse,
)
from cdk_ml.workspace import Workspace

Make = Callable[..., ExplainabilityReport]


def test_packages_come_from_s3_and_the_job_stays_cut_off(explain: Make, workspace: Workspace) -> None:
    request = explain(wheels=Wheelhouse(Data(workspace.data_bucket, "wheels/"), ["shap==0.50.0"])).request
    assert [each["InputName"] for each in request["ProcessingInputs"]] == ["data", "model", "wheels", "code"]
    assert "--no-index" in request["AppSpecification"]["ContainerEntrypoint"][2]
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is True


def test_functions_of_ones_own_travel_with_the_script(
    explain: Make, model: AnalyzedModel, stack: cdk.Stack, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "serve.py").write_text("def model_fn(model_dir): ...\n")
    (tmp_path / "code" / "__pycache__").mkdir()
    (tmp_path / "code" / "__pycache__" / "serve.pyc").touch()
    report = explain(model=AnalyzedModel(model.archive, inference=Script(tmp_path / "code", "serve.py")))
    root: Any = stack.node.root
    asset: Any = report.node.find_child("Script")
    root.synth()
    with tarfile.open(Path(root.outdir) / asset.asset_path) as archive:
        names = archive.getnames()
    assert {"report.py", "explanation.py", "bias_metrics.py", "config.json", "inference/serve.py"} <= {*names}
    assert not [name for name in names if "__pycache__" in name]


def test_conditions_look_at_shares(explain: Make) -> None:
    report = explain()
    assert report.share("post code") == JsonGet("Explain", "Evaluation", "shares.label0.post_code")
    assert report.share("age", output=2) == JsonGet("Explain", "Evaluation", "shares.label2.age")


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


COMBINATIONS = "is not a number of combinations that tells features apart in time"
LEFT_OUT = "Leave it out, or use that algorithm"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"shap": Shap(samples=9)}, problem("shap.samples", 9, COMBINATIONS, "Use 10 to 100000")),
        ({"shap": Shap(samples=100_001)}, problem("shap.samples", 100_001, COMBINATIONS, "Use 10 to 100000")),
        ({"shap": Shap(rows=0)}, problem("shap.rows", 0, "is not a number of rows to explain", "Use 1 to 100000")),
        ({"shap": Shap(seed=-1)}, problem("shap.seed", -1, "is no seed that numpy takes", "Use 0 to 4294967295")),
        (
            {"shap": Shap(algorithm="tree", use_logit=True)},
            problem("shap.use_logit", True, "is for algorithm='kernel'", LEFT_OUT),
        ),
        (
            {"shap": Shap(algorithm="tree", samples=50)},
            problem("shap.samples", 50, "is for algorithm='kernel'", LEFT_OUT),
        ),
        (
            {"shap": Shap(baseline=[{"age": 1}] * 1_001)},
            problem(
                "shap.baseline",
                "...",
                "has 1001 rows, and each combination is asked with all of them",
                "Use at most 1000, such as one for each cluster",
            ),
        ),
        (
            {"shap": Shap(baseline=[{"age": 1}, {"income": 1}])},
            problem("shap.baseline[1]", ["income"], "has other columns than the first row", "Give all rows the same"),
        ),
        (
            {"shap": Shap(baseline=[{"granted": 1}])},
            problem("shap.baseline[0]", "granted", "is nothing that the model gets", "Give features only"),
        ),
        (
            {"limits": [Limit("age", maximum=1.5)]},
            problem("limits[0].maximum", 1.5, "is no share", "Use 0 to 1"),
        ),
        (
            {"limits": [Limit("age", maximum=0.5, facet="sex")]},
            problem("limits[0].facet", "sex", "is for bias reports", "Leave it out"),
        ),
        (
            {"limits": [Limit("granted", maximum=0.5)]},
            problem("limits[0].name", "granted", "is nothing that the model gets", "Name a feature"),
        ),
    ],
)
def test_what_cannot_be_explained_is_refused(explain: Make, options: dict[str, Any], expected: Problem) -> None:
    with pytest.raises(ConfigurationError) as caught:
        explain(**options)
    assert caught.value.problems == (expected,)


def test_features_are_looked_for_where_they_are_known(explain: Make, rows: Data) -> None:
    data = LabeledData(rows, "granted", headers=["granted", "age"])
    with pytest.raises(ConfigurationError) as caught:
        explain(data=data, shap=Shap(baseline=[{"income": 1}]), limits=[Limit("debt", maximum=0.5)])
    missing = "is not among the headers granted, age"
    assert caught.value.problems == (
        problem("shap.baseline[0]", "income", missing, "Name one of those"),
        problem("limits[0].name", "debt", missing, "Name one of those"),
    )


def test_tokens_cannot_be_packed_but_where_data_is_may_be_one(explain: Make, workspace: Workspace) -> None:
    number: Any = cdk.Token.as_number({"Ref": "Rows"})
    with pytest.raises(ConfigurationError) as caught:
        explain(shap=Shap(rows=number))
    assert [(each.argument, each.rule) for each in caught.value.problems] == [
        ("shap['rows']", "is no number that is known at synth")
    ]
    explain(id="Fits", data=LabeledData(Data(workspace.data_bucket, cdk.Aws.STACK_NAME), "granted"))
