"""Says how to install what a pack or command needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtraError(ImportError):
    """A package of an optional extra is not installed; the message is the command that installs it."""


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Turn an ImportError into one line with the install command.

    :raises MissingExtraError: when an import inside the block fails.
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        raise MissingExtraError(f"{what} needs {package}: pip install 'cdk-ml[{extra}]'.", name=error.name) from error
