"""cfn-lint's errors: what CloudFormation would refuse, by its own resource schemas, in the region of the stack.

cfn-lint runs in a process of its own: it is pure Python, so that beside a CDK app it would hold up every answer from
Node, and the collector would walk the app's objects over and over. The process is kept for the next check.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-template.html
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

from cdk_ml.assembly import Assembly, Template
from cdk_ml.checks.extra import needs
from cdk_ml.checks.finding import Finding, Severity, finding

PACK = "cfn-lint"
_DEFAULT_REGION = "us-east-1"
_ONE_AT_A_TIME = Lock()


def prepare() -> None:
    """Start cfn-lint, if it is installed and does not run yet, so that it loads while something else is done."""
    if find_spec("cfnlint") is not None:
        _linter()


def check(assembly: Assembly) -> Iterator[tuple[Template, list[Finding]]]:
    """What cfn-lint finds, template by template; us-east-1 where a stack has no region.

    :raises MissingExtraError: when cfn-lint is not installed.
    """
    with needs("check", f"the {PACK} pack"):
        if find_spec("cfnlint") is None:
            raise ModuleNotFoundError(name="cfnlint")
    for template in assembly.templates:
        yield template, [_finding(template, match) for match in _matches(template)]


def _matches(template: Template) -> list[dict[str, Any]]:
    linter = _linter()
    assert linter.stdin is not None
    assert linter.stdout is not None
    request = {"file": str(template.file.resolve()), "region": template.region or _DEFAULT_REGION}
    try:
        with _ONE_AT_A_TIME:
            linter.stdin.write(json.dumps(request) + "\n")
            linter.stdin.flush()
            answer = linter.stdout.readline()
    except BrokenPipeError:
        answer = ""
    if not answer:
        _linter.cache_clear()
        raise RuntimeError(f"cfn-lint ended with {linter.wait()} on {template.file}; what it wrote is above.")
    matches: list[dict[str, Any]] = json.loads(answer)
    return matches


@cache
def _linter() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        # -P: nothing in the working directory may take the place of a module.
        [sys.executable, "-P", "-m", "cdk_ml.checks.linter"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    atexit.register(_stop, process)
    return process


def _stop(process: subprocess.Popen[str]) -> None:
    # It may still be loading for a check that never came.
    process.kill()
    process.communicate()


def _finding(template: Template, match: dict[str, Any]) -> Finding:
    path = match["path"]
    logical_id = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
    where = f"{'/'.join(map(str, path[2:]))}: " if logical_id and path[2:] else ""
    return finding(
        template,
        template.resources.get(logical_id),
        pack=PACK,
        rule=match["rule"],
        severity=Severity.ERROR,
        message=f"{where}{match['message']}",
        source=match["source"],
    )
