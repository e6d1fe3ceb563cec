"""The job of a monitor, with Evidently: what it finds in data that drifted, and does not find in data that has not."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cdk_ml.sagemaker.monitoring.results import RESULT_COLUMNS
from tests.conftest import ROOT
from tests.toolkit import PYTHON, needs_toolkit

pytestmark = needs_toolkit
SCRIPT = ROOT / "lambda" / "model_monitor" / "job" / "monitor.py"
CONTAINER = """
import os, runpy, sys
import evidently.presets
for line in sys.stdin:
    folder = line.strip()
    child = os.fork()
    if not child:
        os.dup2(os.open(folder + "/errors", os.O_CREAT | os.O_WRONLY), 2)
        os.environ["PROCESSING_FOLDER"] = folder
        sys.argv = sys.argv[1:]
        sys.path.insert(0, os.path.dirname(sys.argv[0]))
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
FEATURES = ("age", "minutes", "plan")
QUALITY = {"missing_share": 0.05, "invalid_share": 0.0, "unseen_share": 0.05}
DRIFT = {
    "share": 0.3,
    "threshold": 0.1,
    "numerical_method": "wasserstein",
    "categorical_method": "jensenshannon",
}
BINARY = {
    "ground_truth": "labels/",
    "problem": "binary",
    "metric": "f1",
    "threshold": 0.8,
    "labels_after_hours": 24,
    "positive": "1",
    "positive_from": 0.5,
}
Row = tuple[Any, ...]


def customers(
    seed: int, count: int, *, older: float = 0.0, plans: Sequence[str] = ("basic", "plus", "pro")
) -> list[Row]:
    """Rows of features."""
    random = Random(seed)
    return [
        (round(random.gauss(40 + older, 10), 3), round(random.expovariate(1 / 200), 3), random.choice([*plans]))
        for _ in range(count)
    ]


def line(id: str, asked: str, answered: str, *, encoding: str = "CSV", kind: str = "text/csv") -> str:
    """What is captured of one request."""

    def part(text: str) -> dict[str, str]:
        data = base64.b64encode(text.encode()).decode() if encoding == "BASE64" else text
        return {"observedContentType": kind, "data": data, "encoding": encoding}

    return json.dumps(
        {
            "captureData": {"endpointInput": part(asked), "endpointOutput": part(answered)},
            "eventMetadata": {"eventId": id, "inferenceTime": "2026-11-24T01:02:03Z"},
            "eventVersion": "0",
        }
    )


def captured(rows: Iterable[Row], answers: Sequence[object] = ()) -> list[str]:
    """Lines of a request for each row, and the ids that their labels are known by."""
    return [
        line(f"id-{index}", ",".join(map(str, row)), str(answers[index] if answers else 0.1))
        for index, row in enumerate(rows)
    ]


class Found:
    """What a run left."""

    def __init__(self, folder: Path) -> None:
        def lines(name: str) -> list[dict[str, Any]]:
            return [json.loads(text) for text in (folder / name).read_text().splitlines()]

        self.rows, self.corrupt = lines("rows.jsonl"), lines("corrupt.jsonl")
        self.metrics: dict[str, float] = json.loads((folder / "metrics.json").read_text())
        self.reports = {file.name for file in folder.glob("*.html")}

    def breached(self, kind: str) -> set[tuple[str, str]]:
        """Features and metrics that are beyond their threshold."""
        return {(row["feature"], row["metric"]) for row in self.rows if row["kind"] == kind and row["breached"]}

    def value(self, metric: str, feature: str = "") -> float:
        (found,) = [row["value"] for row in self.rows if (row["metric"], row["feature"]) == (metric, feature)]
        return float(found)


Run = Callable[..., Found]


