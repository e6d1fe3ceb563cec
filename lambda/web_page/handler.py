"""Gives out one of the pages beside it, with a policy that lets a browser run what is in the page and nothing else.

Behind an HTTP API. Environment: PAGE, the file; VALUES, a JSON object of what stands for ``@NAME@`` in it; CONNECT, the
addresses that the page may call; IMAGES, the address that it may load images from, if there is one.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from pathlib import Path
from typing import Any


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The page, the same for everybody."""
    text = _file(os.environ["PAGE"]).replace("/* sign_in.js */", _file("sign_in.js"))
    policy = [
        "default-src 'none'",
        f"script-src {_hashes(text, 'script')}",
        f"style-src {_hashes(text, 'style')}",
        f"connect-src {os.environ['CONNECT']}",
        # The empty icon of the page is data.
        f"img-src data: {os.environ.get('IMAGES', '')}".strip(),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    for name, value in json.loads(os.environ["VALUES"]).items():
        text = text.replace(f"@{name}@", html.escape(value))
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "; ".join(policy),
            "Referrer-Policy": "no-referrer",
            "Strict-Transport-Security": "max-age=63072000",
            "X-Content-Type-Options": "nosniff",
        },
        "body": text,
    }


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hashes(text: str, element: str) -> str:
    """What a browser may run or apply: exactly what is in the page."""
    parts = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
