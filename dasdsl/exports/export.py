"""An architecture with its weights as a file that needs nothing of ours, checked before it is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dasdsl.data.sets import Normalisation
from dasdsl.exports.graphs import Run, onnx_file, torch_file
from dasdsl.exports.names import OF_MODULES, identifier
from dasdsl.exports.problems import (
    bad_output,
    companion_in_the_way,
    differs,
    in_the_way,
    not_finite,
    weights_missing,
)
from dasdsl.exports.python import Source, source_of
from dasdsl.exports.scaling import scale_of
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.problems import something_open
from dasdsl.search.weights import load_, read_weights_

Form = Literal["onnx", "torch", "python"]
SUFFIX: dict[Form, str] = {"onnx": ".onnx", "torch": ".pt2", "python": ".py"}
EXPORTED = "exported"
"""In the metadata of weights: the name of the code that they stand beside."""
SAMPLES = (1, 3)
"""Batches of so many random inputs are compared, since the size of a batch may be any."""
ROUNDING = 1e-4
"""Up to so much of the largest output is rounding; runtimes add in another order."""


@frozen
class Exported:
    """The files that were written, and by how much their outputs differ at most, of so many samples."""

    form: Form
    files: tuple[Path, ...]
    params: int
    macs: int
    max_abs_error: float
    samples: int

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "to": self.form,
            "files": [str(path) for path in self.files],
            "params": self.params,
            "macs": self.macs,
            "max_abs_error": self.max_abs_error,
            "samples": self.samples,
        }


def export(
    architecture: Space,
    weights: str | Path | nn.Module,
    to: Form = "onnx",
    out: str | Path | None = None,
    *,
    opset: int | None = None,
    normalisation: Mapping[str, Sequence[float]] | None = None,
) -> Exported:
    """Write an architecture with its weights as an ONNX model, a program of PyTorch's, or Python code.

    `weights` is the file that was written beside it, or a network that has them (`found.model`). `out` is the file to
    write, by default NAME.onnx, NAME.pt2 or NAME.py in the working directory; beside Python code its weights are
    written, as NAME.safetensors. `opset` is the version of ONNX's operators, by default PyTorch's choice.
    With `normalisation` (`run.report["normalisation"]`: the `mean` and `std` of each channel) it reads inputs as the
    data has them. What was exported is run beside the network on random inputs first.
    Raises: DasError E601 where its outputs differ, E602 where an exporter refuses, E603 where a file is in the way,
    E604 where there are no weights, E605 for a name that does not do, E606 for a normalisation of other channels, E607
    where weights are not finite, E502 where something is open, E507 and E508 where the weights do not fit.
    """
    if to not in get_args(Form):
        raise ValueError(f"`to` is {to!r}; there are {', '.join(get_args(Form))}")
    path = _place(architecture, to, out)
    with torch.random.fork_rng(devices=[]):
        network = _network(architecture, weights)
        scale = None if normalisation is None else scale_of(normalisation, architecture.input[0])
        source = source_of(network, f"{path.stem if to == 'python' else 'network'}.safetensors", scale)
        module = module_of(source)
    files: dict[Path, bytes | str] = {}
    run: Run = module
    example = _inputs(architecture, max(SAMPLES))
    match to:
        case "onnx":
            files[path], run = onnx_file(module, example, network.program, opset)
        case "torch":
            files[path], run = torch_file(module, example)
        case "python":
            tensors = {name: tensor.contiguous() for name, tensor in source.tensors.items()}
            metadata = {"architecture": str(architecture), EXPORTED: path.name}
            files |= {path.with_suffix(".safetensors"): save(tensors, metadata), path: source.text}
    error = _compared(network, run, to, architecture, scale)
    for file, content in files.items():
        write_atomically(file, content)
    cost = network.program.cost
    return Exported(to, tuple(reversed(files)), cost.params, cost.macs, error, sum(SAMPLES))


def _network(architecture: Space, weights: str | Path | nn.Module) -> CompositeModel:
    """The network in evaluation mode, on the processor."""
    program = elaborate(architecture)
    if program.decisions:
        raise something_open(architecture.name)
    network = CompositeModel(program, "decided")
    if isinstance(weights, nn.Module):
        load_(network, weights.state_dict())
    elif not Path(weights).exists():
        raise weights_missing(str(weights))
    else:
        read_weights_(Path(weights), network)
    for name, tensor in network.state_dict().items():
        if not bool(tensor.isfinite().all()):
            raise not_finite(name)
    return network.eval()


def _place(architecture: Space, to: Form, out: str | Path | None) -> Path:
    """The file to write.

    Raises: DasError E603 where one would be overwritten that is not named, E605 for a name that does not do.
    """
    if out is None:
        name = identifier(architecture.name)
        path = Path(f"{name}_" if name in OF_MODULES else name).with_suffix(SUFFIX[to])
    else:
        path = Path(out)
    if not path.name or path.is_dir():
        raise bad_output(str(path), "this is a folder", f"name a file, like `network{SUFFIX[to]}`")
    if to == "python":
        if path.suffix != ".py" or not path.stem.isidentifier() or path.stem in OF_MODULES:
            raise bad_output(str(path), "Python cannot import a network by this name", "name it like `network.py`")
        beside = path.with_suffix(".safetensors")
        if beside.exists() and out is None:
            raise in_the_way(str(beside))
        if beside.exists() and not _is_exported(beside):
            raise companion_in_the_way(str(beside))
    if out is None and path.exists():
        raise in_the_way(str(path))
    return path


def _is_exported(path: Path) -> bool:
    """Whether weights are those that were written beside Python code."""
    try:
        with safe_open(path, "pt") as file:
            return EXPORTED in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def module_of(source: Source) -> nn.Module:
    """The network that its code makes, with its tensors, in evaluation mode."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.py"
        path.write_text(source.text, encoding="utf-8")
        spec = spec_from_file_location("dasdsl_exported", path)
        assert spec is not None
        assert spec.loader is not None
        made = module_from_spec(spec)
        spec.loader.exec_module(made)
    kind: Callable[[], nn.Module] = getattr(made, source.cls)
    module = kind()
    module.load_state_dict(dict(source.tensors))
    return module.eval()


def _inputs(architecture: Space, samples: int) -> Tensor:
    generator = torch.Generator().manual_seed(samples)
    return torch.randn(samples, *architecture.input, generator=generator)


@torch.no_grad()
def _compared(network: nn.Module, run: Run, form: str, architecture: Space, scale: Normalisation | None) -> float:
    """The largest difference of the outputs; the inputs are spread as those are that the network was trained on.

    Raises: DasError E601 where it is more than rounding.
    """
    error = 0.0
    for samples in SAMPLES:
        x = _inputs(architecture, samples)
        raw = x if scale is None else scale.undo(x)
        # as the code does it, so that the rounding of inputs that are far from zero does not count
        wanted = network(raw if scale is None else scale.plainly(raw))
        difference = float((wanted - run(raw)).abs().max())
        error = max(error, difference)
        part = difference / float(wanted.abs().max().clamp_min(1e-30))
        # a NaN is no rounding either
        if not part <= ROUNDING:
            raise differs(form, part, ROUNDING)
    return error
