"""The jars of Iceberg for a test: the runtime as a package carries it, and what that package left out.

The package's runtime lacks the copy of Jackson that Iceberg's own release has under a name of Iceberg's. PySpark
carries Jackson itself: its classes are given Iceberg's name for them, as Iceberg's build does, in the constants that
every class file begins with. https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.toolkit import PYTHON

_PACKAGES = PYTHON.parent.parent
_PREFIX = "org/apache/iceberg/shaded/"
_NAME = "com/fasterxml/jackson"
# Bytes after the tag of each kind of constant; texts say their length.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_TEXT, _WIDE = 1, (5, 6)


def iceberg_jars(folder: Path) -> Sequence[Path]:
    """The jars that Spark needs for Iceberg.

    :param folder: where the renamed classes go.
    """
    site = "lib/python*/site-packages"
    (runtime,) = _PACKAGES.glob(f"{site}/snowpark_connect_deps_iceberg/jars/iceberg-spark-runtime-3.5_2.12-*.jar")
    renamed = folder / "jackson.jar"
    with zipfile.ZipFile(renamed, "w") as made:
        for part in ("annotations", "core", "databind"):
            (jar,) = _PACKAGES.glob(f"{site}/pyspark/jars/jackson-{part}-2.*.jar")
            with zipfile.ZipFile(jar) as opened:
                for name in opened.namelist():
                    if name.startswith(_NAME) and name.endswith(".class"):
                        made.writestr(f"{_PREFIX}{name}", renamed_class(opened.read(name)))
    return [runtime, renamed]


def renamed_class(code: bytes) -> bytes:
    """A class file with Iceberg's names for what is Jackson's."""
    (count,) = struct.unpack_from(">H", code, 8)
    at, index, pool = 10, 1, [code[:10]]
    while index < count:
        tag = code[at]
        if tag == _TEXT:
            (length,) = struct.unpack_from(">H", code, at + 1)
            text = code[at + 3 : at + 3 + length]
            for mark in (b"/", b"."):
                name = _NAME.encode().replace(b"/", mark)
                text = text.replace(name, _PREFIX.encode().replace(b"/", mark) + name)
            pool.append(struct.pack(">BH", tag, len(text)) + text)
            at += 3 + length
        else:
            pool.append(code[at : at + 1 + _SIZES[tag]])
            at += 1 + _SIZES[tag]
        # A number of eight bytes counts as two constants.
        index += 2 if tag in _WIDE else 1
    return b"".join(pool) + code[at:]
