"""States on disk: whole or not there, two generations, whatever happens to the files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dasdsl.search.checkpoint import State, read_state, write_state


def state(step: int) -> State:
    return State({"a": torch.full((3,), float(step)), "b/c": torch.tensor(step)}, {"step": step})


def step_of(folder: Path) -> int | None:
    found, _ = read_state(folder)
    if found is None:
        return None
    assert found.tensors["b/c"].item() == found.facts["step"]
    return int(found.facts["step"])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_state(tmp_path / "x", 7, state(7))
    found, broken = read_state(tmp_path / "x")
    assert found is not None
    assert found.facts == {"step": 7}
    assert found.tensors["a"].tolist() == [7.0, 7.0, 7.0]
    assert broken == []


def test_a_folder_that_is_not_there_holds_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "nowhere") == (None, [])


def test_two_generations_are_kept(tmp_path: Path) -> None:
    for step in (5, 10, 15, 20):
        write_state(tmp_path, step, state(step))
    assert names(tmp_path) == {
        "00000015.json",
        "00000015.safetensors",
        "00000020.json",
        "00000020.safetensors",
    }
    assert step_of(tmp_path) == 20


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "gone"])
def test_a_damaged_state_gives_way_to_the_one_before(tmp_path: Path, suffix: str, damage: str) -> None:
    for step in (5, 10):
        write_state(tmp_path, step, state(step))
    newest = tmp_path / f"00000010.{suffix}"
    data = newest.read_bytes()
    match damage:
        case "cut":
            newest.write_bytes(data[: len(data) // 2])
        case "flipped":
            newest.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        case "emptied":
            newest.write_bytes(b"")
        case _:
            newest.unlink()
    found, broken = read_state(tmp_path)
    assert found is not None
    assert found.facts == {"step": 5}
    if (suffix, damage) != ("json", "gone"):
        assert len(broken) == 1
        assert "00000010" in broken[0]
        assert "the state before it is used" in broken[0]


def test_where_all_are_damaged_there_is_none_and_that_is_said(tmp_path: Path) -> None:
    for step in (5, 10):
        write_state(tmp_path, step, state(step))
        (tmp_path / f"{step:08d}.safetensors").write_bytes(b"nothing")
    found, broken = read_state(tmp_path)
    assert found is None
    assert ["before it is used" in line for line in broken] == [True, False]
    assert "begins again" in broken[1]


def test_what_is_written_after_a_damaged_state_is_what_is_read(tmp_path: Path) -> None:
    """The damaged ones were of later steps; they must not push the new ones out."""
    for step in (15, 20):
        write_state(tmp_path, step, state(step))
        (tmp_path / f"{step:08d}.json").write_text("{")
    assert step_of(tmp_path) is None
    write_state(tmp_path, 5, state(5))
    assert step_of(tmp_path) == 5
    write_state(tmp_path, 10, state(10))
    assert step_of(tmp_path) == 10
    (tmp_path / "00000010.safetensors").write_bytes(b"")
    assert step_of(tmp_path) == 5


def test_what_a_killed_process_left_behind_is_cleared_away(tmp_path: Path) -> None:
    write_state(tmp_path, 5, state(5))
    (tmp_path / "00000007.safetensors").write_bytes(b"its json was never written")
    (tmp_path / ".00000007.json.1234567890ab").write_text("{")
    write_state(tmp_path, 10, state(10))
    assert names(tmp_path) == {"00000005.json", "00000005.safetensors", "00000010.json", "00000010.safetensors"}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{}",
        '{"body": 1, "digest": ""}',
        '{"body": {}, "digest": "x"}',
        "\x00",
        "[" * 5000,
        '{"body":[],"digest":""}',
    ],
)
def test_any_other_json_is_no_state(tmp_path: Path, text: str) -> None:
    write_state(tmp_path, 5, state(5))
    (tmp_path / "00000005.json").write_text(text)
    assert step_of(tmp_path) is None


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_single_bit_flip_goes_unnoticed(tmp_path: Path, data: st.DataObject) -> None:
    write_state(tmp_path, 5, state(5))
    path = tmp_path / data.draw(st.sampled_from(["00000005.json", "00000005.safetensors"]))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert read_state(tmp_path)[0] is None
