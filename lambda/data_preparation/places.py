"""Files where Spark reads and writes them, on S3 or a disk: Hadoop's file systems, which every Spark brings along."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession


@dataclass(frozen=True)
class File:
    """A file, and what tells it from another one of the same name."""

    path: str
    size: int
    modified: int

    @property
    def stamp(self) -> str:
        return f"{self.size}:{self.modified}"

    @property
    def hidden(self) -> bool:
        """Whether Spark would skip it without a word: what other jobs leave beside their data."""
        return self.path.rpartition("/")[2].startswith(("_", "."))


class Places:
    """Reads and writes small files, and lists large ones."""

    def __init__(self, spark: SparkSession) -> None:
        assert spark._jvm is not None
        self._jvm: Any = spark._jvm
        self._configuration: Any = spark._jsparkSession.sparkContext().hadoopConfiguration()

    def files(self, place: str) -> Iterator[File]:
        """Every file under a place; none when there is no such place."""
        path, system = self._at(place)
        if not system.exists(path):
            return
        files = system.listFiles(path, True)
        while files.hasNext():
            status = files.next()
            yield File(status.getPath().toString(), status.getLen(), status.getModificationTime())

    def exists(self, place: str) -> bool:
        """Whether something is there."""
        path, system = self._at(place)
        return bool(system.exists(path))

    def first_line(self, place: str) -> str | None:
        """The first line of a text, compressed or not; nothing when the file is empty.

        :raises Exception: when it cannot be read.
        """
        path, system = self._at(place)
        codec = self._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self._configuration).getCodec(path)
        stream = system.open(path)
        try:
            opened = stream if codec is None else codec.createInputStream(stream)
            reader = self._jvm.java.io.BufferedReader(self._jvm.java.io.InputStreamReader(opened, "UTF-8"))
            line = reader.readLine()
        finally:
            stream.close()
        return None if line is None else str(line).removeprefix("\ufeff")

    def read(self, place: str) -> dict[str, Any] | None:
        """What a small file of JSON holds; nothing when it is not there."""
        if not self.exists(place):
            return None
        found: dict[str, Any] = json.loads(self.text(place))
        return found

    def text(self, place: str) -> str:
        """What a small file holds."""
        path, system = self._at(place)
        stream = system.open(path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def write(self, place: str, *told: Mapping[str, Any]) -> None:
        """Write lines of JSON, at once and in place of what was there."""
        path, system = self._at(place)
        text = "\n".join(json.dumps(each, sort_keys=True) for each in told)
        stream = system.create(path, True)
        try:
            stream.write(bytearray(f"{text}\n".encode()))
        finally:
            stream.close()

    def _at(self, place: str) -> tuple[Any, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(place)
        return path, path.getFileSystem(self._configuration)


@dataclass(frozen=True)
class Run:
    """Where one run keeps what it knows.

    :ivar state: prefix of the preparation.
    :ivar id: name of the run.
    """

    state: str
    id: str

    def place(self, name: str) -> str:
        """Something of this run."""
        return f"{self.state}runs/{self.id}/{name}"

    @property
    def taken(self) -> str:
        """The files that earlier runs have taken, of those that still lie there."""
        return f"{self.state}taken.json"


def new_files(places: Places, run: Run, source: str) -> tuple[Sequence[File], int]:
    """What no run has taken yet, in the order of their names, and how many files are hidden.

    A file that was overwritten is a new one.
    """
    taken = places.read(run.taken) or {}
    files = sorted(places.files(source), key=lambda file: file.path)
    new = [file for file in files if not file.hidden and taken.get(file.path) != file.stamp]
    return new, sum(file.hidden for file in files)


def take(places: Places, run: Run, source: str, files: Mapping[str, str]) -> None:
    """Say that these files are done. What does not lie there any more is forgotten, so that the list stays short."""
    taken = places.read(run.taken) or {}
    there = {file.path for file in places.files(source)}
    places.write(run.taken, {path: stamp for path, stamp in {**taken, **files}.items() if path in there})
