"""One search in several processes: what comes out is what one process finds, whatever happens to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dasdsl.cli import main
from dasdsl.search import ranks
from tests.search.runs import TINY, phases_told, report_of, tiny

# A bias in front of a batch norm has no gradient but rounding, which Adam makes steps of: here it has one.
SPACE = TINY.replace("norm batch\nrelu", "relu\nnorm batch")
# 85 training samples: the last batch of an epoch has 3, so that one of four ranks has none
SAME = ("--epochs", "4", "--finetune", "2", "--batch", "41", "--seed", "3")
LONG = ("--epochs", "4", "--finetune", "3", "--batch", "4", "--seed", "3")


def torchrun(count: int, *arguments: object, restarts: int = 0) -> subprocess.Popen[str]:
    """The command in so many ranks."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
    return subprocess.Popen(
        [sys.executable, *launcher, "--max-restarts", str(restarts), "-m", "dasdsl", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def ranks_of(launcher: int) -> list[int]:
    """The processes that a launcher has started, by rank."""
    found: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            variables = (process / "environ").read_bytes().split(b"\0") if parent == launcher else []
        except OSError:
            continue
        found |= {int(one[5:]): int(process.name) for one in variables if one.startswith(b"RANK=")}
    return [found[number] for number in sorted(found)]


def wait_for(due: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not due():
        if process.poll() is not None or time.monotonic() > deadline:
            process.send_signal(signal.SIGINT)
            raise AssertionError(f"it did not come to that: {process.communicate()}")
        time.sleep(0.02)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tiny(tmp_path_factory.mktemp("files"), SPACE)


@pytest.fixture(scope="module")
def alone(files: tuple[Path, Path]) -> Path:
    """The search in one process."""
    folder = files[0].parent / "alone"
    assert main(["search", str(files[0]), "--data", str(files[1]), "--out", str(folder), *SAME]) == 0
    return folder


@pytest.mark.parametrize("count", [2, 4])
def test_the_same_text_from_several_ranks(count: int, alone: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    """With batch norm, dropout, filters, channels and groups; weights are the same up to rounding."""
    folder = tmp_path / "run"
    process = torchrun(count, "search", files[0], "--data", files[1], "--out", folder, *SAME)
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    text = (folder / "architecture.das").read_text(encoding="utf-8")
    assert text == (alone / "architecture.das").read_text(encoding="utf-8")
    for name in ("composite.safetensors", "weights.safetensors"):
        mine, theirs = load_file(folder / name), load_file(alone / name)
        assert mine.keys() == theirs.keys()
        for key, tensor in theirs.items():
            torch.testing.assert_close(mine[key], tensor, rtol=1e-4, atol=1e-5, msg=key)
    mine, theirs = report_of(folder), report_of(alone)
    assert (mine["ranks"], theirs["ranks"]) == (count, 1)
    for key in ("threshold", "decisions", "baseline", "found", "finetuned", "samples"):
        assert mine[key] == theirs[key]
    # only the first rank prints and writes
    assert printed.count(f"wrote {folder / 'report.json'}") == 1
    assert errors.count("run in ") == 1
    assert phases_told(folder) == phases_told(alone)


def test_a_rank_that_dies(files: tuple[Path, Path], tmp_path: Path) -> None:
    """The ranks are started again, and the run goes on from its last state."""
    arguments = ("search", files[0], "--data", files[1], *LONG, "--out")
    process = torchrun(2, *arguments, tmp_path / "killed", restarts=1)
    wait_for(lambda: "baseline" in phases_told(tmp_path / "killed"), process)
    os.kill(ranks_of(process.pid)[1], signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "exitcode: -9" in errors
    # what was done before is not done again
    assert errors.count("finetune: ") == 1
    assert phases_told(tmp_path / "killed") == ["search"] * 4 + ["finetune"] * 3 + ["baseline"] * 7
    whole = torchrun(2, *arguments, tmp_path / "whole")
    _, errors = whole.communicate(timeout=300)
    assert whole.returncode == 0, errors
    for name in ("architecture.das", "weights.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert report_of(tmp_path / "killed") == report_of(tmp_path / "whole")


def test_ctrl_c_saves_the_state_and_one_process_can_go_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = torchrun(2, "search", files[0], "--data", files[1], *LONG, "--out", folder)
    wait_for(lambda: "search" in phases_told(folder), process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.count(f"interrupted; the state is saved, go on with: dasdsl search --resume {folder}") == 1
    assert list((folder / "checkpoints" / "search").glob("*.json"))
    assert main(["search", "--resume", str(folder)]) == 0
    assert phases_told(folder).count("search") == 4
    alone = tmp_path / "alone"
    assert main(["search", str(files[0]), "--data", str(files[1]), "--out", str(alone), *LONG]) == 0
    text = (folder / "architecture.das").read_text(encoding="utf-8")
    assert text == (alone / "architecture.das").read_text(encoding="utf-8")


def test_what_is_wrong_is_told_once(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "other").touch()
    process = torchrun(2, "search", files[0], "--data", files[1], "--out", tmp_path / "run", *SAME)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert errors.count("error[E506]") == 1


def test_a_restart_has_to_find_the_run(files: tuple[Path, Path]) -> None:
    process = torchrun(2, "search", files[0], "--data", files[1], *SAME, restarts=1)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "give --out, so that the run is found again" in errors


# ---- one process -----------------------------------------------------------------------------------------------------


def test_in_one_process_nothing_happens() -> None:
    assert not ranks.launched()
    with ranks.joined():
        assert (ranks.size(), ranks.rank(), ranks.is_first()) == (1, 0, True)
        ranks.barrier()
        tensor = torch.arange(3.0)
        assert ranks.all_reduce_(tensor) is tensor
        assert tensor.tolist() == [0.0, 1.0, 2.0]
        assert ranks.broadcast("x") == "x"
        assert ranks.first(lambda: 1) == ranks.each(lambda: 1) == 1
        with pytest.raises(ValueError, match="no"):
            ranks.first(lambda: int("no"))
