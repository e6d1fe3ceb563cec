"""Ends a command with one line instead of a traceback when its input cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cdk_ml.assembly import AssemblyError
from cdk_ml.checks.extra import MissingExtraError
from cdk_ml.checks.packs import UnknownPackError


class UsageError(ValueError):
    """The command was called in a way that cannot work; the message is one line that says why and what to do."""


@contextmanager
def one_line() -> Iterator[None]:
    """Print errors that are the caller's to fix on one line of stderr, and exit with 2."""
    try:
        yield
    except (AssemblyError, MissingExtraError, UnknownPackError, UsageError) as error:
        message = str(error)
    except OSError as error:
        message = f"{error.filename or 'cdk-ml'}: {error.strerror or error}"
    else:
        return
    print(f"cdk-ml: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(2)
