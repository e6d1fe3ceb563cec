"""Image facts against the registry accounts and endpoint suffixes that aws_cdk and botocore carry."""

from __future__ import annotations

import re

import botocore.session  # type: ignore[import-untyped]
import pytest
from aws_cdk.region_info import Fact, FactName, RegionInfo

from cdk_ml.facts import UnknownFact
from cdk_ml.facts.accelerators import instance, instances
from cdk_ml.facts.images import (
    Accelerator,
    Image,
    Purpose,
    built_in_algorithm,
    deep_learning_container,
    images,
    monitoring_image,
    neuron_inference,
    neuron_training,
    partition_suffix,
)

ALGORITHMS = {
    *("blazingtext", "factorization-machines", "forecasting-deepar", "image-classification", "ipinsights", "kmeans"),
    *("knn", "lda", "linear-learner", "ntm", "object-detection", "object2vec", "pca", "randomcutforest"),
    *("semantic-segmentation", "seq2seq", "sklearn", "xgboost"),
}


def pytorch(accelerator: Accelerator, version: str) -> Image:
    return deep_learning_container(purpose="inference", framework="pytorch", version=version, accelerator=accelerator)


def cdk_fact(region: str, name: str) -> str | None:
    # jsii hands a missing fact over as null, which the type in aws_cdk does not say.
    return Fact.find(region, name)


def test_registry_accounts_of_deep_learning_containers_are_those_aws_cdk_knows() -> None:
    accounts = pytorch(Accelerator.GPU, "2.6").accounts
    in_cdk = {region: cdk_fact(region, FactName.DLC_REPOSITORY_ACCOUNT) for region in Fact.regions}
    known_to_cdk = {region: account for region, account in in_cdk.items() if account is not None}

    assert len(known_to_cdk) > 20
    assert {region: accounts.get(region) for region in known_to_cdk} == known_to_cdk


def test_every_region_with_a_registry_is_an_aws_region() -> None:
    session = botocore.session.get_session()
    regions = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition, allow_non_regional=True)
    } | set(Fact.regions)

    unknown = {region for image in images() for region in image.accounts} - regions

    # In sagemaker-core's registries already, not yet in these releases of botocore and aws_cdk.
    assert unknown <= {"me-west-1"}


def test_every_account_is_twelve_digits_and_every_registry_serves_us_east_1() -> None:
    for image in images():
        assert "us-east-1" in image.accounts, image
        assert all(re.fullmatch(r"\d{12}", account) for account in image.accounts.values()), image


def test_suffixes_are_those_of_aws_cdk_in_every_region() -> None:
    differing = {
        region: RegionInfo.get(region).domain_suffix
        for region in Fact.regions
        if RegionInfo.get(region).domain_suffix != partition_suffix(region)
    }

    assert differing == {}


def test_suffixes_are_those_of_botocore_in_every_region_with_a_registry() -> None:
    session = botocore.session.get_session()
    suffixes = {each["partition"]: each["dnsSuffix"] for each in session.get_data("endpoints")["partitions"]}

    for region in sorted({region for image in images() for region in image.accounts}):
        assert suffixes[session.get_partition_for_region(region)] == partition_suffix(region), region


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "763104351884.dkr.ecr.us-east-1.amazonaws.com"),
        ("eu-central-2", "380420809688.dkr.ecr.eu-central-2.amazonaws.com"),
        ("cn-north-1", "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com"),
    ],
)
def test_a_uri_has_the_account_and_the_suffix_of_its_region(region: str, expected: str) -> None:
    image = neuron_inference("pytorch", "2.8")

    assert image.uri(region) == f"{expected}/pytorch-inference-neuronx:2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04"


def test_neuron_training_has_an_image_of_its_own() -> None:
    image = neuron_training("pytorch", "2.8")

    assert (image.purpose, image.repository) == (Purpose.TRAINING, "pytorch-training-neuronx")


