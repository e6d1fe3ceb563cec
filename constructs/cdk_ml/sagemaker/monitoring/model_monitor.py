"""Watches a model: an open engine in a scheduled job, whose results can be queried, looked at, and alarmed on.

The successor of SageMaker Model Monitor, which closed to new customers on 2026-07-30.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_ml.errors import reject
from cdk_ml.facts import images
from cdk_ml.sagemaker.container_image import ContainerImage
from cdk_ml.sagemaker.hosting.capture import CapturedRequests
from cdk_ml.sagemaker.hosting.real_time_endpoint import RealTimeEndpoint
from cdk_ml.sagemaker.jobs.compute import Compute
from cdk_ml.sagemaker.jobs.data import Data
from cdk_ml.sagemaker.jobs.processing_job import ProcessingJob
from cdk_ml.sagemaker.jobs.script import Script
from cdk_ml.sagemaker.monitoring.alarms import NAMESPACE, MonitorAlarms
from cdk_ml.sagemaker.monitoring.inputs import RunFolder, RunManifest
from cdk_ml.sagemaker.monitoring.kinds import DataDrift, DataQuality, ModelQuality, MonitorKind, kinds_plan
from cdk_ml.sagemaker.monitoring.results import MonitorResults
from cdk_ml.sagemaker.monitoring.rules import monitor_problems
from cdk_ml.sagemaker.monitoring.run_states import run_states, steps_need
from cdk_ml.sagemaker.names import lower_name
from cdk_ml.workflow import Function, Schedule, StateMachine
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Workspace

# Its tag says which Python it has, and so which wheels fit.
_IMAGE = ("sklearn", "1.4-2-py312")
_SCRIPT = "monitor.py"
_LISTING_SECONDS = 300


class ModelMonitor(Construct):
    """Compares what a model is asked and answers with a baseline, on a schedule, with Evidently.

    Creates a state machine that a schedule starts: a function finds what was captured since the last run, a processing
    job without network compares it with the baseline, and the function puts what the job found where it is looked for:
    a row for each feature and metric in a table that Athena reads, HTML reports in the workspace's data bucket, metrics
    and alarms in CloudWatch. Lines that cannot be read are counted, and kept beside the results.

    Evidently is in ``image``, or in ``wheels``: a prefix with everything that pip needs, as the job reaches no index.
    The guide has the two commands that fill it.

    The alarms keep the state that the last run gave them until the next one. An event of :attr:`drift_alarm` can start
    retraining.

    Idle cost: the state machine's alarm, 0.20 USD a month, and up to five others, 0.10 USD each. Each run is a few
    minutes of an instance, and brings up to eight metrics at CloudWatch's price of a custom one.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.facts import images
    >>> from cdk_ml.sagemaker import (
    ...     Data,
    ...     DataCapture,
    ...     DataDrift,
    ...     DataQuality,
    ...     Model,
    ...     ModelMonitor,
    ...     ModelProblem,
    ...     ModelQuality,
    ...     QualityMetric,
    ...     RealTimeEndpoint,
    ... )
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> endpoint = RealTimeEndpoint(
    ...     stack,
    ...     "Endpoint",
    ...     workspace=workspace,
    ...     model=Model.from_artifact(
    ...         workspace.artifact_bucket, "churn/model.tar.gz", image=images.built_in_algorithm("xgboost")
    ...     ),
    ...     instance_type="ml.m7i.large",
    ...     capture=DataCapture(percentage=100),
    ... )
    >>> monitor = ModelMonitor(
    ...     stack,
    ...     "Monitor",
    ...     workspace=workspace,
    ...     source=endpoint,
    ...     baseline=Data(workspace.data_bucket, "churn/train/"),
    ...     kinds=[
    ...         DataQuality(),
    ...         DataDrift(share=0.3),
    ...         ModelQuality(
    ...             ground_truth="churn/labels/",
    ...             problem=ModelProblem.BINARY,
    ...             metric=QualityMetric.F1,
    ...             threshold=0.8,
    ...         ),
    ...     ],
    ...     wheels=Data(workspace.artifact_bucket, "evidently/"),
    ... )

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html

    :ivar monitor_name: what its metrics, its database and its workgroup are called.
    :ivar function: what begins and ends a run.
    :ivar job: what looks at the data.
    :ivar machine: a run.
    :ivar schedule: what starts runs.
    :ivar results: table and workgroup.
    :ivar drift_alarm: more features drifted than may; ``None`` without :class:`DataDrift`.
    :ivar quality_alarm: a feature is not in order; ``None`` without :class:`DataQuality`.
    :ivar model_quality_alarm: the model is no longer right; ``None`` without :class:`ModelQuality`.
    :ivar no_data_alarm: there was nothing to look at.
    :ivar missed_alarm: no run came to its end in its time. It is raised until the first one has.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        source: RealTimeEndpoint | Data,
        baseline: Data,
        kinds: Sequence[MonitorKind] = (DataQuality(), DataDrift()),
        feature_names: Sequence[str] = (),
        every_hours: int = 24,
        minimum_rows: int = 500,
        wheels: Data | None = None,
        image: ContainerImage | None = None,
        compute: Compute = Compute(instance_type="ml.m5.xlarge"),
    ) -> None:
        """
        :param workspace: network, key, buckets, topic, tags and profile.
        :param source: an endpoint with data capture, what another endpoint captured, or a prefix that batches are
            written to: CSV, lines of JSON, Parquet, or what transform jobs leave.
        :param baseline: CSV with names, Parquet or lines of JSON, such as the training data.
        :param kinds: what is looked for.
        :param feature_names: names of the features, in the order of a request; the baseline's columns when not given,
            apart from ``prediction``, ``label``, ``inference_id`` and ``row``.
        :param every_hours: hours between two runs, and the hours that each one looks at.
        :param minimum_rows: fewer rows are counted, and not judged: chance moves them too far.
        :param wheels: prefix with the wheels of Evidently.
        :param image: an image of your own with Evidently; by default AWS's image of scikit-learn with Python 3.12.
        :param compute: instance of the job; one, because distributions have to be seen as a whole.
        :raises cdk_ml.errors.ConfigurationError: for an endpoint that captures nothing, for what could never be
            raised or never run, and for a job without Evidently: every problem at once, with its fix.
        """
        super().__init__(scope, id)
        watched = source.captured if isinstance(source, RealTimeEndpoint) else source
        reject(
            self, monitor_problems(watched, baseline, kinds, feature_names, every_hours, minimum_rows, wheels, image)
        )
        assert watched is not None
        workspace.adopt(self)
        self._workspace = workspace
        self.monitor_name = lower_name(self)
        self._prefix = f"monitors/{self.monitor_name}"
        labels = [Data(watched.bucket, kind.ground_truth) for kind in kinds if isinstance(kind, ModelQuality)]
        runs = f"{self._prefix}/runs/"
        self.job = ProcessingJob(
            self,
            "Compare",
            workspace=workspace,
            image=images.built_in_algorithm(*_IMAGE) if image is None else image,
            script=Script(runtime_code("model_monitor") / "job", _SCRIPT),
            compute=compute,
            inputs={
                "plan": RunFolder(workspace.data_bucket, runs, name="plan/"),
                "captured": RunManifest(workspace.data_bucket, runs, name="captured.manifest", of=(watched, *labels)),
                "baseline": baseline,
                **({} if wheels is None else {"wheels": wheels}),
            },
            outputs=["results"],
        )
        self.function = Function(
            self,
            "Steps",
            workspace=workspace,
            code=runtime_code("model_monitor") / "steps",
            statements=steps_need(
                [watched, *labels],
                bucket_arn=workspace.data_bucket.bucket_arn,
                results=f"jobs/{self.job.node.path}/",
                prefix=f"{self._prefix}/",
                key_arn=workspace.key.key_arn,
            ),
            timeout_seconds=_LISTING_SECONDS,
            memory_mib=512,
        )
        self.results = MonitorResults(self, "Results", workspace=workspace, name=self.monitor_name, prefix=self._prefix)
        settings = self._settings(watched, kinds, feature_names, every_hours, minimum_rows)
        self.machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=run_states(self, self.job, self.function, settings),
            statements=[self.function.invoke_statement(), *self.job.run_statements()],
        )
        self.schedule = Schedule(
            self,
            "Schedule",
            workspace=workspace,
            expression="rate(1 hour)" if every_hours == 1 else f"rate({every_hours} hours)",
            target=self.machine.target,
            input={"at": "<aws.scheduler.scheduled-time>"},
        )
        alarms = MonitorAlarms(self, "Alarms", monitor=self.monitor_name, topic_arn=workspace.alert_topic.topic_arn)
        raised = {type(kind): alarms.of(kind) for kind in kinds}
        self.drift_alarm = raised.get(DataDrift)
        self.quality_alarm = raised.get(DataQuality)
        self.model_quality_alarm = raised.get(ModelQuality)
        self.no_data_alarm = alarms.no_data()
        self.missed_alarm = alarms.missed(every_hours)

    @property
    def alarms(self) -> Sequence[cloudwatch.CfnAlarm]:
        """Every alarm: what was found, nothing to look at, no run in time, and a run that failed."""
        found = (self.drift_alarm, self.quality_alarm, self.model_quality_alarm)
        return (
            *(alarm for alarm in found if alarm is not None),
            self.no_data_alarm,
            self.missed_alarm,
            self.machine.cfn_alarm,
        )

    @property
    def reports(self) -> Data:
        """Where the HTML reports are: a folder for each day, and in it one for each run."""
        return Data(self._workspace.data_bucket, f"{self._prefix}/reports/")

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the monitor: one value for each run.

        :param name: ``Rows``, ``CorruptLines``, ``DriftedShare``, ``BrokenFeatures``, ``ModelQuality``,
            ``LabelledShare``, ``NoData`` or ``Runs``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options = {"statistic": "Maximum", "period": Duration.hours(1), **options}
        return cloudwatch.Metric(
            namespace=NAMESPACE, metric_name=name, dimensions_map={"Monitor": self.monitor_name}, **options
        )

    def metric_drifted_share(self, **options: Any) -> cloudwatch.Metric:
        """Share of the features that drifted, 0 to 1."""
        return self.metric("DriftedShare", **options)

    def metric_model_quality(self, **options: Any) -> cloudwatch.Metric:
        """The metric that :class:`ModelQuality` names."""
        return self.metric("ModelQuality", **options)

    def metric_rows(self, **options: Any) -> cloudwatch.Metric:
        """Rows that a run looked at."""
        return self.metric("Rows", **options)

    def _settings(
        self, watched: Data, kinds: Sequence[MonitorKind], feature_names: Sequence[str], hours: int, minimum_rows: int
    ) -> dict[str, Any]:
        kind = "capture" if isinstance(watched, CapturedRequests) else "batch"
        return {
            "monitor": self.monitor_name,
            "namespace": NAMESPACE,
            "hours": hours,
            "bucket": self._workspace.data_bucket.bucket_name,
            "prefix": self._prefix,
            "source": {"kind": kind, "bucket": watched.bucket.bucket_name, "prefix": watched.prefix},
            "plan": {
                "source": kind,
                "features": [*feature_names],
                "minimum_rows": minimum_rows,
                "kinds": kinds_plan(kinds),
            },
        }
