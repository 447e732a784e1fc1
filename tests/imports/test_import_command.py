"""`dasdsl import`, and what can be done with what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import dasdsl
from dasdsl.cli import main
from dasdsl.search.starting import Start
from tests.search.runs import tiny_data

NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.body = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.body(x).relu()
        return self.head(x.mean((2, 3)))


made, number = Net(), 3


def fails():
    raise RuntimeError("no\\nluck")


def leaves():
    raise SystemExit(0)


def moves():
    import os

    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    return Net()


def talks():
    print("hello")
    return Net()


class Outer:
    Net = Net
"""
TEXT = """---
das: 1
architecture: Net
input: 1x6x6
---
conv filters 3x3 channels 4
norm batch
relu
residual:
    conv filters 3x3 channels 4
    relu
pool global avg
flatten
linear channels 3
"""
IMPORT = ("--input", "1x6x6", "--allow-code")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The current folder, with a module in it; its name, which no other test has loaded."""
    monkeypatch.chdir(tmp_path)
    name = f"net_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(NET, encoding="utf-8")
    return name


@pytest.mark.parametrize("of", ["Net", "Outer.Net", "made", "moves"])
def test_the_text_is_printed(of: str, here: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", f"{here}:{of}", *IMPORT]) == 0
    out, err = capsys.readouterr()
    assert out == TEXT
    assert "211 params" in err
    assert "it differs by" in err


def test_it_is_searched_from(here: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way: import, open, search from there."""
    data = tiny_data(tmp_path / "tiny.npz")
    assert main(["import", f"{here}:Net", *IMPORT, "-o", "net", "--name", "small"]) == 0
    assert "wrote net/architecture.das and net/weights.safetensors\n" in capsys.readouterr().err
    assert main(["widen", "net/architecture.das", "--filters", "+0", "--channels", "x1", "-o", "open.das"]) == 0
    quick = ("--epochs", "1", "--finetune", "1", "--batch", "16")
    assert main(["search", "open.das", "--from", "net", "--data", str(data), "--out", "run", *quick]) == 0
    report = json.loads((tmp_path / "run" / "report.json").read_text(encoding="utf-8"))
    assert report["from"]["params"] == 211
    assert report["baseline"]["params"] == 211
    assert main(["import", f"{here}:Net", *IMPORT, "-o", "net"]) == 1
    assert "error[E506]" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["pt", "safetensors"])
def test_weights_of_its_own(form: str, here: str, tmp_path: Path) -> None:
    main(["import", f"{here}:Net", *IMPORT, "-o", "first"])
    from importlib import import_module

    module: nn.Module = import_module(here).Net()
    torch.save(module.state_dict(), tmp_path / "w.pt")
    save_file(module.state_dict(), tmp_path / "w.safetensors")
    assert main(["import", f"{here}:Net", *IMPORT, "--weights", f"w.{form}", "-o", "net"]) == 0
    x = torch.randn(2, 1, 6, 6)
    torch.testing.assert_close(Start.read("net").model(x), module.eval()(x))


def test_a_program_that_was_exported(here: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What `export` writes comes back as the same text."""
    assert main(["import", f"{here}:Net", *IMPORT, "-o", "net"]) == 0
    assert main(["export", "net/architecture.das", "--to", "torch", "-o", "net.pt2"]) == 0
    capsys.readouterr()
    assert main(["import", "net.pt2", *IMPORT, "--name", "Net"]) == 0
    assert capsys.readouterr().out == TEXT


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_a_program_that_was_exported_with_samples(
    samples: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Most are exported with one."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3))
    file = tmp_path / "own.pt2"
    torch.export.save(torch.export.export(network.eval(), (torch.zeros(samples, 1, 6, 6),)), file)
    assert main(["import", str(file), *IMPORT]) == (0 if samples <= 2 else 1)
    out, err = capsys.readouterr()
    if samples <= 2:
        assert out.endswith("linear channels 3\n")
    else:
        assert "error[E702]" in err
        assert "with one sample, two, or any number of them" in err


def test_facts(here: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", f"{here}:talks", *IMPORT, "--json", "--name", "Net"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["architecture"] == TEXT
    assert facts["layers"]["residual1.conv1"] == "`body` (Conv2d)"
    assert facts["relative"] < 1e-5


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{}", "names no network"),
        ("{}:", "names no network"),
        ("{}:Nett", "AttributeError"),
        ("{}.py:Net", ".py` is a file, and a module is named without its ending: `"),
        ("{}_:Net", "ModuleNotFoundError"),
        ("{}:fails", "RuntimeError: no luck"),
        ("{}:number", "TypeError"),
        ("{}:leaves", "SystemExit: 0"),
        ("{}:nn.Module.half", "TypeError"),
        ("builtins:dict", "makes a dict, and no network"),
        ("no.pt2", "there is no file"),
        ("bad.pt2", "is no program of PyTorch's"),
        ("zip.pt2", "is no program of PyTorch's"),
    ],
)
def test_no_network(source: str, words: str, here: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.pt2").write_bytes(b"no program")
    torch.save({}, tmp_path / "zip.pt2")
    assert main(["import", source.format(here), *IMPORT]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[E704]")
    assert words in err
    assert "Traceback" not in err


def test_code_has_to_be_allowed(here: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / f"{here}.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    assert main(["import", f"{here}:Net", "--input", "1x6x6"]) == 1
    assert "error[E704]: to import" in capsys.readouterr().err


def test_weights_that_are_none(here: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"other": torch.zeros(3)}, tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save(nn.Linear(2, 2), tmp_path / "pickled.pt")
    (tmp_path / "empty.pt").touch()
    (tmp_path / "bad.safetensors").write_bytes(b"none")
    wrong = ("other.pt", "list.pt", "empty.pt", "pickled.pt", "bad.safetensors", ".", "no.pt", "no.safetensors")
    for name in wrong:
        assert main(["import", f"{here}:Net", *IMPORT, "--weights", name]) == 1
        assert "error[E705]" in capsys.readouterr().err


@pytest.mark.parametrize("shape", ["", "3x", "3,6,6", "0x6x6", "-1x6", "axb", "³x6x6"])
def test_shapes_that_are_none(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "a:b", f"--input={shape}", "--allow-code"]) == 2
    assert "write it like `3x224x224`" in capsys.readouterr().err


def test_from_python_it_is_one_call() -> None:
    found = dasdsl.from_torch(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), (4,))
    assert isinstance(found, dasdsl.Imported)
    assert str(found.architecture).endswith("linear channels 3\nrelu\nlinear channels 2\n")
    assert found.architecture.name == "Sequential"


@pytest.mark.parametrize("name", ["a b", "a: c", "", "x\ninput: 1x7x7", "ä"])
def test_names_that_are_none(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "a:b", *IMPORT, f"--name={name}"]) == 2
    assert "is no name" in capsys.readouterr().err


def test_a_shape_with_the_batch(here: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", f"{here}:Net", "--input", "1x1x6x6", "--allow-code"]) == 1
    assert "help: the shape is that of one sample, channels first and without the batch" in capsys.readouterr().err
