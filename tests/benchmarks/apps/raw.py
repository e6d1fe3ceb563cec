"""``NeuronInference`` without cdk-ml: the same template from the CDK's own classes, as a good engineer writes it.

L2s where they do the work, L1s with plain dictionaries elsewhere, values at hand instead of attributes asked for twice.
It makes no acknowledgements, which a template does not show: the library is measured with that work against it.

https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

# The account of AWS's images by region, shared with the twin in TypeScript.
REGISTRIES: dict[str, str] = json.loads(Path(__file__).with_name("registries.json").read_text())
ENDPOINT = "neuroninference-endpoint-205ea4aa"
CIDR = "10.0.0.0/16"
ZONES = 2
IMAGE = "pytorch-inference-neuronx"
TAG = "2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04"
TAGS = {
    "project": "neuron-inference",
    "owner": "ml-platform",
    "environment": "production",
    "cost-center": "ml",
}


class RawNeuronInference(cdk.Stack):
    """Network, key, buckets, topic, budget, model, endpoint, alarms, scaling and dashboard."""

    def __init__(self, scope: Construct, id: str, **kwargs: Any) -> None:
        super().__init__(scope, id, **kwargs)
        for tag, value in TAGS.items():
            cdk.Tags.of(self).add(tag, value)
        bucket = cdk.CfnParameter(self, "ModelBucket", description="Bucket that holds the compiled model")
        key_name = cdk.CfnParameter(self, "ModelKey", description="Key of the model's .tar.gz archive in that bucket")
        self.model_bucket, self.model_key = bucket.value_as_string, key_name.value_as_string
        self.partition_, self.region_, self.account_ = cdk.Aws.PARTITION, cdk.Aws.REGION, cdk.Aws.ACCOUNT_ID
        self.own_account = {"StringEquals": {"aws:SourceAccount": self.account_}}
        self.encryption_key = self._key()
        self.key_arn = self.encryption_key.key_arn
        self.topic_arn = self._topic()
        self.logs_bucket = self._log_bucket()
        self.data = self._bucket("Data")
        self._network()
        self._hosting()
        self._endpoint()
        cdk.CfnOutput(self, "EndpointName", value=ENDPOINT)

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Data, artifacts and logs of a machine learning workspace",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(30),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        log_groups = f"arn:{self.partition_}:logs:{self.region_}:{self.account_}:log-group:*"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{self.region_}.{cdk.Aws.URL_SUFFIX}")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            )
        )
        publishers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"]
        services = [*publishers, "delivery.logs.amazonaws.com"]
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service) for service in services],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=self.own_account,
            )
        )
        deliveries = f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:*"
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                actions=["kms:Decrypt"],
                resources=["*"],
                conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": deliveries}},
            )
        )
        return key

    def _topic(self) -> str:
        topic = sns.Topic(self, "Alerts", master_key=self.encryption_key, enforce_ssl=True)
        topic_arn = topic.topic_arn
        services = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service) for service in services],
                actions=["sns:Publish"],
                resources=[topic_arn],
                conditions=self.own_account,
            )
        )
        alerts = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget={
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": 3_000, "unit": "USD"},
                "costFilters": {"TagKeyValue": [f"user:project${TAGS['project']}"]},
            },
            notifications_with_subscribers=[
                {
                    "notification": {
                        "notificationType": kind,
                        "comparisonOperator": "GREATER_THAN",
                        "threshold": percent,
                        "thresholdType": "PERCENTAGE",
                    },
                    "subscribers": [{"subscriptionType": "SNS", "address": topic_arn}],
                }
                for kind, percent in alerts
            ],
            resource_tags=[{"key": tag, "value": value} for tag, value in TAGS.items()],
        )
        budget.node.add_dependency(topic)
        return topic_arn

    def _log_bucket(self) -> s3.Bucket:
        bucket = self._private(
            "Logs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire-logs",
                    expiration=cdk.Duration.days(365),
                    noncurrent_version_expiration=cdk.Duration.days(7),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("s3-access-logs/*")],
                conditions=self.own_account,
            )
        )
        return bucket

    def _bucket(self, id: str, *, expires: bool = False) -> s3.Bucket:
        return self._private(
            id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.encryption_key,
            bucket_key_enabled=True,
            server_access_logs_bucket=s3.Bucket.from_bucket_name(self, f"{id}Logs", self.logs_bucket.bucket_name),
            server_access_logs_prefix=f"s3-access-logs/{id.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire-old-versions",
                    expiration=cdk.Duration.days(365) if expires else None,
                    noncurrent_version_expiration=cdk.Duration.days(90),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
        )

    def _private(self, id: str, **options: Any) -> s3.Bucket:
        return s3.Bucket(
            self,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            **options,
        )

    def _network(self) -> None:
        flow_logs = self._bucket("FlowLogs", expires=True)
        bucket_arn = flow_logs.bucket_arn
        from_here = {
            **self.own_account,
            "ArnLike": {"aws:SourceArn": f"arn:{self.partition_}:logs:{self.region_}:{self.account_}:*"},
        }
        for action, resource in (("s3:GetBucketAcl", bucket_arn), ("s3:PutObject", f"{bucket_arn}/*")):
            flow_logs.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                    actions=[action],
                    resources=[resource],
                    conditions=from_here,
                )
            )
        vpc = ec2.CfnVPC(self, "Vpc", cidr_block=CIDR, enable_dns_hostnames=True, enable_dns_support=True)
        vpc_id = vpc.ref
        zones = [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(ZONES)]
        cidrs = cdk.Fn.cidr(CIDR, ZONES, "12")
        self.subnets: list[str] = []
        tables = []
        for index, zone in enumerate(zones):
            subnet = ec2.CfnSubnet(
                self,
                f"Subnet{index}",
                vpc_id=vpc_id,
                availability_zone=zone,
                cidr_block=cdk.Fn.select(index, cidrs),
                map_public_ip_on_launch=False,
            ).ref
            table = ec2.CfnRouteTable(self, f"Routes{index}", vpc_id=vpc_id).ref
            ec2.CfnSubnetRouteTableAssociation(self, f"Association{index}", subnet_id=subnet, route_table_id=table)
            self.subnets.append(subnet)
            tables.append(table)
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket_arn,
        )
        flow_log.node.add_dependency(flow_logs)
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{self.region_}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=tables,
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "*"},
                        "Action": "*",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"aws:PrincipalAccount": self.account_}},
                    }
                ],
            },
        )
        self.security_group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            vpc_id=vpc_id,
            group_description="Network interfaces of hosted models",
            security_group_egress=[
                {
                    "cidrIp": "0.0.0.0/0",
                    "description": "HTTPS to S3 and private endpoints",
                    "ipProtocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                }
            ],
        ).attr_group_id

    def _hosting(self) -> None:
        self.log_group = logs.CfnLogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/sagemaker/Endpoints/{ENDPOINT}",
            kms_key_id=self.key_arn,
            retention_in_days=365,
        )
        self.log_group.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        mapping = cdk.CfnMapping(self, "Registry", mapping={region: {"account": a} for region, a in REGISTRIES.items()})
        registry = mapping.find_in_map(self.region_, "account")
        policy = iam.ManagedPolicy(self, "Policy", statements=self._statements(registry))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com", conditions=self.own_account),
            managed_policies=[policy],
        )
        self.model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=role.role_arn,
            primary_container={
                "image": f"{registry}.dkr.ecr.{self.region_}.{cdk.Aws.URL_SUFFIX}/{IMAGE}:{TAG}",
                "environment": {"NEURON_RT_NUM_CORES": "2"},
                "modelDataUrl": f"s3://{self.model_bucket}/{self.model_key}",
            },
            enable_network_isolation=True,
            vpc_config={"securityGroupIds": [self.security_group], "subnets": self.subnets},
        )

    def _statements(self, registry: str) -> list[iam.PolicyStatement]:
        network = f"arn:{self.partition_}:ec2:{self.region_}:{self.account_}"
        repository = f"arn:{self.partition_}:ecr:{self.region_}:{registry}:repository/{IMAGE}"
        return [
            iam.PolicyStatement(
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[repository],
            ),
            iam.PolicyStatement(
                actions=[
                    "ecr:GetAuthorizationToken",
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ],
                resources=["*"],
            ),
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[f"arn:{self.partition_}:s3:::{self.model_bucket}/{self.model_key}"],
            ),
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[self.log_group.attr_arn],
            ),
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
            ),
            iam.PolicyStatement(
                actions=[
                    "ec2:CreateNetworkInterface",
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DeleteNetworkInterfacePermission",
                ],
                resources=[
                    f"{network}:network-interface/*",
                    f"{network}:security-group/{self.security_group}",
                    *(f"{network}:subnet/{subnet}" for subnet in self.subnets),
                ],
            ),
            iam.PolicyStatement(
                actions=["s3:PutObject"], resources=[self.data.arn_for_objects(f"capture/{ENDPOINT}/*")]
            ),
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], resources=[self.key_arn]
            ),
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[self.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            ),
        ]

    def _endpoint(self) -> None:
        config = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            production_variants=[
                {
                    "variantName": "Primary",
                    "modelName": self.model.attr_model_name,
                    "instanceType": "ml.inf2.8xlarge",
                    "initialInstanceCount": 2,
                    "initialVariantWeight": 1,
                    "containerStartupHealthCheckTimeoutInSeconds": 900,
                }
            ],
            data_capture_config={
                "enableCapture": True,
                "initialSamplingPercentage": 10,
                "destinationS3Uri": f"s3://{self.data.bucket_name}/capture/{ENDPOINT}",
                "kmsKeyId": self.key_arn,
                "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
                "captureContentTypeHeader": {"jsonContentTypes": ["application/json"], "csvContentTypes": ["text/csv"]},
            },
            kms_key_id=self.key_arn,
        )
        alarms = [self._alarm("ServerErrors"), self._alarm("ModelLatency")]
        endpoint = sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=ENDPOINT,
            endpoint_config_name=config.attr_endpoint_config_name,
            deployment_config={
                "autoRollbackConfiguration": {"alarms": [{"alarmName": alarm} for alarm in alarms]},
                "blueGreenUpdatePolicy": {
                    "trafficRoutingConfiguration": {
                        "type": "CANARY",
                        "canarySize": {"type": "CAPACITY_PERCENT", "value": 10},
                        "waitIntervalInSeconds": 600,
                    },
                    "terminationWaitInSeconds": 600,
                    "maximumExecutionTimeoutInSeconds": 14_400,
                },
            },
            retain_all_variant_properties=True,
            exclude_retained_variant_properties=[
                {"variantPropertyType": "DesiredWeight"},
                {"variantPropertyType": "DataCaptureConfig"},
            ],
        )
        endpoint.add_resource_dependency(self.log_group)
        self._scaling(endpoint)
        cloudwatch.CfnDashboard(self, "Dashboard", dashboard_body=json.dumps({"widgets": self._widgets()}))

    def _alarm(self, name: str) -> str:
        errors = name == "ServerErrors"
        return cloudwatch.CfnAlarm(
            self,
            name,
            alarm_description=f"More than 1 % of the requests to {ENDPOINT} fail"
            if errors
            else f"1 % of the requests to {ENDPOINT} wait longer than 2000 ms",
            namespace="AWS/SageMaker",
            metric_name="Invocation5XXErrors" if errors else "ModelLatency",
            statistic="Average" if errors else None,
            extended_statistic=None if errors else "p99",
            threshold=0.01 if errors else 2_000_000,
            dimensions=[{"name": "EndpointName", "value": ENDPOINT}, {"name": "VariantName", "value": "Primary"}],
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
        ).ref

    def _scaling(self, endpoint: sagemaker.CfnEndpoint) -> None:
        target = autoscaling.CfnScalableTarget(
            self,
            "Scaling",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{ENDPOINT}/variant/Primary",
            min_capacity=2,
            max_capacity=4,
        )
        target.add_resource_dependency(endpoint)
        metric = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        autoscaling.CfnScalingPolicy(
            self,
            "Concurrency",
            policy_name="concurrent-requests-per-instance",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration={
                "targetValue": 4,
                "predefinedMetricSpecification": {"predefinedMetricType": metric},
                "scaleInCooldown": 300,
                "scaleOutCooldown": 60,
            },
        )

    def _widgets(self) -> list[dict[str, Any]]:
        requests, instances = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
        charts = [
            ("Requests a minute", requests, ["Invocations", "InvocationsPerInstance"], "Sum"),
            ("Errors", requests, ["Invocation5XXErrors", "Invocation4XXErrors", "InvocationModelErrors"], "Sum"),
            ("Latency, 99th percentile (microseconds)", requests, ["ModelLatency", "OverheadLatency"], "p99"),
            ("Instances (percent)", instances, ["CPUUtilization", "MemoryUtilization", "GPUUtilization"], "Average"),
        ]
        variant = ["EndpointName", ENDPOINT, "VariantName", "Primary"]
        return [
            {
                "type": "metric",
                "x": index % 2 * 12,
                "y": index // 2 * 6,
                "width": 12,
                "height": 6,
                "properties": {
                    "title": title,
                    "region": self.region_,
                    "period": 60,
                    "stat": statistic,
                    "metrics": [[namespace, metric, *variant] for metric in metrics],
                },
            }
            for index, (title, namespace, metrics, statistic) in enumerate(charts)
        ]


if __name__ == "__main__":
    app = cdk.App()
    RawNeuronInference(app, "NeuronInference", description="cdk-ml: raw")
    app.synth()