def test_a_region_without_the_registry_is_an_error_with_the_closest_regions() -> None:
    with pytest.raises(UnknownFact) as error:
        built_in_algorithm("lda").uri("eu-west-4")

    assert str(error.value) == (
        "Registry of lda in region 'eu-west-4' is not known. Did you mean 'eu-west-2' or 'eu-west-1'? Deploy to one of "
        "those, or copy the image to a repository of your own and give its URI."
    )


def test_a_region_that_is_a_token_is_an_error_that_lists_regions() -> None:
    with pytest.raises(UnknownFact, match=r"Known: af-south-1, ap-east-1, .* and 33 more\. Deploy to one"):
        neuron_inference("pytorch", "2.8").uri("${Token[AWS.Region.4]}")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (
            {"framework": "pytorhc"},
            "Framework with a Deep Learning Container 'pytorhc' is not known. Did you mean 'pytorch'",
        ),
        (
            {"purpose": "training", "framework": "vllm"},
            "Purpose of the vllm images 'training' is not known. Known: inference. Use one of those",
        ),
        (
            {"accelerator": "tpu"},
            "Accelerator of the pytorch inference images 'tpu' is not known. Known: cpu, gpu, neuron, neuronx. Use",
        ),
        (
            {"version": "2.10"},
            "Version of the pytorch inference image for neuronx '2.10' is not known. Known: 2.7, 2.8, 2.9. Use one of "
            "those, or give the URI of an image of your own; newer ones are added in cdk_ml/facts/images.toml.",
        ),
    ],
)
def test_an_unknown_container_is_an_error_that_names_what_is_wrong(question: dict[str, str], message: str) -> None:
    asked = {"purpose": "inference", "framework": "pytorch", "version": "2.8", "accelerator": "neuronx"} | question

    with pytest.raises(UnknownFact) as error:
        deep_learning_container(**asked)

    assert str(error.value).startswith(message)


def test_every_built_in_algorithm_has_an_image_for_training_and_inference() -> None:
    algorithms = {image.framework for image in images() if image.purpose is Purpose.TRAINING_AND_INFERENCE}

    assert algorithms == ALGORITHMS
    assert all(built_in_algorithm(name).framework == name for name in ALGORITHMS)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("xgboost", None, "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"),
        ("xgboost", "1.7-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("sklearn", "1.2-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("kmeans", None, "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"),
        ("blazingtext", None, "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"),
        ("forecasting-deepar", None, "522234722520.dkr.ecr.us-east-1.amazonaws.com/forecasting-deepar:1"),
        ("lda", None, "766337827248.dkr.ecr.us-east-1.amazonaws.com/lda:1"),
    ],
)
def test_a_built_in_algorithm_has_the_address_aws_documents(name: str, version: str | None, expected: str) -> None:
    assert built_in_algorithm(name, version).uri("us-east-1") == expected


def test_an_unknown_algorithm_is_an_error_with_the_closest_names() -> None:
    with pytest.raises(UnknownFact, match=r"Built-in algorithm 'xgbost' is not known\. Did you mean 'xgboost'\?"):
        built_in_algorithm("xgbost")


def test_an_unknown_algorithm_version_is_an_error_with_those_there_are() -> None:
    with pytest.raises(UnknownFact, match=r"algorithm xgboost '2\.0' is not known\. Known: 1\.7-1, 3\.0-5, 3\.2-0\."):
        built_in_algorithm("xgboost", "2.0")