@pytest.fixture(scope="module")
def container() -> Iterator[subprocess.Popen[str]]:
    """What runs the script in a process of its own each time, without importing Evidently each time."""
    process = subprocess.Popen(
        [PYTHON, "-B", "-W", "ignore", "-c", CONTAINER, str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DO_NOT_TRACK": "1", "OMP_NUM_THREADS": "1"},
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=60)


@pytest.fixture
def run(container: subprocess.Popen[str], tmp_path: Path) -> Run:
    """Runs the job over files laid out as SageMaker lays them, with the baseline of seed 0 unless the test has one."""

    def start(
        current: Sequence[str] | None,
        *,
        kinds: Mapping[str, Any] | None = None,
        baseline: str | None = None,
        files: Mapping[str, str] | None = None,
        name: str = "capture/a.jsonl",
        truth: Sequence[str] = (),
        labelled: Sequence[str] = (),
        plan: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Found:
        rows = "\n".join(",".join(map(str, row)) for row in customers(0, 2000))
        written = {
            "input/baseline/train.csv": f"{','.join(FEATURES)}\n{rows}\n" if baseline is None else baseline,
            **{f"input/captured/{key}": text for key, text in (files or {}).items()},
        }
        if current is not None:
            written[f"input/captured/{name}"] = "\n".join(current)
        told = {
            "run": "run-1",
            "monitor": "churn-monitor",
            "source": "capture",
            "features": [],
            "minimum_rows": 500,
            "kinds": {"data_quality": QUALITY, "data_drift": DRIFT} if kinds is None else kinds,
            "files": {"current": [] if current is None else [name], "labelled": [*labelled], "truth": [*truth]},
            "window": {"window_start": "2026-11-24 00:00:00", "window_end": "2026-11-25 00:00:00"},
            **more,
            **({} if plan is None else plan),
        }
        written["input/plan/plan.json"] = json.dumps(told)
        for path, text in written.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        assert container.stdin is not None
        assert container.stdout is not None
        container.stdin.write(f"{tmp_path}\n")
        container.stdin.flush()
        assert container.stdout.readline() == "0\n", (tmp_path / "errors").read_text()
        return Found(tmp_path / "output" / "results")

    return start


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_data_that_is_as_before_has_not_drifted_and_is_in_order(run: Run, seed: int) -> None:
    found = run(captured(customers(seed, 1000)))
    assert found.breached("data_drift") == set()
    assert found.breached("data_quality") == set()
    assert found.metrics == {"Rows": 1000, "CorruptLines": 0, "DriftedShare": 0, "BrokenFeatures": 0}
    assert found.reports == {"data.html"}


@pytest.mark.parametrize("seed", [1, 2])
def test_data_that_drifted_is_found_where_it_drifted(run: Run, seed: int) -> None:
    found = run(captured(customers(seed, 1000, older=8, plans=("basic", "pro", "pro", "pro"))))
    assert found.breached("data_drift") == {("age", "wasserstein"), ("plan", "jensenshannon")}
    assert found.metrics["DriftedShare"] == pytest.approx(2 / 3)
    assert found.value("wasserstein", "age") == pytest.approx(0.8, abs=0.15)


def test_a_row_says_all_that_a_query_asks_for(run: Run) -> None:
    found = run(captured(customers(1, 600)), kinds={"data_drift": DRIFT})
    (age,) = [row for row in found.rows if row["feature"] == "age"]
    assert {*age} == {*RESULT_COLUMNS}, "the table has a column for each"
    value = age.pop("value")
    assert 0 < value < 0.1
    assert age == {
        "run": "run-1",
        "monitor": "churn-monitor",
        "window_start": "2026-11-24 00:00:00",
        "window_end": "2026-11-25 00:00:00",
        "rows": 600,
        "kind": "data_drift",
        "feature": "age",
        "metric": "wasserstein",
        "threshold": 0.1,
        "breached": False,
    }


def test_missing_invalid_and_unseen_values_are_told_apart(run: Run) -> None:
    rows: list[Row] = customers(1, 1000)
    rows[:100] = [("", minutes, plan) for _, minutes, plan in rows[:100]]
    rows[100:200] = [(age, "many", plan) for age, _, plan in rows[100:200]]
    rows[200:400] = [(age, minutes, "gold") for age, minutes, _ in rows[200:400]]
    found = run(captured(rows))
    assert found.value("missing_share", "age") == pytest.approx(0.1)
    assert found.value("invalid_share", "minutes") == pytest.approx(0.1)
    assert found.value("unseen_share", "plan") == pytest.approx(0.2)
    assert found.metrics["BrokenFeatures"] == 3


def test_a_column_that_is_gone_is_broken_and_the_others_are_judged(run: Run) -> None:
    asked = [json.dumps({"age": age, "plan": plan}) for age, _, plan in customers(1, 600)]
    lines = [line(str(at), text, "0", encoding="JSON", kind="application/json") for at, text in enumerate(asked)]
    found = run(lines)
    assert ("minutes", "missing_column") in found.breached("data_quality")
    assert {row["feature"] for row in found.rows if row["kind"] == "data_drift"} == {"age", "plan"}
    assert found.metrics["BrokenFeatures"] == 1


ENCODINGS: Sequence[tuple[str, str, Callable[[Row], str]]] = (
    ("CSV", "text/csv", lambda row: ",".join(map(str, row))),
    ("BASE64", "text/csv; charset=utf-8", lambda row: ",".join(map(str, row))),
    ("JSON", "application/json", lambda row: json.dumps({"instances": [list(row)]})),
    ("JSON", "application/json", lambda row: json.dumps({"instances": [{"features": list(row)}]})),
    ("JSON", "application/json", lambda row: json.dumps([dict(zip(FEATURES, row, strict=True))])),
    ("BASE64", "application/json", lambda row: json.dumps(list(row))),
    ("JSON", "application/jsonlines", lambda row: json.dumps(dict(zip(FEATURES, row, strict=True)))),
)


def test_every_encoding_of_a_request_is_read(run: Run) -> None:
    lines = []
    for at, row in enumerate(customers(1, 700)):
        encoding, kind, ask = ENCODINGS[at % len(ENCODINGS)]
        lines.append(line(str(at), ask(row), "[0]" if "json" in kind else "0", encoding=encoding, kind=kind))
    found = run(lines)
    assert found.corrupt == []
    assert found.metrics == {"Rows": 700, "CorruptLines": 0, "DriftedShare": 0, "BrokenFeatures": 0}


def test_objects_are_found_under_their_names_where_keys_were_not_kept(run: Run) -> None:
    plan = {"files": {"current": ["capture/2026/11/24/01/a.jsonl"], "labelled": [], "truth": []}}
    assert run(captured(customers(1, 600)), name="a.jsonl", plan=plan).metrics["Rows"] == 600


def test_a_request_may_hold_many_rows(run: Run) -> None:
    rows = customers(1, 600)
    texts = [",".join(map(str, row)) for row in rows]
    lines = [line(str(at), "\n".join(texts[at : at + 3]), "1\n0\n1") for at in range(0, 600, 3)]
    assert run(lines).metrics["Rows"] == 600


def test_lines_that_cannot_be_read_are_counted_and_kept(run: Run) -> None:
    bad = [
        "{not json",
        json.dumps({"eventVersion": "0"}),
        line("a", "1,2", "0"),
        line("b", "1,2,basic", "0\n1"),
        line("c", "picture", "0", encoding="BASE64", kind="image/png"),
        line("d", "1,2,basic", "0").replace('"CSV"', '"BASE64"'),
    ]
    found = run([*captured(customers(1, 600)), *bad])
    assert (found.metrics["Rows"], found.metrics["CorruptLines"]) == (600, 6)
    assert [kept["text"] for kept in found.corrupt] == bad
    assert [kept["line"] for kept in found.corrupt] == [601, 602, 603, 604, 605, 606]
    reasons = [kept["reason"] for kept in found.corrupt]
    assert reasons[1:5] == [
        "lacks 'captureData'",
        "2 values, and 3 features have a name",
        "1 rows were asked about and 2 answered",
        "image/png is neither CSV nor JSON",
    ]


@pytest.mark.parametrize("count", [0, 499])
def test_too_few_rows_are_counted_and_not_judged(run: Run, count: int) -> None:
    found = run(captured(customers(1, count, older=50)))
    assert found.metrics == {"Rows": count, "CorruptLines": 0}
    assert {row["kind"] for row in found.rows} == {"run"}
    assert found.reports == set()


def test_batches_are_read_as_they_were_written(run: Run) -> None:
    def text(rows: list[Row]) -> str:
        return "\n".join(",".join(map(str, row)) for row in rows)

    named = [json.dumps(dict(zip(FEATURES, row, strict=True))) for row in customers(2, 300)]
    scored = [(*row, 0.3) for row in customers(3, 300)]
    files = {
        "batch/a.csv": f"{','.join(FEATURES)}\n{text(customers(1, 300))}\n1,2\n",
        "batch/b.jsonl": "\n".join([*named, "[1]"]),
        "batch/c.csv.out": f"{text(scored)}\n1,2\n",
    }
    plan = {"current": [*files], "labelled": [], "truth": []}
    found = run(None, source="batch", files=files, plan={"files": plan})
    assert found.metrics == {"Rows": 900, "CorruptLines": 3, "DriftedShare": 0, "BrokenFeatures": 0}


def test_a_baseline_without_a_feature_fails_the_job_and_says_which(run: Run) -> None:
    with pytest.raises(AssertionError, match="The baseline has no column income; it has age, minutes, plan"):
        run(captured(customers(1, 600)), features=["age", "income"])


def test_an_empty_baseline_fails_the_job(run: Run) -> None:
    with pytest.raises(AssertionError, match="The baseline is empty"):
        run(captured(customers(1, 600)), baseline="age,minutes,plan\n")


def truth(id: str, label: object) -> str:
    """A label as Model Monitor takes it."""
    said = {"data": str(label), "encoding": "CSV"}
    return json.dumps({"groundTruthData": said, "eventMetadata": {"eventId": id}, "eventVersion": "0"})


@pytest.mark.parametrize(("wrong", "good"), [(0.05, True), (0.4, False)])
def test_a_model_is_judged_by_what_came_true(run: Run, wrong: float, good: bool) -> None:
    random = Random(5)
    actual = [random.randrange(2) for _ in range(800)]
    scores = [abs(label - (0.8 if random.random() < wrong else 0.1)) for label in actual]
    labels = [truth(f"id-{at}", label) for at, label in enumerate(actual)]
    found = run(
        None,
        kinds={"model_quality": BINARY},
        files={"old.jsonl": "\n".join(captured(customers(1, 800), scores)), "labels/a.jsonl": "\n".join(labels)},
        labelled=["old.jsonl"],
        truth=["labels/a.jsonl"],
    )
    assert found.metrics["ModelQuality"] == pytest.approx(1 - wrong, abs=0.06)
    assert found.breached("model_quality") == (set() if good else {("", "f1")})
    assert found.metrics["LabelledShare"] == 1
    assert found.reports == {"model.html"}
    assert found.value("accuracy") == pytest.approx(1 - wrong, abs=0.06)


def test_labels_that_are_not_there_yet_are_counted_and_the_latest_of_two_counts(run: Run) -> None:
    answers = [at % 2 for at in range(600)]
    first = [truth(f"id-{at}", 1 - at % 2) for at in range(10)]
    later = [json.dumps({"inference_id": f"id-{at}", "label": at % 2}) for at in range(540)]
    found = run(
        None,
        kinds={"model_quality": BINARY},
        files={
            "old.jsonl": "\n".join(captured(customers(1, 600), answers)),
            "labels/a.jsonl": "\n".join([*first, "{}"]),
            "labels/b.jsonl": "\n".join(later),
            "labels/c.csv": "inference_id,label\nunknown,1\n",
        },
        labelled=["old.jsonl"],
        truth=["labels/a.jsonl", "labels/b.jsonl", "labels/c.csv"],
    )
    assert found.metrics["LabelledShare"] == pytest.approx(0.9)
    assert found.metrics["ModelQuality"] == 1, "the first ten were corrected"
    assert [(kept["file"], kept["reason"]) for kept in found.corrupt] == [("a.jsonl", "lacks 'label'")]


def test_without_labels_a_model_is_not_judged(run: Run) -> None:
    found = run(
        None,
        kinds={"model_quality": BINARY},
        files={"old.jsonl": "\n".join(captured(customers(1, 600)))},
        labelled=["old.jsonl"],
    )
    assert found.metrics == {"Rows": 0, "CorruptLines": 0, "LabelledShare": 0}


@pytest.mark.parametrize(
    ("problem", "metric", "threshold", "answers", "labels", "expected"),
    [
        ("regression", "mae", 1.5, [10.0, 20.0, 30.0], [12.0, 22.0, 32.0], 2.0),
        ("multiclass", "accuracy", 0.7, ["a", "b", "c"], ["a", "b", "b"], 2 / 3),
        ("binary", "recall", 0.6, ["churn", "stay", "stay"], ["churn", "churn", "stay"], 0.5),
    ],
)
def test_numbers_and_classes_are_judged_by_metrics_of_their_own(
    run: Run, problem: str, metric: str, threshold: float, answers: list[Any], labels: list[Any], expected: float
) -> None:
    wanted = {**BINARY, "problem": problem, "metric": metric, "threshold": threshold, "positive": "churn"}
    found = run(
        None,
        kinds={"model_quality": wanted},
        minimum_rows=10,
        files={
            "old.jsonl": "\n".join(captured(customers(1, 30), answers * 10)),
            "labels/a.jsonl": "\n".join(truth(f"id-{at}", label) for at, label in enumerate(labels * 10)),
        },
        labelled=["old.jsonl"],
        truth=["labels/a.jsonl"],
    )
    assert found.metrics["ModelQuality"] == pytest.approx(expected)
    worse = expected > threshold if metric == "mae" else expected < threshold
    assert found.breached("model_quality") == ({("", metric)} if worse else set())
