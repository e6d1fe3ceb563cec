"""Preparations of real measurements: the breast cancer data of Wisconsin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.spark.measurements import settings
from tests.spark.session import Preparation, Spark

Make = Callable[..., Preparation]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where preparations are."""
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="session")
def prepared(spark: Spark, folder: Path) -> Make:
    """Makes a preparation of its own."""

    def make(**changed: Any) -> Preparation:
        return Preparation(spark, folder, f"t{len(list(folder.iterdir()))}", settings(**changed))

    return make
