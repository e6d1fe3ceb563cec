"""Pages about reference stacks: picture, resources, findings, cost."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .diagram import diagram
from .evidence import Evidence, Stacks
from .findings import compliance, heading, resources
from .inventory import ROOT, Inventory
from .markup import Writer, generated, table
from .node import svgs

# What a page without table of contents has room for, at a window of 1280 pixels.
_WIDTH = 960
_SIZE = re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"')


def index(inventory: Inventory, stacks: Stacks) -> str:
    """The page that lists the stacks."""
    writer = Writer(inventory, "stacks/index.md")
    rows = []
    for name, module in stacks.modules.items():
        summary = (module.__doc__ or "").split("\n\n")[0]
        rows.append((f"[{name}]({writer.link(page(name))})", writer.line(summary)))
    head = "# Reference stacks\n\n" + generated("the docstrings in `stacks/`")
    return f"{head}\n\n{table(('stack', 'what it is'), rows)}\n\n[How to deploy one](../guide/deploy.md)."


def pages(inventory: Inventory, stacks: Stacks) -> Iterator[tuple[str, str]]:
    """Path and text of the page of each stack."""
    drawings = _drawings(stacks.reference)
    for name, evidence in stacks.reference.items():
        yield page(name), _text(inventory, name, stacks, evidence, drawings[name])


def page(name: str) -> str:
    """The page of a stack, below the site's root."""
    return f"stacks/{name}.md"


def uses(inventory: Inventory, stacks: Stacks, name: str) -> list[str]:
    """The constructs that a stack is composed of: those that its module imports, or takes from a package."""
    module = stacks.modules[name]
    taken = {*vars(module), *re.findall(r"\b[a-z_]+\.([A-Z]\w+)\(", inspect.getsource(module))}
    return sorted(taken & {*inventory.constructs})


def _text(inventory: Inventory, name: str, stacks: Stacks, evidence: Evidence, drawing: str) -> str:
    writer = Writer(inventory, page(name))
    module = stacks.modules[name]
    source = Path(str(module.__file__)).relative_to(ROOT)
    constructs = ", ".join(writer.member(inventory.constructs[used]) for used in uses(inventory, stacks, name))
    sections = {
        "Architecture": f"{_LEGEND}\n\n{drawing}",
        "Resources": f"{len(evidence.resources)} resources, made by {constructs}.\n\n{resources(evidence)}",
        "Compliance": compliance(writer, evidence),
        "Source": f'```python title="{source}"\n--8<-- "{source}"\n```',
    }
    head = f"---\nhide: [toc]\n---\n\n# {name}\n\n{generated(f'`{source}` and its template')}\n\n"
    body = "\n\n".join(f"## {heading(title)}\n\n{text}" for title, text in sections.items())
    return f"{head}{writer.text(module.__doc__ or '')}\n\n{body}\n"


_LEGEND = (
    "An arrow says that one resource refers to another, a dashed one that a role has permissions on it, and a dot that "
    "it is encrypted under a customer managed key. Policies, grants and route tables are left out. "
    "Point at a box to read its full path."
)


def _drawings(stacks: Mapping[str, Evidence]) -> dict[str, str]:
    ways = (("LR", False), ("TB", False), ("LR", True))
    wanted = [
        (name, dense, diagram(evidence, direction, dense=dense))
        for name, evidence in stacks.items()
        for direction, dense in ways
    ]
    best: dict[str, tuple[tuple[int, bool, int], str]] = {}
    for (name, dense, _), drawn in zip(wanted, svgs([graph for *_, graph in wanted]), strict=True):
        rank = _rank(drawn, dense)
        if name not in best or rank < best[name][0]:
            best[name] = rank, drawn
    return {name: _embedded(name, drawn) for name, (_, drawn) in best.items()}


def _rank(drawn: str, dense: bool) -> tuple[int, bool, int]:
    """Smaller is better: first what does not fit beside the navigation, then whether it is dense, then the area."""
    width, height = _size(drawn)
    return max(0, width - _WIDTH), dense, width * height


def _size(drawn: str) -> tuple[int, int]:
    found = _SIZE.search(drawn)
    assert found, "Graphviz writes the size first"
    return int(found[1]), int(found[2])


def _embedded(name: str, drawn: str) -> str:
    """The picture as a part of the page: its texts can be selected, and it takes on the page's colours."""
    width, height = _size(drawn)
    picture = drawn[drawn.index("<svg") :].replace(
        f'width="{width}pt" height="{height}pt"', f'width="{width}" height="{height}" role="img" aria-label="{name}"'
    )
    # The comments and blank lines of Graphviz would end the block for Markdown.
    picture = re.sub(r"<!--.*?-->\n?", "", picture, flags=re.DOTALL)
    lines = [line for line in picture.splitlines() if line.strip()]
    return f'<div class="diagram">{"".join(lines)}</div>'
