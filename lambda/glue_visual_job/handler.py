"""Keeps a job of Glue with the graph that Glue Studio draws, which CloudFormation has no property for.

https://docs.aws.amazon.com/glue/latest/dg/visual-job-api-chapter.html
"""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]


class RefusedError(Exception):
    """The name is somebody else's. It is not tried again."""


def handler(request: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look which job there is, and make, change or delete it."""
    properties = request["ResourceProperties"]
    name = properties["Name"]
    # A step that is taken again, or the end of a stack that failed, knows by it whose job it finds.
    mark = f"{request['LogicalResourceId']} of {request['StackId']}"
    glue = boto3.client("glue")
    found = described(glue, name)
    ours = request.get("PhysicalResourceId") == name or (found is not None and found == mark)
    if request["RequestType"] == "Delete":
        if ours:
            delete(glue, name, json.loads(properties["Definition"])["Command"]["ScriptLocation"])
        return {"done": True}
    if found is not None and not ours:
        raise RefusedError(f"There is a job called {name}, and this stack did not make it: delete or rename that one")
    definition = {**json.loads(properties["Definition"]), "Description": mark, "JobMode": "VISUAL"}
    tags = json.loads(properties["Tags"])
    if found is None:
        glue.create_job(Name=name, Tags=tags, **definition)
    else:
        # What is left out is reset: an update is a whole definition.
        glue.update_job(JobName=name, JobUpdate=definition)
        glue.tag_resource(ResourceArn=properties["Arn"], TagsToAdd=tags)
    # Of another name it is another resource: CloudFormation then deletes the job of before, at the end.
    return {"done": True, "physical_id": name}


def described(glue: Any, name: str) -> str | None:
    """The description of a job; none where there is no job."""
    try:
        found = glue.get_job(JobName=name)
    except glue.exceptions.EntityNotFoundException:
        return None
    return str(found["Job"].get("Description", ""))


def delete(glue: Any, name: str, script: str) -> None:
    """Delete the job, and the script that Glue wrote for it. Neither has to be there."""
    glue.delete_job(JobName=name)
    bucket, _, key = script.removeprefix("s3://").partition("/")
    boto3.client("s3").delete_object(Bucket=bucket, Key=key)
