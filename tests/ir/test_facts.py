"""What `compile --json` says, for the spaces that ship and for hand-counted ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.facts import facts
from dasdsl.ir.program import exact, magnitude
from dasdsl.language.reading import load
from tests.ir.texts import program

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "compile"
SPACES = [ROOT / "spaces" / f"{golden.stem}.das" for golden in sorted(GOLDEN.glob("*.json"))]


@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_facts_of_spaces_that_ship(path: Path, request: pytest.FixtureRequest) -> None:
    found = json.dumps(facts(elaborate(load(path))), indent=1) + "\n"
    golden = GOLDEN / f"{path.stem}.json"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["pilotnet", "pilotnet-groups"])
def test_pilotnet_is_as_published(name: str) -> None:
    """The layers of Bojarski et al. 2016 on 3x66x200: 252,219 parameters."""
    found = facts(elaborate(load(ROOT / "spaces" / f"{name}.das")))
    assert found["largest"] == {"params": 252_219, "macs": 26_876_342}
    shapes = [node["shape"] for node in found["nodes"] if node["op"] == "conv"]
    assert shapes == [[24, 31, 98], [36, 14, 47], [48, 5, 22], [64, 3, 20], [64, 1, 18]]


def test_size_of_pilotnet_by_hand() -> None:
    """Sides of five filters; every layer but the first reads any subset of what is before it."""
    sides = 25**3 * 9**2
    subsets = 2 ** (24 + 36 + 48 + 64 + 64 + 100 + 50 + 10)
    assert elaborate(load(ROOT / "spaces" / "pilotnet.das")).size == sides * subsets


def test_size_of_pilotnet_with_groups_by_hand() -> None:
    sides = 25**3 * 9**2
    patterns = 1
    for inputs, outputs in ((24, 36), (36, 48), (48, 64), (64, 64)):
        patterns *= 2 ** (inputs * 4) * 4**outputs
    subsets = 2 ** (64 + 100 + 50 + 10)
    assert elaborate(load(ROOT / "spaces" / "pilotnet-groups.das")).size == sides * patterns * subsets


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ("conv filters 3x3 channels 8", 1),
        ("conv filters <1..5>x3 channels 8", 5),
        ("conv filters <1..5>x<1|3> channels 8", 5 * 2),
        ("conv filters <3x3|1x7|7x1> channels 8", 3),
        ("conv filters 3x3 channels <2|4|8>\nrelu\nconv filters 1x1 channels 2", 3),
        ("conv filters 3x3 channels<=8\nrelu\nconv filters 1x1 channels 2", 2**8),
        # two readers in a row own a subset each
        ("conv filters 3x3 channels<=8\nconv filters 1x1 channels<=3\nconv filters 1x1 channels 2", 2**8 * 2**3),
        ("conv filters 3x3 channels 8 reads any", 2**4),
        ("conv filters 3x3 channels<=8\nconv filters 1x1 channels 2 reads all", 1),
        # one β a channel after `flatten`, not one a feature
        ("conv filters 3x3 channels<=8\nflatten\nlinear channels 2", 2**8),
        ("conv filters 3x3 channels 6 groups<=3", 2 ** (4 * 3) * 3**6),
        ("conv filters 3x3 channels 8 groups <1|2|4>", 3),
        # in the place of a subset the patterns decide what is read
        ("conv filters 3x3 channels<=6\nconv filters 1x1 channels 5 groups<=2", 2 ** (6 * 2) * 2**5),
    ],
)
def test_sizes_by_hand(body: str, size: int) -> None:
    found = program(body)
    assert found.size == size
    assert facts(found)["size"] == str(size)


def test_a_shared_decision_counts_once() -> None:
    shared = program(
        "conv filters k x k channels w\nrelu\nconv filters k x 3 channels 2*w\nrelu\nconv filters 1x1 channels 2",
        define="{k: <1|3|5>, w: <4|8>}",
    )
    assert [decision.name for decision in shared.decisions] == ["k", "w"]
    assert shared.size == 3 * 2
    apart = program(
        "conv filters <1|3|5>x<1|3|5> channels <4|8>\nrelu\n"
        "conv filters <1|3|5>x3 channels <8|16>\nrelu\nconv filters 1x1 channels 2"
    )
    assert apart.size == 3**3 * 2**2


def test_decisions_and_nodes_say_where_they_come_from() -> None:
    found = facts(program("first = conv filters <1..3>x3 channels <2|4>\nrelu\nconv filters 1x1 channels 2 groups<=2"))
    assert found["decisions"] == [
        {"name": "first.filters.height", "kind": "filter", "options": [1, 2, 3], "line": 6, "size": "3"},
        {"name": "first.channels", "kind": "count", "options": [2, 4], "line": 6, "size": "2"},
        {
            "name": "conv1.groups",
            "kind": "patterns",
            "options": {"inputs": 4, "patterns": 2, "outputs": 2},
            "line": 8,
            "size": str(2**8 * 4),
        },
    ]
    assert [node["name"] for node in found["nodes"]] == ["first", "relu1", "conv1"]
    assert found["nodes"][1] | {"decisions": []} == {
        "name": "relu1",
        "op": "relu",
        "reads": ["first"],
        "decisions": [],
        "shape": [4, 8, 8],
        "params": 0,
        "macs": 0,
        "smallest": {"params": 0, "macs": 0},
        "line": 7,
    }


def test_a_closed_file_has_one_architecture() -> None:
    found = facts(program("conv filters 3x3 channels 8 stride 2\nrelu\nflatten\nlinear channels 3"))
    # 8·4·9 + 8, and 16 positions; 3·128 + 3
    assert found["smallest"] == found["largest"] == {"params": 296 + 387, "macs": 288 * 16 + 384}
    assert found["size"] == "1"
    assert found["size_log10"] == 0


def test_sizes_beyond_what_python_prints() -> None:
    """Python refuses to print integers of more than 4,300 digits."""
    found = facts(program("conv filters 1x1 channels 1024 groups<=16", shape="1024x2x2"))
    digits = found["size"]
    assert len(digits) == 6166
    assert digits.isdigit()
    assert found["size_log10"] == pytest.approx(6165.1, abs=0.1)
    # checked by its residues, since int(digits) is refused too
    residue = 0
    for digit in digits:
        residue = (residue * 10 + int(digit)) % (10**9 + 7)
    assert residue == (2 ** (1024 * 16) * 16**1024) % (10**9 + 7)


@pytest.mark.parametrize("bits", [1, 9_999, 10_000, 10_001, 14_000])
def test_exact_digits(bits: int) -> None:
    number = 2**bits - 1
    assert exact(number) == str(number)
    assert magnitude(number) == pytest.approx(bits * 0.30103, rel=1e-4, abs=0.31)
