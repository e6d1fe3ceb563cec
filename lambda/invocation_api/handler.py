"""Passes a request of an API on to a SageMaker endpoint, and its answer back: whole, or part by part.

Environment: STREAMS, where the runtime lets the function answer in parts; ENDPOINT and others, as :mod:`whole` and
:mod:`streamed` say.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

handler: Callable[[dict[str, Any], object], Any]
if os.environ.get("STREAMS"):
    from streamed import handler
else:
    from whole import handler

__all__ = ["handler"]
