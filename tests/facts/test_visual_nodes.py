"""Kinds of nodes are those that Glue's API knows, with the inputs that it gives them."""

from __future__ import annotations

from botocore.session import get_session  # type: ignore[import-untyped]

from cdk_ml.facts.visual_nodes import node_id_pattern, node_kinds

MODEL = get_session().get_service_model("glue")
NODES = MODEL.shape_for("CodeGenConfigurationNode").members


def test_kinds_are_those_of_the_api() -> None:
    assert {*node_kinds()} == {*NODES}


def test_each_kind_has_as_many_inputs_as_the_api_says() -> None:
    for name, kind in node_kinds().items():
        inputs = NODES[name].members.get("Inputs")
        assert kind.source == (inputs is None), name
        assert kind.fewest == (0 if inputs is None else inputs.metadata["min"]), name
        most = 0 if inputs is None else inputs.metadata.get("max")
        assert (kind.most == most) if most is not None else (kind.most > 2), name


def test_targets_and_streams_are_what_their_names_say() -> None:
    assert {name for name, kind in node_kinds().items() if kind.target} == {n for n in NODES if n.endswith("Target")}
    streams = {name for name, kind in node_kinds().items() if kind.stream}
    assert streams == {name for name in NODES if "Kinesis" in name or "Kafka" in name}


def test_ids_are_what_the_api_takes() -> None:
    assert MODEL.shape_for("NodeId").metadata["pattern"] == node_id_pattern()
