"""Blocks, repeats and choices as a program: sizes, notes, faults at their places, texts that grow without end."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from dasdsl.cli import main
from dasdsl.diagnostics import DasError
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.examining import examined
from dasdsl.ir.extremes import largest, smallest
from dasdsl.ir.liveness import Collapsed
from dasdsl.language.reading import loads
from tests.ir.texts import program, space

SPACES = Path(__file__).parent.parent.parent / "spaces"


def faults(body: str, shape: str = "4x8x8") -> list[tuple[str, int, int]]:
    """Code, line of the body, and column of each problem."""
    try:
        found = program(body, shape).warnings
    except DasError as error:
        found = tuple(error.diagnostics)
    return [(one.code, (one.line or 0) - 5, one.column or 0) for one in found]


# ---- faults ----------------------------------------------------------------------------------------------------------


def test_faults_of_shared_blocks_stand_at_their_values() -> None:
    body = (
        "shared block cell(c):\n    conv filters 3x3 channels<=c\n    conv filters 1x1 channels 4 {}\ncell(4)\ncell(4)"
    )
    assert faults(body.format("reads all"))[0] == ("E306", 2, 30)
    fixed = body.replace("channels<=c", "channels c")
    assert faults(fixed.format("reads any")) == [("E306", 3, 39)]
    assert faults(fixed.format("groups<=2")) == [("E306", 3, 39)]
    assert faults(fixed.format("") + "\nconv filters 1x1 channels 2") == []


def test_shared_decisions_have_equally_many_options() -> None:
    body = "shared block cell(k):\n    conv filters k x 3 channels 4\ncell(<1|3>)\ncell(<1|3|5>)"
    assert faults(body) == [("E307", 2, 5)]


def test_a_block_that_nothing_uses_is_a_warning() -> None:
    (found,) = examined(str(space("block cell(c):\n    relu\nconv filters 1x1 channels 2")), "a.das")
    assert (found.code, found.severity, found.line, found.column) == ("W061", "warning", 6, 1)


def test_a_fault_in_a_block_says_in_which_use() -> None:
    with pytest.raises(DasError) as caught:
        program("block inner(c):\n    conv filters 3 channels c\nblock outer(c):\n    inner(c)\nouter(4)\nouter(6)")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.line, fault.column) == ("E103", 7, 18)
    assert fault.notes == ("in `outer(4)` on line 10", "in `inner(c)` on line 9")


def test_a_product_with_zeros_ignores_its_input() -> None:
    assert faults("mul:\n    path: zero\n    path: identity\nconv filters 1x1 channels 2") == [("E302", 2, 11)]
    space = program(
        "mul:\n    path: identity\n    path:\n        choose:\n            path: zero\n            path: sigmoid\n"
        "flatten\nlinear channels 2"
    )
    with pytest.raises(Collapsed):
        close(space, {"mul1.path2.choose1.choice": 0})
    assert close(space, smallest(space)).cost == close(space, largest(space)).cost


# ---- texts that would grow for ever ----------------------------------------------------------------------------------

CHAIN = "\n".join(
    [
        "block b0():\n    relu",
        *(f"block b{n}():\n    b{n - 1}()\n    b{n - 1}()" for n in range(1, 60)),
        "b59()",
    ]
)


@pytest.mark.parametrize(
    "body",
    [
        "repeat 65536:\n    repeat 65536: relu",
        "repeat 65536:\n    repeat 65536:\n        repeat 65536: relu",
        "repeat <1..4096>:\n    repeat <1..4096>: relu",
        CHAIN,
        CHAIN.replace("block", "shared block"),
        "block cell(c):\n    repeat c: relu\nrepeat 65536: cell(65536)",
    ],
    ids=["repeats", "three", "depths", "chain", "shared", "arguments"],
)
def test_bombs_end_at_once(body: str) -> None:
    start = time.process_time()
    assert [code for code, _, _ in faults(body)] in (["E015"], ["E010"])
    assert time.process_time() - start < 5


def test_blocks_in_blocks_have_a_limit() -> None:
    chain = "\n".join(["block b0():\n    relu", *(f"block b{n}():\n    b{n - 1}()" for n in range(1, 80)), "b79()"])
    assert [code for code, _, _ in faults(chain)] == ["E010"]


# ---- sizes -----------------------------------------------------------------------------------------------------------

EDGE = """block edge(c):
    choose:
        path: zero
        path: identity
        path: conv filters 1x1 channels c
        path: conv filters 3x3 channels c
        path: pool avg 3 stride 1 pad 1
shared block cell(c):
    one = identity
    two = edge(c)
    three = add:
        path from one: edge(c)
        path from two: edge(c)
    add:
        path from one: edge(c)
        path from two: edge(c)
        path from three: edge(c)
conv filters 3x3 channels 4
repeat 2: cell(4)
conv filters 3x3 channels 8 stride 2
repeat 2: cell(8)
flatten
linear channels 2
"""


def size_of(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["compile", str(path), "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["size"])


def test_a_cell_that_is_used_often_is_decided_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """NAS-Bench-201: 6 edges with 5 operations each (Dong and Yang 2020)."""
    path = tmp_path / "cell.das"
    path.write_text(str(space(EDGE)))
    assert size_of(path, capsys) == "15625"


@pytest.mark.parametrize(("name", "size"), [("nas-bench-201", 15_625), ("nats-bench-size", 32_768)])
def test_the_sizes_of_published_spaces(name: str, size: int) -> None:
    path = SPACES / f"{name}.das"
    assert elaborate(loads(path.read_text(encoding="utf-8"))).size == size


def test_each_use_of_a_block_decides_for_itself() -> None:
    cell = (
        "block cell():\n    choose:\n        path: relu\n        path: tanh\ncell()\ncell()\nflatten\nlinear channels 2"
    )
    assert program(cell).size == 4
    assert program(f"shared {cell}").size == 2
    assert [one.name for one in program(cell).decisions] == ["cell1.choose1.choice", "cell2.choose1.choice"]
    assert [one.name for one in program(f"shared {cell}").decisions] == ["cell.choose1.choice"]


def test_an_open_argument_is_one_decision_a_use() -> None:
    body = (
        "block cell(k):\n    conv filters k x k channels 4\n    conv filters k x 1 channels 4\ncell(<1|3>)\ncell(<1|3>)"
    )
    assert program(f"{body}\nconv filters 1x1 channels 2").size == 4


def test_every_copy_of_a_repeat_decides_for_itself() -> None:
    assert program("repeat 3: conv filters <1|3>x3 channels 4\nconv filters 1x1 channels 2").size == 8
    assert program("repeat <1..3>: conv filters <1|3>x3 channels 4\nconv filters 1x1 channels 2").size == 24
