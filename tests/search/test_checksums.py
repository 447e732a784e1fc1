"""Every file that a run goes on with: no byte of it can change unnoticed, and none can be missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.search.checkpoint import State, read_facts, read_state, write_facts, write_state
from dasdsl.search.checksums import verified, with_checksum
from dasdsl.search.folder import Folder
from tests.search.runs import contents
from tests.search.test_checkpoint import state


def damaged(data: bytes) -> Iterator[bytes]:
    """Each bit turned round, each byte replaced by white space, each shorter file, and one byte more."""
    for place, byte in enumerate(data):
        for other in {byte ^ (1 << bit) for bit in range(8)} | {0x20, 0x0A} - {byte}:
            yield data[:place] + bytes([other]) + data[place + 1 :]
        yield data[:place]
    yield data + b"\n"


def test_what_is_written_is_read_and_is_json() -> None:
    value = {"a": [1, 2.5, None, "ä\n"], "b": {"c": True}}
    data = with_checksum(value)
    assert verified(data) == value
    assert list(json.loads(data)) == ["a", "b", "sha256"]
    assert verified(with_checksum({})) == {}


def test_no_damage_to_json_goes_unnoticed() -> None:
    for data in damaged(with_checksum({"space": "conv", "epochs": 3, "rate": 1e-3})):
        with pytest.raises(ValueError, match=r"."):
            verified(data)


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_no_damage_to_a_state_goes_unnoticed(suffix: str, tmp_path: Path) -> None:
    """The generation before is used, and that is said."""
    for step in (5, 10):
        write_state(tmp_path, step, state(step))
    path = tmp_path / f"00000010.{suffix}"
    for data in damaged(path.read_bytes()):
        path.write_bytes(data)
        found, broken = read_state(tmp_path)
        assert found is not None
        assert found.facts == {"step": 5}
        assert broken == [f"{tmp_path / '00000010'} is broken; the state before it is used"]


def test_tensors_of_another_state_are_none(tmp_path: Path) -> None:
    for step in (5, 10):
        write_state(tmp_path, step, state(step))
    shutil.copy(tmp_path / "00000005.safetensors", tmp_path / "00000010.safetensors")
    found, _ = read_state(tmp_path)
    assert found is not None
    assert found.facts == {"step": 5}


def test_facts_alone(tmp_path: Path) -> None:
    assert read_facts(tmp_path / "ladder") == (None, [])
    for number in (1, 2):
        write_facts(tmp_path / "ladder", {"rungs": [number, 0.5]})
    assert read_facts(tmp_path / "ladder") == ({"rungs": [2, 0.5]}, [])
    write_state(tmp_path / "other", 3, State({}, {"step": 3}))
    assert read_facts(tmp_path / "other") == ({"step": 3}, [])


# ---- in the folder of a run ------------------------------------------------------------------------------------------


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished run."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("composite.safetensors", "composite.safetensors is broken; it is made again from the states of the search"),
        ("checkpoints/composite/00000000.json", "00000000 is broken; this phase begins again"),
        ("checkpoints/ladder/00000000.json", "00000000 is broken; this phase begins again"),
        ("checkpoints/finetune/00000012.json", "00000012 is broken; this phase begins again"),
        ("checkpoints/baseline/00000030.safetensors", "00000030 is broken; this phase begins again"),
    ],
)
def test_what_is_broken_is_made_again(
    name: str, said: str, run: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(run / name)
    capsys.readouterr()
    assert main(["search", "--resume", str(run)]) == 0
    assert said in capsys.readouterr().err
    assert contents(run) == contents(finished)
    assert (run / "composite.safetensors").read_bytes() == (finished / "composite.safetensors").read_bytes()
    assert main(["search", "--resume", str(run)]) == 0
    assert "is broken" not in capsys.readouterr().err


def test_what_the_run_was_told_is_not_guessed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip(run / "run.json")
    assert main(["search", "--resume", str(run)]) == 1
    assert "error[E507]: this file of the run is broken: its content is not what its SHA-256 says" in (
        capsys.readouterr().err
    )


def test_another_rung_is_not_read_off_a_broken_composite(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip(run / "composite.safetensors")
    assert main(["discover", str(run), "--threshold", "0.1"]) == 1
    assert "error[E507]" in capsys.readouterr().err


def test_weights_that_a_run_starts_from(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    flags = ("--epochs", "1", "--finetune", "0", "--batch", "50")
    assert main(["search", "--from", str(finished), "--out", str(out), *flags]) == 0
    flip(out / "start.safetensors")
    assert main(["search", "--resume", str(out)]) == 1
    assert "start.safetensors" in capsys.readouterr().err
    assert Folder(out).told()["from"]["name"] == str(finished)
