"""Networks as Python code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dasdsl.exports.export import module_of
from dasdsl.exports.python import source_of
from dasdsl.operations.core.operation import Operation, registry
from tests.exports.networks import HEAD, SEVERAL, network, program

ONLY_CONSTANT = ("zero",)
"""Operations that make no network by themselves."""
EXAMPLES = [cls for words, cls in registry().items() if words not in ONLY_CONSTANT]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("cls", EXAMPLES, ids=lambda cls: cls.words)
def test_every_operation_computes_the_same(cls: type[Operation]) -> None:
    flat = "flatten\n" if cls.words == "linear" else ""
    model = network(program(f"{HEAD.format(name='a', input='4x8x8')}{flat}{cls.example}\n"))
    source = source_of(model, "a.safetensors")
    assert {id(value) for value in source.tensors.values()} or not model.state_dict()
    assert len(source.tensors) == len(model.state_dict())
    x = torch.randn(3, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(module_of(source)(x), model(x))


def test_zeros_beside_something() -> None:
    text = (
        HEAD.format(name="a", input="4x8x8") + "add:\n    path: identity\n    path: zero\nflatten\nlinear channels 2\n"
    )
    model, x = network(program(text)), torch.ones(1, 4, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(module_of(source_of(model, "a.safetensors"))(x), model(x))


def test_what_pytorch_has_no_layer_for() -> None:
    model = network(program(SEVERAL))
    source = source_of(model, "several.safetensors")
    x = torch.randn(3, 4, 9, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(module_of(source)(x), model(x))
    assert source.text == (GOLDEN / "several.py.txt").read_text(encoding="utf-8")


def test_training_mode_is_the_same_too() -> None:
    text = HEAD.format(name="a", input="4x8x8") + "conv filters 3x3 channels 4 bias off\nnorm batch\nrelu\n"
    model = network(program(text))
    other, x = module_of(source_of(model, "a.safetensors")), torch.randn(5, 4, 8, 8)
    torch.testing.assert_close(other.train()(x), model.train()(x))
    torch.testing.assert_close(other.state_dict()["norm1.running_mean"], model.state_dict()["norm1.running_mean"])


def test_labels_that_are_words_of_pythons_or_of_modules() -> None:
    text = HEAD.format(name="a", input="4x8x8") + (
        "train = conv filters 1x1 channels 2\nforward = conv filters 1x1 channels 2\n"
        "lambda = conv filters 1x1 channels 2\nparameters = conv filters 1x1 channels 2\n"
    )
    model, x = network(program(text)), torch.ones(1, 4, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(module_of(source_of(model, "a.safetensors"))(x), model(x))


def test_long_lines_go_on_within_brackets() -> None:
    long = "a" * 30
    paths = "".join(f"    path:\n        {long}{index} = conv filters 1x1 channels 4\n" for index in range(6))
    text = HEAD.format(name="a", input="4x8x8") + f"{long} = add:\n{paths}"
    model, x = network(program(text)), torch.ones(1, 4, 8, 8)
    source = source_of(model, "a.safetensors")
    assert max(map(len, source.text.split("\n"))) <= 120
    with torch.no_grad():
        torch.testing.assert_close(module_of(source)(x), model(x))


def test_comments_of_a_text_stay_comments() -> None:
    text = HEAD.format(name="a", input="4x8x8") + '# """\\n raise SystemExit\nrelu # \u00a0"""\n'
    source = source_of(network(program(text)), "a.safetensors")
    above = source.text.split("from pathlib")[0]
    assert all(line.startswith("#") or not line for line in above.split("\n"))


@pytest.mark.parametrize("file", ["digits", "resnet-8", "mobilenet-v3-small", "squeezenet", "u-net", "nats-bench-size"])
def test_spaces_of_the_gallery(file: str) -> None:
    of = program(Path(f"spaces/{file}.das").read_text(encoding="utf-8"))
    model = network(of)
    x = torch.randn(2, *of.space.input, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = model(x)
        error = (module_of(source_of(model, "a.safetensors"))(x) - wanted).abs().max() / wanted.abs().max()
    assert error <= 1e-4


def test_the_code_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "several.py"
    path.write_text(source_of(network(program(SEVERAL)), "several.safetensors").text, encoding="utf-8")
    rules = ["check", "--isolated", "--select", "E,F,W,I", "--line-length", "120", str(path)]
    done = subprocess.run([sys.executable, "-m", "ruff", *rules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
