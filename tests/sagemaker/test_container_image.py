"""An image of AWS's is taken where it is published, and named with its account."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import EcrImage
from cdk_ml.sagemaker.container_image import published_problems, pullable

SKLEARN = images.built_in_algorithm("sklearn")


def test_an_image_is_refused_where_it_is_not_published() -> None:
    (found,) = published_problems(SKLEARN, "ap-southeast-7", argument="image")
    assert (found.argument, found.rule) == ("image", "is not published in ap-southeast-7")
    assert str(found.value).startswith("sagemaker-scikit-learn:")
    assert "copy the image to a repository of your own" in found.fix


@pytest.mark.parametrize("region", ["eu-west-1", cdk.Aws.REGION], ids=["published", "token"])
def test_a_region_that_has_it_or_that_is_not_known_yet_passes(region: str) -> None:
    assert [*published_problems(SKLEARN, region, argument="image")] == []


def test_an_image_of_the_users_own_is_wherever_it_is(stack: cdk.Stack) -> None:
    own = EcrImage(ecr.Repository.from_repository_name(stack, "Repository", "mine"))
    assert [*published_problems(own, "ap-southeast-7", argument="image")] == []


def test_what_finds_the_region_out_late_is_refused_all_the_same(app: cdk.App) -> None:
    far = cdk.Stack(app, "Far", env=cdk.Environment(region="ap-southeast-7"))
    with pytest.raises(ConfigurationError, match=r"image='sagemaker-scikit-learn.*is not published in ap-southeast-7"):
        pullable(far, "Registry", SKLEARN)
