"""Data about AWS that constructs and checks share: dated, with sources, and tested against independent ones.

Each kind of fact is a TOML file and a small typed module of the same name: :mod:`~cdk_ml.facts.lifecycle`,
:mod:`~cdk_ml.facts.accelerators`, :mod:`~cdk_ml.facts.images`. Import the module you need: nothing is read before
its first question. A question without an answer raises :class:`UnknownFact`.
"""

from __future__ import annotations

from .errors import UnknownFact

__all__ = ["UnknownFact"]
