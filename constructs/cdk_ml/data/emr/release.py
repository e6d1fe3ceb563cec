"""Which release of Amazon EMR something runs on.

https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-standard-support.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.facts.emr import default_release, releases
from cdk_ml.tokens import is_token

_LABEL = re.compile(r"emr-(\d+)\.(\d+)\.(\d+)")


def chosen_release(release: str | None) -> str:
    """The release that the user named, or the newest that every kind of EMR has."""
    return default_release() if release is None else release


def release_problems(release: str, *, kind: str) -> Iterator[Problem]:
    """Why nothing new should run on ``release``.

    :param kind: of EMR, such as ``EC2``.
    """
    if is_token(release):
        return
    fix = f"Use {default_release()}"
    found = _LABEL.fullmatch(release)
    if not found:
        yield Problem("release", release, "is no label of a release", f"{fix}: emr- and three numbers")
        return
    known = releases()
    if release not in known:
        oldest = next(iter(known))
        if _version(release) < _version(oldest):
            yield Problem("release", release, "gets no fixes any more: its support ended two years after it came", fix)
        else:
            yield Problem("release", release, "is no release that facts/emr.toml knows", f"{fix}, or add it there")
    elif known[release].ended:
        yield Problem("release", release, f"gets no fixes any more: its support ended on {known[release].until}", fix)
    elif known[release].only not in ("", kind):
        yield Problem("release", release, f"is on {known[release].only} only, as far as is known", fix)


def _version(release: str) -> tuple[int, ...]:
    found = _LABEL.fullmatch(release)
    assert found is not None
    return tuple(map(int, found.groups()))
