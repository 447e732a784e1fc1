"""Networks as files that need nothing of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

import dasdsl
from dasdsl.exports import export as exporting
from dasdsl.exports.export import Form, export
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.weights import write_weights
from tests.exports.networks import HEAD, SEVERAL, network, program

FORMS: tuple[Form, ...] = ("onnx", "torch", "python")
SUFFIX = {"onnx": "onnx", "torch": "pt2", "python": "py"}


@pytest.fixture
def several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Space, CompositeModel]:
    monkeypatch.chdir(tmp_path)
    of = program(SEVERAL)
    return of.space, network(of)


def inputs(samples: int) -> torch.Tensor:
    return torch.randn(samples, 4, 9, 8, generator=torch.Generator().manual_seed(samples))


def without_dasdsl(code: str, folder: Path) -> torch.Tensor:
    """What a process makes of `x` that cannot import dasdsl."""
    torch.save(inputs(5), folder / "x.pt")
    start = "import sys, torch\nsys.modules['dasdsl'] = None\nx = torch.load('x.pt')\n"
    end = "\ntorch.save(torch.as_tensor(y).detach(), 'y.pt')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", start + code + end], cwd=folder, check=True)
    return torch.load(folder / "y.pt")


LOADED = {
    "onnx": "import onnxruntime\ny = onnxruntime.InferenceSession('several.onnx').run(None, {'input': x.numpy()})[0]",
    "torch": "y = torch.export.load('several.pt2').module()(x)",
    "python": "import several\ny = several.load()(x)",
}


@pytest.mark.parametrize("form", FORMS)
def test_another_process_computes_the_same(form: Form, several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    space, model = several
    made = export(space, model, form)
    assert made.files[0] == Path(f"several.{SUFFIX[form]}")
    assert made.max_abs_error < 1e-4
    with torch.no_grad():
        torch.testing.assert_close(without_dasdsl(LOADED[form], tmp_path), model(inputs(5)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_file_again(form: Form, several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    space, model = several
    state = torch.get_rng_state()
    first, second = tmp_path / f"a.{SUFFIX[form]}", tmp_path / f"b.{SUFFIX[form]}"
    export(space, model, form, first)
    export(space, model, form, second)
    assert first.read_bytes().replace(b"a.safetensors", b"b.safetensors") == second.read_bytes()
    assert str(tmp_path).encode() not in first.read_bytes()
    assert torch.equal(torch.get_rng_state(), state)


def test_an_onnx_file_says_what_it_is(several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    import onnx

    space, model = several
    export(space, model, "onnx", tmp_path / "a.onnx", opset=18)
    made = onnx.load(tmp_path / "a.onnx")
    onnx.checker.check_model(made, full_check=True)
    facts = {one.key: one.value for one in made.metadata_props}
    assert facts["dasdsl.architecture"] == str(space)
    assert [one.version for one in made.opset_import if one.domain == ""] == [18]
    assert [one.name for one in made.graph.input] == ["input"]
    assert [one.name for one in made.graph.output] == ["output"]
    assert made.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert str(dasdsl.loads(facts["dasdsl.architecture"])) == str(space)


def test_weights_from_a_file_and_beside_the_code(several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    space, model = several
    write_weights(tmp_path / "weights.safetensors", model)
    made = dasdsl.export(space, "weights.safetensors", to="python", out="net.py")
    assert made.files == (Path("net.py"), Path("net.safetensors"))
    assert torch.equal(load_file("net.safetensors")["conv1_1.weight"], model.state_dict()["conv1.parts.1.weight"])
    assert '"net.safetensors"' in Path("net.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS)
def test_what_differs_is_not_written(
    form: Form, several: tuple[Space, CompositeModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space, model = several
    made = exporting.module_of

    def wrong(source: exporting.Source) -> nn.Module:
        module = made(source)
        with torch.no_grad():
            module.get_parameter("linear1.bias").add_(0.1)
        return module

    monkeypatch.setattr(exporting, "module_of", wrong)
    with pytest.raises(dasdsl.DasError, match=r"E601.*nothing was written"):
        export(space, model, form)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_what_an_exporter_refuses(
    form: Form, several: tuple[Space, CompositeModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Branching(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if bool(x.sum() > 0) else -x

    monkeypatch.setattr(exporting, "module_of", lambda _: Branching())
    with pytest.raises(dasdsl.DasError, match=f"E602.*cannot be exported to {form}: "):
        export(*several, form)


def test_an_opset_that_there_is_not(several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(dasdsl.DasError, match=r"E602.*to onnx: operators of version 999 cannot say it, those of"):
        export(*several, "onnx", opset=999)


def test_nothing_unnamed_is_overwritten(several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    (tmp_path / "several.safetensors").write_text("mine", encoding="utf-8")
    with pytest.raises(dasdsl.DasError, match=r"several\.safetensors: error\[E603\]"):
        export(*several, "python")
    assert (tmp_path / "several.safetensors").read_text(encoding="utf-8") == "mine"
    (tmp_path / "several.safetensors").unlink()
    export(*several, "python", "several.py")
    export(*several, "python", "several.py")
    for form in FORMS:
        with pytest.raises(dasdsl.DasError, match="E603"):
            export(*several, form) and export(*several, form)


@pytest.mark.parametrize("out", ["net.txt", "my-net.py", "1.py", "class.py", "torch.py"])
def test_a_name_that_python_cannot_import(out: str, several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(dasdsl.DasError, match=r"E605"):
        export(*several, "python", out)


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_the_name_of_a_file_is_no_code(form: Form, several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    name = 'a");\nraise SystemExit("'
    export(*several, form, tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_runtime_that_fails(
    several: tuple[Space, CompositeModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    def fails(*_: object) -> None:
        raise RuntimeError("not implemented\nat line 7")

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", fails)
    with pytest.raises(dasdsl.DasError, match=r"E602.*to onnx: not implemented\n"):
        export(*several, "onnx")
    assert not list(tmp_path.iterdir())


def test_the_weights_of_another_are_not_overwritten(several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    write_weights(tmp_path / "weights.safetensors", several[1])
    before = (tmp_path / "weights.safetensors").read_bytes()
    with pytest.raises(dasdsl.DasError, match=r"weights\.safetensors: error\[E603\]"):
        export(*several, "python", "weights.py")
    (tmp_path / "mine.safetensors").write_text("mine", encoding="utf-8")
    with pytest.raises(dasdsl.DasError, match="E603"):
        export(*several, "python", "mine.py")
    assert (tmp_path / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("out", [".", "/", "", "folder.py"])
def test_a_folder_is_no_file(form: Form, out: str, several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder.safetensors").write_text("mine", encoding="utf-8")
    with pytest.raises(dasdsl.DasError, match="E605"):
        export(*several, form, out)
    assert (tmp_path / "folder.safetensors").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["none", "path", "f", "torch", "class", "__a"])
@pytest.mark.parametrize("form", FORMS)
def test_names_of_spaces_that_python_has_taken(
    form: Form, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    of = program(HEAD.format(name=name, input="2x5x5") + "__b = conv filters 2x2 channels 2 pad 1/0\nrelu\n")
    made = export(of.space, network(of), form)
    assert made.files[0].stem not in ("torch", "class")


def test_weights_that_are_not_finite(several: tuple[Space, CompositeModel]) -> None:
    with torch.no_grad():
        several[1].get_parameter("stem.weight")[0] = float("nan")
    with pytest.raises(dasdsl.DasError, match=r"E607.*`stem\.weight` holds values"):
        export(*several, "python")


def test_a_network_of_another_architecture(several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(dasdsl.DasError, match="E508"):
        export(several[0], nn.Linear(2, 2), "python")


def test_inputs_far_from_zero(several: tuple[Space, CompositeModel]) -> None:
    scale = {"mean": [1.6e9, 2000.0, 0.0, 1.0], "std": [1e5, 1.0, 1.0, 1.0]}
    for form in FORMS:
        export(*several, form, normalisation=scale)


def test_a_space_is_no_network(several: tuple[Space, CompositeModel]) -> None:
    open_ = dasdsl.loads(HEAD.format(name="a", input="4x8x8") + "conv filters <1..3>x3 channels 2\n")
    with pytest.raises(dasdsl.DasError, match="E502"):
        export(open_, several[1], "python")


def test_weights_that_are_not_there(several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(dasdsl.DasError, match=r"no\.safetensors: error\[E604\].*\n  help: say where they are"):
        export(several[0], "no.safetensors", "python")


def test_weights_of_another(several: tuple[Space, CompositeModel], tmp_path: Path) -> None:
    write_weights(tmp_path / "other.safetensors", nn.Linear(2, 2))
    with pytest.raises(dasdsl.DasError, match="E508"):
        export(several[0], "other.safetensors", "python")


def test_a_form_that_there_is_not(several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(ValueError, match="there are onnx, torch, python"):
        export(*several, "tflite")  # pyright: ignore[reportArgumentType]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", FORMS)
def test_inputs_as_the_data_has_them(
    form: Form, several: tuple[Space, CompositeModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "several", raising=False)
    space, model = several
    mean, std = torch.tensor([0.5, -2.0, 0.0, 30.0]), torch.tensor([0.1, 1.0, 5.0, 10.0])
    made = export(space, model, form, normalisation={"mean": mean.tolist(), "std": std.tolist()})
    assert made.max_abs_error < 1e-3
    loaded: dict[str, object] = {"torch": torch, "x": inputs(5)}
    exec(LOADED[form], loaded)  # noqa: S102 - ours
    found = torch.as_tensor(loaded["y"]).detach()
    with torch.no_grad():
        wanted = model((inputs(5) - mean.view(-1, 1, 1)) / std.view(-1, 1, 1))
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-3)


def test_a_vector_as_the_data_has_it(tmp_path: Path) -> None:
    of = program("---\ndas: 1\nspace: v\ninput: 3\n---\nlinear channels 2\n")
    scale = {"mean": [1, 2, 3], "std": [0.5, 1, 2]}
    assert export(of.space, network(of), "python", tmp_path / "v.py", normalisation=scale).max_abs_error < 1e-5


@pytest.mark.parametrize(
    ("scale", "what"),
    [
        ({"mean": [0.0] * 3, "std": [1.0] * 3}, "of 3 channels, the input of the network has 4"),
        ({"mean": [0.0] * 4}, "does not say"),
        ([1, 2], "does not say"),
        ({"mean": "0000", "std": "1111"}, "does not say"),
        ({"mean": [True] * 4, "std": [1.0] * 4}, "does not say"),
        ({"mean": [10**400] * 4, "std": [1.0] * 4}, "no finite number"),
        ({"mean": [1e300] * 4, "std": [1.0] * 4}, "no finite number"),
        ({"mean": [0.0] * 4, "std": [1e-50] * 4}, "no finite number"),
        ({"mean": ["a"] * 4, "std": [1.0] * 4}, "does not say"),
        ({"mean": [0.0] * 4, "std": [1.0, 1.0, 0.0, 1.0]}, "no finite number"),
        ({"mean": [float("nan")] * 4, "std": [1.0] * 4}, "no finite number"),
    ],
)
def test_a_normalisation_that_is_none(scale: object, what: str, several: tuple[Space, CompositeModel]) -> None:
    with pytest.raises(dasdsl.DasError, match=f"E606.*{what}"):
        export(*several, "python", normalisation=scale)  # pyright: ignore[reportArgumentType]


def test_a_full_disk_leaves_what_was_there(
    several: tuple[Space, CompositeModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.onnx"
    path.write_text("before", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        export(*several, "onnx", path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.onnx"]
    assert path.read_text(encoding="utf-8") == "before"
