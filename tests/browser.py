"""A headless Chromium that tests drive, and a Cognito that asks nobody for a password.

Needs Chromium and its driver; tests that find none say that nobody looked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_DRIVER = shutil.which("chromedriver")

CAN_BROWSE = bool(_CHROMIUM and _DRIVER)
"""Whether there is a browser to drive."""


class SignIn:
    """A Cognito that knows one user.

    :ivar wrong_state: come back from signing in with a state that was not asked for.
    :ivar signed_in: how often somebody has signed in.
    :ivar tokens: access tokens that were given out.
    """

    def __init__(self) -> None:
        self.wrong_state = False
        self.signed_in = 0
        self.tokens: set[str] = set()
        self._challenge = ""

    def authorize(self, asked: dict[str, list[str]]) -> str:
        """Where Cognito sends somebody who has signed in."""
        assert asked["response_type"] == ["code"]
        assert asked["client_id"] == ["client-1"]
        assert asked["code_challenge_method"] == ["S256"]
        self._challenge = asked["code_challenge"][0]
        state = "forged" if self.wrong_state else asked["state"][0]
        return f"{asked['redirect_uri'][0]}?{urlencode({'code': 'code-1', 'state': state})}"

    def exchange(self, given: dict[str, list[str]]) -> tuple[int, str]:
        """A token, for whoever asked for the code."""
        digest = hashlib.sha256(given["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != self._challenge or given["code"] != ["code-1"]:
            return 400, '{"error": "invalid_grant"}'
        self.signed_in += 1
        self.tokens.add(f"access-{self.signed_in}")
        return 200, json.dumps({"access_token": f"access-{self.signed_in}"})


class Browser:
    """A headless Chromium, by the protocol of its driver: https://www.w3.org/TR/webdriver2/"""

    def __init__(self, driver: str) -> None:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server"]
        arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        options = {
            "goog:chromeOptions": {"binary": _CHROMIUM, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        self._driver = driver
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self._session = f"/session/{made['sessionId']}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._driver + path, data=data, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read())["value"]

    def visit(self, url: str) -> None:
        """Go to a page."""
        self._call("POST", f"{self._session}/url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script on the page returns."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def complaints(self) -> list[str]:
        """What the console says went wrong since it was asked last."""
        found = self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        return [line["message"] for line in found if line["level"] == "SEVERE"]

    def until(self, condition: str) -> None:
        """Wait until a condition on the page is true."""
        for _ in range(200):
            if self.run(f"return Boolean({condition})"):
                return
            time.sleep(0.05)
        pytest.fail(f"never: {condition}\n{self.run('return document.body.innerText')}\n{self.complaints()}")

    def click(self, selector: str) -> None:
        """Click on an element, once it can be."""
        element = f"document.querySelector({selector!r})"
        self.until(f"{element} && !{element}.disabled")
        self.run(f"{element}.click()")

    def text(self, selector: str) -> str:
        """The text of an element."""
        return str(self.run(f"return document.querySelector({selector!r}).innerText"))

    def quit(self) -> None:
        """End it."""
        self._call("DELETE", self._session)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start a browser, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with (
            log.open("w") as output,
            subprocess.Popen([str(_DRIVER), "--port=0"], stdout=output, stderr=subprocess.STDOUT) as process,
        ):
            for _ in range(200):
                told = log.read_text()
                if "started successfully on port " in told:
                    break
                time.sleep(0.05)
            port = told.rpartition("started successfully on port ")[2].split(".")[0].strip()
            browser = Browser(f"http://127.0.0.1:{port}")
            yield browser
            browser.quit()
            process.kill()
