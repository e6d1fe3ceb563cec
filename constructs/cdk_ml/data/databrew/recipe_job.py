"""A recipe applied to a dataset: cleaned data under a prefix, under the workspace's key.

https://docs.aws.amazon.com/databrew/latest/dg/jobs.recipe.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_ml.data.catalog.database import prefix_problems
from cdk_ml.data.databrew.dataset import DataBrewDataset
from cdk_ml.data.databrew.job import DataBrewJob, write_output
from cdk_ml.data.databrew.recipe import DataBrewRecipe
from cdk_ml.data.databrew.steps import column_problems
from cdk_ml.errors import Problem
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace

OutputFormat = Literal["AVRO", "CSV", "GLUEPARQUET", "JSON", "ORC", "PARQUET", "XML"]
Compression = Literal["BROTLI", "BZIP2", "DEFLATE", "GZIP", "LZ4", "LZO", "SNAPPY", "ZLIB", "ZSTD"]
_MOST_FILES, _MOST_PARTITIONS = 999, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeOutput:
    """What a recipe job leaves.

    :param prefix: where, without a slash at either end, such as ``curated/customers``.
    :param bucket: in which bucket; the workspace's data bucket when not given.
    :param format: of the files.
    :param compression: of the files; none when not given.
    :param delimiter: between values of CSV.
    :param partitions: columns that folders are made of.
    :param overwrite: whether a run replaces what the last one left, so that a second run changes nothing.
    :param files: most files of a run, or of a partition; DataBrew decides when not given.
    """

    prefix: str
    bucket: s3.IBucket | None = None
    format: OutputFormat = "PARQUET"
    compression: Compression | None = "SNAPPY"
    delimiter: str = ","
    partitions: Sequence[str] = ()
    overwrite: bool = True
    files: int | None = None


class RecipeJob(DataBrewJob):
    """Applies a recipe to a dataset, and leaves what comes of it in S3.

    Creates the job, for the version of the recipe that this deployment published, a role that reads the dataset and
    writes the output and nothing else, and a log group under the workspace's key. Steps are compared with the columns
    of the dataset, where those are known.

    Idle cost: nothing. DataBrew bills about 0.48 USD for each node and hour.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.data import DataBrewDataset, DataBrewRecipe, DatasetFiles, RecipeJob, RecipeOutput
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> customers = DataBrewDataset(
    ...     stack,
    ...     "Customers",
    ...     workspace=workspace,
    ...     source=DatasetFiles(
    ...         bucket=workspace.data_bucket, prefix="incoming/", column_names=("customer_id", "age", "plan")
    ...     ),
    ... )
    >>> clean = RecipeJob(
    ...     stack,
    ...     "Clean",
    ...     workspace=workspace,
    ...     dataset=customers,
    ...     recipe=DataBrewRecipe(stack, "Recipe", workspace=workspace, steps="docs/examples/databrew/clean.json"),
    ...     output=RecipeOutput(prefix="curated/customers"),
    ... )

    See https://docs.aws.amazon.com/databrew/latest/dg/jobs.recipe.html

    :ivar recipe: what it does.
    :ivar output_uri: where it writes, as a prefix in S3.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        dataset: DataBrewDataset,
        recipe: DataBrewRecipe,
        output: RecipeOutput,
        capacity: int = 5,
        timeout_minutes: int = 120,
        retries: int = 0,
        name: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """
        :param workspace: key, buckets, tags and profile.
        :param dataset: what it reads.
        :param recipe: what it does.
        :param output: what it leaves.
        :param capacity: nodes that it may use.
        :param timeout_minutes: minutes after which a run is stopped.
        :param retries: how often DataBrew runs it again after a failure.
        :param name: a name that people know it by; one made of its path when not given.
        :param role: an execution role of your own, which is granted nothing.
        :raises cdk_ml.errors.ConfigurationError: for steps about columns that the dataset does not have, and for an
            output or limits that DataBrew would refuse.
        """
        super().__init__(
            scope,
            id,
            workspace=workspace,
            dataset=dataset,
            capacity=capacity,
            timeout_minutes=timeout_minutes,
            retries=retries,
            name=name,
            problems=[*column_problems(recipe.steps, dataset.column_names), *_output_problems(output)],
        )
        bucket = workspace.data_bucket if output.bucket is None else output.bucket
        prefix = f"{output.prefix}/"
        self.recipe = recipe
        self.output_uri = f"s3://{bucket.bucket_name}/{prefix}"
        left: dict[str, Any] = {
            "location": {
                "bucket": bucket.bucket_name,
                "key": prefix,
                "bucketOwner": Aws.ACCOUNT_ID if output.bucket is None else None,
            },
            "format": output.format,
            "compressionFormat": output.compression,
            "formatOptions": {"csv": {"delimiter": output.delimiter}} if output.format == "CSV" else None,
            "partitionColumns": [*output.partitions] or None,
            "overwrite": output.overwrite,
            "maxOutputFiles": output.files,
        }
        self._make(
            "RECIPE",
            role=role,
            statements=write_output(bucket.bucket_arn, prefix),
            recipe={"name": recipe.recipe_name, "version": recipe.version},
            outputs=[left],
        )


def _output_problems(output: RecipeOutput) -> Iterator[Problem]:
    if not output.prefix:
        yield Problem("output.prefix", output.prefix, "is the whole bucket", "Name a prefix of the job's own")
    yield from prefix_problems(output.prefix, "output.prefix")
    if not is_token(output.delimiter) and len(output.delimiter) != 1:
        yield Problem("output.delimiter", output.delimiter, "is not one character", "Use one such as , or ;")
    if output.files is not None and outside(output.files, 1, _MOST_FILES):
        yield Problem(
            "output.files", output.files, "is no number of files that DataBrew takes", f"Use 1 to {_MOST_FILES}"
        )
    if len({*output.partitions}) < len(output.partitions):
        yield Problem("output.partitions", [*output.partitions], "names a column twice", "Name each one once")
    if len(output.partitions) > _MOST_PARTITIONS:
        rule = "is more columns than DataBrew makes folders of"
        yield Problem("output.partitions", len(output.partitions), rule, f"Use at most {_MOST_PARTITIONS}")
