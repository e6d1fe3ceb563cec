"""The stories are told as their README says, and the templates of those that work are valid."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.core import get_rules

STORIES = sorted(file.parent for file in Path(__file__).parent.glob("*/story.toml"))
KINDS = {
    *("already-exists", "blocked", "cycle", "data-loss", "export-in-use", "iam-race", "invalid-property", "leftover"),
    *("missing-attribute", "missing-parameter", "never-updatable", "orphan", "region", "replacement", "unknown-type"),
    "unresolved",
}
ISSUE = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+")
PAGE = re.compile(r"https://docs\.aws\.amazon\.com/.+\.html")


def told(story: Path) -> dict[str, Any]:
    return tomllib.loads((story / "story.toml").read_text())


def templates(story: Path) -> dict[str, dict[str, Any]]:
    return {
        str(file.relative_to(story).with_suffix("")): json.loads(file.read_text())
        for file in sorted(story.rglob("*.json"))
    }


@cache
def errors_only() -> Any:
    # Loading the rules takes longer than applying them, and warnings are half of them.
    return get_rules(append_rules=[], ignore_rules=["W", "I"], include_rules=[])


WORKING = [story for story in STORIES if not told(story)["expect"]]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_has_a_title_a_public_source_and_what_is_expected(story: Path) -> None:
    facts = told(story)

    assert facts.keys() - {"region"} == {"title", "source", "mode", "expect"}
    assert facts["title"][0].isupper()
    assert not facts["title"].endswith(".")
    assert (PAGE if story.name.startswith("works-") else ISSUE).fullmatch(facts["source"])
    assert story.name.startswith("works-") == (facts["expect"] == [])
    assert all(expected.keys() == {"kind", "resource", "contains"} for expected in facts["expect"])
    assert {expected["kind"] for expected in facts["expect"]} <= KINDS


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_has_the_templates_that_its_mode_needs(story: Path) -> None:
    facts, files = told(story), templates(story)

    if facts["mode"] == "update":
        sides = {name.split("/")[0] for name in files}
        assert sides == {"old", "new"}
        assert len({name for name in files if name.startswith("old")}) == len(files) / 2
    else:
        assert facts["mode"] in {"create", "destroy", "fail"}
        assert [*files] == ["template"]
    assert all(template["Resources"] for template in files.values())


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_what_is_expected_is_about_resources_that_the_templates_have(story: Path) -> None:
    known = {logical_id for template in templates(story).values() for logical_id in template["Resources"]}

    assert {expected["resource"] for expected in told(story)["expect"]} <= {*known, ""}


def test_twenty_fail_ten_work_and_every_kind_of_trouble_is_told() -> None:
    kinds = {expected["kind"] for story in STORIES for expected in told(story)["expect"]}

    assert len(STORIES) - len(WORKING) >= 20
    assert len(WORKING) >= 10
    assert kinds == KINDS


def test_no_story_is_told_twice() -> None:
    sources = [told(story)["source"] for story in STORIES if story not in WORKING]

    assert len({*sources}) == len(sources)


@pytest.mark.parametrize("story", WORKING, ids=lambda story: story.name)
def test_a_deployment_that_works_is_one_that_cfn_lint_lets_through(story: Path) -> None:
    region = told(story).get("region", "us-east-1")
    # What a condition keeps out of a region is still an error to cfn-lint.
    ignored = ["W", "I", *(["E3006"] if "condition" in story.name else [])]
    arguments = ManualArgs(regions=[region], ignore_checks=ignored)

    for name, template in templates(story).items():
        assert lint(json.dumps(template), rules=errors_only(), config=arguments) == [], name


def test_cfn_lint_would_say_if_a_template_were_wrong() -> None:
    (story,) = (story for story in STORIES if story.name == "attribute-that-does-not-exist")

    found = lint(
        json.dumps(templates(story)["template"]), rules=errors_only(), config=ManualArgs(regions=["us-east-1"])
    )

    assert [match.rule.id for match in found] == ["E1010"]
