"""Every subject synthesizes to the same bytes, in any process, without network and without Docker."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cdk_ml.testing import assert_deterministic, determinism

MUTANTS = "tests.proofs.mutants"


def test_stacks_in_every_profile_and_constructs_in_one_synthesize_alike_in_two_processes() -> None:
    # Stacks in production are what app.py makes: tests/stacks/test_app.py.
    assert_deterministic("tests.proofs.determinism:every_subject")


def test_a_script_that_synthesizes_itself_is_proven_too(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("import aws_cdk as cdk\napp = cdk.App()\ncdk.Stack(app, 'Empty')\napp.synth()\n")
    assert_deterministic(str(script))


def test_the_order_of_a_set_fails_the_proof() -> None:
    with pytest.raises(AssertionError, match=r"Two synths of .*:ordered_by_hash are byte-identical: ") as failed:
        assert_deterministic(f"{MUTANTS}:ordered_by_hash")
    lines = str(failed.value).splitlines()
    (template,) = [line for line in lines if "Topics.template.json" in line]
    assert '"DisplayName": "name' in template


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        ("asks_the_network", "A socket was opened at synth: a synth may not use the network"),
        ("looks_a_host_up", "A look-up of localhost at synth: a synth may not use the network"),
        ("runs_docker", "docker was run at synth: a synth may not use containers"),
        ("bundles_in_a_container", "docker was run at synth: a synth may not use containers"),
    ],
)
def test_what_a_synth_may_not_do_fails_the_proof(mutant: str, reason: str) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_deterministic(f"{MUTANTS}:{mutant}")
    assert str(failed.value).startswith(f"{MUTANTS}:{mutant} synthesizes on its own: 2 problems\n")
    assert reason in str(failed.value)


def test_a_script_that_forgets_to_synthesize_fails_the_proof(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("")
    with pytest.raises(AssertionError, match=r"it wrote no cloud assembly\. Does the script call app\.synth\(\)\?"):
        assert_deterministic(str(script))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("require('node:net').connect(9, '127.0.0.1')", "A connection to"),
        ("require('node:http').get('http://127.0.0.1:9')", "A connection to 127.0.0.1"),
        ("require('node:dns').lookup('localhost', () => {})", "A look-up of localhost"),
        (
            "fetch('http://127.0.0.1:8080').catch((e) => { throw e.cause ?? e })",
            "at synth: a synth may not use the network",
        ),
        ("require('node:dgram').createSocket('udp4')", "A datagram socket"),
    ],
)
def test_node_has_no_network_either(script: str, reason: str) -> None:
    node = os.environ["JSII_NODE"]
    preload = str(Path(determinism.__file__).with_name("no_network.cjs"))
    ran = subprocess.run([node, "--require", preload, "-e", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert reason in ran.stderr
    assert "a synth may not use the network" in ran.stderr
