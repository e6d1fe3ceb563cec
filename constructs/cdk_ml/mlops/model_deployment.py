"""An endpoint that serves what the registry approves: a canary, alarms that send it back, and one update at a time.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces import aws_cloudwatch as watched
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.mlops.deployment_plan import Plan
from cdk_ml.mlops.deployment_record import record_table
from cdk_ml.mlops.deployment_states import deployment_states
from cdk_ml.mlops.permissions import deploy_statements, serve_statements, tear_down_statements
from cdk_ml.mlops.registry_account import DECIDED, RegistryAccount, registry_bus, registry_problems
from cdk_ml.mlops.serving import Serving, rollback_problems, serving_problems, shift_problems, usual_update
from cdk_ml.mlops.states import api_words
from cdk_ml.sagemaker.hosting.alarms import EndpointAlarms, alarm_problems, endpoint_alarms
from cdk_ml.sagemaker.hosting.capture import DataCapture, capture_config, capture_problems, captured_requests
from cdk_ml.sagemaker.hosting.hosted_models import HostedModels
from cdk_ml.sagemaker.hosting.invocation import EndpointBase
from cdk_ml.sagemaker.hosting.updates import Update, deployment_config
from cdk_ml.sagemaker.hosting.variant import PRIMARY
from cdk_ml.sagemaker.names import lower_name, name_problems
from cdk_ml.sagemaker.registry.packages import DECISIONS, ModelPackageGroupBase, decided
from cdk_ml.sagemaker.volumes import takes_volume_key
from cdk_ml.tokens import is_token
from cdk_ml.workflow import AsyncProvider, EventTrigger, StateMachine
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Workspace

_PREFIX = 40  # The version and twelve digits follow, and SageMaker's names have 63 characters.
_MARGIN_SECONDS = 1_800  # Beyond SageMaker's own deadline, so that its reason is heard.
_TWO_DAYS = 172_800  # A version may have to wait for two others, of which each takes eight hours at most.


class ModelDeployment(EndpointBase):
    """An endpoint that follows its model registry: what is approved goes live, what is rejected goes back.

    Creates a state machine that an approval in the group starts: it makes a model and a configuration of the version,
    creates the endpoint or shifts it with a canary, waits, and remembers which version is live. A version that
    SageMaker sends back, because an alarm was raised or it did not start, is rejected in the registry with the reason,
    and the workspace's topic is told. Rejecting the version that is live brings the one before it back. Of approvals
    that come together, the last one wins; the endpoint is changed by one at a time.

    Around it: execution role, security group, log group, alarms on errors and latency, a table with one item, and a
    custom resource that takes the endpoint down with the stack. The endpoint itself is not in the template.

    Idle cost: the instances of the endpoint, day and night, once a version is approved; alarms 0.60 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.mlops import ModelDeployment, Serving
    >>> from cdk_ml.sagemaker import Data, ModelPackageGroup
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> deployment = ModelDeployment(
    ...     stack,
    ...     "Deployment",
    ...     workspace=workspace,
    ...     models=ModelPackageGroup(stack, "Models", workspace=workspace),
    ...     serving=Serving(
    ...         image=images.built_in_algorithm("xgboost"),
    ...         artifacts=Data(workspace.artifact_bucket, "churn/"),
    ...         instance_type="ml.m5.large",
    ...     ),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html

    :ivar name_prefix: what the names of models and endpoint configurations begin with.
    :ivar cfn_table: what is live, what is wanted, and who is at it.
    :ivar cfn_alarms: the alarms on errors and latency.
    :ivar captured: what the endpoint was asked and answered, for a monitor; ``None`` where nothing is captured.
    :ivar machine: what deploys.
    :ivar trigger: what starts it when something is decided.
    :ivar cfn_event_bus: where a registry in another account sends to; ``None`` without one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        models: ModelPackageGroupBase,
        serving: Serving,
        update: Update | None = None,
        alarms: EndpointAlarms = EndpointAlarms(),
        rollback_alarms: Sequence[watched.IAlarmRef] = (),
        capture: DataCapture | None = None,
        registry: RegistryAccount | None = None,
        endpoint_name: str | None = None,
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, queue, tags and profile.
        :param models: the group whose approved versions are served.
        :param serving: what they run on, and what they are made of.
        :param update: how a version takes over the traffic; without it a canary, or all at once where there is a single
            instance, of which no part can go first.
        :param alarms: when the endpoint is unwell.
        :param rollback_alarms: alarms of your own that send a version back, too.
        :param capture: which requests are kept; without it the profile's share of them.
        :param registry: how the group is reached that is in another account.
        :param endpoint_name: a name of your own; callers outside this app may rely on it.
        :raises cdk_ml.errors.ConfigurationError: what SageMaker would refuse, or what could not run: every problem at
            once, with its fix.
        """
        super().__init__(scope, id, endpoint_name=endpoint_name, variant_name=PRIMARY)
        count = serving.count(workspace.profile)
        chosen = usual_update(count) if update is None else update
        captured = DataCapture(percentage=workspace.profile.capture_percentage) if capture is None else capture
        reject(
            self,
            [
                *serving_problems(serving, Stack.of(self).region),
                *shift_problems(chosen, count, serving.instance_type),
                *alarm_problems(alarms),
                *rollback_problems(rollback_alarms),
                *capture_problems(captured),
                *registry_problems(models.account, registry),
                *name_problems("endpoint_name", endpoint_name),
            ],
        )
        workspace.adopt(self)
        self._workspace = workspace
        self.name_prefix = self._prefix(endpoint_name)
        self.captured = captured_requests(
            captured,
            bucket=workspace.data_bucket,
            prefix=self._capture_prefix,
            endpoint_name=self.endpoint_name,
            variant_name=PRIMARY,
        )
        self._models = self._host(serving, captured, None if registry is None else registry.key_arn(models.account))
        self.cfn_table = record_table(self, "Record", workspace=workspace)
        self.cfn_alarms = endpoint_alarms(
            self,
            alarms=alarms,
            endpoint_name=self.endpoint_name,
            variant_name=PRIMARY,
            topic_arn=workspace.alert_topic.topic_arn,
        )
        going_back = [alarm.alarm_ref for alarm in (*self.cfn_alarms, *rollback_alarms)]
        key_arn = self._volume_key(serving)
        plan = self._plan(serving, count, captured, chosen, [alarm.alarm_name for alarm in going_back], key_arn)
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=deployment_states(plan),
            statements=deploy_statements(
                models,
                endpoint_arn=self.endpoint_arn,
                name_prefix=self.name_prefix,
                role_arn=self.role.role_arn,
                table_arn=self.cfn_table.attr_arn,
                topic_arn=plan.topic_arn,
                alarm_arns=[alarm.alarm_arn for alarm in going_back],
                key_arn=key_arn,
            ),
            timeout_seconds=_TWO_DAYS,
        )
        self.cfn_event_bus = (
            None if registry is None else registry_bus(self, "Bus", registry=registry, account=models.account)
        )
        self.trigger = EventTrigger(
            self,
            "Decided",
            workspace=workspace,
            source="aws.sagemaker",
            detail_types=[DECISIONS],
            detail=decided(models.model_package_group_name, DECIDED),
            event_bus_name=None if self.cfn_event_bus is None else self.cfn_event_bus.ref,
            target=self.machine.target,
        )
        # In this order, the other way round: no more decisions, then no more endpoint, then what it stood on.
        self.trigger.node.add_dependency(self._teardown())

    @property
    def role(self) -> iam.IRole:
        """The execution role of the models."""
        return self._models.role

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the models."""
        return self._security_group.connections

    @property
    def _security_group(self) -> ec2.SecurityGroup:
        assert self._models.security_group is not None
        return self._models.security_group

    @property
    def _capture_prefix(self) -> str:
        return f"capture/{self.endpoint_name}"

    def _prefix(self, endpoint_name: str | None) -> str:
        if endpoint_name is None or is_token(endpoint_name):
            return lower_name(self, longest=_PREFIX)
        # Of the name, so that an endpoint that is renamed does not take its successor's models along when it goes.
        digest = hashlib.sha256(endpoint_name.encode()).hexdigest()[:8]
        return f"{endpoint_name[: _PREFIX - 9].rstrip('-')}-{digest}".lower()

    def _host(self, serving: Serving, captured: DataCapture, artifact_key_arn: str | None) -> HostedModels:
        """What models stand on; the models themselves come later."""
        workspace = self._workspace
        statements = serve_statements(
            self,
            serving,
            capture_arn=workspace.data_bucket.arn_for_objects(self._capture_prefix) if captured.enabled else None,
            key_arn=workspace.key.key_arn,
            artifact_key_arn=artifact_key_arn,
            volume_key_arn=self._volume_key(serving),
        )
        log_group_name = f"/aws/sagemaker/Endpoints/{self.endpoint_name}"
        return HostedModels(
            self, "Models", workspace=workspace, models={}, log_group_name=log_group_name, statements=statements
        )

    def _volume_key(self, serving: Serving) -> str | None:
        """ARN of the key of the instances' volumes; none where an instance type has disks of its own."""
        return self._workspace.key.key_arn if takes_volume_key(serving.instance_type) else None

    def _plan(
        self,
        serving: Serving,
        count: int,
        captured: DataCapture,
        update: Update,
        alarm_names: Sequence[str],
        key_arn: str | None,
    ) -> Plan:
        workspace, config = self._workspace, {}
        if key_arn is not None:
            config["KmsKeyId"] = key_arn
        if captured.enabled:
            config["DataCaptureConfig"] = api_words(
                capture_config(captured, bucket=workspace.data_bucket, prefix=self._capture_prefix, key=workspace.key)
            )
        network = {"SecurityGroupIds": [self._security_group.security_group_id], "Subnets": workspace.subnet_ids}
        return Plan(
            endpoint_name=self.endpoint_name,
            name_prefix=self.name_prefix,
            table_name=self.cfn_table.ref,
            topic_arn=workspace.alert_topic.topic_arn,
            model={
                "ExecutionRoleArn": self.role.role_arn,
                "EnableNetworkIsolation": serving.network_isolation,
                "VpcConfig": network,
            },
            variant={
                "VariantName": PRIMARY,
                "InstanceType": serving.instance_type,
                "InitialInstanceCount": count,
                "InitialVariantWeight": 1,
            },
            config=config,
            deployment=api_words(deployment_config(update, alarm_names=alarm_names)),
            tags=[{"Key": name, "Value": value} for name, value in workspace.tags.items()],
            longest_seconds=update.deadline_seconds + _MARGIN_SECONDS,
        )

    def _teardown(self) -> Construct:
        provider = AsyncProvider(
            self,
            "Teardown",
            workspace=self._workspace,
            code=runtime_code("endpoint_teardown"),
            statements=tear_down_statements(self.endpoint_arn, self.name_prefix, self.machine.cfn_state_machine),
        )
        group = self._models.log_group
        assert group is not None
        return provider.resource(
            self,
            "Endpoint",
            type="Custom::DeployedEndpoint",
            properties={
                "EndpointName": self.endpoint_name,
                "NamePrefix": self.name_prefix,
                "StateMachineArn": self.machine.state_machine_arn,
                # What is only named here is deleted after the endpoint, which stands on it or would make it again.
                "StandsOn": [self._security_group.security_group_id, group.ref],
            },
        )
