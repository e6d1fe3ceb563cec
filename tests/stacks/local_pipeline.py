"""Runs a pipeline definition on this machine: its jobs in the folders that SageMaker gives them, its conditions on what
they report. S3 is a folder with a folder for each bucket.

What a container does with ``/opt/ml`` is done in a folder of the step; nothing else of a request is changed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Any

from cdk_ml.assembly import read
from cdk_ml.testing.pipelines import definition, placed
from tests.toolkit import PYTHON

_ROOT = "/opt/ml"
_COMPARE = {
    "Equals": eq,
    "GreaterThan": gt,
    "GreaterThanOrEqualTo": ge,
    "LessThan": lt,
    "LessThanOrEqualTo": le,
}
_PART = re.compile(r"\.?([^.\[\]]+)|\['([^']*)'\]")


class StepError(Exception):
    """A job of the pipeline failed; the message is what it printed last."""


@dataclass(slots=True)
class Execution:
    """One execution of the one pipeline in a cloud assembly.

    :ivar folder: where everything is.
    :ivar parameters: what it was started with, and defaults.
    :ivar done: names of the steps that ran, in their order.
    :ivar registered: the requests for versions of models.
    :ivar failure: why it failed, when it did.
    :ivar assets: files that the CDK publishes, by their key.
    :ivar answers: what steps answered, by name.
    :ivar output: what jobs printed, by the name of their step.
    """

    folder: Path
    written: Mapping[str, Any]
    parameters: dict[str, Any]
    done: list[str] = field(default_factory=list)
    registered: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None
    assets: dict[str, Path] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, assembly: Path, folder: Path, **parameters: Any) -> Execution:
        """An execution that has not begun, with the assets of the assembly in S3."""
        (template,) = read(assembly).templates
        (pipeline,) = template.of_type("AWS::SageMaker::Pipeline")
        written = definition(template, pipeline)
        assert isinstance(written, Mapping), written
        defaults = {each["Name"]: each["DefaultValue"] for each in written["Parameters"]}
        assert parameters.keys() <= defaults.keys()
        made = cls(folder, written, {**defaults, **parameters})
        (manifest,) = assembly.glob("*.assets.json")
        files = json.loads(manifest.read_text())["files"].values()
        made.assets = {
            destination["objectKey"]: assembly / file["source"]["path"]
            for file in files
            for destination in file["destinations"].values()
        }
        return made

    def s3(self, uri: str) -> Path:
        """Where an address in S3 is on this machine."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        asset = self.assets.get(key)
        return asset if asset is not None else self.folder / "s3" / bucket / key

    def run(self) -> Execution:
        """Run what can be run until nothing is left, or until a step fails the execution."""
        self._run(list(self.written["Steps"]))
        return self

    def _run(self, waiting: list[dict[str, Any]]) -> None:
        while waiting and self.failure is None:
            ready = [each for each in waiting if not {*_awaited(each)} & {other["Name"] for other in waiting}]
            step = ready[0]
            waiting.remove(step)
            self.done.append(step["Name"])
            getattr(self, f"_{step['Type']}".lower())(step)

    def _processing(self, step: dict[str, Any]) -> None:
        request = self._resolved(step["Arguments"])
        root = self._disk(step)
        for each in request["ProcessingInputs"]:
            self._download(each["S3Input"]["S3Uri"], self._local(root, each["S3Input"]["LocalPath"]))
        outputs = [each["S3Output"] for each in request["ProcessingOutputConfig"]["Outputs"]]
        for each in outputs:
            self._local(root, each["LocalPath"]).mkdir(parents=True)
        command = [text.replace(_ROOT, str(root)) for text in request["AppSpecification"]["ContainerEntrypoint"]]
        self._call(step, [text.replace("exec python3", f"exec {PYTHON}") for text in command], {})
        for each in outputs:
            shutil.copytree(self._local(root, each["LocalPath"]), self.s3(each["S3Uri"]), dirs_exist_ok=True)
        self.answers[step["Name"]] = request

    def _training(self, step: dict[str, Any]) -> None:
        request = self._resolved(step["Arguments"])
        root = self._disk(step)
        channels = {}
        for each in request["InputDataConfig"]:
            name = each["ChannelName"]
            self._download(each["DataSource"]["S3DataSource"]["S3Uri"], root / "input" / "data" / name)
            channels[name] = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
        hosts = {"current_host": "localhost", "hosts": ["localhost"], "network_interface_name": "lo"}
        group = {"instance_group_name": "group", "instance_type": "local", "hosts": ["localhost"]}
        resources = {
            **hosts,
            "current_instance_type": "local",
            "current_group_name": "group",
            "instance_groups": [group],
        }
        values = {name: value.replace(_ROOT, str(root)) for name, value in request["HyperParameters"].items()}
        config = root / "input" / "config"
        config.mkdir(parents=True)
        (root / "model").mkdir()
        (config / "hyperparameters.json").write_text(json.dumps(values))
        (config / "inputdataconfig.json").write_text(json.dumps(channels))
        (config / "resourceconfig.json").write_text(json.dumps(resources))
        toolkit = [str(PYTHON), "-c", "from sagemaker_training.cli.train import main; main()"]
        self._call(step, toolkit, {"SAGEMAKER_BASE_DIR": str(root), "AWS_REGION": "us-east-1"})
        failure = root / "output" / "failure"
        if failure.exists():
            raise StepError(f"{step['Name']}: {failure.read_text()}")
        where = f"{request['OutputDataConfig']['S3OutputPath']}run/output/model.tar.gz"
        self.s3(where).parent.mkdir(parents=True)
        with tarfile.open(self.s3(where), "w:gz") as archive:
            archive.add(root / "model", arcname=".")
        self.answers[step["Name"]] = {**request, "ModelArtifacts": {"S3ModelArtifacts": where}}

    def _condition(self, step: dict[str, Any]) -> None:
        arguments = step["Arguments"]
        holds = all(self._holds(condition) for condition in arguments["Conditions"])
        self._run(list(arguments["IfSteps" if holds else "ElseSteps"]))

    def _registermodel(self, step: dict[str, Any]) -> None:
        self.registered.append(self._resolved(step["Arguments"]))

    def _fail(self, step: dict[str, Any]) -> None:
        self.failure = self._resolved(step["Arguments"])["ErrorMessage"]

    def _holds(self, condition: dict[str, Any]) -> bool:
        left, right = self._resolved(condition["LeftValue"]), self._resolved(condition["RightValue"])
        return bool(_COMPARE[condition["Type"]](left, right))

    def _resolved(self, value: Any) -> Any:
        """A value as this execution knows it."""
        match value:
            case {"Get": "Execution.PipelineExecutionId"}:
                return "run1"
            case {"Get": str() as reference}:
                root, name, path = reference.split(".", 2) if reference.count(".") > 1 else (*reference.split("."), "")
                return self.parameters[name] if root == "Parameters" else _at(self.answers[name], path)
            case {"Std:Join": {"On": on, "Values": parts}}:
                return on.join(str(self._resolved(part)) for part in parts)
            case {"Std:JsonGet": {"PropertyFile": {"Get": reference}, "Path": path}}:
                return _at(json.loads(self._report(reference).read_text()), path)
            case Mapping():
                return {key: self._resolved(inner) for key, inner in value.items()}
            case list():
                return [self._resolved(inner) for inner in value]
        return value

    def _report(self, reference: str) -> Path:
        _, name, _, file = reference.split(".")
        (step,) = (each for each, _ in placed(self.written["Steps"]) if each["Name"] == name)
        (declared,) = (each for each in step["PropertyFiles"] if each["PropertyFileName"] == file)
        uri = _at(self.answers[name], f"ProcessingOutputConfig.Outputs['{declared['OutputName']}'].S3Output.S3Uri")
        return self.s3(uri) / str(declared["FilePath"])

    def _disk(self, step: dict[str, Any]) -> Path:
        return self.folder / "disks" / str(step["Name"])

    def _local(self, root: Path, path: str) -> Path:
        return Path(path.replace(_ROOT, str(root)))

    def _download(self, uri: str, target: Path) -> None:
        source = self.s3(uri)
        assert source.exists(), f"{uri}: nobody wrote it"
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.mkdir(parents=True)
            shutil.copy(source, target / uri.rpartition("/")[2])

    def _call(self, step: dict[str, Any], command: list[str], environment: dict[str, str]) -> None:
        given = self._resolved(step["Arguments"]).get("Environment", {})
        ran = subprocess.run(
            command,
            env={**os.environ, **given, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.output[step["Name"]] = ran.stdout + ran.stderr
        if ran.returncode:
            raise StepError(f"{step['Name']}: {self.output[step['Name']][-2_000:]}")


def _awaited(step: Mapping[str, Any]) -> list[str]:
    """What a step says that it waits for; that this is enough is what running it proves."""
    return list(step.get("DependsOn", ()))


def _at(value: Any, path: str) -> Any:
    """The value at a path such as ``Outputs['train'].S3Output``; items of a list are found by their name."""
    for plain, quoted in _PART.findall(path):
        name = plain or quoted
        value = next(each for each in value if name in each.values()) if isinstance(value, list) else value[name]
    return value
