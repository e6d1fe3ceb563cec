"""The command ``cdk-ml``: parses, calls the checks, renders. What it does can all be done from Python as well.

Exit codes: 0 when nothing is open, 1 for findings, 2 for input that cannot be used.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit."""
    try:
        from cdk_ml.cli.application import app
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich", "click"):
            raise
        print(f"cdk-ml needs {error.name}: pip install 'cdk-ml[cli]'.", file=sys.stderr)
        raise SystemExit(2) from None
    app()
