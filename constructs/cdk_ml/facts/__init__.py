"""Data about AWS that constructs and checks share: dated, with sources, and tested against independent ones.

Facts are TOML files that small typed modules read, such as :mod:`~cdk_ml.facts.lifecycle`,
:mod:`~cdk_ml.facts.accelerators` and :mod:`~cdk_ml.facts.images`. Import the module you need: nothing is read before
its first question. What must be known to go on raises :class:`UnknownFact`; where unknown may pass, a module says so.
"""

from __future__ import annotations

from .errors import UnknownFact

__all__ = ["UnknownFact"]
