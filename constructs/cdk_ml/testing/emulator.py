"""Deploys, updates and destroys stacks on an emulator of AWS in a process of its own: MiniStack.

CloudFormation is where many mistakes only show: an update that cannot work, a rollback that leaves something behind, a
bucket that cannot be deleted. The emulator runs CloudFormation with S3, KMS, IAM, EC2, Lambda, SNS and others, some 190
resource types, without Docker and without an account, and listens on the loopback interface only.

It does not know SageMaker, Bedrock and others. :func:`without_unsupported` takes those out of a template and says so:
what was dropped is not proven to deploy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cdk_ml.checks.extra import needs
from cdk_ml.testing.emulated_assets import content
from cdk_ml.testing.emulated_template import Dropped, without_unsupported
from cdk_ml.testing.emulator_server import Server

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 120  # The slowest of our stacks takes ten; a custom resource that never answers would take an hour.
_BOOTSTRAP_VERSION, _BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version", "30"
_LONGEST_TEMPLATE, _TEMPLATES = 51_200, "cdk-ml-templates"
_UNRECOGNIZED = re.compile(r"Unrecognized resource types: \[([^]]*)\]")


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One line of a stack's history."""

    logical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack as it stands after it was created or updated.

    :ivar outputs: values of its outputs, by name.
    :ivar resources: physical ids, by logical id.
    :ivar dropped: what the template has and the stack has not.
    """

    name: str
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    dropped: tuple[Dropped, ...]


class DeploymentError(RuntimeError):
    """CloudFormation did not do what it was asked.

    :ivar status: status of the stack afterwards, such as ``UPDATE_ROLLBACK_COMPLETE``.
    :ivar events: the events that failed, oldest first.
    """

    def __init__(self, name: str, status: str, events: Iterable[StackEvent]) -> None:
        self.status = status
        self.events = tuple(events)
        failures = [f"- {event.logical_id} ({event.type}): {event.reason}" for event in self.events]
        super().__init__("\n".join([f"{name}: {status}", *failures]))


class Emulator:
    """AWS in a process of its own, while the ``with`` block lasts; empty at its start, and forgotten at its end.

    >>> from cdk_ml.testing.emulator import Emulator
    >>> with Emulator() as emulator:
    ...     stack = emulator.deploy({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}, "Topics")
    ...     topics = emulator.client("sns").list_topics()["Topics"]
    ...     emulator.destroy("Topics")
    >>> [topic["TopicArn"] == stack.resources["Topic"] for topic in topics]
    [True]

    As a pytest fixture, one for all tests, because it takes a second to start:

        @pytest.fixture(scope="session")
        def emulator():
            with Emulator() as emulator:
                yield emulator

    :ivar account: id of the account that stacks are deployed to.
    :ivar region: region that stacks are deployed to.
    :ivar endpoint_url: where it listens, to be given to boto3 or as ``AWS_ENDPOINT_URL``.
    :raises cdk_ml.checks.extra.MissingExtraError: when MiniStack or boto3 are not installed.
    """

    def __init__(
        self,
        *,
        account: str = "111111111111",
        region: str = "us-east-1",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """
        :param environment: further variables of its process, such as ``SFN_MOCK_CONFIG``, the path of a file in the
            format of Step Functions Local that says what the services of a state machine answer.
        """
        self.account = account
        self.region = region
        self.endpoint_url = ""
        self._environment = {"MINISTACK_REGION": region, **(environment or {})}
        self._server: Server | None = None
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        with needs("testing", "the emulator"):
            import boto3  # type: ignore[import-untyped]  # noqa: F401
            import ministack  # type: ignore[import-untyped]  # noqa: F401
        self._server = Server(self._environment)
        self.endpoint_url = self._server.url
        try:
            self._bootstrap()
        except BaseException:
            self._server.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clients.clear()
        if self._server is not None:
            self._server.stop()

    def reset(self) -> None:
        """Forget everything, so that one test does not find what another one left."""
        if self._server is not None:
            self._server.reset()
            self._bootstrap()

    def client(self, service: str) -> Any:
        """A boto3 client of a service, such as ``s3``, for the emulator's account and region."""
        if service not in self._clients:
            import boto3
            from botocore.config import Config  # type: ignore[import-untyped]

            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=self.region,
                # The access key is how the emulator tells accounts apart.
                aws_access_key_id=self.account,
                aws_secret_access_key="emulated",
                # Without proxies: what is meant for this machine stays on it.
                config=Config(proxies={}, s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
            )
        return self._clients[service]

    def supported(self, types: Iterable[str]) -> frozenset[str]:
        """Those of ``types`` that the emulator can make, by its own word."""
        asked = frozenset(types)
        body = {"Resources": {f"Resource{index}": {"Type": type_} for index, type_ in enumerate(sorted(asked))}}
        cloudformation = self.client("cloudformation")
        try:
            cloudformation.validate_template(TemplateBody=json.dumps(body))
        except cloudformation.exceptions.ClientError as error:
            unknown = _UNRECOGNIZED.search(str(error))
            if unknown is None:
                raise
            return asked - frozenset(unknown[1].split(", "))
        return asked

    def publish(self, assembly: Path) -> None:
        """Upload the file assets of a cloud assembly, as ``cdk deploy`` does: the code of functions, for example.

        :param assembly: the folder that a synth wrote.
        """
        s3 = self.client("s3")

        def here(name: str) -> str:
            return name.replace("${AWS::AccountId}", self.account).replace("${AWS::Region}", self.region)

        for manifest in sorted(assembly.rglob("*.assets.json")):
            for file in json.loads(manifest.read_text(encoding="utf-8")).get("files", {}).values():
                body = content(manifest.parent / file["source"]["path"])
                for destination in file["destinations"].values():
                    bucket = here(destination["bucketName"])
                    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
                        s3.create_bucket(Bucket=bucket)
                    s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=body)

    def deploy(self, template: Mapping[str, Any], name: str, parameters: Mapping[str, str] | None = None) -> Deployment:
        """Create a stack of what the emulator knows of ``template``.

        :raises DeploymentError: when it is not created.
        """
        return self._change("create_stack", "CREATE_COMPLETE", template, name, parameters or {})

    def update(self, template: Mapping[str, Any], name: str, parameters: Mapping[str, str] | None = None) -> Deployment:
        """Update a stack.

        :raises DeploymentError: when it is not updated, because the update was rolled back or nothing was to do.
        """
        return self._change("update_stack", "UPDATE_COMPLETE", template, name, parameters or {})

    def destroy(self, name: str) -> None:
        """Delete a stack.

        :raises DeploymentError: when something could not be deleted.
        """
        client = self.client("cloudformation")
        # A deleted stack is not found by its name any more, but by its id.
        stack_id = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        past = len(self.stack_events(stack_id))
        client.delete_stack(StackName=stack_id)
        self._settle(name, stack_id, "DELETE_COMPLETE", past)

    def stack_events(self, name: str) -> tuple[StackEvent, ...]:
        """The history of a stack, oldest first.

        :param name: name or id; a stack that was deleted is only found by its id.
        """
        pages = self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
        events = [event for page in pages for event in page["StackEvents"]]
        return tuple(
            StackEvent(
                event["LogicalResourceId"],
                event["ResourceType"],
                event["ResourceStatus"],
                event.get("ResourceStatusReason", ""),
            )
            for event in reversed(events)
        )

    def _bootstrap(self) -> None:
        """What ``cdk bootstrap`` leaves behind, and every template of the CDK asks for."""
        self.client("s3").create_bucket(Bucket=_TEMPLATES)
        self.client("ssm").put_parameter(Name=_BOOTSTRAP_VERSION, Value=_BOOTSTRAPPED, Type="String")

    def _change(
        self, operation: str, wanted: str, template: Mapping[str, Any], name: str, parameters: Mapping[str, str]
    ) -> Deployment:
        kept, dropped = without_unsupported(
            template, self.supported(body["Type"] for body in template["Resources"].values())
        )
        client = self.client("cloudformation")
        past = 0 if operation == "create_stack" else len(self.stack_events(name))
        try:
            getattr(client, operation)(
                StackName=name,
                **self._template(kept),
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        except client.exceptions.ClientError as refused:
            event = StackEvent(name, "AWS::CloudFormation::Stack", "REFUSED", refused.response["Error"]["Message"])
            raise DeploymentError(name, "REFUSED", [event]) from refused
        stack = self._settle(name, name, wanted, past)
        summaries = client.get_paginator("list_stack_resources").paginate(StackName=name)
        return Deployment(
            name=name,
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
            resources={
                found["LogicalResourceId"]: found.get("PhysicalResourceId", "")
                for page in summaries
                for found in page["StackResourceSummaries"]
            },
            dropped=dropped,
        )

    def _template(self, template: Mapping[str, Any]) -> dict[str, str]:
        """The template as an argument: one that is too long for a request goes through a bucket, as with the CDK."""
        body = json.dumps(template, separators=(",", ":"))
        if len(body) <= _LONGEST_TEMPLATE:
            return {"TemplateBody": body}
        self.client("s3").put_object(Bucket=_TEMPLATES, Key="template.json", Body=body.encode())
        return {"TemplateURL": f"{self.endpoint_url}/{_TEMPLATES}/template.json"}

    def _settle(self, name: str, stack_id: str, wanted: str, past: int) -> dict[str, Any]:
        """Wait until the stack has become what was ``wanted``.

        :param past: events that are older than what is waited for.
        """
        client = self.client("cloudformation")
        patience = time.monotonic() + _PATIENCE_SECONDS
        while True:
            stack: dict[str, Any] = client.describe_stacks(StackName=stack_id)["Stacks"][0]
            status: str = stack["StackStatus"]
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > patience:
                break
            time.sleep(_POLL_SECONDS)
        if status != wanted:
            events = self.stack_events(stack_id)[past:]
            raise DeploymentError(name, status, [event for event in events if event.status.endswith("_FAILED")])
        return stack
