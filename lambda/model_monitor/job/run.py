"""One run of a monitor: reads, judges, and leaves rows, metrics, reports and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from captured import Read, read_captured
from judged import judge_data, judge_model, row
from tables import PREDICTION, read_baseline, read_batch, read_labels, schema_of, typed, with_labels


def run(plan: Mapping[str, Any], *, captured: Path, baseline: Path, results: Path) -> None:
    """Do what the plan says.

    :param captured: where the objects that the plan names are.
    :param baseline: where the baseline is.
    :param results: where everything is left.
    """
    expected = read_baseline(baseline)
    schema = schema_of(expected, plan["features"])
    columns = [*plan["features"]] or [name for name in expected.columns if name in schema.features]

    def read(files: Iterable[str]) -> Read:
        paths = [*located(captured, files)]
        return read_batch(paths, columns) if plan["source"] == "batch" else read_captured(paths, columns)

    current = read(plan["files"]["current"])
    corrupt = [*current.corrupt]
    metrics: dict[str, float] = {"Rows": len(current.rows), "CorruptLines": len(current.corrupt)}
    rows = [
        row("run", "", "rows", len(current.rows), None, False),
        row("run", "", "corrupt_lines", len(current.corrupt), None, False),
    ]
    if len(current.rows) >= plan["minimum_rows"]:
        said = _data(plan, current, expected, schema, results)
        rows += said
        metrics |= _summary(plan, said)
    model = plan["kinds"].get("model_quality")
    if model is not None:
        answered = read(plan["files"]["labelled"])
        labels, unread = read_labels(located(captured, plan["files"]["truth"]))
        corrupt += unread.corrupt
        predictions = [each for each in answered.rows if each.get(PREDICTION) is not None]
        known = with_labels(predictions, labels)
        share = len(known) / len(predictions) if predictions else 0.0
        rows += [
            row("model_quality", "", "labelled_share", share, None, False),
            row("model_quality", "", "labelled_rows", len(known), None, False),
        ]
        metrics["CorruptLines"] += len(unread.corrupt)
        if predictions:
            metrics["LabelledShare"] = share
        if known and len(known) >= plan["minimum_rows"]:
            said = judge_model(known, model, report=results / "model.html")
            rows += said
            metrics["ModelQuality"] = next(each["value"] for each in said if each["metric"] == model["metric"])
    about = {"run": plan["run"], "monitor": plan["monitor"], **plan["window"], "rows": len(current.rows)}
    _write_lines(results / "rows.jsonl", ({**about, **each} for each in rows))
    _write_lines(results / "corrupt.jsonl", corrupt)
    (results / "metrics.json").write_text(json.dumps(metrics, sort_keys=True))


def located(folder: Path, keys: Iterable[str]) -> Iterator[Path]:
    """Where the objects of a manifest are: under their keys, or, where only their names were kept, under these."""
    for key in keys:
        whole = folder / key
        yield whole if whole.exists() else folder / Path(key).name


def _data(plan: Mapping[str, Any], current: Read, expected: Any, schema: Any, results: Path) -> list[dict[str, Any]]:
    quality, drift = plan["kinds"].get("data_quality"), plan["kinds"].get("data_drift")
    if quality is None and drift is None:
        return []
    table, invalid = typed(current.rows, schema)
    return judge_data(
        table, expected, schema, quality=quality, drift=drift, invalid=invalid, report=results / "data.html"
    )


def _summary(plan: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """What alarms look at: the share of features that drifted, and how many are not in order."""
    found: dict[str, float] = {}
    drifted = [each["breached"] for each in said if each["kind"] == "data_drift"]
    if drifted:
        found["DriftedShare"] = sum(drifted) / len(drifted)
    if "data_quality" in plan["kinds"]:
        broken = {each["feature"] for each in said if each["kind"] == "data_quality" and each["breached"]}
        found["BrokenFeatures"] = len(broken)
    return found


def _write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    # What is no number is null: Athena reads no NaN from JSON.
    file.write_text("".join(f"{json.dumps(_plain(each), sort_keys=True)}\n" for each in rows))


def _plain(each: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and value != value else _python(value) for key, value in each.items()}


def _python(value: Any) -> Any:
    """Numpy's numbers and truths as Python's."""
    return value.item() if hasattr(value, "item") else value
