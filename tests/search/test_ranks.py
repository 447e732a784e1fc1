"""One search in several processes: what comes out is what one process finds, whatever happens to them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dasdsl.cli import main
from dasdsl.search import ranks
from tests.forks import Forked
from tests.search.runs import TINY, phases_told, report_of, stop_within, tiny

# A bias in front of a batch norm has no gradient but rounding, which Adam makes steps of: here it has one.
SPACE = TINY.replace("norm batch\nrelu", "relu\nnorm batch")
# 85 training samples: the last batch of an epoch has 3, so that one of four ranks has none
SAME = ("--epochs", "4", "--finetune", "2", "--batch", "41", "--seed", "3")
# long enough that a signal finds its search at work
LONG = (*("--epochs", "4", "--finetune", "1", "--batch", "4", "--seed", "3"), *("--elimination", "0"))
TRAINED = ("search", "finetune", "baseline")


COMMAND = ("-m", "dasdsl")
# The command, of which rank 1 is killed when it is about to begin the second epoch of the baseline for the first time.
DYING = """import os, signal, sys
from dasdsl.cli import main
from dasdsl.search import loop, ranks

order = loop.Trainer.order

def dying(trainer, phase, epoch):
    if (ranks.rank(), ranks.restarts(), phase, epoch) == (1, (0, 1), "baseline", 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return order(trainer, phase, epoch)

loop.Trainer.order = dying
sys.exit(main(sys.argv[1:]))
"""


def torchrun(count: int, *arguments: object, program: tuple[object, ...] = COMMAND, restarts: int = 0) -> Forked:
    """The command, or another program, in so many ranks."""
    flags = ("--standalone", "--nproc-per-node", count, "--max-restarts", restarts)
    return Forked(*flags, *program, *arguments, program=launched)


def launched(arguments: list[str]) -> None:
    from torch.distributed.run import main as launch

    launch(arguments)


def surround(environment: dict[str, str]) -> None:
    os.environ.update(environment)


class Ranks:
    """The command in so many processes, as `torchrun` starts them."""

    def __init__(self, count: int, *arguments: object) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.surroundings = {
                "TORCHELASTIC_RUN_ID": "1",
                "WORLD_SIZE": str(count),
                "LOCAL_WORLD_SIZE": str(count),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(free.getsockname()[1]),
            }
        self.processes = [Forked(*arguments, before=partial(surround, self.of(rank))) for rank in range(count)]

    def of(self, rank: int) -> dict[str, str]:
        return self.surroundings | {"RANK": str(rank), "LOCAL_RANK": str(rank)}

    def communicate(self, timeout: float) -> tuple[str, str]:
        told = [process.communicate(timeout) for process in self.processes]
        return "".join(printed for printed, _ in told), "".join(errors for _, errors in told)

    @property
    def returncode(self) -> int | None:
        return max((process.returncode for process in self.processes if process.returncode is not None), key=abs)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tiny(tmp_path_factory.mktemp("files"), SPACE)


@pytest.fixture(scope="module")
def alone(files: tuple[Path, Path]) -> Path:
    """The search in one process."""
    folder = files[0].parent / "alone"
    assert main(["search", str(files[0]), "--data", str(files[1]), "--out", str(folder), *SAME]) == 0
    return folder


@pytest.fixture(scope="module")
def several(files: tuple[Path, Path]) -> Callable[[int], tuple[Path, str, str]]:
    """The folder of the search in so many ranks, and what it printed and told; each is made once."""

    @cache
    def searched(count: int) -> tuple[Path, str, str]:
        folder = files[0].parent / f"ranks{count}"
        # two as it is done, four without what starts them
        start = torchrun if count == 2 else Ranks
        process = start(count, "search", files[0], "--data", files[1], "--out", folder, *SAME)
        printed, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return folder, printed, errors

    return searched


@pytest.mark.parametrize("count", [2, 4])
def test_the_same_text_from_several_ranks(
    count: int, alone: Path, several: Callable[[int], tuple[Path, str, str]]
) -> None:
    """With batch norm, dropout, filters, channels and groups; weights are the same up to rounding."""
    folder, printed, errors = several(count)
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


def test_a_rank_that_dies(
    files: tuple[Path, Path], several: Callable[[int], tuple[Path, str, str]], tmp_path: Path
) -> None:
    """The ranks are started again, and the run goes on from its last state."""
    script, killed, whole = tmp_path / "dying.py", tmp_path / "killed", several(2)[0]
    script.write_text(DYING, encoding="utf-8")
    process = torchrun(2, "search", files[0], "--data", files[1], *SAME, "--out", killed, program=(script,), restarts=1)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "exitcode: -9" in errors
    # what was done before is not done again
    assert errors.count("finetune: ") == 1
    assert [phase for phase in phases_told(killed) if phase in TRAINED] == (
        ["search"] * 4 + ["finetune"] * 2 + ["baseline"] * 6
    )
    for name in ("architecture.das", "weights.safetensors", "log.jsonl"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    assert report_of(killed) == report_of(whole)


def test_ctrl_c_saves_the_state_and_one_process_can_go_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = torchrun(2, "search", files[0], "--data", files[1], *LONG, "--out", folder)
    _, errors = stop_within(process, folder, "search", signal.SIGINT)
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


def test_a_restart_has_to_find_the_run(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the first rank of two that `torchrun --max-restarts 1` starts; where a rank dies, they are those variables."""
    launched = {"TORCHELASTIC_RUN_ID": "1", "TORCHELASTIC_MAX_RESTARTS": "1", "WORLD_SIZE": "2", "RANK": "0"}
    for name, value in launched.items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["search", str(files[0]), "--data", str(files[1]), *SAME]) == 2
    assert "give --out, so that the run is found again" in capsys.readouterr().err


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
