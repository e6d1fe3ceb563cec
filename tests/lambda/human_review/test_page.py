"""The reviewers' page in a browser: signs in, lists, shows, decides, and says what went wrong.

The page is the one that the function gives out, with its headers; behind it is the function itself, over a table of
its own. Needs Chromium and its driver, as tests/docs/test_browser.py does.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import CAN_BROWSE, Browser, SignIn, browsing
from tests.conftest import ROOT

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ATTACK = "<img src=x onerror=\"document.title='attacked'\"><script>document.title='attacked'</script>"

pytestmark = pytest.mark.skipif(not CAN_BROWSE, reason="NO CHROMIUM: the review page was NOT looked at")

Opened = Callable[..., str]


class Site(SignIn):
    """An HTTP API in front of the function, and a Cognito that knows one user and asks for no password.

    :ivar failing: answer everything below ``/reviews`` with an error of the server.
    """

    def __init__(self, page: Callable[..., dict[str, Any]], handler: Callable[..., dict[str, Any]]) -> None:
        super().__init__()
        self.failing = False
        site = self

        class Requests(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET")

            def do_POST(self) -> None:
                self._answer("POST")

            def _answer(self, method: str) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if url.path == "/oauth2/authorize":
                    self._send(302, "", {"Location": site.authorize(parse_qs(url.query))})
                elif url.path == "/oauth2/token":
                    self._send(*site.exchange(parse_qs(body)), {"Content-Type": "application/json"})
                elif url.path == "/pixel.png":
                    self._send(200, PIXEL, {"Content-Type": "image/png"})
                elif url.path != "/" and self.headers.get("Authorization", "")[7:] not in site.tokens:
                    self._send(401, '{"message": "Unauthorized"}', {})
                elif url.path != "/" and site.failing:
                    self._send(500, '{"message": "Internal Server Error"}', {})
                else:
                    event = site.event(method, url.path, body)
                    found = (page if url.path == "/" else handler)(event, None)
                    self._send(found["statusCode"], found["body"], found["headers"])

            def _send(self, status: int, body: str | bytes, headers: dict[str, str]) -> None:
                data = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Requests are no news."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def event(self, method: str, path: str, body: str) -> dict[str, Any]:
        """The event that an HTTP API makes of a request."""
        _, *parts = path.strip("/").split("/")
        return {
            "routeKey": f"{method} /reviews/{{id}}" if parts else f"{method} {path}",
            "pathParameters": {"id": parts[0]} if parts else {},
            "requestContext": {"authorizer": {"jwt": {"claims": {"username": "ada"}}}},
            "body": body,
            "isBase64Encoded": False,
        }


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    """One browser for all tests: what one of them leaves belongs to a site that the next one does not visit."""
    with browsing() as browser:
        yield browser


@pytest.fixture
def browser(running: Browser) -> Browser:
    """A browser without complaints."""
    running.visit("about:blank")
    running.complaints()
    return running


@pytest.fixture
def site(answer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page, and what is behind it."""
    path = ROOT / "lambda" / "web_page" / "handler.py"
    spec = importlib.util.spec_from_file_location("web_page_handler", path)
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    site = Site(page.handler, answer.handler)
    values = {"SIGN_IN": site.url, "CLIENT": "client-1", "SCOPE": "openid"}
    for name, value in {"PAGE": "reviews.html", "CONNECT": f"{site.url} 'self'", "IMAGES": site.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VALUES", json.dumps(values))
    yield site
    site.server.shutdown()


def listed(browser: Browser) -> list[str]:
    """Ids of the reviews on the list."""
    found: list[str] = browser.run("return [...document.querySelectorAll('#list button')].map((b) => b.dataset.review)")
    return found


def arrive(browser: Browser, site: Site) -> None:
    """Visit the page, be sent to sign in and come back to the list."""
    browser.visit(site.url)
    browser.until("!document.querySelector('#waiting')?.hidden && !document.querySelector('#again').disabled")


def look_at(browser: Browser, id: str) -> None:
    browser.click(f'[data-review="{id}"]')
    browser.until("!document.querySelector('#review').hidden")


def choose(browser: Browser, label: str) -> None:
    browser.click(f'input[value="{label}"]')
    browser.click("#send")


def test_a_reviewer_signs_in_and_finds_what_waits(browser: Browser, site: Site, opened: Opened) -> None:
    sooner, later = opened("1", timeoutSeconds=600), opened("2", title="Later?")
    arrive(browser, site)
    assert site.signed_in == 1
    assert listed(browser) == [sooner, later]
    assert browser.run("return location.search") == "", "the code does not stay in the address"
    assert browser.run("return [sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    assert browser.complaints() == []


def test_nothing_to_do_is_said(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    assert browser.text("#none") == "Nothing waits for you."


def test_an_answer_reaches_the_state_machine_and_the_review_leaves_the_list(
    browser: Browser, site: Site, opened: Opened, states: Any
) -> None:
    id = opened(text="My roof leaks.")
    arrive(browser, site)
    look_at(browser, id)
    assert browser.text("#title") == "Is this a claim?"
    assert browser.text("#text") == "My roof leaks."
    browser.run("document.querySelector('#comment').value = 'it rains'")
    choose(browser, "no claim")
    browser.until("document.querySelector('#message').textContent")
    assert browser.text("#message") == "Thank you: decided as no claim."
    assert listed(browser) == []
    ((token, output),) = states.told
    assert (token, json.loads(output)["label"], json.loads(output)["comment"]) == ("token-1", "no claim", "it rains")
    assert browser.complaints() == []


def test_without_a_choice_nothing_is_sent(browser: Browser, site: Site, opened: Opened, states: Any) -> None:
    id = opened()
    arrive(browser, site)
    look_at(browser, id)
    browser.click("#send")
    browser.until("document.querySelector('#message').textContent")
    assert browser.text("#message") == "Choose an answer first."
    assert states.told == []


def test_what_somebody_else_decided_is_told_and_leaves_the_list(
    browser: Browser, site: Site, opened: Opened, states: Any, call: Callable[..., dict[str, Any]]
) -> None:
    id = opened()
    arrive(browser, site)
    look_at(browser, id)
    call("POST /reviews/{id}", id, body='{"label": "claim"}', username="grace")
    choose(browser, "no claim")
    browser.until("document.querySelector('#message').textContent")
    assert browser.text("#message") == "Another answer was first: claim. Yours was not kept."
    assert listed(browser) == []
    assert len(states.told) == 1


def test_a_failure_is_told_and_the_answer_is_still_there(
    browser: Browser, site: Site, opened: Opened, states: Any
) -> None:
    id = opened()
    arrive(browser, site)
    look_at(browser, id)
    browser.run("document.querySelector('#comment').value = 'it rains'")
    site.failing = True
    choose(browser, "claim")
    browser.until("document.querySelector('#message').textContent")
    assert browser.text("#message") == "Something went wrong, and your answer was not kept. Try again."
    assert browser.run("return document.querySelector('#comment').value") == "it rains"
    site.failing = False
    browser.click("#send")
    browser.until("document.querySelector('#message').textContent.startsWith('Thank you')")
    assert len(states.told) == 1


def test_what_others_wrote_is_shown_and_not_run(browser: Browser, site: Site, opened: Opened) -> None:
    id = opened(title=ATTACK, text=ATTACK, labels=[ATTACK, "harmless"])
    arrive(browser, site)
    look_at(browser, id)
    assert browser.text("#title") == ATTACK
    assert browser.text("#text") == ATTACK
    assert ATTACK in browser.text("#labels")
    assert (
        browser.run("return document.querySelectorAll('#list img, #review script, #text *, #labels img').length") == 0
    )
    assert browser.run("return document.title") == "Reviews"
    assert browser.complaints() == []


def test_what_would_get_into_the_page_all_the_same_may_not_run(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    browser.run(f"document.querySelector('#list').innerHTML = {json.dumps(ATTACK)}")
    browser.until("document.querySelector('#list img').complete")
    assert browser.run("return document.title") == "Reviews"
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


def test_an_image_is_shown(
    browser: Browser, site: Site, opened: Opened, answer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = {"url": f"{site.url}/pixel.png", "kind": "image/png"}
    monkeypatch.setattr(answer, "_link", lambda _: link)
    id = opened(document="intake/1.png")
    arrive(browser, site)
    look_at(browser, id)
    browser.until("document.querySelector('#picture').naturalWidth === 1")
    assert browser.run("return document.querySelector('#paper').hidden") is True
    assert browser.complaints() == []


def test_a_paper_is_a_link_that_tells_nobody_where_it_was(
    browser: Browser, site: Site, opened: Opened, answer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "_link", lambda _: {"url": "https://documents.test/1.pdf", "kind": "application/pdf"})
    id = opened(document="intake/1.pdf")
    arrive(browser, site)
    look_at(browser, id)
    link = "document.querySelector('#link')"
    assert browser.run(f"return [{link}.href, {link}.rel]") == ["https://documents.test/1.pdf", "noopener noreferrer"]
    assert browser.run("return document.querySelector('#picture').hidden") is True


def test_a_link_that_is_a_script_is_not_followed(
    browser: Browser, site: Site, opened: Opened, answer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "_link", lambda _: {"url": "javascript:alert(1)", "kind": "application/pdf"})
    id = opened(document="intake/1.pdf")
    arrive(browser, site)
    look_at(browser, id)
    assert browser.run("return document.querySelector('#paper').hidden") is True
    assert browser.run("return document.querySelector('#link').href") == ""


def test_whoever_is_signed_out_signs_in_again(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    site.tokens.clear()
    browser.click("#again")
    for _ in range(200):
        if site.signed_in == 2:
            break
        time.sleep(0.05)
    browser.until("!document.querySelector('#waiting')?.hidden && !document.querySelector('#again').disabled")
    assert site.signed_in == 2


def test_an_answer_to_somebody_elses_sign_in_is_refused(browser: Browser, site: Site) -> None:
    site.wrong_state = True
    browser.visit(site.url)
    browser.until("document.querySelector('#message')?.textContent")
    assert browser.text("#message") == "Signing in failed: this answer was not asked for."
    assert site.signed_in == 0


def test_a_long_word_does_not_make_the_page_wider_than_the_window(browser: Browser, site: Site, opened: Opened) -> None:
    id = opened(text="x" * 2_000, title="y" * 40)
    arrive(browser, site)
    look_at(browser, id)
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
