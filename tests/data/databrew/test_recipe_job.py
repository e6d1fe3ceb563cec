"""A recipe job reads a dataset and leaves clean data, with the version of the recipe that was published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.data import DataBrewDataset, DataBrewRecipe, DatasetFiles, RecipeJob, RecipeOutput
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.conftest import only
from tests.data.databrew.conftest import CLEAN

Allowed = Callable[[str], dict[str, set[str]]]


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace, dataset: DataBrewDataset) -> Callable[..., RecipeJob]:
    """Makes jobs that clean customers."""
    recipe = DataBrewRecipe(stack, "Recipe", workspace=workspace, steps=CLEAN)

    def clean(of: DataBrewDataset = dataset, **output: Any) -> RecipeJob:
        left = RecipeOutput(**{"prefix": "curated/customers", **output})
        return RecipeJob(stack, "Clean", workspace=workspace, dataset=of, recipe=recipe, output=left, name="clean")

    return clean


def test_a_job_runs_the_published_version_and_replaces_what_it_left(
    make: Callable[..., RecipeJob], stack: cdk.Stack, template: Callable[[], Template], allowed: Allowed
) -> None:
    made = make(partitions=["tariff"])
    body = only(template(), "AWS::DataBrew::Job")
    assert body["Recipe"] == {"Name": made.recipe.recipe_name, "Version": stack.resolve(made.recipe.version)}
    (output,) = body["Outputs"]
    assert output["Location"]["Key"] == "curated/customers/"
    assert (output["Format"], output["CompressionFormat"], output["Overwrite"]) == ("PARQUET", "SNAPPY", True)
    assert output["PartitionColumns"] == ["tariff"]
    assert "FormatOptions" not in output
    actions = allowed("CleanRole")
    (bucket,) = actions["s3:ListBucket"]
    assert actions["s3:PutObject"] == {f"{bucket}/curated/customers/*"}
    assert actions["s3:GetObject"] == {f"{bucket}/incoming/*", f"{bucket}/curated/customers/*"}


def test_csv_in_a_bucket_of_ones_own(
    make: Callable[..., RecipeJob], stack: cdk.Stack, template: Callable[[], Template]
) -> None:
    theirs = s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")
    made = make(bucket=theirs, format="CSV", compression=None, delimiter=";", overwrite=False, files=1)
    (output,) = only(template(), "AWS::DataBrew::Job")["Outputs"]
    assert output == {
        "Location": {"Bucket": "theirs", "Key": "curated/customers/"},
        "Format": "CSV",
        "FormatOptions": {"Csv": {"Delimiter": ";"}},
        "Overwrite": False,
        "MaxOutputFiles": 1,
    }
    assert made.output_uri == "s3://theirs/curated/customers/"


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ({"prefix": ""}, "output.prefix='' is the whole bucket. Name a prefix of the job's own"),
        ({"prefix": "a/"}, "output.prefix='a/' is not a prefix for files"),
        ({"delimiter": ""}, "output.delimiter='' is not one character"),
        ({"files": 1_000}, "output.files=1000 is no number of files that DataBrew takes. Use 1 to 999"),
        ({"partitions": ["a", "a"]}, "output.partitions=['a', 'a'] names a column twice"),
        (
            {"partitions": [str(n) for n in range(201)]},
            "is more columns than DataBrew makes folders of. Use at most 200",
        ),
    ],
)
def test_a_wrong_output_is_refused(make: Callable[..., RecipeJob], output: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make(**output)
    assert why in str(error.value)


def test_a_recipe_for_other_columns_is_refused(
    make: Callable[..., RecipeJob], stack: cdk.Stack, workspace: Workspace
) -> None:
    source = DatasetFiles(bucket=workspace.data_bucket, prefix="orders/", column_names=("customer_id", "amount"))
    orders = DataBrewDataset(stack, "Orders", workspace=workspace, source=source)
    with pytest.raises(
        ConfigurationError, match=r"recipe='age' is no column when steps\[1\] \(FILL_WITH_MEDIAN\) runs"
    ):
        make(orders)
