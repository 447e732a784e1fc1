"""The front, means over seeds, and the paper's table."""

from __future__ import annotations

from typing import Any

import pytest

from dasdsl.search.sweep.preset import BASELINE, ROWS, compared, grouped_beside
from dasdsl.search.sweep.summary import over_seeds, pareto


def result(point: int, validation: float, params: int, macs: int, **more: Any) -> dict[str, Any]:
    return {
        "point": point, "space": "a.das", "label": "", "settings": {}, "state": "done",
        "metric": validation, "validation": validation, "params": params, "macs": macs, **more,
    }  # fmt: skip


@pytest.mark.parametrize(("metric_name", "sign"), [("rmse", 1), ("accuracy", -1)])
def test_the_front_is_what_nothing_beats(metric_name: str, sign: int) -> None:
    results = [
        result(0, sign * 0.1, 100, 1000),
        result(1, sign * 0.2, 50, 1000),
        result(2, sign * 0.2, 50, 1001),
        result(3, sign * 0.3, 200, 10),
        result(4, sign * 0.1, 100, 1000),
        result(5, sign * 0.4, 300, 2000),
    ]
    assert [point["point"] for point in pareto(results, metric_name)] == [0, 1, 3, 4]


def test_means_are_over_what_differs_by_the_seed_alone() -> None:
    results = [
        result(0, 1.0, 10, 10, settings={"gamma": 1.0, "seed": 0}),
        result(1, 3.0, 30, 10, settings={"gamma": 1.0, "seed": 1}),
        result(2, 9.0, 90, 90, settings={"gamma": 2.0, "seed": 0}),
    ]
    (group,) = over_seeds(results)
    assert group["points"] == [0, 1]
    assert group["settings"] == {"gamma": 1.0}
    assert group["mean"]["metric"] == 2.0
    assert group["sd"]["metric"] == pytest.approx(2**0.5)
    assert over_seeds([result(0, 1.0, 1, 1), result(1, 1.0, 1, 1)]) == []


def test_the_rows_of_the_paper() -> None:
    """The figures as they are printed there."""
    assert (BASELINE.flops, BASELINE.params, BASELINE.error) == (840e6, 1.03e6, 0.0945)
    assert [(row.flops / 1e6, row.params / 1e6, row.error) for row in ROWS] == [
        (692, 1.01, 0.0889), (402, 0.43, 0.0912), (210, 0.54, 0.0955),
        (480, 0.11, 0.0978), (508, 0.19, 0.0980), (409, 0.04, 0.0996),
    ]  # fmt: skip
    assert [row.grouped for row in ROWS] == [False] * 3 + [True] * 3


def test_ratios_to_the_baseline_of_each_run() -> None:
    base = {"params": 100, "macs": 1000, "metric": 0.2}
    found = [
        result(0, 0.1, 50, 200, label="channels 1", baseline=base),
        result(1, 0.3, 70, 300, label="channels 1", baseline=base),
    ]
    lines = compared(found)
    assert [line["label"] for line in lines] == ["baseline", *(row.label for row in ROWS)]
    assert lines[0]["ours"] == {"macs": 1.0, "params": 1.0, "error": 1.0}
    assert lines[1]["ours"] == pytest.approx({"macs": 0.25, "params": 0.6, "error": 1.0})
    assert lines[1]["paper"]["params"] == pytest.approx(1.01 / 1.03)
    assert all(line["ours"] is None for line in lines[2:])


def test_where_the_space_with_groups_is() -> None:
    assert grouped_beside("spaces/pilotnet.das") == "spaces/pilotnet-groups.das"
