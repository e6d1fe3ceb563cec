"""The chat in a browser: signs in, streams, cites, and says what went wrong.

The page is the one that the function gives out, with its headers; what it asks is the chat's own handler, in front of a
knowledge base and a model that say what a test wants.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import CAN_BROWSE, Browser, SignIn, browsing

pytestmark = pytest.mark.skipif(not CAN_BROWSE, reason="NO CHROMIUM: the chat was NOT looked at")

ATTACK = "<img src=x onerror=\"document.title='attacked'\"><script>document.title='attacked'</script>"


class Model:
    """A knowledge base and a model.

    :ivar says: words of the next answer.
    :ivar stop: why it stops.
    :ivar fails: what it raises in the middle of its words.
    :ivar asked: conversations that it was given.
    :ivar go_on: set when it may say its last word.
    """

    def __init__(self) -> None:
        self.says = ["You have 30 days", " a year [1]."]
        self.stop = "end_turn"
        self.fails: Exception | None = None
        self.asked: list[Any] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def retrieve(self, **_: Any) -> dict[str, Any]:
        """What is found about everything."""
        place = {"type": "S3", "s3Location": {"uri": "s3://documents/leave.pdf"}}
        return {"retrievalResults": [{"content": {"text": f"Holidays. {ATTACK}"}, "location": place, "metadata": {}}]}

    def converse_stream(self, **asked: Any) -> dict[str, Any]:
        """An answer, word by word."""
        self.asked.append(asked)
        return {"stream": self._words()}

    def _words(self) -> Iterator[dict[str, Any]]:
        for index, word in enumerate(self.says):
            if index == len(self.says) - 1:
                self.go_on.wait(20)
            if index and self.fails is not None:
                raise self.fails
            yield {"contentBlockDelta": {"delta": {"text": word}}}
        yield {"messageStop": {"stopReason": self.stop}}


class Site(SignIn):
    """The page's API, the sign-in and the chat's API, all at one address.

    :ivar broken: end the chat's answers after so many events.
    :ivar status: answer the chat with this instead.
    """

    def __init__(self, page: Callable[..., Any], chat: Callable[..., Any]) -> None:
        super().__init__()
        self.broken: int | None = None
        self.status: int | None = None
        site = self

        class Requests(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                if url.path == "/oauth2/authorize":
                    self._send(302, {"Location": site.authorize(parse_qs(url.query))})
                else:
                    found = page({}, None)
                    self._send(found["statusCode"], found["headers"], found["body"])

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if self.path == "/oauth2/token":
                    status, text = site.exchange(parse_qs(body))
                    self._send(status, {"Content-Type": "application/json"}, text)
                elif self.headers.get("Authorization") not in site.tokens:
                    self._send(401, {}, "{}")
                elif site.status is not None:
                    self._send(site.status, {"Content-Type": "application/json"}, '{"message": "inside out"}')
                else:
                    self._stream(body)

            def _stream(self, body: str) -> None:
                parts = chat({"body": body}, type("Context", (), {"aws_request_id": "1"}))
                head = next(parts)
                self.send_response(head["statusCode"])
                for name, value in head["headers"].items():
                    self.send_header(name, value)
                self.end_headers()
                for index, part in enumerate(parts):
                    if index == site.broken:
                        return
                    self.wfile.write(part.encode())
                    self.wfile.flush()

            def _send(self, status: int, headers: dict[str, str], body: str = "") -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Requests are no news."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


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
def model() -> Model:
    """What answers."""
    return Model()


@pytest.fixture
def site(load: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch, model: Model) -> Iterator[Site]:
    """The page, and what is behind it."""
    variables = {"KNOWLEDGE_BASE": "kb", "RETRIEVAL": "{}", "MODEL": "m", "INSTRUCTIONS": "Help.", "MAX_TOKENS": "9"}
    for name, value in {**variables, "ORIGIN": "*", "NAMESPACE": "n", "ASSISTANT": "a"}.items():
        monkeypatch.setenv(name, value)
    chat = load("knowledge_assistant/chat")
    monkeypatch.setattr(chat, "knowledge", model)
    monkeypatch.setattr(chat, "runtime", model)
    # Both functions have a module of that name.
    del sys.modules["handler"]
    page = load("web_page")
    site = Site(page.handler, chat.handler)
    values = {"SIGN_IN": site.url, "CLIENT": "client-1", "API": f"{site.url}/ask", "SCOPE": "openid", "TITLE": "Help"}
    monkeypatch.setenv("PAGE", "chat.html")
    monkeypatch.setenv("CONNECT", f"{site.url} {site.url}/ask")
    monkeypatch.setenv("VALUES", json.dumps(values))
    yield site
    site.server.shutdown()


def arrive(browser: Browser, site: Site) -> None:
    """Visit the page, be sent to sign in, and come back."""
    browser.visit(site.url)
    browser.until("document.querySelector('#ask') && !document.querySelector('#ask').hidden")


def ask(browser: Browser, question: str) -> None:
    """Ask, and wait for the end of the answer."""
    begin(browser, question)
    browser.until("!document.querySelector('#send').disabled")


def begin(browser: Browser, question: str) -> None:
    """Ask."""
    browser.until("!document.querySelector('#send').disabled")
    browser.run(f"document.querySelector('#question').value = {json.dumps(question)}")
    browser.click("#send")


def test_who_is_invited_signs_in_and_nothing_of_it_stays(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    assert site.signed_in == 1
    assert browser.text("h1") == "Help"
    assert browser.run("return location.search") == ""
    assert browser.run("return [sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    assert browser.complaints() == []


def test_a_sign_in_that_was_not_asked_for_lets_nobody_in(browser: Browser, site: Site) -> None:
    site.wrong_state = True
    browser.visit(site.url)
    browser.until("document.querySelector('#message')?.textContent.includes('not asked for')")
    assert browser.run("return document.querySelector('#ask').hidden")
    assert site.signed_in == 0


def test_words_are_shown_while_others_are_still_to_come(browser: Browser, site: Site, model: Model) -> None:
    arrive(browser, site)
    model.go_on.clear()
    begin(browser, "How many holidays?")
    browser.until("document.querySelector('article.assistant .words')?.textContent === 'You have 30 days'")
    assert browser.run("return document.querySelector('#send').disabled")
    model.go_on.set()
    browser.until("document.querySelector('article.assistant .words').textContent.endsWith('a year [1].')")


def test_an_answer_shows_what_it_cites(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    ask(browser, "How many holidays?")
    assert browser.text("article.user") == "How many holidays?"
    assert browser.text("article.assistant summary") == "[1] leave.pdf"
    assert not browser.run("return document.querySelector('article.assistant details').open")
    browser.click(".mark")
    assert browser.run("return document.querySelector('article.assistant details').open")
    assert browser.complaints() == []


def test_what_documents_and_models_say_is_shown_and_not_run(browser: Browser, site: Site, model: Model) -> None:
    model.says = [ATTACK, " [1]"]
    arrive(browser, site)
    ask(browser, ATTACK)
    browser.click(".mark")
    assert browser.text("article.user") == ATTACK
    assert browser.text("article.assistant .words") == f"{ATTACK} [1]"
    assert browser.text("blockquote") == f"Holidays. {ATTACK}"
    assert browser.run("return document.querySelectorAll('#talk img, #talk script').length") == 0
    assert browser.run("return document.title") == "Help"
    assert browser.complaints() == []


def test_a_conversation_is_told_with_the_next_question_until_a_new_one_starts(
    browser: Browser, site: Site, model: Model
) -> None:
    arrive(browser, site)
    ask(browser, "First?")
    ask(browser, "Second?")
    assert [message["role"] for message in model.asked[1]["messages"]] == ["user", "assistant", "user"]
    assert model.asked[1]["messages"][0]["content"] == [{"text": "First?"}]
    browser.click("#fresh")
    assert browser.run("return document.querySelectorAll('#talk article').length") == 0
    ask(browser, "Third?")
    assert len(model.asked[2]["messages"]) == 1


def test_what_the_guardrail_stops_looks_different_and_is_not_told_again(
    browser: Browser, site: Site, model: Model
) -> None:
    model.says, model.stop = ["That is not", " for here."], "guardrail_intervened"
    arrive(browser, site)
    ask(browser, "How do I build a bomb?")
    assert browser.text("article.blocked .words") == "That is not for here."
    model.says, model.stop = ["Yes", "."], "end_turn"
    ask(browser, "And holidays?")
    assert len(model.asked[1]["messages"]) == 1


def test_an_error_is_said_in_words(browser: Browser, site: Site, model: Model) -> None:
    from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]

    model.fails = ReadTimeoutError(endpoint_url="somewhere")
    arrive(browser, site)
    ask(browser, "Why?")
    assert browser.text("article.failed .words") == (
        "The model took too long to answer. Ask again, or ask for less at once."
    )


def test_an_answer_that_breaks_off_says_so_and_keeps_what_was_said(browser: Browser, site: Site) -> None:
    site.broken = 2
    arrive(browser, site)
    ask(browser, "Why?")
    text = browser.text("article.failed .words")
    assert text.startswith("You have 30 days")
    assert text.endswith("The answer broke off. Ask again.")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "Too many questions. Ask again in a minute."),
        (403, "This question was refused."),
        (500, "Something went wrong. Your question was not answered."),
    ],
)
def test_what_the_api_refuses_is_said_without_its_words(browser: Browser, site: Site, status: int, words: str) -> None:
    site.status = status
    arrive(browser, site)
    ask(browser, "Why?")
    assert browser.text("article.failed .words") == words


def test_a_sign_in_that_is_over_starts_again(browser: Browser, site: Site) -> None:
    arrive(browser, site)
    site.tokens.clear()
    begin(browser, "Why?")
    browser.until("document.querySelectorAll('#talk article').length === 0")
    assert site.signed_in == 2
