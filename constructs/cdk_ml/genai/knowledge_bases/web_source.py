"""Documents on web sites.

https://docs.aws.amazon.com/bedrock/latest/userguide/webcrawl-data-source-connector.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.patterns import pattern_problems
from cdk_ml.genai.knowledge_bases.source import Located, Source
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Workspace

_URL = re.compile(r"https?://[A-Za-z0-9]\S*")
_MOST_SEEDS = 100
_MOST_RATE = 300
_MOST_PAGES = 25_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSource(Source):
    """Pages of web sites that you are allowed to crawl. Bedrock follows ``robots.txt``.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/webcrawl-data-source-connector.html

    :param seeds: where crawling begins, 1 to 100 addresses that anybody can open.
    :param scope: which links are followed: under the path of a seed, on its host (``HOST_ONLY``), or on its domain
        (``SUBDOMAINS``).
    :param include: regular expressions of addresses that are crawled, at most 25.
    :param exclude: regular expressions of addresses that are not, which win over ``include``; at most 25.
    :param pages_per_minute: pages of a host that are read in a minute, 1 to 300.
    :param max_pages: pages that are read at most, 1 to 25000.
    """

    seeds: Sequence[str]
    scope: Literal["PATH", "HOST_ONLY", "SUBDOMAINS"] = "PATH"
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    pages_per_minute: int = 60
    max_pages: int = 1_000

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        if not 1 <= len(self.seeds) <= _MOST_SEEDS:
            rule = f"are {len(self.seeds)} addresses"
            yield Problem("source.seeds", tuple(self.seeds[:1]), rule, f"Use 1 to {_MOST_SEEDS}, or several sources")
        for seed in self.seeds:
            if not is_token(seed) and not _URL.fullmatch(seed):
                yield Problem("source.seeds", seed, "is no address", "Write it as https://docs.example.com/handbook")
        yield from pattern_problems("source.include", self.include)
        yield from pattern_problems("source.exclude", self.exclude)
        if outside(self.pages_per_minute, 1, _MOST_RATE):
            fix = f"Use 1 to {_MOST_RATE}"
            yield Problem("source.pages_per_minute", self.pages_per_minute, "is no rate of pages", fix)
        if outside(self.max_pages, 1, _MOST_PAGES):
            yield Problem("source.max_pages", self.max_pages, "is no number of pages", f"Use 1 to {_MOST_PAGES}")

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """Where the documents are."""
        crawler: dict[str, Any] = {
            "crawlerLimits": {"rateLimit": self.pages_per_minute, "maxPages": self.max_pages},
        }
        if self.scope != "PATH":
            crawler["scope"] = self.scope
        if self.include:
            crawler["inclusionFilters"] = [*self.include]
        if self.exclude:
            crawler["exclusionFilters"] = [*self.exclude]
        seeds = [{"url": seed} for seed in self.seeds]
        web = {"sourceConfiguration": {"urlConfiguration": {"seedUrls": seeds}}, "crawlerConfiguration": crawler}
        return Located(configuration={"type": "WEB", "webConfiguration": web}, statements=[])
