"""Evaluates intrinsic functions as CloudFormation does, down to plain values.

What cannot be evaluated is collected as a problem and stands as an opaque value, so that one mistake does not hide the
next.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_ml.checks.values import is_intrinsic
from cdk_ml.rehearsal.blocks import MOST, TooManyBlocksError, blocks
from cdk_ml.rehearsal.conditions import truth
from cdk_ml.rehearsal.language import extended
from cdk_ml.rehearsal.outcome import Kind, Problem
from cdk_ml.rehearsal.values import NO_VALUE, Invented, doubtful, inventions, join, short, text

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_ZONES = 3
_LETTERS = "abcdef"
_ZONES_OF = "Fn::GetAZs"


@dataclass(slots=True, eq=False)
class Resolver:
    """Resolves the values of one stack.

    :ivar names: parameters and pseudo parameters.
    :ivar reference: what ``Ref`` and ``Fn::GetAtt`` of a resource return; the attribute is None for ``Ref``.
    :ivar imported: what an export of another stack is.
    :ivar output: what an output of a stack in a region is.
    :ivar extended: the template uses the language extensions, by which ``Ref`` and ``Fn::GetAtt`` take functions.
    :ivar problems: what went wrong since it was last emptied.
    """

    names: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    region: str
    reference: Callable[[str, str | None], Any]
    imported: Callable[[str], Any]
    output: Callable[[str, str, str], Any]
    extended: bool
    problems: list[Problem]
    _known: dict[str, bool]
    _asked: list[str]

    @classmethod
    def of(
        cls,
        raw: Mapping[str, Any],
        names: Mapping[str, Any],
        region: str,
        reference: Callable[[str, str | None], Any],
        imported: Callable[[str], Any],
        output: Callable[[str, str, str], Any],
    ) -> Resolver:
        """The resolver of a template."""
        mappings, conditions = raw.get("Mappings") or {}, raw.get("Conditions") or {}
        return cls(names, mappings, conditions, region, reference, imported, output, extended(raw), [], {}, [])

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function replaced by its result."""
        if isinstance(value, str):
            dynamic = "{{resolve:" in value and not isinstance(value, Invented)
            return Invented(value, "a dynamic reference") if dynamic else value
        if isinstance(value, list):
            return [each for item in value if (each := self.resolve(item)) is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if is_intrinsic(value) and not (len(value) == 1 and "Condition" in value):
            function, argument = next(iter(value.items()))
            return self._call(function, argument)
        return {key: each for key, inner in value.items() if (each := self.resolve(inner)) is not NO_VALUE}

    def holds(self, condition: Any) -> bool:
        """Whether a condition of the template is true; no condition always is."""
        if condition is None:
            return True
        if not isinstance(condition, str):
            self._problem(Kind.UNRESOLVED, f"{short(condition)} is not the name of a condition", "Name a condition")
            return False
        if condition in self._known:
            return self._known[condition]
        if condition not in self.conditions:
            self._problem(Kind.UNRESOLVED, f"condition {condition} is not defined", "Define it under Conditions")
            return False
        if condition in self._asked:
            circle = " needs ".join([*self._asked[self._asked.index(condition) :], condition])
            self._problem(Kind.CYCLE, f"circular conditions: {circle}", "Take one of the conditions out of the other")
            return False
        self._asked.append(condition)
        self._known[condition] = truth(self.conditions[condition], self)
        self._asked.remove(condition)
        return self._known[condition]

    @property
    def deciding(self) -> bool:
        """Whether a condition is being decided at this moment."""
        return bool(self._asked)

    def _call(self, function: str, argument: Any) -> Any:
        handler = _FUNCTIONS.get(function)
        if handler is None:
            return self._opaque(f"{function}", f"{function} is not a function of CloudFormation")
        try:
            return handler(self, argument)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return self._opaque(function, f"{function} cannot take {short(argument)}")

    def _opaque(self, origin: str, message: str) -> Invented:
        self._problem(Kind.UNRESOLVED, message, "See the function's page in the CloudFormation template reference")
        return Invented(f"<{origin}>", origin)

    def _problem(self, kind: Kind, message: str, fix: str) -> None:
        problem = Problem(kind, message, fix)
        if problem not in self.problems:
            self.problems.append(problem)

    def ref(self, name: Any) -> Any:
        """``Ref``."""
        if name == "AWS::NoValue":
            return NO_VALUE
        if not isinstance(name, str):
            name = self.named(name)
        return self.names[name] if name in self.names else self.reference(name, None)

    def named(self, name: Any) -> str:
        """The name in a ``Ref`` or ``Fn::GetAtt``, which the language extensions let a function make."""
        if isinstance(name, str):
            return name
        if not self.extended:
            raise TypeError
        return text(self.resolve(name))

    def get_att(self, argument: Any) -> Any:
        """``Fn::GetAtt``."""
        if isinstance(argument, str):
            logical_id, _, attribute = argument.partition(".")
        else:
            logical_id, attribute = self.named(argument[0]), ".".join(text(self.resolve(p)) for p in argument[1:])
        if not attribute:
            raise ValueError
        return self.reference(logical_id, attribute)

    def sub(self, argument: Any) -> Any:
        """``Fn::Sub``."""
        template, given = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        values = {name: self.resolve(value) for name, value in given.items()}

        def pieces() -> Iterator[Any]:
            position = 0
            for found in _VARIABLE.finditer(template):
                yield template[position : found.start()]
                position = found.end()
                literal, name = found.group(1), found.group(2).strip()
                if literal:
                    yield f"${{{found.group(2)}}}"
                elif name in values:
                    yield values[name]
                else:
                    yield self.ref(name) if "." not in name else self.get_att(name)
            yield template[position:]

        return join("", pieces())

    def join(self, argument: Any) -> Any:
        """``Fn::Join``."""
        separator, parts = argument
        return join(text(separator), _list(self.resolve(parts)))

    def split(self, argument: Any) -> Any:
        """``Fn::Split``; opaque text is split as well, because an ARN has the same parts whoever made it up."""
        separator, source = argument[0], self.resolve(argument[1])
        pieces = text(source).split(separator)
        if isinstance(source, Invented):
            return [Invented(piece, source.origin, sure=source.sure) for piece in pieces]
        return pieces

    def select(self, argument: Any) -> Any:
        """``Fn::Select``."""
        index, source = int(text(self.resolve(argument[0]))), self.resolve(argument[1])
        if isinstance(source, Invented) and not source.sure:
            return Invented(source, source.origin)
        items = _list(source)
        if 0 <= index < len(_LETTERS) and items and getattr(items[0], "origin", "") == _ZONES_OF:
            # How many zones a region has depends on the account.
            return Invented(f"{items[0][:-1]}{_LETTERS[index]}", _ZONES_OF, sure=True)
        if not 0 <= index < len(items):
            if doubtful(items):
                return Invented(f"<item {index}>", next(inventions(items)).origin)
            message = f"Fn::Select {index} is beyond a list of {len(items)}"
            self._problem(Kind.UNRESOLVED, message, "Select an index that exists")
            return Invented(f"<item {index}>", "Fn::Select")
        return items[index]

    def if_(self, argument: Any) -> Any:
        """``Fn::If``."""
        condition, yes, no = argument
        return self.resolve(yes if self.holds(condition) else no)

    def find_in_map(self, argument: Any) -> Any:
        """``Fn::FindInMap``, with the default value of the language extensions."""
        name, first, second = (text(self.resolve(part)) for part in argument[:3])
        found = self.mappings.get(name, {}).get(first, {}).get(second)
        if isinstance(found, Mapping):
            raise TypeError
        if found is not None:
            return found
        unknown = [key for key in (name, first, second) if isinstance(key, Invented) and not key.sure]
        if unknown:
            return Invented(f"<{name}/{first}/{second}>", unknown[0].origin)
        default = argument[3] if len(argument) > 3 else {}
        if isinstance(default, Mapping) and "DefaultValue" in default:
            return self.resolve(default["DefaultValue"])
        message = f"Fn::FindInMap finds nothing at {name}/{first}/{second}"
        self._problem(Kind.UNRESOLVED, message, f"Add {first}/{second} to the mapping {name}")
        return Invented(f"<{name}>", "Fn::FindInMap")

    def cidr(self, argument: Any) -> Any:
        """``Fn::Cidr``."""
        block, count = self.resolve(argument[0]), int(text(self.resolve(argument[1])))
        bits = int(text(self.resolve(argument[2]))) if len(argument) > 2 else 8
        if isinstance(block, Invented) and not block.sure:
            return [Invented(block, block.origin) for _ in range(min(count, MOST))]
        try:
            return blocks(text(block), count, bits)
        except TooManyBlocksError as error:
            self._problem(Kind.UNRESOLVED, str(error), "Take fewer or smaller blocks, or a larger network")
            return [Invented(text(block), "Fn::Cidr") for _ in range(min(count, MOST))]

    def get_azs(self, argument: Any) -> Any:
        """``Fn::GetAZs``: three zones, which most regions have."""
        region = text(self.resolve(argument)) or self.region
        return [Invented(f"{region}{letter}", _ZONES_OF, sure=True) for letter in _LETTERS[:_ZONES]]

    def import_value(self, argument: Any) -> Any:
        """``Fn::ImportValue``."""
        return self.imported(text(self.resolve(argument)))

    def base64(self, argument: Any) -> Any:
        """``Fn::Base64``."""
        source = self.resolve(argument)
        encoded = base64.b64encode(text(source).encode()).decode()
        return Invented(encoded, source.origin) if isinstance(source, Invented) else encoded

    def length(self, argument: Any) -> Any:
        """``Fn::Length``."""
        return len(_list(self.resolve(argument)))

    def to_json(self, argument: Any) -> Any:
        """``Fn::ToJsonString``."""
        value = self.resolve(argument)
        encoded = json.dumps(value, separators=(",", ":"))
        origins = list(inventions(value))
        return Invented(encoded, ", ".join(dict.fromkeys(o.origin for o in origins))) if origins else encoded

    def macro(self, argument: Any) -> Any:
        """``Fn::Transform``: what a macro returns, nobody knows here."""
        named = argument[0] if isinstance(argument, list) else argument
        return Invented("<macro>", f"macro {named['Name']}")

    def stack_output(self, argument: Any) -> Any:
        """``Fn::GetStackOutput``: an output of a stack that need not export it, nor be in the region."""
        region = text(self.resolve(argument.get("Region") or self.region))
        return self.output(
            text(self.resolve(argument["StackName"])), text(self.resolve(argument["OutputName"])), region
        )


def _list(value: Any) -> list[Any]:
    # A list parameter is one text with commas until a function takes it.
    return value if isinstance(value, list) else text(value).split(",")


_FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.ref,
    "Fn::GetAtt": Resolver.get_att,
    "Fn::Sub": Resolver.sub,
    "Fn::Join": Resolver.join,
    "Fn::Split": Resolver.split,
    "Fn::Select": Resolver.select,
    "Fn::If": Resolver.if_,
    "Fn::FindInMap": Resolver.find_in_map,
    "Fn::Cidr": Resolver.cidr,
    "Fn::GetAZs": Resolver.get_azs,
    "Fn::ImportValue": Resolver.import_value,
    "Fn::Base64": Resolver.base64,
    "Fn::Length": Resolver.length,
    "Fn::ToJsonString": Resolver.to_json,
    "Fn::Transform": Resolver.macro,
    "Fn::GetStackOutput": Resolver.stack_output,
}
