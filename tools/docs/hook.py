"""The hook that mkdocs calls: adds the generated pages to those that are written by hand.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from tools.docs import coverage_page, reference, rules_page, stack_pages
from tools.docs.evidence import gather
from tools.docs.inventory import Inventory
from tools.docs.markup import Writer, table
from tools.docs.node import packages


def on_files(files: Files, /, config: MkDocsConfig) -> Files:
    """Add every generated page, and the script that lets search run from files."""
    written = _pages()
    for path, text in written.items():
        files.append(File.generated(config, path, content=text))
    shim = packages() / "iframe-worker" / "shim" / "index.js"
    files.append(File.generated(config, "assets/iframe-worker.js", content=shim.read_text(encoding="utf-8")))
    nav = config.nav or []
    # Pages beside the index that mkdocs.yml does not name, such as measurements, come after the design notes.
    loose = [f.src_uri for f in files.documentation_pages() if "/" not in f.src_uri and f.src_uri not in nav]
    for section in nav:
        for title, pages in section.items() if isinstance(section, dict) else ():
            more = _GENERATED.get(pages[0])
            found = more(written) if more else _unlisted(files, pages)
            section[title] = [*pages, *found, *(loose if title == "Design" else ())]
    return files


def on_page_markdown(markdown: str, /, **_: object) -> str:
    """Put the table of profiles where a page asks for it."""
    return markdown.replace("<!-- profiles -->", _profiles()) if "<!-- profiles -->" in markdown else markdown


def _profiles() -> str:
    from cdk_ml.workspace import PROFILES

    decisions = [field.name for field in fields(PROFILES[0]) if field.name != "name"]
    rows = [(f"`{decision}`", *(str(getattr(profile, decision)) for profile in PROFILES)) for decision in decisions]
    return table(("decision", *(profile.name for profile in PROFILES)), rows)


def _unlisted(files: Files, pages: list[str]) -> Iterator[str]:
    """Pages in the folders of a section which mkdocs.yml does not put into an order."""
    folders = {page.rpartition("/")[0] for page in pages}
    for file in files.documentation_pages():
        if file.src_uri not in pages and file.src_uri.rpartition("/")[0] in folders:
            yield file.src_uri


# `mkdocs serve` builds again at each change of a text: what the constructs say has not changed then.
@cache
def _pages() -> dict[str, str]:
    inventory = Inventory()
    stacks = gather(inventory.constructs)
    wrong = [*coverage_page.problems(inventory, stacks, coverage_page.mapping())]
    if wrong:
        raise PluginError("docs/coverage.toml:\n" + "\n".join(wrong))
    pages = {"reference/index.md": reference.index(inventory), "stacks/index.md": stack_pages.index(inventory, stacks)}
    pages |= {package.page: reference.package_page(inventory, package) for package in inventory.packages}
    for name, member in inventory.constructs.items():
        pages[member.page] = reference.construct_page(inventory, member, stacks.examples[name])
    pages |= dict(stack_pages.pages(inventory, stacks))
    pages["checks/rules.md"] = rules_page.text(Writer(inventory, "checks/rules.md"))
    pages["coverage.md"] = coverage_page.text(inventory, stacks, Writer(inventory, "coverage.md"))
    return pages


def _packages(written: dict[str, str]) -> Iterator[dict[str, object]]:
    """A section for each package, its constructs in it."""
    folders: dict[str, list[str]] = {}
    for path in sorted(written):
        if path.startswith("reference/") and path != "reference/index.md":
            folders.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, pages in sorted(folders.items()):
        index = f"{folder}/index.md"
        yield {folder.removeprefix("reference/").replace("/", "."): [index, *(page for page in pages if page != index)]}


def _stacks(written: dict[str, str]) -> Iterator[str]:
    yield from (path for path in sorted(written) if path.startswith("stacks/") and path != "stacks/index.md")


_GENERATED = {"reference/index.md": _packages, "stacks/index.md": _stacks}
