import aws_cdk as cdk

from cdk_ml.genai import (
    ConditionEdge,
    ConditionNode,
    DataEdge,
    Flow,
    FlowPort,
    FlowType,
    InlineCodeNode,
    InputNode,
    OutputNode,
)
from cdk_ml.workspace import CostTags, Profile, Workspace

app = cdk.App()
stack = cdk.Stack(app, "Assistant")
tags = CostTags(project="assistant", owner="support", cost_center="4711")
workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
Flow(
    stack,
    "Letters",
    workspace=workspace,
    nodes=[
        InputNode(name="Start"),
        InlineCodeNode(name="Length", code="len(document)", response=FlowType.NUMBER),
        ConditionNode(name="Route", inputs=[FlowPort("length")], conditions={"long": "length > 1000"}),
        OutputNode(name="ToPeople"),
        OutputNode(name="Answered"),
    ],
    edges=[
        DataEdge("Start.document", "Length.document"),
        DataEdge("Length.response", "Route.length"),
        ConditionEdge("Route.long", "ToPeople"),
        DataEdge("Start.document", "ToPeople.text"),
    ],
)
