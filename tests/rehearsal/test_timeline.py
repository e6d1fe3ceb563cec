"""The picture has a bar for each event, under the name of its stack, and ticks that people count in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cdk_ml.assembly import Assembly
from cdk_ml.rehearsal import Action, Event, rehearse
from cdk_ml.rehearsal.report.timeline import picture
from tests.rehearsal.templates import assembly, resource

EVENT = Event(
    stack="Churn", logical_id="Queue", type="AWS::SQS::Queue", action=Action.CREATE, physical_id="q", start=0, end=120
)


def shown(*events: Event) -> list[str]:
    """The texts of the picture, without those that a pointer shows."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture(events))


def test_a_bar_says_what_happens_and_how_long_it_may_take() -> None:
    assert shown(EVENT)[-2:] == ["create Queue", "2 h"]
    assert "<title>create Queue (AWS::SQS::Queue) in Churn: 0 min to 2 h</title>" in picture([EVENT])


def test_stacks_have_names_as_soon_as_there_are_several() -> None:
    other = replace(EVENT, stack="Other", start=120, end=240)
    assert "Churn" not in shown(EVENT)
    texts = shown(EVENT, other)
    assert texts[texts.index("Churn") :] == ["Churn", "create Queue", "2 h", "Other", "create Queue", "2 h"]


@pytest.mark.parametrize(
    ("minutes", "ticks"),
    [(7, ["0 min", "1 min"]), (120, ["0 min", "15 min"]), (1120, ["0 min", "3 h"]), (200_000, ["0 min", "504 h"])],
)
def test_ticks_are_round_and_few(minutes: int, ticks: list[str]) -> None:
    texts = shown(replace(EVENT, end=minutes))[:-2]
    assert texts[:2] == ticks
    assert len(texts) <= 9


def test_a_long_name_loses_its_middle_and_keeps_it_for_the_pointer() -> None:
    name = "EndpointPrimary" + "ScalingConcurrentRequests" * 2 + "InstanceEFBAFFD4"
    (text,) = [each for each in shown(replace(EVENT, logical_id=name)) if "…" in each]
    assert len(text) == 56
    assert (text.startswith("create EndpointPrimary"), text.endswith("InstanceEFBAFFD4")) == (True, True)
    assert f"create {name} (" in picture([replace(EVENT, logical_id=name)])


def test_nothing_is_a_picture_of_nothing() -> None:
    assert shown() == ["0 min", "1 min"]


def test_the_critical_path_goes_through_every_stack() -> None:
    both = [assembly({"Queue": resource("AWS::SQS::Queue")}, name) for name in ("One", "Two")]
    (outcome,) = rehearse(Assembly.join(both)).outcomes
    assert [event.stack for event in outcome.events if event.critical] == ["One", "Two"]
    assert outcome.minutes == sum(event.end - event.start for event in outcome.events if event.critical)
