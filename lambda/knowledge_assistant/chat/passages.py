"""What was found about a question: as the model reads it, and as its readers see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_EXCERPT = 300
_CITED = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document.

    :ivar number: what the answer cites it by.
    :ivar text: the part.
    :ivar source: where the document is.
    :ivar page: of the document, where it has pages.
    """

    number: int
    text: str
    source: str
    page: int | None

    def shown(self) -> dict[str, Any]:
        """What a reader sees of it."""
        excerpt = self.text if len(self.text) <= _EXCERPT else f"{self.text[:_EXCERPT].rstrip()}..."
        title = self.source.rstrip("/").rpartition("/")[2] or "document"
        page = {} if self.page is None else {"page": self.page}
        return {"number": self.number, "title": title, "source": self.source, "excerpt": excerpt, **page}


def passages(results: list[dict[str, Any]]) -> list[Passage]:
    """The passages of what ``Retrieve`` found, the best first."""
    found = []
    for result in results:
        text = result.get("content", {}).get("text", "").strip()
        if not text:
            continue  # Images and rows have none.
        page = result.get("metadata", {}).get("x-amz-bedrock-kb-document-page-number")
        number = len(found) + 1
        found.append(Passage(number, text, _source(result.get("location", {})), None if page is None else int(page)))
    return found


def _source(location: dict[str, Any]) -> str:
    """Where a document is, whatever kind of source it came from."""
    for place in location.values():
        if isinstance(place, dict):
            for value in place.values():
                return str(value)
    return ""


def cited(answer: str, found: list[Passage]) -> list[Passage]:
    """The passages that an answer names, in the order in which it does."""
    numbers = dict.fromkeys(int(number) for number in _CITED.findall(answer))
    known = {passage.number: passage for passage in found}
    return [known[number] for number in numbers if number in known]
