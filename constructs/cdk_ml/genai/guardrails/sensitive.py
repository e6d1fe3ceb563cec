"""Sensitive information: personal data and patterns of your own, masked or blocked.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem
from cdk_ml.genai.texts import text_problems, twice_problems
from cdk_ml.tokens import is_token

_MOST_PATTERNS = 30
_LONGEST_NAME = 100
_LONGEST_PATTERN = 500
_LONGEST_DESCRIPTION = 1_000
_LOOKAROUND = re.compile(r"(?<!\\)\(\?(=|!|<=|<!)")


class SensitiveAction(StrEnum):
    """What happens to sensitive information that was found."""

    BLOCK = "BLOCK"
    """The whole text is replaced by the guardrail's message."""

    ANONYMIZE = "ANONYMIZE"
    """What was found is replaced by what it is, such as ``{EMAIL}``."""

    NONE = "NONE"
    """The trace tells, and nothing else happens."""


class PiiType(StrEnum):
    """Personal data that Bedrock finds by itself."""

    ADDRESS = "ADDRESS"
    AGE = "AGE"
    AWS_ACCESS_KEY = "AWS_ACCESS_KEY"
    AWS_SECRET_KEY = "AWS_SECRET_KEY"
    CA_HEALTH_NUMBER = "CA_HEALTH_NUMBER"
    CA_SOCIAL_INSURANCE_NUMBER = "CA_SOCIAL_INSURANCE_NUMBER"
    CREDIT_DEBIT_CARD_CVV = "CREDIT_DEBIT_CARD_CVV"
    CREDIT_DEBIT_CARD_EXPIRY = "CREDIT_DEBIT_CARD_EXPIRY"
    CREDIT_DEBIT_CARD_NUMBER = "CREDIT_DEBIT_CARD_NUMBER"
    DRIVER_ID = "DRIVER_ID"
    EMAIL = "EMAIL"
    INTERNATIONAL_BANK_ACCOUNT_NUMBER = "INTERNATIONAL_BANK_ACCOUNT_NUMBER"
    IP_ADDRESS = "IP_ADDRESS"
    LICENSE_PLATE = "LICENSE_PLATE"
    MAC_ADDRESS = "MAC_ADDRESS"
    NAME = "NAME"
    PASSWORD = "PASSWORD"
    PHONE = "PHONE"
    PIN = "PIN"
    SWIFT_CODE = "SWIFT_CODE"
    UK_NATIONAL_HEALTH_SERVICE_NUMBER = "UK_NATIONAL_HEALTH_SERVICE_NUMBER"
    UK_NATIONAL_INSURANCE_NUMBER = "UK_NATIONAL_INSURANCE_NUMBER"
    UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER = "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER"
    URL = "URL"
    USERNAME = "USERNAME"
    US_BANK_ACCOUNT_NUMBER = "US_BANK_ACCOUNT_NUMBER"
    US_BANK_ROUTING_NUMBER = "US_BANK_ROUTING_NUMBER"
    US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER = "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER"
    US_PASSPORT_NUMBER = "US_PASSPORT_NUMBER"
    US_SOCIAL_SECURITY_NUMBER = "US_SOCIAL_SECURITY_NUMBER"
    VEHICLE_IDENTIFICATION_NUMBER = "VEHICLE_IDENTIFICATION_NUMBER"


@dataclass(frozen=True, slots=True, kw_only=True)
class PiiEntity:
    """One kind of personal data and what happens to it.

    :param type: what is looked for.
    :param on_input: what happens when a user says it.
    :param on_output: what happens when the model says it.
    """

    type: PiiType
    on_input: SensitiveAction = SensitiveAction.ANONYMIZE
    on_output: SensitiveAction = SensitiveAction.ANONYMIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivatePattern:
    """Sensitive information that only you know the form of, such as the numbers of your contracts.

    :param name: what it is; masked text shows it.
    :param pattern: a regular expression of up to 500 characters, without looking ahead or behind.
    :param description: what it is for.
    :param on_input: what happens when a user says it.
    :param on_output: what happens when the model says it.
    """

    name: str
    pattern: str
    description: str = ""
    on_input: SensitiveAction = SensitiveAction.ANONYMIZE
    on_output: SensitiveAction = SensitiveAction.ANONYMIZE


