"""The caller of the guide signs what it sends, and shows what the gateway has against it."""

from __future__ import annotations

import json
import re
import runpy
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.conftest import ROOT

SPENT = {"error": {"code": "quota-spent", "message": "The team claims has used its 800.00 USD.", "request": "1"}}


class Gateway(HTTPServer):
    """Answers what the gateway would.

    :ivar asked: headers and body of each request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[Any, Any]] = []
        self.spent = False


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.server.asked.append((self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(429 if self.server.spent else 200)
        self.send_header("Retry-After", "60")
        self.end_headers()
        self.wfile.write(json.dumps(SPENT if self.server.spent else {"stopReason": "end_turn"}).encode())

    def log_message(self, format: str, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def ask(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    for name, value in {
        "ACCESS_KEY_ID": "AKIDEXAMPLE",
        "SECRET_ACCESS_KEY": "none",
        "DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    function = runpy.run_path(str(ROOT / "docs/examples/gateway/ask.py"))["ask"]
    return lambda question: function(
        f"http://127.0.0.1:{gateway.server_port}/live/converse", "amazon.nova-lite-v1:0", question
    )


def test_a_question_is_signed_for_the_api(gateway: Gateway, ask: Callable[[str], Any]) -> None:
    assert ask("Hello") == {"stopReason": "end_turn"}
    ((headers, body),) = gateway.asked
    assert re.match(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request,", headers["Authorization"]
    )
    assert body == {
        "model": "amazon.nova-lite-v1:0",
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
    }


def test_a_refusal_is_shown(gateway: Gateway, ask: Callable[[str], Any]) -> None:
    gateway.spent = True
    assert ask("Hello") == {"status": 429, "retry_after": "60", **SPENT}


def test_the_settings_that_the_guide_shows_are_json_with_the_names_of_the_stacks_outputs() -> None:
    guide = (ROOT / "docs/guide/gateway.md").read_text()
    shown = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)]
    assert len(shown) == 2
    outputs = (ROOT / "stacks/coding_assistant.py").read_text()
    named = {word for block in shown for word in re.findall(r"\b[A-Z]{8,}\b", json.dumps(block))}
    assert named == {"MODELARN", "GUARDRAILID", "GUARDRAILVERSION", "TOOLSURL"}
    assert named <= {name.upper() for name in re.findall(r'"(\w+)":', outputs)}
