"""The process in which cfn-lint runs: a line of JSON in names a template, a line of JSON out is what was found in it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-template.html
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

# Warnings and infos of cfn-lint are opinions, which other packs hold too, and take half of its time.
_LEFT_OUT = ["W", "I"]


def serve(requests: Iterable[str], answers: TextIO) -> None:
    """Answer requests until there are no more."""
    gc.disable()
    from cfnlint.core import get_rules  # type: ignore[import-untyped]

    rules = get_rules(append_rules=[], ignore_rules=_LEFT_OUT, include_rules=[])
    # Rules stay until the end: the collector need not walk them over and over.
    gc.freeze()
    gc.enable()
    for line in requests:
        request = json.loads(line)
        print(json.dumps(_lint(request["file"], request["region"], rules)), file=answers, flush=True)


def _lint(file: str, region: str, rules: Any) -> list[dict[str, Any]]:
    from cfnlint import ConfigMixIn  # type: ignore[import-untyped]
    from cfnlint.runner import run_template_by_data  # type: ignore[import-untyped]

    data, matches = _decoded(file)
    if data is not None:
        config = ConfigMixIn(regions=[region], ignore_checks=_LEFT_OUT)
        matches = [*matches, *run_template_by_data(data, config, rules)]
    return [
        {
            "rule": match.rule.id,
            "source": match.rule.source_url,
            "message": match.message,
            "path": [part if isinstance(part, int) else str(part) for part in match.path or ()],
        }
        for match in matches
    ]


def _decoded(file: str) -> tuple[Any, list[Any]]:
    from cfnlint.decode import cfn_json, decode  # type: ignore[import-untyped]

    try:
        # decode() tries YAML first, which takes ten times as long for the same JSON.
        return cfn_json.load(file), []
    except ValueError:
        data, matches = decode(file)
        return data, matches


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
