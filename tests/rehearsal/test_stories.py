"""Every story is foretold, and deployments that work are not accused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Assembly, read
from cdk_ml.rehearsal import Finding, Mode, Rehearsal, rehearse

STORIES = sorted(file.parent for file in (Path(__file__).parent / "stories").glob("*/story.toml"))


def told(story: Path) -> dict[str, Any]:
    return tomllib.loads((story / "story.toml").read_text())


def side(story: Path, name: str) -> Assembly:
    folder = story / name
    files = sorted(folder.glob("*.json")) if folder.is_dir() else [folder.with_suffix(".json")]
    return Assembly.join([read(file) for file in files])


def rehearsed(story: Path) -> Rehearsal:
    facts = told(story)
    region, mode = facts.get("region", "us-east-1"), facts["mode"]
    if mode == "update":
        old, new = side(story, "old"), side(story, "new")
        if old.templates[0].file.name == "old.json":
            # Two files of one stack, which a reader cannot know.
            (story_old,), (story_new,) = old.templates, new.templates
            old = Assembly(old.directory, (_named(story_old, "Story"),), ())
            new = Assembly(new.directory, (_named(story_new, "Story"),), ())
        return rehearse(new, before=old, region=region)
    template = side(story, "template")
    return rehearse(template, region=region, fail=mode == "fail", destroy=mode == "destroy")


def _named(template: Any, name: str) -> Any:
    from dataclasses import replace

    return replace(template, name=name, path=name)


def relevant(story: Path) -> list[Finding]:
    mode = told(story)["mode"]
    wanted = {"destroy": Mode.DESTROY, "update": Mode.UPDATE}.get(mode, Mode.CREATE)
    return [f for outcome in rehearsed(story).outcomes if outcome.mode is wanted for f in outcome.findings]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_what_went_wrong_in_public_is_foretold(story: Path) -> None:
    found = relevant(story)

    for expected in told(story)["expect"]:
        assert [
            f
            for f in found
            if f.kind == expected["kind"]
            and f.logical_id == expected["resource"]
            and expected["contains"] in f"{f.message} {f.fix}"
        ], (expected, [(f.kind.value, f.logical_id, f.message) for f in found])


@pytest.mark.parametrize("story", [s for s in STORIES if not told(s)["expect"]], ids=lambda story: story.name)
def test_a_deployment_that_works_is_not_accused(story: Path) -> None:
    rehearsal = rehearsed(story)

    assert [finding for finding in rehearsal.findings if finding.fails] == []
    assert [left for outcome in rehearsal.outcomes for left in outcome.leftovers if not left.intended] == []
