"""`--limit` as people give it: to a search that is stopped and gone on with, and to a finished one."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

import dasdsl
from dasdsl.cli import main
from dasdsl.ir.elaborate import elaborate
from tests.forks import Forked
from tests.search.runs import QUICK, TINY, contents, stop_when, tiny

LARGEST = elaborate(dasdsl.loads(TINY)).cost


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished search with a limit, beside `tiny.das` and `tiny.npz`."""
    folder = tmp_path_factory.mktemp("limited")
    space, data = tiny(folder)
    arguments = ["search", str(space), "--data", str(data), "--out", str(folder / "run"), "--limit", "params=60%"]
    assert main([*arguments, *QUICK]) == 0
    return folder / "run"


def test_the_text_keeps_the_limit(limited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads((limited / "report.json").read_text(encoding="utf-8"))
    cost = elaborate(dasdsl.load(limited / "architecture.das")).cost
    assert 0.98 * 0.6 * LARGEST.params <= cost.params <= 0.6 * LARGEST.params
    assert report["limit"]["limit"] == {"params": int(0.6 * LARGEST.params)}
    assert report["limit"]["reached"] == {"params": cost.params, "macs": cost.macs}
    assert report["limit"]["within"] is True
    assert report["elimination"] is None
    capsys.readouterr()
    assert main(["search", "--resume", str(limited)]) == 0
    assert "limit: " in capsys.readouterr().out


def test_a_search_that_is_stopped_ends_the_same(limited: Path, tmp_path: Path) -> None:
    space, data = limited.parent / "tiny.das", limited.parent / "tiny.npz"
    arguments = ("search", space, "--data", data, "--out", tmp_path / "run", "--limit", "params=60%", *QUICK)
    states = tmp_path / "run" / "checkpoints" / "shave"
    stop_when(Forked(*arguments), lambda: any(states.glob("*.json")), signal.SIGINT)
    assert not (tmp_path / "run" / "report.json").exists()
    assert main(["search", "--resume", str(tmp_path / "run")]) == 0
    assert contents(tmp_path / "run") == contents(limited)


def test_another_budget_of_a_finished_search(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    rung = json.loads((finished / "report.json").read_text(encoding="utf-8"))["ladder"][-2]
    assert main(["discover", str(finished), "--limit", f"macs={rung['macs']}", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    cost = elaborate(dasdsl.loads(found["architecture"])).cost
    assert found["macs"] == cost.macs
    assert 0.98 * rung["macs"] <= cost.macs <= rung["macs"]
    assert found["limit"] == {"macs": rung["macs"]}
    assert found["certificate"]["max_abs_error"] < 1e-4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("discover", "RUN", "--limit", "params=1"), "E308"),
        (("discover", "RUN", "--limit", "macs=40M"), "E510"),
        (("search", "SPACE", "--data", "DATA", "--limit", "params=1,macs=5"), "E308"),
    ],
)
def test_refusals(
    arguments: tuple[str, ...],
    code: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"RUN": finished, "SPACE": finished.parent / "tiny.das", "DATA": finished.parent / "tiny.npz"}
    assert main([str(names.get(one, one)) for one in arguments]) == 1
    assert f"error[{code}]: " in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("limit", ["40M", "macs", "macs=", "macs=much", "flops=3M", "params=-1", "macs=nan", "macs=1T"])
def test_misuse(limit: str, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", str(finished), "--limit", limit]) == 2
    assert "argument --limit: " in capsys.readouterr().err
    assert main(["search", "--limit", limit]) == 2
    assert main(["discover", str(finished), "--limit", "macs=30%", "--threshold", "0.1"]) == 2


def test_from_python(tmp_path: Path) -> None:
    space, data = tiny(tmp_path)
    limit = {"params": "50%", "macs": "90%"}
    run = dasdsl.search(
        dasdsl.load(space), str(data), out=tmp_path / "run", epochs=1, finetune=0, batch=25, limit=limit
    )
    assert run.found.costs.params <= 0.5 * LARGEST.params
    assert run.report["settings"]["limit"] == "params=50%,macs=90%"
