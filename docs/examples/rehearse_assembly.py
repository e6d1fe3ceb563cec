"""Rehearses an update of a stack that changes the size of a volume, and says what would happen."""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

from cdk_ml.assembly import Assembly, read
from cdk_ml.rehearsal import rehearse


def notebooks(volume_gib: int) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(outdir=tempfile.mkdtemp()), "Notebooks")
    sagemaker.CfnNotebookInstance(
        stack,
        "Notebook",
        instance_type="ml.t3.medium",
        role_arn="arn:aws:iam::111111111111:role/notebook",
        volume_size_in_gb=volume_gib,
    )
    return stack


def synthesized(stack: cdk.Stack) -> Assembly:
    return read(Path(cdk.Stage.of(stack).synth().directory))


stack = notebooks(50)
rehearsal = rehearse(synthesized(stack), before=synthesized(notebooks(5)), fail=True, destroy=True)
for outcome in rehearsal.outcomes:
    for event in outcome.events:
        print(f"{outcome.mode}: {event.action} {event.logical_id} {event.note}".rstrip())
    for finding in outcome.findings:
        print(f"{finding.severity}: {finding.path}: {finding.message}")
print("passed" if rehearsal.passed else "failed")
