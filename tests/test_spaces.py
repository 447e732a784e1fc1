"""The gallery: every space is as its comments say, and can be compiled, lowered, trained and discovered."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import torch

from dasdsl.inverse.discover import discover
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.membership import locate
from dasdsl.ir.program import Program
from dasdsl.language import format as formatted
from dasdsl.language import load, loads
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.lowering.gates.bank import Family

ROOT = Path(__file__).parents[1]
SPACES = ROOT / "spaces"
FILES = sorted(SPACES.rglob("*.das"))
FIGURE = re.compile(r"([\d.,^]*\d)([KMG]?) (params|MACs|architectures)")
SUFFIXES = {"K": 10**3, "M": 10**6, "G": 10**9}
SMALLER = {
    "c3d": "3x16x32x32",
    "darts": "3x16x16",
    "darts-v2": "3x16x16",
    "densenet-121": "3x32x32",
    "efficientnet-b0": "3x32x32",
    "googlenet": "3x96x96",
    "mobilenet-v1-025": "3x32x32",
    "mobilenet-v2": "3x32x32",
    "mobilenet-v3-large": "3x32x32",
    "mobilenet-v3-small": "3x32x32",
    "nas-bench-201": "3x16x16",
    "nats-bench-size": "3x16x16",
    "resnet-20": "3x16x16",
    "resnet-50": "3x32x32",
    "resnext-50": "3x32x32",
    "shufflenet-v2": "3x32x32",
    "squeezenet": "3x32x32",
    "u-net": "1x32x32",
    "vgg-11": "3x32x32",
}
"""The inputs at which large networks are trained."""


def name_of(path: Path) -> str:
    return path.relative_to(SPACES).with_suffix("").as_posix()


def _generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generate()
GALLERY: list[Path] = GENERATE.gallery_files()

every_file = pytest.mark.parametrize("path", FILES, ids=name_of)
every_network = pytest.mark.parametrize("path", GALLERY, ids=name_of)


def program_of_largest(program: Program) -> Program:
    return elaborate(close(program, largest(program)).space)


@every_file
def test_each_is_canonical_sound_and_called_like_its_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    space = loads(text)
    assert formatted(text, str(path)) == text
    assert elaborate(space).warnings == ()
    assert space.header.name == path.stem
    assert (space.header.architecture is not None) == (path.parent != SPACES)


def test_all_but_the_demo_say_what_is_published() -> None:
    assert set(FILES) - set(GALLERY) == {SPACES / "digits.das"}


@every_network
def test_each_says_where_it_comes_from_and_what_is_open(path: Path) -> None:
    said = GENERATE.said(path)
    assert re.search(r"\"[^\"]+\",? (in .*, )?(19|20)\d\d", said["Source"])
    assert ("Open" in said) == (path.parent == SPACES)
    assert all(text.endswith(".") for text in said.values())


def agrees(said: str, suffix: str, ours: int) -> bool:
    """Whether a figure is ours, to the digits in which it is published."""
    if "^" in said:
        base, exponent = said.split("^")
        return int(base) ** int(exponent) == ours
    if not suffix:
        return int(said.replace(",", "")) == ours
    digits = len(said.partition(".")[2])
    return f"{ours / SUFFIXES[suffix]:.{digits}f}" == said


@every_network
def test_the_largest_is_what_is_published_and_its_module_what_is_counted(path: Path) -> None:
    said, program = GENERATE.said(path), elaborate(load(path))
    most = program_of_largest(program)
    ours = {"params": most.cost.params, "MACs": most.cost.macs, "architectures": program.size}
    figures = FIGURE.findall(said["Published"])
    differing = [what for number, suffix, what in figures if not agrees(number, suffix, ours[what])]
    if "Differs" in said:
        assert differing == ["params"]
        assert f"{most.cost.params:,}" in said["Differs"]
    else:
        assert differing == []
        assert figures or said["Published"].startswith("no figures")
    with torch.device("meta"):
        module = lower(most)
    assert sum(parameter.numel() for parameter in module.parameters()) == most.cost.params


def test_the_network_of_1998_is_in_the_space_over_it() -> None:
    found, space = (elaborate(load(SPACES / name)) for name in ("closed/lenet-5.das", "lenet-5.das"))
    member = locate(found, space)
    assert set(member.outcomes) == {decision.name for decision in space.decisions}


@pytest.mark.parametrize(
    ("cell", "params", "macs"),
    [
        ("pool | one skip | one skip skip", 129_306, 15_647_360),
        ("three | three three | three three three", 1_531_546, 220_119_680),
    ],
)
def test_architectures_of_nas_bench_201(cell: str, params: int, macs: int) -> None:
    """As in its tables, which also count the 10 biases of the last layer as FLOPs."""
    program = elaborate(load(SPACES / "nas-bench-201.das"))
    operations = ("zero", "skip", "one", "three", "pool")
    edges = [operations.index(word) for word in cell.split() if word != "|"]
    names = [decision.name for decision in program.decisions]
    closed = elaborate(close(program, dict(zip(names, edges, strict=True))).space)
    assert (closed.cost.params, closed.cost.macs) == (params, macs)


def trained(path: Path, recipe: Family) -> tuple[CompositeModel, torch.Tensor]:
    """Two steps at a small input; the composite and its last batch."""
    text = path.read_text(encoding="utf-8")
    size = SMALLER.get(path.stem)
    space = loads(text if size is None else re.sub(r"(?m)^input: .*$", f"input: {size}", text))
    torch.manual_seed(0)
    model = lower(elaborate(space), recipe)
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3))
    x = torch.randn(2, *space.input)
    for _ in range(2):
        model.progress(0.8)
        loss = model(x).square().mean() + model.penalty(gamma=1e-3, eta=1e-3)
        assert torch.isfinite(loss)
        optimizer.zero_grad()
        loss.backward()
        model.step_(optimizer)
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())
    return model, x


@pytest.mark.parametrize("path", [path for path in FILES if path.parent == SPACES], ids=name_of)
def test_a_network_is_discovered_after_two_steps(path: Path) -> None:
    """With gates as different from one another as a long training leaves them."""
    model, x = trained(path, "default")
    with torch.no_grad():
        for gate in model.architecture_parameters():
            gate.uniform_(0.05, 1.0)
    model.calibrate_([x])
    found = discover(model, 0.1, inputs=x)
    assert found.certificate.holds
    text = str(found.architecture)
    assert loads(text) == found.architecture
    assert formatted(text) == text


@every_file
def test_two_steps_under_the_recipe_of_the_paper(path: Path) -> None:
    """Of a closed network: two steps."""
    trained(path, "paper")
