"""Answers requests as a container with AWS's sagemaker-inference does, without its model server, which needs Java.

Runs in the environment of the toolkit. Takes a model's folder, and requests as JSON: body, content type and accepted
type. Prints for each the status, the type and the body of the answer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


class Context:
    """What the model server tells the toolkit about a request, and the toolkit the server about its answer."""

    def __init__(self, folder: str, headers: dict[str, str]) -> None:
        self.system_properties = {"model_dir": folder}
        self.request_processor = [self]
        self.status, self.content_type = 200, ""
        self._headers = headers

    def get_request_properties(self) -> dict[str, str]:
        return self._headers

    def set_response_status(self, code: int, phrase: str) -> None:
        assert "\n" not in phrase
        self.status = code

    def set_response_content_type(self, _number: int, content_type: str) -> None:
        self.content_type = content_type


def main(folder: str, requests: list[list[str]]) -> list[list[Any]]:
    """Load the model once, and answer one request after the other."""
    # The model server starts its workers with the path that the toolkit's service sets.
    sys.path.insert(0, str(Path(folder) / "code"))
    from sagemaker_inference.default_handler_service import DefaultHandlerService

    service = DefaultHandlerService()
    service.initialize(Context(folder, {}))
    answers = []
    for body, content_type, accept in requests:
        context = Context(folder, {"Content-Type": content_type, "Accept": accept})
        (answer,) = service.handle([{"body": body.encode("latin-1")}], context)
        text = answer.decode("latin-1") if isinstance(answer, bytes) else answer
        answers.append([context.status, context.content_type, text])
    return answers


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.load(sys.stdin))))