@pytest.mark.parametrize(
    ("image", "runs", "does_not_run"),
    [
        (pytorch(Accelerator.NEURON, "1.13"), {"inf1.xlarge"}, {"inf2.xlarge", "trn1.2xlarge", "g5.xlarge"}),
        (
            pytorch(Accelerator.NEURONX, "2.8"),
            {"inf2.xlarge", "trn1.2xlarge", "trn2.48xlarge"},
            {"inf1.xlarge", "g5.xlarge"},
        ),
        (
            pytorch(Accelerator.GPU, "2.6"),
            {"g5.xlarge", "p5.48xlarge"},
            {"g4ad.xlarge", "dl1.24xlarge", "inf2.xlarge", "g5g.xlarge"},
        ),
        (pytorch(Accelerator.CPU, "2.6"), {"g5.xlarge", "inf2.xlarge"}, {"g5g.xlarge", "p6e-gb200.36xlarge"}),
        (built_in_algorithm("xgboost"), {"g5.xlarge"}, {"inf2.xlarge", "g4ad.xlarge", "g5g.xlarge"}),
    ],
)
def test_an_image_runs_only_on_the_hardware_it_is_built_for(
    image: Image, runs: set[str], does_not_run: set[str]
) -> None:
    assert {name for name in runs | does_not_run if image.runs_on(instance(name))} == runs


def test_every_image_runs_on_something_sagemaker_offers() -> None:
    offered = [item for item in instances() if item.hosting or item.training]

    assert [image for image in images() if not any(image.runs_on(item) for item in offered)] == []


def test_no_two_images_answer_the_same_question_and_no_two_have_the_same_tag() -> None:
    questions = [(image.purpose, image.framework, image.version, image.accelerator) for image in images()]
    tags = [(image.repository, image.tag) for image in images()]

    assert len(set(questions)) == len(questions)
    assert len(set(tags)) == len(tags)


def test_a_container_for_an_accelerator_says_so_in_its_repository_or_tag() -> None:
    marks = {
        Accelerator.GPU: r"gpu|-cu\d",
        Accelerator.CPU: r"cpu",
        Accelerator.NEURON: r"-neuron\b",
        Accelerator.NEURONX: r"-neuronx\b",
    }

    for image in images():
        if image.purpose is not Purpose.TRAINING_AND_INFERENCE:
            assert re.search(marks[image.accelerator], f"{image.repository}:{image.tag}"), image
            assert image.version in image.tag, image


def test_images_are_hashable_and_print_without_their_forty_accounts() -> None:
    image = neuron_inference("pytorch", "2.8")

    assert {image: "found"}[neuron_inference("pytorch", "2.8")] == "found"
    assert "763104351884" not in repr(image)


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("model-monitor", "us-west-2", "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"),
        ("clarify", "us-east-1", "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"),
        (
            "model-monitor",
            "cn-north-1",
            "453000072557.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-model-monitor-analyzer",
        ),
    ],
)
def test_an_image_of_model_monitor_has_the_address_aws_documents(name: str, region: str, expected: str) -> None:
    assert monitoring_image(name).uri(region) == expected


def test_an_unknown_image_of_model_monitor_is_an_error_with_those_there_are() -> None:
    with pytest.raises(UnknownFact, match=r"'deequ' .*clarify, model-monitor"):
        monitoring_image("deequ")


def clarify_image() -> Image:
    return monitoring_image("clarify")


def test_the_address_of_clarify_is_as_the_documentation_writes_it() -> None:
    address = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
    assert clarify_image().uri("us-east-1") == address
    assert clarify_image().uri("cn-north-1").startswith("122526803553.dkr.ecr.cn-north-1.amazonaws.com.cn/")


def test_the_regions_of_clarify_are_regions_and_its_accounts_hold_nothing_else() -> None:
    session = botocore.session.get_session()
    regions = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition, allow_non_regional=True)
    } | {*Fact.regions}
    accounts = clarify_image().accounts
    assert {*accounts} <= regions
    assert len({*accounts.values()}) == len(accounts) == 28
    assert all(len(account) == 12 and account.isdigit() for account in accounts.values())
    assert not {*accounts.values()} & {account for image in images() for account in image.accounts.values()}


def test_a_region_without_clarify_is_refused() -> None:
    with pytest.raises(UnknownFact, match="sagemaker-clarify-processing"):
        clarify_image().uri("me-central-1")
