"""The nodes of a job that Glue Studio draws: read from a file, and checked to be a graph that Glue takes.

https://docs.aws.amazon.com/glue/latest/dg/visual-job-api-chapter.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from os.path import isfile
from pathlib import Path
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.facts.visual_nodes import node_id_pattern, node_kinds

Nodes = dict[str, Any]
_SAVED = "CodeGenConfigurationNodes"
# A change hands on the nodes of before as well, and a state machine takes 256 KiB in all.
_MOST_BYTES = 100_000


def read_nodes(path: str | Path) -> tuple[list[Problem], Nodes]:
    """The nodes in a file, and what is wrong with them.

    :param path: a file with what ``aws glue get-job`` prints, all of it or the nodes.
    """
    # Unlike Path, this says no to a name that no file can have.
    if not isfile(path):  # noqa: PTH113
        return [Problem("nodes", str(path), "is no file", "Name the JSON file that `aws glue get-job` printed")], {}
    name = Path(path).name
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split())
        return [Problem("nodes", name, f"cannot be read as JSON: {why}", "Print it again, or correct the file")], {}
    for outer in ("Job", _SAVED):
        if isinstance(found, dict) and outer in found:
            found = found[outer]
    if not isinstance(found, dict) or not found:
        fix = f"Print {_SAVED} of a job that Glue Studio has drawn"
        return [Problem("nodes", name, "holds no nodes by their ids", fix)], {}
    if (size := len(json.dumps(found).encode())) > _MOST_BYTES:
        rule = f"has {size} bytes, and a deployment hands on {_MOST_BYTES}"
        return [Problem("nodes", name, rule, "Make it two jobs, or leave OutputSchemas out of nodes")], {}
    return [*node_problems(found)], found


def node_problems(nodes: Mapping[str, Any]) -> Iterator[Problem]:
    """Why Glue could make no script of ``nodes``."""
    kinds = node_kinds()
    read: dict[str, str] = {}
    for id, node in nodes.items():
        if not re.fullmatch(node_id_pattern(), id) or not id:
            yield Problem("nodes", id, "is no id of a node", "Use letters, digits, hyphens and underscores")
        kind = next(iter(node)) if isinstance(node, dict) and len(node) == 1 else ""
        if not kind or not isinstance(node[kind], dict):
            fix = 'Write {"ApplyMapping": {"Name": ..., "Inputs": [...], ...}}'
            yield Problem(f"nodes[{id!r}]", _short(node), "is not of exactly one kind", fix)
        elif kind not in kinds:
            yield Problem(f"nodes[{id!r}]", kind, "is no kind of node that Glue knows", _alike(kind))
        else:
            read[id] = kind
    if len(read) != len(nodes):
        return
    for id, kind in read.items():
        yield from _body_problems(f"nodes[{id!r}]", kind, nodes[id][kind], nodes)
    yield from _end_problems(read)
    yield from _circle_problems({id: _inputs(nodes[id][kind]) for id, kind in read.items()})


def _body_problems(at: str, kind: str, body: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[Problem]:
    known = node_kinds()[kind]
    if not isinstance(body.get("Name"), str):
        yield Problem(f"{at}.Name", _short(body.get("Name")), "is no name", "Say what Glue Studio shows on the node")
    if known.stream:
        fix = "Use a StreamingJob, which runs a script until it is stopped"
        yield Problem(at, kind, "reads a stream, and a VisualJob is a job that ends", fix)
    inputs = body.get("Inputs", [])
    if not isinstance(inputs, list) or not all(isinstance(each, str) for each in inputs):
        yield Problem(f"{at}.Inputs", _short(inputs), "is no list of ids of nodes", 'Write ["node-1"]')
        return
    if not known.fewest <= len(inputs) <= known.most:
        takes = str(known.fewest) if known.fewest == known.most else f"{known.fewest} or more"
        yield Problem(f"{at}.Inputs", inputs, f"is no number of inputs of {kind}", f"Give it {takes}")
    for each in inputs:
        if each not in nodes:
            yield Problem(f"{at}.Inputs", each, "is no node in the file", f"Use one of {', '.join(nodes)}")


def _end_problems(kinds: Mapping[str, str]) -> Iterator[Problem]:
    known = [node_kinds()[kind] for kind in kinds.values()]
    ids = ", ".join(kinds)
    if not any(kind.source for kind in known):
        yield Problem("nodes", ids, "has no source", "Add one, such as S3CatalogSource")
    if not any(kind.target for kind in known):
        yield Problem("nodes", ids, "has no target", "Add one, such as S3CatalogTarget")


def _circle_problems(needs: Mapping[str, list[str]]) -> Iterator[Problem]:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        path = " -> ".join(error.args[1])
        yield Problem("nodes", path, "is a circle of nodes that wait for each other", "Leave one of the inputs out")


def _inputs(body: Mapping[str, Any]) -> list[str]:
    inputs = body.get("Inputs")
    return [each for each in inputs if isinstance(each, str)] if isinstance(inputs, list) else []


def _alike(kind: str) -> str:
    # Imported here because nothing else needs it.
    from difflib import get_close_matches

    found = get_close_matches(kind, node_kinds(), n=1)
    return f"Use {found[0]}, if that is meant" if found else "Draw the node again in Glue Studio, and print it"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