# What no answer needs. Names, addresses and the like are what many applications are about.
_SECRETS = (
    PiiType.AWS_ACCESS_KEY,
    PiiType.AWS_SECRET_KEY,
    PiiType.CREDIT_DEBIT_CARD_CVV,
    PiiType.CREDIT_DEBIT_CARD_NUMBER,
    PiiType.INTERNATIONAL_BANK_ACCOUNT_NUMBER,
    PiiType.PASSWORD,
    PiiType.PIN,
    PiiType.US_BANK_ACCOUNT_NUMBER,
    PiiType.US_SOCIAL_SECURITY_NUMBER,
)
SECRETS = tuple(PiiEntity(type=type) for type in _SECRETS)
"""Credentials, and numbers of cards, accounts and persons, masked in both directions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveInformation:
    """What is masked or blocked.

    :param entities: kinds of personal data, each once; without anything, credentials and numbers of cards, accounts
        and persons are masked.
    :param patterns: up to 30 patterns of your own.
    """

    entities: Sequence[PiiEntity] = SECRETS
    patterns: Sequence[PrivatePattern] = ()


def sensitive_problems(sensitive: SensitiveInformation) -> Iterator[Problem]:
    """What Bedrock would refuse about sensitive information."""
    yield from twice_problems("sensitive.entities", (each.type for each in sensitive.entities), "kind")
    patterns = sensitive.patterns
    if len(patterns) > _MOST_PATTERNS:
        rule = f"are {len(patterns)} patterns, but a guardrail takes {_MOST_PATTERNS}"
        fix = "Put patterns together, or leave some out"
        yield Problem("sensitive.patterns", [each.name for each in patterns[:3]], rule, fix)
    yield from twice_problems("sensitive.patterns.name", (each.name for each in patterns), "pattern")
    for each in patterns:
        yield from text_problems("sensitive.patterns.name", each.name, _LONGEST_NAME)
        yield from text_problems("sensitive.patterns.pattern", each.pattern, _LONGEST_PATTERN)
        yield from _expression_problems(each.pattern)
        if each.description:
            yield from text_problems("sensitive.patterns.description", each.description, _LONGEST_DESCRIPTION)


def _expression_problems(pattern: str) -> Iterator[Problem]:
    argument = "sensitive.patterns.pattern"
    if is_token(pattern):
        return
    if _LOOKAROUND.search(pattern):
        rule = "looks ahead or behind, which Bedrock does not"
        yield Problem(argument, pattern[:60], rule, "Match the text itself, with \\b where a word ends")
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(argument, pattern[:60], f"is no regular expression: {error}", "Correct it")


def render_sensitive(sensitive: SensitiveInformation) -> dict[str, Any] | None:
    """Sensitive information as CloudFormation takes it."""
    rendered: dict[str, Any] = {}
    if sensitive.entities:
        rendered["piiEntitiesConfig"] = [
            {"type": str(each.type), **_actions(each.on_input, each.on_output)} for each in sensitive.entities
        ]
    if sensitive.patterns:
        rendered["regexesConfig"] = [
            {
                "name": each.name,
                "pattern": each.pattern,
                **({"description": each.description} if each.description else {}),
                **_actions(each.on_input, each.on_output),
            }
            for each in sensitive.patterns
        ]
    return rendered or None


def _actions(on_input: SensitiveAction, on_output: SensitiveAction) -> dict[str, Any]:
    # The first is what applies where the others are missing; CloudFormation wants it in any case.
    return {"action": str(on_output), "inputAction": str(on_input), "outputAction": str(on_output)}
