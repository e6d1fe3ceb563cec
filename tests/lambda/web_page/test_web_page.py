"""Pages are given out with what they hold, and with a policy that lets a browser run nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.runtime import Runtime

PAGES = sorted(path.name for path in (ROOT / "lambda" / "web_page").glob("*.html"))
SIGN_IN = "https://users.auth.eu-central-1.amazoncognito.com"
VALUES = {
    "SIGN_IN": SIGN_IN,
    "CLIENT": "client-1",
    "SCOPE": "openid",
    "API": "https://api.example.com/ask",
    "TITLE": "A",
}

Page = Callable[..., dict[str, Any]]


@pytest.fixture
def page(load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> Page:
    """What the function gives out."""

    def give(name: str, **variables: str) -> dict[str, Any]:
        given = {"PAGE": name, "CONNECT": f"{SIGN_IN} 'self'", "VALUES": json.dumps(VALUES), **variables}
        for key, value in given.items():
            monkeypatch.setenv(key, value)
        answer: dict[str, Any] = load("web_page").handler({}, None)
        return answer

    return give


@pytest.mark.parametrize("name", PAGES)
def test_a_page_may_run_and_load_only_what_it_holds(page: Page, name: str) -> None:
    answer = page(name)
    headers, text = answer["headers"], answer["body"]
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (source,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert policy[directive] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == f"{SIGN_IN} 'self'"
    assert policy["img-src"] == "data:"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert re.findall(r"@[A-Z_]+@", text) == []


def test_a_page_may_load_images_from_where_it_is_told(page: Page) -> None:
    policy = page("reviews.html", IMAGES="https://documents.s3.eu-central-1.amazonaws.com")["headers"]
    assert "img-src data: https://documents.s3.eu-central-1.amazonaws.com;" in policy["Content-Security-Policy"]


@pytest.mark.parametrize("name", PAGES)
def test_what_is_put_into_a_page_is_escaped(page: Page, name: str) -> None:
    attack = '"><script>alert(1)</script>'
    text = page(name, VALUES=json.dumps({**VALUES, "CLIENT": attack, "TITLE": attack}))["body"]
    assert "<script>alert(1)" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_a_page_is_given_out_under_lambdas_own_runtime(runtime: Runtime) -> None:
    variables = {"PAGE": "reviews.html", "CONNECT": SIGN_IN, "VALUES": json.dumps(VALUES)}
    ((kind, answer),) = runtime.run("web_page", {}, **variables)
    assert (kind, answer["statusCode"]) == ("response", 200)
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
