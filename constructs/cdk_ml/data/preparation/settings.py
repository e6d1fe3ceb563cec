"""The file that tells Spark's part what a preparation is about: lambda/data_preparation/settings.py reads it.

It holds no value of the deployment: addresses are arguments of the job.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_ml.data.preparation.gate import QualityGate
from cdk_ml.data.preparation.incoming_files import IncomingFiles
from cdk_ml.data.preparation.rules import rule_settings
from cdk_ml.data.preparation.window_features import WindowFeatures, feature_settings


def preparation_settings(
    source: IncomingFiles,
    types: Mapping[str, str],
    *,
    key: Sequence[str],
    event_time: str,
    gate: QualityGate,
    features: WindowFeatures | None,
) -> str:
    """The file's text.

    :param types: of the table's columns, as Spark writes them.
    """
    told = {
        "format": source.format,
        "columns": [{"name": name, "type": type_} for name, type_ in types.items()],
        "key": [*key],
        "event_time": event_time,
        "optional": [*source.optional],
        "rules": [rule_settings(rule, key) for rule in gate.rules],
        "most_quarantined": gate.refuse_above,
        "multiline": source.multiline,
        "features": None if features is None else feature_settings(features),
    }
    return json.dumps(told, indent=2)


def settings_asset(scope: Construct, id: str, text: str) -> s3_assets.Asset:
    """The file as an asset of the CDK."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "settings.json"
        file.write_text(text, encoding="utf-8")
        return s3_assets.Asset(scope, id, path=str(file))
