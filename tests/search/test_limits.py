"""A rung by what it may cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import dasdsl
from dasdsl.cli import main
from dasdsl.diagnostics import DasError
from dasdsl.inverse.discover import discover
from dasdsl.ir.elaborate import elaborate
from dasdsl.lowering.gates.bank import Family
from dasdsl.search.limits import What, threshold_within
from tests.lowering.texts import EVERYTHING, RECIPES, composite


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("what", ["params", "macs"])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.3])
def test_the_smallest_threshold_that_keeps_the_limit(share: float, what: What, recipe: Family) -> None:
    model = composite(EVERYTHING, recipe).eval()
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.architecture_parameters():
            parameter.mul_(torch.rand_like(parameter) + 0.05)
    most = share * getattr(discover(model, 0.0).costs, what)
    try:
        threshold = threshold_within(model, what, most)
    except DasError as error:
        assert "E512" in str(error)  # noqa: PT017 - either is right
        with pytest.raises(DasError, match="E401"):
            discover(model, 1.5)
        return
    assert getattr(discover(model, threshold).costs, what) <= most
    assert getattr(discover(model, 0.99 * threshold).costs, what) > most


def test_a_limit_that_is_kept_anyway_drops_nothing() -> None:
    assert threshold_within(composite(EVERYTHING).eval(), "params", 1e9) == 0.0


def test_what_cannot_be_that_small() -> None:
    with pytest.raises(DasError) as caught:
        threshold_within(composite(EVERYTHING).eval(), "params", 3)
    found = caught.value.diagnostics[0]
    assert found.code == "E512"
    assert "no threshold leaves 3 params or fewer; at least " in found.message


def discovered(capsys: pytest.CaptureFixture[str], folder: Path, limit: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["discover", str(folder), "--limit", limit, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_as_a_command(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ladder = json.loads((finished / "report.json").read_text(encoding="utf-8"))["ladder"]
    for rung in (ladder[0], ladder[-3]):
        for what in ("params", "macs"):
            found = discovered(capsys, finished, f"{what}={rung[what]}")
            assert isinstance(found[what], int)
            assert found[what] <= rung[what]
            assert isinstance(found["threshold"], float)
            assert found["threshold"] <= rung["threshold"]
            space = dasdsl.loads(str(found["architecture"]))
            assert space.header.found is not None
            assert space.header.found.params == elaborate(space).cost.params == found["params"]
    assert discovered(capsys, finished, "macs=40M")["threshold"] == 0.0
    assert discovered(capsys, finished, "params=0.2k")["params"] == 179


@pytest.mark.parametrize("limit", ["40M", "macs", "macs=", "macs=much", "flops=3M", "params=-1", "macs=nan", "macs=1T"])
def test_misuse(limit: str, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", str(finished), "--limit", limit]) == 2
    assert "argument --limit: " in capsys.readouterr().err
    assert main(["discover", str(finished), "--limit", "macs=3M", "--threshold", "0.1"]) == 2


def test_a_limit_below_everything(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", str(finished), "--limit", "params=1"]) == 1
    assert "error[E512]: no threshold leaves 1 params or fewer" in capsys.readouterr().err
