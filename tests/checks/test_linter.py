"""cfn-lint's own process: started once, replaced when it dies, and deaf to the working directory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdk_ml.assembly import Assembly
from cdk_ml.checks import UnknownPackError, lint, run
from cdk_ml.checks.extra import MissingExtraError
from cdk_ml.checks.packs import prepare
from cdk_ml.checks.rule import example


@pytest.fixture
def wrong(template_of: Callable[..., Assembly]) -> Assembly:
    """A template with one error."""
    return template_of(example("AWS::S3::Bucket", BucketNam="x"))


@pytest.fixture
def fresh() -> Iterator[None]:
    """No linter runs before the test, and the test's own is not used after it."""
    lint._linter.cache_clear()
    yield
    lint._linter.cache_clear()


def test_it_is_prepared_once_and_kept_for_the_next_check(wrong: Assembly) -> None:
    prepare(["ML", "cfn-lint"])
    linter = lint._linter()
    assert [run(wrong, ["cfn-lint"]).findings for _ in range(2)] == [run(wrong, ["cfn-lint"]).findings] * 2
    assert lint._linter() is linter
    assert linter.poll() is None


@pytest.mark.usefixtures("fresh")
def test_other_packs_do_not_start_it() -> None:
    prepare(["ML", "Lifecycle"])
    assert lint._linter.cache_info().currsize == 0


def test_preparing_an_unknown_pack_is_refused() -> None:
    with pytest.raises(UnknownPackError, match=re.escape("cfnlint: no such pack.")):
        prepare(["cfnlint"])


def test_one_that_died_is_an_error_and_the_next_check_starts_another(wrong: Assembly) -> None:
    lint._linter().kill()
    lint._linter().wait()
    with pytest.raises(RuntimeError, match=r"cfn-lint ended with -9 on .*; what it wrote is above\."):
        run(wrong, ["cfn-lint"])
    assert [finding.rule for finding in run(wrong, ["cfn-lint"]).findings] == ["E3002"]


@pytest.mark.usefixtures("fresh")
def test_modules_in_the_working_directory_are_not_loaded(
    wrong: Assembly, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('loaded')\n")
    monkeypatch.chdir(tmp_path)
    assert [finding.rule for finding in run(wrong, ["cfn-lint"]).findings] == ["E3002"]


@pytest.mark.usefixtures("fresh")
def test_without_the_package_it_is_not_started_and_a_check_says_how_to_install_it(
    wrong: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdk_ml.checks.lint.find_spec", lambda _: None)
    prepare()
    assert lint._linter.cache_info().currsize == 0
    with pytest.raises(MissingExtraError) as refused:
        run(wrong, ["cfn-lint"])
    assert str(refused.value) == "the cfn-lint pack needs cfnlint: pip install 'cdk-ml[check]'."
