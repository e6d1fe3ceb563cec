"""From docstrings to pages."""

from __future__ import annotations

from pathlib import Path

import griffe
import pytest
from tools.docs import api, inventory
from tools.docs.evidence import example_of, gather
from tools.docs.inventory import Inventory, Member
from tools.docs.markup import Writer, code, table

INVENTORY = Inventory()
WRITER = Writer(INVENTORY, "reference/sagemaker/RealTimeEndpoint.md")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("``minimum`` instances", "`minimum` instances"),
        ("see :class:`~cdk_ml.workspace.Profile`", "see [`Profile`](../workspace/index.md#profile)"),
        ("a :class:`Workspace`", "a [`Workspace`](../workspace/Workspace.md)"),
        ("its :meth:`Workspace.publish`", "its [`Workspace.publish`](../workspace/Workspace.md)"),
        (":mod:`~cdk_ml.facts.images`", "[`images`](../facts/images/index.md)"),
        (":mod:`cdk_ml.sagemaker.execution_role`", "`cdk_ml.sagemaker.execution_role`"),
        ("See https://docs.aws.amazon.com/x.html", "Follows <https://docs.aws.amazon.com/x.html>."),
        ("at https://docs.aws.amazon.com/x.html.", "at <https://docs.aws.amazon.com/x.html>."),
        ("Text.\n\n>>> code()\n\nMore.", "Text.\n\nMore."),
    ],
)
def test_the_markup_of_docstrings_becomes_that_of_pages(written: str, shown: str) -> None:
    assert WRITER.text(written) == shown


def test_a_cell_with_a_bar_does_not_end_the_cell() -> None:
    assert code("int | None") == "<code>int &#124; None</code>"
    assert WRITER.line("a | b\nc") == "a \\| b c"
    assert table(("a", "b"), [("1", "2\n3")]) == "| a | b |\n| --- | --- |\n| 1 | 2 3 |"


def test_a_type_links_to_the_library_and_spells_private_unions_out() -> None:
    make = INVENTORY.constructs["RealTimeEndpoint"].definition["__init__"]
    assert isinstance(make, griffe.Function)
    shown = {parameter.name: WRITER.type(parameter.annotation) for parameter in make.parameters}
    assert shown["workspace"] == "<code>[Workspace](../workspace/Workspace.md)</code>"
    assert shown["update"].count("index.md#") == 4
    assert shown["role"] == "<code>iam.IRole &#124; None</code>"


def test_a_signature_shows_defaults_and_where_keywords_begin() -> None:
    inherited = INVENTORY.constructs["RealTimeEndpoint"].definition["from_endpoint_name"]
    assert isinstance(inherited, griffe.Alias)
    member = inherited.final_target
    assert isinstance(member, griffe.Function)
    shown = api.signature(member, "from_endpoint_name")
    assert shown == "from_endpoint_name(scope, id, endpoint_name, *, variant_name=PRIMARY)"


def test_fields_of_an_option_are_parameters_and_its_constants_are_not() -> None:
    definition = INVENTORY.members["cdk_ml.workspace.profile.Profile"].definition
    assert isinstance(definition, griffe.Class)
    assert "`minimum_instances`" in api.fields(WRITER, definition)
    assert "SANDBOX" not in api.fields(WRITER, definition)
    assert "`SANDBOX`" in api.attributes(WRITER, definition)


def test_attributes_have_the_types_of_what_makes_them() -> None:
    definition = INVENTORY.constructs["RealTimeEndpoint"].definition
    assert isinstance(definition, griffe.Class)
    rows = api.attributes(WRITER, definition).splitlines()
    assert "| `cfn_endpoint` | <code>sagemaker.CfnEndpoint</code> | the endpoint. |" in rows
    assert any(row.startswith("| `cfn_dashboard` | <code>cloudwatch.") for row in rows)


def test_the_example_of_a_docstring_is_a_module() -> None:
    assert example_of("What.\n\n>>> a = f(\n...     1,\n... )\n>>> b = a\n") == "a = f(\n    1,\n)\nb = a\n"


def test_an_example_that_cannot_be_placed_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lost.py").write_text('class Lost:\n    """Lost.\n\n    >>> stack = None\n    """\n')
    definition = griffe.load("lost", search_paths=[tmp_path])["Lost"]
    monkeypatch.setattr(inventory, "ROOT", tmp_path)
    member = Member("Lost", "cdk_ml.workspace", definition, "reference/workspace/Lost.md")
    with pytest.raises(
        ValueError, match=r"^lost\.py: the example of Lost makes no stack in cdk\.App\(\)\. Let it make one\.$"
    ):
        gather({"Lost": member})
