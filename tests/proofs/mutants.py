"""Apps that break the rules of a synth on purpose, each in its own way."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

HERE = Path(__file__).parent


def _topic(name: str) -> cdk.App:
    app = cdk.App()
    sns.CfnTopic(cdk.Stack(app, "Topics"), "Topic", display_name=name)
    return app


def ordered_by_hash() -> cdk.App:
    names: Iterable[str] = {f"name{number}" for number in range(20)}
    return _topic(" ".join(names))


def asks_the_network() -> cdk.App:
    socket.socket(socket.AF_INET).connect(("127.0.0.1", 9))
    return _topic("never")


def looks_a_host_up() -> cdk.App:
    return _topic(str(socket.getaddrinfo("localhost", 80)))


def runs_docker() -> cdk.App:
    subprocess.run(["docker", "ps"], check=True)
    return _topic("never")


def bundles_in_a_container() -> cdk.App:
    app = cdk.App()
    image = cdk.DockerImage.from_registry("python")
    cdk.AssetStaging(
        cdk.Stack(app, "Bundled"), "Asset", source_path=str(HERE), bundling=cdk.BundlingOptions(image=image)
    )
    return app
