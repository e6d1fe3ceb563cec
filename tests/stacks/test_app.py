"""``app.py`` and the CDK CLI's view of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_ml.testing import assert_deterministic
from tests.conftest import FLAGS, ROOT


def synthesize(outdir: Path, seed: str = "0", **context: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps({**FLAGS, **context}),
        "PYTHONHASHSEED": seed,
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_two_synths_with_different_hash_seeds_are_byte_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CDK_CONTEXT_JSON", json.dumps(FLAGS))
    assert_deterministic("app.py")


def test_the_profile_comes_from_the_context(tmp_path: Path) -> None:
    assert synthesize(tmp_path, **{"cdk-ml:profile": "sandbox"}).returncode == 0
    template = json.loads((tmp_path / "NeuronInference.template.json").read_text())
    environments = {
        tag["Value"]
        for resource in template["Resources"].values()
        for tag in resource.get("Properties", {}).get("Tags", [])
        if tag["Key"] == "environment"
    }
    assert environments == {"sandbox"}


@pytest.mark.parametrize("name", ["prod", ""])
def test_a_profile_that_is_none_is_refused_with_those_that_are(tmp_path: Path, name: str) -> None:
    failed = synthesize(tmp_path, **{"cdk-ml:profile": name})
    assert failed.returncode != 0
    assert f"name={name!r} is not a profile. Use one of sandbox, production, regulated." in failed.stderr


# What runs in containers is no stack.
SCRIPTS = ROOT / "stacks" / "scripts"
STACKS = [module for module in sorted((ROOT / "stacks").rglob("[a-z]*.py")) if SCRIPTS not in module.parents]


@pytest.mark.parametrize("module", STACKS, ids=lambda path: path.stem)
def test_a_stack_is_one_page_of_composition(module: Path) -> None:
    source = module.read_text()
    assert len(source.splitlines()) <= 90
    assert source.count("\nclass ") == 1
    assert "\ndef " not in source
