"""Reads the TOML files beside this module. Private: each has a typed module that caches what it reads."""

from __future__ import annotations

from typing import Any


def read(name: str) -> dict[str, Any]:
    """Content of ``<name>.toml``."""
    # Imported here because nothing else needs them: importing a facts module must cost next to nothing.
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
