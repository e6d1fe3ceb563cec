"""AWS's event streams, as services write them.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any


def frame(content: bytes, **headers: str) -> bytes:
    """A message of AWS's event stream."""
    named = [(f":{name.replace('_', '-')}".encode(), value.encode()) for name, value in headers.items()]
    encoded = b"".join(
        bytes([len(name)]) + name + b"\x07" + struct.pack("!H", len(value)) + value for name, value in named
    )
    prelude = struct.pack("!II", 16 + len(encoded) + len(content), len(encoded))
    whole = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + content
    return whole + struct.pack("!I", zlib.crc32(whole))


def event(name: str, **data: Any) -> bytes:
    """An event of a stream whose events are JSON."""
    content = json.dumps(data).encode()
    return frame(content, message_type="event", event_type=name, content_type="application/json")


def failure(name: str, message: str) -> bytes:
    """An error in the middle of a stream."""
    content = json.dumps({"message": message}).encode()
    return frame(content, message_type="exception", exception_type=name, content_type="application/json")
