"""What an agent talks to, at one loopback address: a model that says what a test tells it to, tools, and a memory.

The model answers as ConverseStream does, in AWS's event stream encoding; the tools speak MCP over HTTP.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
import threading
from binascii import crc32
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Turn = list[dict[str, Any]]
THROTTLED = "ThrottlingException"


def says(text: str) -> Turn:
    """The model answers."""
    return [{"text": text}]


def calls(tool: str, **arguments: Any) -> Turn:
    """The model wants a tool to be called."""
    return [{"toolUse": {"toolUseId": f"call-{tool}", "name": tool, "input": arguments}}]


class Services(ThreadingHTTPServer):
    """A model, tools and a memory.

    :ivar turns: what the model says next, turn by turn, or the error that it fails with; the last is said for ever.
    :ivar prompts: what it was asked.
    :ivar results: what each tool says; an exception's text is its error.
    :ivar called: which tools were called, and with what.
    :ivar events: what the memory holds, the newest last.
    :ivar forgetful: the memory answers nothing but errors.
    :ivar signed: the signatures that the tools saw.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.turns: list[Turn | str] = [says("Hello.")]
        self.prompts: list[dict[str, Any]] = []
        self.results: Mapping[str, str | Exception] = {}
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []
        self.forgetful = False
        self.signed: list[str] = []

    def __enter__(self) -> Services:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An agent that is ended leaves its connections open."""

    def said(self) -> Turn | str:
        """What the model says next."""
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


class _Handler(BaseHTTPRequestHandler):
    server: Services
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._reply(405, b"")

    def do_DELETE(self) -> None:
        self._reply(200, b"")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/mcp":
            self.server.signed.append(self.headers.get("Authorization", ""))
            self._mcp(body)
        elif self.path.endswith("/converse-stream"):
            self.server.prompts.append(body)
            self._model(self.server.said())
        elif self.server.forgetful:
            self._json(500, {"message": "out of order"})
        elif self.path.endswith("/events"):
            self.server.events.append(body)
            self._json(201, {"event": {}})
        else:
            self._json(200, {"events": self.server.events[::-1]})

    def log_message(self, *_: object) -> None:
        """Requests are no news."""

    def _mcp(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self._reply(202, b"")
            return
        match message["method"]:
            case "initialize":
                version = message["params"]["protocolVersion"]
                info = {"name": "gateway", "version": "1"}
                result: Any = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
            case "tools/list":
                schema = {"type": "object", "properties": {"order": {"type": "string"}, "amount": {"type": "integer"}}}
                names = self.server.results
                result = {"tools": [{"name": name, "description": name, "inputSchema": schema} for name in names]}
            case "tools/call":
                name, arguments = message["params"]["name"], message["params"].get("arguments", {})
                self.server.called.append((name, arguments))
                said = self.server.results[name]
                content = [{"type": "text", "text": str(said)}]
                result = {"content": content, "isError": isinstance(said, Exception)}
            case method:
                error = {"code": -32601, "message": f"{method} is not there"}
                self._json(200, {"jsonrpc": "2.0", "id": message["id"], "error": error})
                return
        self._json(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _model(self, turn: Turn | str) -> None:
        if isinstance(turn, str):
            self.send_response(429 if turn == THROTTLED else 500)
            self.send_header("x-amzn-errortype", turn)
            self._end(json.dumps({"message": turn}).encode(), "application/json")
            return
        events = b"".join(_event(name, body) for name, body in _stream(turn))
        self._reply(200, events, "application/vnd.amazon.eventstream")

    def _json(self, status: int, body: Any) -> None:
        self._reply(status, json.dumps(body).encode())

    def _reply(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self._end(body, kind)

    def _end(self, body: bytes, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _stream(turn: Turn) -> Iterator[tuple[str, Any]]:
    yield "messageStart", {"role": "assistant"}
    stop = "end_turn"
    for index, block in enumerate(turn):
        if use := block.get("toolUse"):
            stop = "tool_use"
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
            delta: Any = {"toolUse": {"input": json.dumps(use["input"])}}
        elif block.get("intervened"):
            stop = "guardrail_intervened"
            delta = {"text": block["intervened"]}
        else:
            delta = {"text": block["text"]}
        yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": index}
    yield "messageStop", {"stopReason": stop}
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    yield "metadata", {"usage": usage, "metrics": {"latencyMs": 1}}


def _event(name: str, body: Any) -> bytes:
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    head = b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for key, value in headers.items()
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack("!II", len(head) + len(payload) + 16, len(head))
    message = prelude + struct.pack("!I", crc32(prelude)) + head + payload
    return message + struct.pack("!I", crc32(message))
