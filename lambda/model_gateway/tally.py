"""What a call uses: estimated before, measured after, and estimated again where nobody says."""

from __future__ import annotations

import math
from typing import Any

from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]
from request import Asked
from teams import Model

_BYTES_OF_A_TOKEN = 3
_READ = ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")


class Tally:
    """The tokens of a call, and what they are in the unit of the team's quota.

    :ivar input_tokens: what the model has read, what came from a cache included.
    :ivar output_tokens: what it has written.
    :ivar reserved: units that the call may use.
    """

    def __init__(self, model: Model, question: Asked, unit: str) -> None:
        self.input_tokens = 0
        self.output_tokens = 0
        self._model = model
        self._unit = unit
        self._question = question
        self._measured = False
        self._heard = 0
        self.reserved = self._units(question.input_tokens, question.max_tokens)

    @property
    def charged(self) -> int:
        """Units that the call has used, as far as anybody knows."""
        return self._units(self.input_tokens, self.output_tokens)

    @property
    def micro_usd(self) -> float | None:
        """Millionths of USD, where the price is known."""
        if self._model.input is None or self._model.output is None:
            return None
        return self.input_tokens * self._model.input + self.output_tokens * self._model.output

    def start(self) -> None:
        """The model reads."""
        self.input_tokens = self._question.input_tokens

    def hear(self, said: str) -> None:
        """The model has said something. Whoever hangs up never hears how many tokens it was."""
        self._heard += len(said.encode())
        if not self._measured:
            heard = -(-self._heard // _BYTES_OF_A_TOKEN)
            self.output_tokens = min(heard, self._question.max_tokens)

    def measure(self, usage: dict[str, Any]) -> None:
        """Bedrock has counted."""
        self._measured = True
        self.input_tokens = sum(usage.get(name, 0) for name in _READ)
        self.output_tokens = usage.get("outputTokens", 0)

    def fail(self, error: Exception) -> None:
        """Bedrock has refused, which is free; or nobody knows what became of it, which may not be."""
        if isinstance(error, ReadTimeoutError):
            self.start()

    def _units(self, read: int, written: int) -> int:
        if self._unit == "tokens":
            return read + written
        # A quota in USD is given to teams only whose models' prices are known.
        return math.ceil(read * (self._model.input or 0) + written * (self._model.output or 0))
