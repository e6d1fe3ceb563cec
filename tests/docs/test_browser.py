"""The built site in a browser: every page loads without an error, search finds things, diagrams can be read.

Needs Chromium, which not every machine has: where there is none, the tests are skipped and say so. What can be told
without a browser is in test_site.py and runs everywhere.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.facts import lifecycle
from stacks import reference_stacks
from tests.docs.conftest import Site
from tests.proofs.subjects import constructs

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--window-size=1280,1600",
)
TOUR = Path(__file__).parent / "tour.html"
SMALLEST_LETTERS = 8.5

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the docs site was NOT looked at in a browser")


def browse(address: str, profile: Path, milliseconds: int) -> str:
    """The document as it is after a while, once it is sure that nothing complained on the console."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", f"--virtual-time-budget={milliseconds}"]
    done = subprocess.run([*command, "--dump-dom", address], capture_output=True, text=True, check=True, timeout=120)
    complaints = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert complaints == []
    return done.stdout


class Handler(SimpleHTTPRequestHandler):
    """The site, and beside it the tour with its list of pages."""

    def do_GET(self) -> None:
        folder = Path(self.directory)
        pages = [f"/{file.relative_to(folder)}" for file in sorted(folder.rglob("*.html"))]
        own = {"/tour.html": ("text/html", TOUR.read_text()), "/pages.json": ("application/json", json.dumps(pages))}
        if self.path not in own:
            super().do_GET()
            return
        kind, text = own[self.path]
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Requests are no news."""


@pytest.fixture(scope="module")
def tour(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site.folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    document = browse(f"http://127.0.0.1:{server.server_port}/tour.html", tmp_path_factory.mktemp("tour"), 120_000)
    server.shutdown()
    found = re.search(r"<pre>(.*?)</pre>", document, re.DOTALL)
    assert found, "the tour came to its end"
    result: dict[str, Any] = json.loads(html.unescape(found[1]))
    return result


def test_every_page_loads_with_a_title_and_no_wider_than_the_window(site: Site, tour: dict[str, Any]) -> None:
    assert tour["seen"].keys() == {f"/{name}" for name in site.pages}
    for name, page in tour["seen"].items():
        assert page["title"].strip(), name
        assert page["overflow"] <= 0, name


def test_the_diagram_of_every_stack_can_be_read_at_1280_pixels(tour: dict[str, Any]) -> None:
    for name in reference_stacks():
        (diagram,) = tour["seen"][f"/stacks/{name}.html"]["diagrams"]
        assert diagram["letters"] >= SMALLEST_LETTERS, f"{name}: {diagram}"
        assert diagram["width"] <= diagram["room"] + 1, f"{name}: {diagram}"
        assert diagram["outside"] == [], f"{name}: text is wider than its box"


def test_the_coverage_table_filters_and_sorts(tour: dict[str, Any]) -> None:
    coverage = tour["coverage"]
    assert coverage["all"] == len(lifecycle.entries())
    assert "Real-Time Inference" in coverage["filtered"]
    assert len(coverage["filtered"]) < 10
    assert coverage["sorted"][0] in {lifecycle.entry(key).title for key in lifecycle._entries()}
    assert "AI Services (API-Driven)" not in coverage["sorted"], "rows without a construct come last"


@pytest.mark.parametrize("word", [sorted(constructs())[-1], "NeuronInference", "ML-ImagePinned"])
def test_search_finds_it_in_a_site_that_is_opened_as_a_file(site: Site, tmp_path: Path, word: str) -> None:
    document = browse(f"{(site.folder / 'index.html').as_uri()}?q={word}", tmp_path, 8_000)
    results = re.findall(r'<a href="([^"]+)" class="md-search-result__link"', document)
    assert any(word.lower() in result.lower() for result in results), results


def test_a_complaint_on_the_console_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>throw new Error('the script is broken')</script>")
    with pytest.raises(AssertionError, match="the script is broken"):
        browse(page.as_uri(), tmp_path / "profile", 1_000)
