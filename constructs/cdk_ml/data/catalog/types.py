"""Types of columns, read from what people write and written as Glue and Iceberg want them.

One grammar takes the names of both, ``bigint`` as well as ``long`` and ``array<string>`` as well as ``list<string>``,
because people copy types from either. What only one of the two has is refused where the other is made.
https://docs.aws.amazon.com/athena/latest/ug/data-types.html
https://iceberg.apache.org/spec/#schemas-and-data-types
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ALIASES = {"integer": "int", "bigint": "long", "array": "list"}
_PLAIN = (
    *("boolean", "tinyint", "smallint", "int", "long", "float", "double"),
    *("date", "time", "timestamp", "timestamptz", "string", "uuid", "binary"),
)
_COUNTED = {"char": 255, "varchar": 65_535, "fixed": 2**31 - 1}
_NESTED = ("list", "map", "struct")
_KNOWN = (*_PLAIN, *_COUNTED, "decimal", *_NESTED, *_ALIASES)
_MOST_DIGITS = 38
_FIELD = re.compile(r"[a-z_][a-z0-9_]*")
_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[<>(),:\[\]])\s*")

NOT_ICEBERG = {"tinyint": "int", "smallint": "int", "char": "string", "varchar": "string"}
"""Types of Hive that Iceberg lacks, and what to use there."""

NOT_HIVE = {"time": "string", "timestamptz": "timestamp", "uuid": "string", "fixed": "binary"}
"""Types of Iceberg that Hive lacks, and what to use there."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts.

    :param name: Iceberg's, where Glue and Iceberg call it differently.
    :param numbers: precision and scale, or a length.
    """

    name: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    """Values of one type."""

    element: ColumnType


@dataclass(frozen=True, slots=True)
class MapOf:
    """Values by keys."""

    key: ColumnType
    value: ColumnType


@dataclass(frozen=True, slots=True)
class StructOf:
    """Values by names."""

    fields: tuple[tuple[str, ColumnType], ...]


ColumnType = Scalar | ListOf | MapOf | StructOf


class ColumnTypeError(ValueError):
    """A text that is no type.

    :ivar rule: what is wrong with it, as the rest of a sentence that starts with the text.
    :ivar fix: what to do.
    """

    def __init__(self, rule: str, fix: str) -> None:
        self.rule = rule
        self.fix = fix
        super().__init__(f"{rule}. {fix}.")


def parse_type(text: str) -> ColumnType:
    """The type that ``text`` says, such as ``decimal(10,2)`` or ``array<struct<sku:string,pieces:int>>``.

    :raises ColumnTypeError: when it says none.
    """
    reader = _Reader(text)
    found = reader.type()
    if reader.next is not None:
        raise ColumnTypeError(
            f"goes on with {reader.next!r} after the type has ended", f"Remove what follows {reader.read!r}"
        )
    return found


def scalars(type_: ColumnType) -> Iterator[Scalar]:
    """Every type without parts that ``type_`` is made of."""
    match type_:
        case Scalar():
            yield type_
        case ListOf(element):
            yield from scalars(element)
        case MapOf(key, value):
            yield from scalars(key)
            yield from scalars(value)
        case StructOf(fields):
            for _, part in fields:
                yield from scalars(part)


def hive(type_: ColumnType) -> str:
    """``type_`` as Glue and Athena write it."""
    match type_:
        case Scalar("long"):
            return "bigint"
        case Scalar(name, numbers):
            return f"{name}({','.join(map(str, numbers))})" if numbers else name
        case ListOf(element):
            return f"array<{hive(element)}>"
        case MapOf(key, value):
            return f"map<{hive(key)},{hive(value)}>"
        case StructOf(fields):
            return f"struct<{','.join(f'{name}:{hive(part)}' for name, part in fields)}>"


def iceberg(type_: Scalar) -> str:
    """``type_`` as Iceberg writes it.

    The space in ``decimal(10, 2)`` counts: Glue compares the texts, takes another one for a new schema, finds none and
    fails.
    """
    match type_:
        case Scalar("decimal", (precision, scale)):
            return f"decimal({precision}, {scale})"
        case Scalar("fixed", (length,)):
            return f"fixed[{length}]"
        case _:
            return type_.name


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.next: str | None = None
        self._end = 0
        self._look()

    @property
    def read(self) -> str:
        """What was read until now."""
        return self._text[: self._at].strip()

    def type(self) -> ColumnType:
        """The type that comes next."""
        written = self._take("a type, such as string")
        if written != written.lower():
            raise ColumnTypeError(f"writes {written} in capitals", f"Write {written.lower()}")
        name = _ALIASES.get(written, written)
        if name in _PLAIN:
            return Scalar(name)
        if name == "decimal":
            return self._decimal()
        if name in _COUNTED:
            return self._counted(name)
        if name in _NESTED:
            return self._nested(name)
        like = difflib.get_close_matches(written, _KNOWN, n=1)
        fix = f"Did you mean {like[0]}" if like else f"Use one of {', '.join(sorted(_KNOWN))}"
        raise ColumnTypeError(f"says {written!r}, which is not a type", fix)

    def _decimal(self) -> Scalar:
        self._expect("(", "decimal has its digits in round brackets, such as decimal(10,2)")
        precision = self._number()
        scale = 0
        if self.next == ",":
            self._expect(",", "")
            scale = self._number()
        self._expect(")", "decimal has a precision and a scale, such as decimal(10,2)")
        if not 1 <= precision <= _MOST_DIGITS:
            raise ColumnTypeError(f"has {precision} digits", f"Use 1 to {_MOST_DIGITS}")
        if scale > precision:
            raise ColumnTypeError(f"has {scale} of {precision} digits behind the point", f"Use at most {precision}")
        return Scalar("decimal", (precision, scale))

    def _counted(self, name: str) -> Scalar:
        square = name == "fixed"
        opening, closing = ("[", "]") if square else ("(", ")")
        example = f"{name} has its length in brackets, such as {name}{opening}16{closing}"
        self._expect(opening, example)
        length = self._number()
        self._expect(closing, example)
        if not 1 <= length <= _COUNTED[name]:
            raise ColumnTypeError(f"has a length of {length}", f"Use 1 to {_COUNTED[name]}")
        return Scalar(name, (length,))

    def _nested(self, name: str) -> ColumnType:
        self._expect("<", f"{name} has what it is made of in angle brackets")
        made: ColumnType
        if name == "list":
            made = ListOf(self.type())
        elif name == "map":
            key = self.type()
            self._expect(",", "map has two types, such as map<string,int>")
            made = MapOf(key, self.type())
        else:
            made = StructOf(self._fields())
        self._expect(">", f"{name}<...> has to be closed")
        return made

    def _fields(self) -> tuple[tuple[str, ColumnType], ...]:
        fields: list[tuple[str, ColumnType]] = []
        while True:
            name = self._take("the name of a field")
            if not _FIELD.fullmatch(name):
                fix = "Use lower case letters, digits and underscores, not starting with a digit"
                raise ColumnTypeError(f"has a field {name!r}", fix)
            if name in dict(fields):
                raise ColumnTypeError(f"has the field {name} twice", "Name each one differently")
            self._expect(":", f"struct has a type for each field, such as struct<{name}:string>")
            fields.append((name, self.type()))
            if self.next != ",":
                return tuple(fields)
            self._expect(",", "")

    def _number(self) -> int:
        digits = self._take("a number")
        if not digits.isdigit():
            raise ColumnTypeError(f"has {digits!r} where a number has to be", "Write a whole number")
        return int(digits)

    def _expect(self, mark: str, example: str) -> None:
        if self.next != mark:
            found = "ends" if self.next is None else f"has {self.next!r}"
            raise ColumnTypeError(f"{found} after {self.read!r}, where {mark!r} has to be", f"Note that {example}")
        self._advance()

    def _take(self, what: str) -> str:
        if self.next is None:
            where = f"after {self.read!r}" if self.read else "before it has begun"
            raise ColumnTypeError(f"ends {where}", f"Add {what}")
        taken = self.next
        self._advance()
        return taken

    def _advance(self) -> None:
        self._at = self._end
        self._look()

    def _look(self) -> None:
        if not self._text[self._at :].strip():
            self.next, self._end = None, len(self._text)
            return
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            stray = self._text[self._at :].strip()[0]
            raise ColumnTypeError(f"has {stray!r} after {self.read!r}", "Remove it")
        self.next, self._end = found[1], found.end()
