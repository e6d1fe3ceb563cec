// The twin of tests/benchmarks/apps/raw.py in TypeScript, line by line: the same classes in the same order.

import { readFileSync } from 'node:fs';
import * as cdk from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

const ENDPOINT = 'neuroninference-endpoint-205ea4aa';
const CIDR = '10.0.0.0/16';
const ZONES = 2;
const IMAGE = 'pytorch-inference-neuronx';
const TAG = '2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04';
const TAGS = {
  project: 'neuron-inference',
  owner: 'ml-platform',
  environment: 'production',
  'cost-center': 'ml',
};
const REGISTRIES: Record<string, string> = JSON.parse(readFileSync(process.argv[2], 'utf-8'));

class RawNeuronInference extends cdk.Stack {
  private readonly modelBucket: string;
  private readonly modelKey: string;
  private readonly ownAccount = { StringEquals: { 'aws:SourceAccount': cdk.Aws.ACCOUNT_ID } };
  private readonly encryptionKey: kms.Key;
  private readonly topicArn: string;
  private readonly logsBucket: s3.Bucket;
  private readonly data: s3.Bucket;
  private subnets: string[] = [];
  private securityGroup!: string;
  private logGroup!: logs.CfnLogGroup;
  private model!: sagemaker.CfnModel;

  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    for (const [tag, value] of Object.entries(TAGS)) {
      cdk.Tags.of(this).add(tag, value);
    }
    this.modelBucket = new cdk.CfnParameter(this, 'ModelBucket', {
      description: 'Bucket that holds the compiled model',
    }).valueAsString;
    this.modelKey = new cdk.CfnParameter(this, 'ModelKey', {
      description: "Key of the model's .tar.gz archive in that bucket",
    }).valueAsString;
    this.encryptionKey = this.makeKey();
    this.topicArn = this.makeTopic();
    this.logsBucket = this.makeLogBucket();
    this.data = this.makeBucket('Data');
    this.makeNetwork();
    this.makeHosting();
    this.makeEndpoint();
    new cdk.CfnOutput(this, 'EndpointName', { value: ENDPOINT });
  }

  private makeKey(): kms.Key {
    const key = new kms.Key(this, 'Key', {
      description: 'Data, artifacts and logs of a machine learning workspace',
      enableKeyRotation: true,
      pendingWindow: cdk.Duration.days(30),
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });
    const logGroups = `arn:${cdk.Aws.PARTITION}:logs:${cdk.Aws.REGION}:${cdk.Aws.ACCOUNT_ID}:log-group:*`;
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${cdk.Aws.REGION}.${cdk.Aws.URL_SUFFIX}`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
      }),
    );
    const publishers = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com', 'events.amazonaws.com'];
    const services = [...publishers, 'delivery.logs.amazonaws.com'];
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: services.map((service) => new iam.ServicePrincipal(service)),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: this.ownAccount,
      }),
    );
    const deliveries = `arn:${cdk.Aws.PARTITION}:logs:${cdk.Aws.REGION}:${cdk.Aws.ACCOUNT_ID}:*`;
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['kms:Decrypt'],
        resources: ['*'],
        conditions: { StringEquals: { 'kms:EncryptionContext:SourceArn': deliveries } },
      }),
    );
    return key;
  }

  private makeTopic(): string {
    const topic = new sns.Topic(this, 'Alerts', { masterKey: this.encryptionKey, enforceSSL: true });
    const services = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'];
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: services.map((service) => new iam.ServicePrincipal(service)),
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: this.ownAccount,
      }),
    );
    const alerts: [string, number][] = [['ACTUAL', 80], ['ACTUAL', 100], ['FORECASTED', 100]];
    const budget = new budgets.CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: 3_000, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:project$${TAGS.project}`] },
      },
      notificationsWithSubscribers: alerts.map(([notificationType, threshold]) => ({
        notification: {
          notificationType,
          comparisonOperator: 'GREATER_THAN',
          threshold,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
      resourceTags: Object.entries(TAGS).map(([key, value]) => ({ key, value })),
    });
    budget.node.addDependency(topic);
    return topic.topicArn;
  }

  private makeLogBucket(): s3.Bucket {
    const bucket = this.makePrivate('Logs', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        {
          id: 'expire-logs',
          expiration: cdk.Duration.days(365),
          noncurrentVersionExpiration: cdk.Duration.days(7),
          abortIncompleteMultipartUploadAfter: cdk.Duration.days(1),
        },
      ],
    });
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('s3-access-logs/*')],
        conditions: this.ownAccount,
      }),
    );
    return bucket;
  }

  private makeBucket(id: string, expires = false): s3.Bucket {
    return this.makePrivate(id, {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: s3.Bucket.fromBucketName(this, `${id}Logs`, this.logsBucket.bucketName),
      serverAccessLogsPrefix: `s3-access-logs/${id.toLowerCase()}/`,
      lifecycleRules: [
        {
          id: 'expire-old-versions',
          expiration: expires ? cdk.Duration.days(365) : undefined,
          noncurrentVersionExpiration: cdk.Duration.days(90),
          abortIncompleteMultipartUploadAfter: cdk.Duration.days(7),
        },
      ],
    });
  }

  private makePrivate(id: string, options: s3.BucketProps): s3.Bucket {
    return new s3.Bucket(this, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: cdk.RemovalPolicy.RETAIN,
      ...options,
    });
  }

  private makeNetwork(): void {
    const flowLogs = this.makeBucket('FlowLogs', true);
    const fromHere = {
      ...this.ownAccount,
      ArnLike: { 'aws:SourceArn': `arn:${cdk.Aws.PARTITION}:logs:${cdk.Aws.REGION}:${cdk.Aws.ACCOUNT_ID}:*` },
    };
    for (const [action, resource] of [
      ['s3:GetBucketAcl', flowLogs.bucketArn],
      ['s3:PutObject', `${flowLogs.bucketArn}/*`],
    ]) {
      flowLogs.addToResourcePolicy(
        new iam.PolicyStatement({
          principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
          actions: [action],
          resources: [resource],
          conditions: fromHere,
        }),
      );
    }
    const vpcId = new ec2.CfnVPC(this, 'Vpc', {
      cidrBlock: CIDR,
      enableDnsHostnames: true,
      enableDnsSupport: true,
    }).ref;
    const cidrs = cdk.Fn.cidr(CIDR, ZONES, '12');
    const tables: string[] = [];
    for (let index = 0; index < ZONES; index++) {
      const subnet = new ec2.CfnSubnet(this, `Subnet${index}`, {
        vpcId,
        availabilityZone: cdk.Fn.select(index, cdk.Fn.getAzs()),
        cidrBlock: cdk.Fn.select(index, cidrs),
        mapPublicIpOnLaunch: false,
      }).ref;
      const table = new ec2.CfnRouteTable(this, `Routes${index}`, { vpcId }).ref;
      new ec2.CfnSubnetRouteTableAssociation(this, `Association${index}`, { subnetId: subnet, routeTableId: table });
      this.subnets.push(subnet);
      tables.push(table);
    }
    const flowLog = new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceId: vpcId,
      resourceType: 'VPC',
      trafficType: 'ALL',
      logDestinationType: 's3',
      logDestination: flowLogs.bucketArn,
    });
    flowLog.node.addDependency(flowLogs);
    new ec2.CfnVPCEndpoint(this, 'S3', {
      vpcId,
      serviceName: `com.amazonaws.${cdk.Aws.REGION}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: tables,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: '*',
            Resource: '*',
            Condition: { StringEquals: { 'aws:PrincipalAccount': cdk.Aws.ACCOUNT_ID } },
          },
        ],
      },
    });
    this.securityGroup = new ec2.CfnSecurityGroup(this, 'SecurityGroup', {
      vpcId,
      groupDescription: 'Network interfaces of hosted models',
      securityGroupEgress: [
        {
          cidrIp: '0.0.0.0/0',
          description: 'HTTPS to S3 and private endpoints',
          ipProtocol: 'tcp',
          fromPort: 443,
          toPort: 443,
        },
      ],
    }).attrGroupId;
  }

  private makeHosting(): void {
    this.logGroup = new logs.CfnLogGroup(this, 'LogGroup', {
      logGroupName: `/aws/sagemaker/Endpoints/${ENDPOINT}`,
      kmsKeyId: this.encryptionKey.keyArn,
      retentionInDays: 365,
    });
    this.logGroup.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    const mapping = new cdk.CfnMapping(this, 'Registry', {
      mapping: Object.fromEntries(Object.entries(REGISTRIES).map(([region, account]) => [region, { account }])),
    });
    const registry = mapping.findInMap(cdk.Aws.REGION, 'account');
    const policy = new iam.ManagedPolicy(this, 'Policy', { statements: this.statements(registry) });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions: this.ownAccount }),
      managedPolicies: [policy],
    });
    this.model = new sagemaker.CfnModel(this, 'Model', {
      executionRoleArn: role.roleArn,
      primaryContainer: {
        image: `${registry}.dkr.ecr.${cdk.Aws.REGION}.${cdk.Aws.URL_SUFFIX}/${IMAGE}:${TAG}`,
        environment: { NEURON_RT_NUM_CORES: '2' },
        modelDataUrl: `s3://${this.modelBucket}/${this.modelKey}`,
      },
      enableNetworkIsolation: true,
      vpcConfig: { securityGroupIds: [this.securityGroup], subnets: this.subnets },
    });
  }

  private statements(registry: string): iam.PolicyStatement[] {
    const network = `arn:${cdk.Aws.PARTITION}:ec2:${cdk.Aws.REGION}:${cdk.Aws.ACCOUNT_ID}`;
    const repository = `arn:${cdk.Aws.PARTITION}:ecr:${cdk.Aws.REGION}:${registry}:repository/${IMAGE}`;
    return [
      new iam.PolicyStatement({
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: [repository],
      }),
      new iam.PolicyStatement({
        actions: [
          'ecr:GetAuthorizationToken',
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
        ],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: [`arn:${cdk.Aws.PARTITION}:s3:::${this.modelBucket}/${this.modelKey}`],
      }),
      new iam.PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [this.logGroup.attrArn],
      }),
      new iam.PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringLike: { 'cloudwatch:namespace': ['AWS/SageMaker', '/aws/sagemaker/*'] } },
      }),
      new iam.PolicyStatement({
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:CreateNetworkInterfacePermission',
          'ec2:DeleteNetworkInterface',
          'ec2:DeleteNetworkInterfacePermission',
        ],
        resources: [
          `${network}:network-interface/*`,
          `${network}:security-group/${this.securityGroup}`,
          ...this.subnets.map((subnet) => `${network}:subnet/${subnet}`),
        ],
      }),
      new iam.PolicyStatement({
        actions: ['s3:PutObject'],
        resources: [this.data.arnForObjects(`capture/${ENDPOINT}/*`)],
      }),
      new iam.PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
        resources: [this.encryptionKey.keyArn],
      }),
      new iam.PolicyStatement({
        actions: ['kms:CreateGrant'],
        resources: [this.encryptionKey.keyArn],
        conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    ];
  }

  private makeEndpoint(): void {
    const keyArn = this.encryptionKey.keyArn;
    const config = new sagemaker.CfnEndpointConfig(this, 'Config', {
      productionVariants: [
        {
          variantName: 'Primary',
          modelName: this.model.attrModelName,
          instanceType: 'ml.inf2.8xlarge',
          initialInstanceCount: 2,
          initialVariantWeight: 1,
          containerStartupHealthCheckTimeoutInSeconds: 900,
        },
      ],
      dataCaptureConfig: {
        enableCapture: true,
        initialSamplingPercentage: 10,
        destinationS3Uri: `s3://${this.data.bucketName}/capture/${ENDPOINT}`,
        kmsKeyId: keyArn,
        captureOptions: [{ captureMode: 'Input' }, { captureMode: 'Output' }],
        captureContentTypeHeader: { jsonContentTypes: ['application/json'], csvContentTypes: ['text/csv'] },
      },
      kmsKeyId: keyArn,
    });
    const alarms = [this.alarm('ServerErrors'), this.alarm('ModelLatency')];
    const endpoint = new sagemaker.CfnEndpoint(this, 'Endpoint', {
      endpointName: ENDPOINT,
      endpointConfigName: config.attrEndpointConfigName,
      deploymentConfig: {
        autoRollbackConfiguration: { alarms: alarms.map((alarmName) => ({ alarmName })) },
        blueGreenUpdatePolicy: {
          trafficRoutingConfiguration: {
            type: 'CANARY',
            canarySize: { type: 'CAPACITY_PERCENT', value: 10 },
            waitIntervalInSeconds: 600,
          },
          terminationWaitInSeconds: 600,
          maximumExecutionTimeoutInSeconds: 14_400,
        },
      },
      retainAllVariantProperties: true,
      excludeRetainedVariantProperties: [
        { variantPropertyType: 'DesiredWeight' },
        { variantPropertyType: 'DataCaptureConfig' },
      ],
    });
    endpoint.addResourceDependency(this.logGroup);
    this.scaling(endpoint);
    // In the spacing of Python's json.dumps, so that the dashboards are the same text.
    const body = spaced({ widgets: this.widgets() });
    new cloudwatch.CfnDashboard(this, 'Dashboard', { dashboardBody: body });
  }

  private alarm(name: string): string {
    const errors = name === 'ServerErrors';
    return new cloudwatch.CfnAlarm(this, name, {
      alarmDescription: errors
        ? `More than 1 % of the requests to ${ENDPOINT} fail`
        : `1 % of the requests to ${ENDPOINT} wait longer than 2000 ms`,
      namespace: 'AWS/SageMaker',
      metricName: errors ? 'Invocation5XXErrors' : 'ModelLatency',
      statistic: errors ? 'Average' : undefined,
      extendedStatistic: errors ? undefined : 'p99',
      threshold: errors ? 0.01 : 2_000_000,
      dimensions: [
        { name: 'EndpointName', value: ENDPOINT },
        { name: 'VariantName', value: 'Primary' },
      ],
      period: 60,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
      alarmActions: [this.topicArn],
      okActions: [this.topicArn],
    }).ref;
  }

  private scaling(endpoint: sagemaker.CfnEndpoint): void {
    const target = new autoscaling.CfnScalableTarget(this, 'Scaling', {
      serviceNamespace: 'sagemaker',
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${ENDPOINT}/variant/Primary`,
      minCapacity: 2,
      maxCapacity: 4,
    });
    target.addResourceDependency(endpoint);
    new autoscaling.CfnScalingPolicy(this, 'Concurrency', {
      policyName: 'concurrent-requests-per-instance',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: 4,
        predefinedMetricSpecification: {
          predefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
        },
        scaleInCooldown: 300,
        scaleOutCooldown: 60,
      },
    });
  }

  private widgets(): object[] {
    const [requests, instances] = ['AWS/SageMaker', '/aws/sagemaker/Endpoints'];
    const charts: [string, string, string[], string][] = [
      ['Requests a minute', requests, ['Invocations', 'InvocationsPerInstance'], 'Sum'],
      ['Errors', requests, ['Invocation5XXErrors', 'Invocation4XXErrors', 'InvocationModelErrors'], 'Sum'],
      ['Latency, 99th percentile (microseconds)', requests, ['ModelLatency', 'OverheadLatency'], 'p99'],
      ['Instances (percent)', instances, ['CPUUtilization', 'MemoryUtilization', 'GPUUtilization'], 'Average'],
    ];
    return charts.map(([title, namespace, metrics, stat], index) => ({
      type: 'metric',
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: {
        title,
        region: cdk.Aws.REGION,
        period: 60,
        stat,
        metrics: metrics.map((metric) => [namespace, metric, 'EndpointName', ENDPOINT, 'VariantName', 'Primary']),
      },
    }));
  }
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(spaced).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([key, item]) => `"${key}": ${spaced(item)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

const app = new cdk.App();
new RawNeuronInference(app, 'NeuronInference', { description: 'cdk-ml: raw' });
app.synth();
