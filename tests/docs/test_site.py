"""The built site, without a browser: nothing is broken, nothing comes from elsewhere, nothing is forgotten."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from tools.docs.inventory import Inventory

from cdk_ml.checks import ml
from stacks import reference_stacks
from tests.docs.conftest import Page, Site
from tests.proofs.subjects import constructs

_STYLE_URL = re.compile(r"url\(\s*['\"]?(?!data:|#)([^)'\"]+)|@import\s+['\"]([^'\"]+)")


def broken(site: Site, page: Page, address: str) -> bool:
    """Whether a link of a page leads nowhere on the site."""
    parts = urlsplit(address)
    if address == "javascript:void(0)":  # the theme's own buttons
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme not in ("https", "mailto")
    target = (page.file.parent / unquote(parts.path)).resolve() if parts.path else page.file
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return True
    if not parts.fragment or target.suffix != ".html" or parts.fragment.startswith("__"):
        return False
    path = str(target.relative_to(site.folder.resolve()))
    return unquote(parts.fragment) not in site.page(path).anchors


def test_no_link_and_no_anchor_is_broken(site: Site) -> None:
    # 404.html is shown at any address, so its links start from the root.
    pages = {name: page for name, page in site.pages.items() if name != "404.html"}
    assert [(name, link) for name, page in pages.items() for link in page.links if broken(site, page, link)] == []


def test_a_broken_link_would_be_noticed(site: Site) -> None:
    page = site.page("index.html")
    for address in ("nowhere.html", "index.html#nowhere", "stacks/nowhere/", "#nowhere", "http://example.com"):
        assert broken(site, page, address), address
    for address in ("index.html", "coverage.html#rekognition", "https://aws.amazon.com", "stacks/index.html"):
        assert not broken(site, page, address), address


def test_a_page_loads_nothing_from_elsewhere_and_everything_it_loads_is_there(site: Site) -> None:
    for name, page in site.pages.items():
        assert page.loaded, name
        for address in page.loaded:
            parts = urlsplit(address)
            assert not parts.scheme or parts.scheme == "data", f"{name} loads {address}"
            assert not parts.netloc, f"{name} loads {address}"
            path = parts.path.removeprefix("/") if name == "404.html" else str(PurePosixPath(name).parent / parts.path)
            assert parts.scheme or (site.folder / path).resolve().is_file(), f"{name} loads {address}"


def test_a_style_loads_nothing_from_elsewhere(site: Site) -> None:
    for file in site.folder.rglob("*.css"):
        addresses = [first or second for first, second in _STYLE_URL.findall(file.read_text(encoding="utf-8"))]
        assert [address for address in addresses if "//" in address] == [], file.name


def test_every_construct_of_the_proofs_has_a_page(site: Site) -> None:
    documented = {name: member.page for name, member in Inventory().constructs.items()}
    assert set(documented) == set(constructs())
    for name, path in documented.items():
        text = site.page(path.replace(".md", ".html")).text
        for expected in ("Idle cost:", "Parameters", "What the example creates", "Compliance", f"import {name}"):
            assert expected in text, f"{name}: {expected}"


def test_a_construct_page_says_what_a_parameter_is_and_what_it_defaults_to(site: Site) -> None:
    text = " ".join(site.page("reference/sagemaker/RealTimeEndpoint.html").text.split())
    assert "alarms EndpointAlarms EndpointAlarms() when the endpoint is unwell." in text
    assert "update AllAtOnce | Canary | Linear | Rolling | None None how changes take over the traffic" in text
    assert "grant_invoke(grantee)" in text
    assert "Raises ConfigurationError: what SageMaker would refuse" in text


def test_every_public_name_is_described_somewhere(site: Site) -> None:
    for package in Inventory().packages:
        page = site.page(package.page.replace(".md", ".html"))
        for member in package.members:
            if not member.is_construct:
                assert member.name.lower() in page.anchors, f"{package.name}.{member.name}"


def test_every_stack_has_a_page_with_picture_resources_cost_and_reasons(site: Site) -> None:
    for name in reference_stacks():
        page = site.page(f"stacks/{name}.html")
        assert "Idle cost:" in page.text, name
        assert '<div class="diagram"><svg' in page.file.read_text(), name
        assert "What is acknowledged, and why:" in page.text, name
        assert re.search(r"\d+ resources, made by .*\bWorkspace\b", page.text), name


def test_no_page_shows_an_open_finding(site: Site) -> None:
    for name, page in site.pages.items():
        assert "Stale acknowledgement" not in page.text, name
        for pack, opened in re.findall(
            r"^\s*(cdk-nag: [^\n]+|cfn-lint: errors|cdk-ml: [^\n]+)\n(\d+)$", page.text, re.M
        ):
            assert opened == "0", f"{name}: {pack}"


def test_every_rule_has_its_rationale_and_its_examples(site: Site) -> None:
    page = site.page("checks/rules.html")
    for rule in ml.rules():
        assert rule.id.lower() in page.anchors
        assert f"{rule.title}." in page.text
        assert f"Fix: {rule.fix}." in page.text
    assert page.text.count("Found") >= len(ml.rules())


def test_generated_pages_say_so_and_written_ones_do_not(site: Site) -> None:
    for name, page in site.pages.items():
        generated = name.startswith(("reference/", "stacks/", "checks/")) or name == "coverage.html"
        assert ("Do not edit this page" in page.text) is generated, name


def test_no_page_shows_markup_that_was_not_understood(site: Site) -> None:
    for name, page in site.pages.items():
        prose = re.sub(r"<(pre|code|script|style)\b.*?</\1>", "", page.file.read_text(), flags=re.DOTALL)
        text = re.sub(r"<[^>]+>", "", prose)
        assert not re.search(r":(class|meth|func|attr|data|mod|param|ivar|raises)\b[^ ]*:|``|--8<--|\{%", text), name


def test_search_knows_every_construct_and_stack(site: Site) -> None:
    index = json.loads((site.folder / "search" / "search_index.json").read_text())
    titles = {entry["title"] for entry in index["docs"]}
    assert {*constructs(), *reference_stacks()} <= titles
