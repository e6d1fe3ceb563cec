"""Coding assistants of AWS that ended. A private one is a gateway for a team of developers.

https://docs.aws.amazon.com/amazonq/latest/qdeveloper-ug/service-rename.html
"""

from __future__ import annotations

from cdk_ml.lifecycle import EndedService


class CodeWhisperer(EndedService):
    """Amazon CodeWhisperer, which ended on 2024-04-30: making one raises, and names what does its job.

    See https://docs.aws.amazon.com/amazonq/latest/qdeveloper-ug/service-rename.html
    """

    key = "codewhisperer"
    successor = "cdk_ml.genai.ModelGateway for a team of developers, as the reference stack CodingAssistant does"
