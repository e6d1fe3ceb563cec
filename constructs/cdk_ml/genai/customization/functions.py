"""The functions of a customization: they read data before it is trained on, ask the model, and read the scores.

Runtime code: lambda/model_customization.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from constructs import Construct

from cdk_ml.genai.customization.methods import data_style, epochs
from cdk_ml.genai.guardrails.attachment import guardrail_environment
from cdk_ml.sagemaker.execution_role import read_objects, write_objects
from cdk_ml.workflow import Function
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement
from cdk_ml.workspace.statements import read_foreign_key, use_key

if TYPE_CHECKING:
    from cdk_ml.genai.customization.model_customization import ModelCustomizationWorkflow, TokenCeiling

SOURCE = "customized"
"""What answers say that their model is."""
MOST_SECONDS = 900


class CustomizationFunctions(Construct):
    """What a customization's state machine calls.

    :ivar validate: reads the data.
    :ivar answer: asks the deployed model.
    :ivar score: reads what the judge wrote.
    """

    def __init__(
        self, scope: Construct, id: str, *, customization: ModelCustomizationWorkflow, ceiling: TokenCeiling | None
    ) -> None:
        super().__init__(scope, id)
        self._of = customization
        data, judge, workspace = customization.data, customization.judge, customization.workspace
        kept = workspace.data_bucket.bucket_arn
        guardrail = customization.guardrail
        price = (
            {}
            if ceiling is None
            else {"USD_PER_MILLION_TOKENS": f"{ceiling.usd_per_million_tokens:g}", "CEILING_USD": f"{ceiling.usd:g}"}
        )
        self.validate = self._function(
            "Validate",
            "validate",
            [
                *(
                    statement
                    for key in (data.training, data.validation)
                    if key is not None
                    for statement in read_objects(data.bucket.bucket_arn, key)
                ),
                *read_foreign_key(data.bucket, workspace.key.key_arn),
                *write_objects(kept, f"{customization.output_prefix}reports/"),
            ],
            {
                "STYLE": data_style(customization.method),
                "EPOCHS": str(epochs(customization.method)),
                "FEWEST": str(data.fewest),
                "MOST": str(data.most),
                **price,
            },
            memory_mib=1_024,  # The digest of every record is kept, to find those that are there twice.
        )
        self.answer = self._function(
            "Answer",
            "answer",
            [
                *read_objects(judge.bucket.bucket_arn, judge.questions),
                *read_foreign_key(judge.bucket, workspace.key.key_arn),
                *write_objects(kept, f"{customization.output_prefix}answers/"),
                *customization.invoke_statements(),
                *([] if guardrail is None else guardrail.apply_statements()),
            ],
            {"SOURCE": SOURCE, "MAX_TOKENS": str(judge.max_tokens), **guardrail_environment(guardrail)},
        )
        self.score = self._function(
            "Score",
            "score",
            read_objects(kept, f"{customization.output_prefix}scores/"),
            {"LEAST": json.dumps(dict(sorted(judge.least.items())))},
        )

    @property
    def statements(self) -> list[Statement]:
        """What calls them needs."""
        return [function.invoke_statement() for function in (self.validate, self.answer, self.score)]

    def _function(
        self, id: str, code: str, statements: Sequence[Statement], environment: Mapping[str, str], memory_mib: int = 512
    ) -> Function:
        workspace = self._of.workspace
        return Function(
            self,
            id,
            workspace=workspace,
            code=runtime_code(f"model_customization/{code}"),
            statements=[*statements, *use_key(workspace.key.key_arn)],
            environment=environment,
            timeout_seconds=MOST_SECONDS,
            memory_mib=memory_mib,
        )
