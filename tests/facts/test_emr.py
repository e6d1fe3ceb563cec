"""The releases of EMR and the sizes of its workers are what they were read as."""

from __future__ import annotations

from datetime import date, timedelta

from botocore.session import get_session  # type: ignore[import-untyped]

from cdk_ml.facts.emr import default_release, releases, worker_disk, worker_memory


def test_the_default_is_supported_and_everywhere() -> None:
    release = releases()[default_release()]
    assert not release.ended
    assert release.only == ""


def test_releases_stand_in_their_order_and_older_ones_end_before() -> None:
    numbers = [tuple(map(int, label.removeprefix("emr-").split("."))) for label in releases()]
    assert numbers == sorted(numbers)
    ends = [release.until for release in releases().values() if release.until]
    assert ends == sorted(ends)


def test_support_ends_the_day_after_its_last() -> None:
    ended = {label for label, release in releases().items() if release.ended}
    assert ended == {"emr-7.3.0", "emr-7.4.0", "emr-7.5.0"}
    assert releases()["emr-7.5.0"].until == date(2026, 11, 20)
    assert all(
        release.until is None or release.until > date(2026, 11, 24) - timedelta(days=60)
        for release in releases().values()
    )


def test_a_worker_has_two_to_eight_gb_for_each_of_its_vcpus() -> None:
    for vcpu, memory in worker_memory().items():
        assert memory.lowest == 2 * vcpu
        assert 7.5 * vcpu <= memory.highest <= 8 * vcpu
        assert memory.holds(memory.lowest)
        assert not memory.holds(memory.lowest - 1)
        assert memory.holds(memory.highest) is ((memory.highest - memory.lowest) % memory.step == 0)
    assert worker_disk() == (20, 200)


def test_the_api_writes_sizes_as_the_constructs_do() -> None:
    shapes = get_session().get_service_model("emr-serverless")
    assert shapes.shape_for("CpuSize").metadata["pattern"].startswith("[1-9]")
    assert shapes.shape_for("MaximumAllowedResources").required_members == ["cpu", "memory"]
