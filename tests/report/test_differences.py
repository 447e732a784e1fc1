"""The table of a difference, from its facts."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from dasdsl.report.differences import differences


def cost(a: int, b: int) -> dict[str, int]:
    return {"a": a, "b": b}


def costs(params: tuple[int, int], macs: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    both = {"params": cost(*params), "macs": cost(*macs)}
    return both | {"smallest": both}


def change(layer: str, what: str, a: str, b: str, **more: str) -> dict[str, str]:
    return {"layer": layer, "what": what, "a": a, "b": b, "said_a": a, "said_b": b, "verdict": "", **more}


def layer(name: str, line: int, params: tuple[int, int], *changes: dict[str, str], was: str = "") -> dict[str, Any]:
    side = {"name": name, "line": line, "reads": "4x8x8"}
    return {"layer": name, "changes": list(changes), "a": side | {"name": was or name}, "b": side, **costs(params)}


def shown(layers: list[dict[str, Any]], params: tuple[int, int], *others: dict[str, str], width: int = 80) -> list[str]:
    found = [*others, *(one for layer in layers for one in layer["changes"])]
    facts = {"changes": found, "layers": layers, **costs(params)}
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(differences(facts, ("a.das", "b.das"), width))
    return [" ".join(line.split()) for line in capture.get().splitlines()[1:]]


def test_changes_then_costs() -> None:
    rows = shown([layer("conv1", 5, (400, 100), change("conv1", "filters", "3x3", "1x1"))], (1000, 700))
    assert rows == ["conv1 filters 3x3 1x1", "params 400 100 -300, -75 %", "total params 1.00k 700 -300, -30 %"]


def test_what_belongs_to_no_layer_comes_first() -> None:
    rows = shown([], (10, 10), change("input", "input", "3x8x8", "4x8x8"))
    assert rows == ["input input 3x8x8 4x8x8"]


def test_another_name() -> None:
    rows = shown([layer("b", 5, (8, 8), change("b", "pad", "1", "2"), was="a")], (8, 8))
    assert rows == ["b called a b", "pad 1 2"]
    rows = shown([layer("b", 5, (8, 8), change("b", "statement", "relu", "tanh"), was="a")], (8, 8))
    assert rows == ["b statement relu tanh"]


def test_copies_are_shown_once() -> None:
    copies = [layer(f"r.{i}.conv", 5, (8, 4), change(f"r.{i}.conv", "filters", "3x3", "1x1")) for i in range(3)]
    another = layer("conv9", 9, (8, 4), change("conv9", "filters", "3x3", "1x1"))
    rows = shown([*copies, another], (32, 16))
    assert rows[:4] == [
        "r.0.conv filters 3x3 1x1",
        "and 2 like it params 8 4 -4, -50 %",
        "conv9 filters 3x3 1x1",
        "params 8 4 -4, -50 %",
    ]
    bare = [layer(f"r.{i}.relu", 5, (0, 0), change(f"r.{i}.relu", "statement", "relu", "elu")) for i in range(2)]
    assert shown(bare, (0, 0)) == ["r.0.relu statement relu elu", "and 1 like it"]


def test_decisions_of_other_names_are_no_copies() -> None:
    choices = [
        layer(f"c{i}", 5, (8, 8), change(f"c{i}", "choice", "2 paths", "path1", decision=f"c{i}.choice"))
        for i in range(2)
    ]
    assert [row.split()[0] for row in shown(choices, (8, 8))] == ["c0", "c1"]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [(1000, 500, "-500, -50 %"), (1000, 996, "-4, -0.4 %"), (0, 5, "+5"), (5, 0, "-5"), (1000, 3000, "+2.00k, +200 %")],
)
def test_what_a_change_costs(a: int, b: int, said: str) -> None:
    assert shown([], (a, b))[-1].endswith(said)


def test_a_wide_terminal_has_room_for_values() -> None:
    long = "2 patterns: 12 → 30, 7 → 12"
    one = [layer("conv1", 5, (8, 8), change("conv1", "groups", "up to 4 patterns", long))]
    assert len(shown(one, (8, 8), width=120)) < len(shown(one, (8, 8), width=80))


def test_the_name_that_a_search_writes_has_its_place_on_a_narrow_terminal() -> None:
    console = Console(width=80, color_system=None)
    facts = {
        "changes": [],
        "layers": [],
        "params": {"a": 1, "b": 2},
        "macs": {"a": 1, "b": 1},
        "smallest": {"params": {"a": 1, "b": 2}, "macs": {"a": 1, "b": 1}},
    }
    with console.capture() as capture:
        console.print(differences(facts, ("architecture.das", "architecture.das"), 80))
    assert capture.get().splitlines()[0].split() == ["layer", "architecture.das", "architecture.das"]
