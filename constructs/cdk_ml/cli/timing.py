"""Times how long each stack of an app takes to build, from outside the app.

A stack is taken to be built from its construction until the next one is constructed or the app is synthesized.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_cdk import Stack


class BuildTimes:
    """Moments of a build, in seconds of a clock that only differences of mean something.

    :ivar synth_seconds: how long the app's own ``synth()`` took, in seconds.
    """

    def __init__(self) -> None:
        self.synth_seconds = 0.0
        self._started: list[tuple[Stack, float]] = []
        self._ended = 0.0

    def started(self, stack: Stack) -> None:
        """A stack is about to be constructed."""
        self._started.append((stack, time.perf_counter()))

    def synthesized(self, began: float, ended: float) -> None:
        """The app was synthesized; its first call does the work."""
        self._ended = self._ended or began
        self.synth_seconds += ended - began

    def seconds(self) -> dict[str, float]:
        """Seconds by construct path of the stack."""
        ends = [moment for _, moment in self._started[1:]] + [self._ended or time.perf_counter()]
        return {stack.node.path: end - began for (stack, began), end in zip(self._started, ends, strict=True)}


@contextmanager
def timed_builds() -> Iterator[BuildTimes]:
    """Time the stacks that are constructed inside the block."""
    import aws_cdk

    times = BuildTimes()
    construct: Callable[..., None] = aws_cdk.Stack.__init__
    synthesize: Callable[..., Any] = aws_cdk.App.synth

    def timed_construct(self: Stack, *args: Any, **kwargs: Any) -> None:
        times.started(self)
        construct(self, *args, **kwargs)

    def timed_synthesize(self: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return synthesize(self, *args, **kwargs)
        finally:
            times.synthesized(began, time.perf_counter())

    aws_cdk.Stack.__init__, aws_cdk.App.synth = timed_construct, timed_synthesize  # type: ignore[method-assign]
    try:
        yield times
    finally:
        aws_cdk.Stack.__init__, aws_cdk.App.synth = construct, synthesize  # type: ignore[method-assign]
