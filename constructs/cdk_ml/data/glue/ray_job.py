"""Glue for Ray, which closed to new customers: its name says what does its job.

https://docs.aws.amazon.com/glue/latest/dg/ray-jobs-section.html
"""

from __future__ import annotations

from cdk_ml.lifecycle import EndedService


class RayJob(EndedService):
    """A job of AWS Glue for Ray, which is closed to new customers: making one raises, and names what does its job.

    See https://docs.aws.amazon.com/glue/latest/dg/ray-jobs-section.html
    """

    key = "glue-for-ray"
    successor = "cdk_ml.data.SparkJob, or Ray on Amazon EKS"
