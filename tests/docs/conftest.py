"""The site, built once for all tests and all workers, as ``make docs`` builds it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import ROOT

# What a browser fetches by itself when it shows a page.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "use": "href"}
_NOT_FETCHED = {"canonical", "next", "prev", "alternate"}


class Page(HTMLParser):
    """What matters of one page.

    :ivar links: addresses that a reader can follow.
    :ivar loaded: addresses that the browser fetches.
    :ivar anchors: where links can lead to.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.text = ""
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in _LOADED and values.get("rel") not in _NOT_FETCHED and _LOADED[tag] in values:
            self.loaded.append(values[_LOADED[tag]])

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass(frozen=True)
class Site:
    """:ivar folder: where it was built."""

    folder: Path

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page by its path."""
        files = sorted(self.folder.rglob("*.html"))
        return {str(file.relative_to(self.folder)): Page(file) for file in files}

    def page(self, path: str) -> Page:
        """One page."""
        return self.pages[path]


BUILT = "CDK_ML_SITE"
"""Environment variable with the folder of a site that ``make docs`` has just built."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    if BUILT in os.environ:
        return Site(Path(os.environ[BUILT]))
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise AssertionError(f"mkdocs build --strict failed:\n{done.stdout}{done.stderr}")
    return Site(folder)
