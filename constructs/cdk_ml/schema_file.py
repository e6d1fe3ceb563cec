"""A file, under version control, with the schema that was deployed: what it is compared with is lost otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdk_ml.errors import Problem


def read_published(
    path: Path, wanted: dict[str, Any], is_schema: Callable[[Any], bool], *, kind: str = "schema"
) -> tuple[Any, list[Problem]]:
    """What a schema file has, or why nothing can be compared with it.

    :param wanted: what to write where there is none.
    :param is_schema: whether what was read is one.
    :param kind: what it should be, for the message.
    """
    text = json.dumps(wanted)
    try:
        published = json.loads(path.read_text())
    except OSError:
        fix = f"Write it before the first deployment: {text}"
        return None, [Problem("schema_file", str(path), "cannot be read", fix)]
    except ValueError:
        return None, [Problem("schema_file", str(path), "is no JSON", f"Write {text}")]
    if not is_schema(published):
        return None, [Problem("schema_file", str(path), f"is no {kind}", f"Write {text}")]
    return published, []
