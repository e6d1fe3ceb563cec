"""What is uploaded for a file asset of a cloud assembly.

https://docs.aws.amazon.com/cdk/v2/guide/assets.html
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def content(path: Path) -> bytes:
    """A file as it is, or a folder as an archive."""
    if path.is_file():
        return path.read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for member in sorted(item for item in path.rglob("*") if item.is_file()):
            bundle.write(member, member.relative_to(path).as_posix())
    return archive.getvalue()
