"""Packs a folder as SageMaker wants models and scripts: a ``.tar.gz`` whose bytes depend on the content only.

Time stamps, owners and the order of files would make every synth another model, and every deployment a replacement.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tarfile


@contextmanager
def packed(path: Path) -> Iterator[Path]:
    """The archive at ``path``, or a temporary one of the folder there."""
    if path.is_file():
        yield path
        return
    # Most models are in S3 already: importing the library does not pay for those that are packed.
    import gzip
    import tarfile

    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "packed.tar.gz"
        with (
            archive.open("wb") as file,
            gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as compressed,
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as bundle,
        ):
            # What Python compiled depends on when and where it ran.
            files = (item for item in path.rglob("*") if item.is_file() and item.parent.name != "__pycache__")
            for member in sorted(files):
                bundle.add(member, arcname=member.relative_to(path).as_posix(), filter=_reproducible)
        yield archive


def _reproducible(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member
