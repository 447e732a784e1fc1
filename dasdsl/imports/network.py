"""A network that exists already as an architecture: its text, its weights, and how far the two are apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.imports.comparing import compared, finely_compared, reweigh_
from dasdsl.imports.problems import NOT_TRACED, not_the_same, refused
from dasdsl.imports.steps import INPUT, Step, Steps
from dasdsl.imports.tracing import BATCH, prepared, steps_of
from dasdsl.imports.writing import text_of, written
from dasdsl.inverse.certificate import ALLOWED, Certificate
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.layers.patterns import PatternKernel
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.operations.core.operation import Cost
from dasdsl.search.folder import new_folder
from dasdsl.search.weights import write_weights

Comparison = Callable[[nn.Module, nn.Module, tuple[int, ...], int], tuple[Certificate, bool]]


@frozen
class Imported:
    """A network as text (`str(architecture)`) with its weights in `model`, checked against the one it was read off.

    `layers` says what each layer that has weights was called in the network; `shared` names layers of the network that
    are used more than once, each of whose uses has weights of its own now.
    """

    architecture: Space
    model: CompositeModel
    costs: Cost
    certificate: Certificate
    layers: Mapping[str, str]
    shared: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        certificate = self.certificate
        return {
            "architecture": str(self.architecture),
            "params": self.costs.params,
            "macs": self.costs.macs,
            "max_abs_error": certificate.max_abs_error,
            "relative": certificate.relative,
            "samples": certificate.samples,
            "layers": dict(self.layers),
            "shared": list(self.shared),
        }

    def save(self, folder: str | Path) -> None:
        """Write `architecture.das` and `weights.safetensors` into a new or empty folder, for `search --from`.

        Raises: DasError E506 where the folder holds something.
        """
        place = new_folder("", Path(folder))
        write_weights(place.weights, self.model, {"architecture": str(self.architecture)})
        write_atomically(place.architecture, str(self.architecture))


def from_torch(module: nn.Module, input: int | Sequence[int], name: str | None = None) -> Imported:  # noqa: A002 - as in a text
    """Read a network of PyTorch's as an architecture of the language, with its weights.

    `input` is the shape of one sample, channels first, without the batch: (3, 224, 224). `name` is what the text calls
    it, by default the name of its class. The module stays as it is; it is read in evaluation mode, in float32. The text
    has to compute the same, also with other weights where they are so small that they hide what it says.
    Raises: DasError E701 for a layer that no statement says, E702 where PyTorch cannot trace it, E703 where the text
    computes something else; ValueError for what is no shape.
    """
    shape, network = _shape(input), prepared(module)
    called = _name(name or type(module).__name__)
    (found, faint), batch = _found(network, shape, called)
    if reweigh_(network, faint=faint):
        _read(network, shape, called, batch, finely_compared)
    return found


def _found(network: nn.Module, shape: tuple[int, ...], name: str) -> tuple[tuple[Imported, bool], int]:
    """What a network is, and how many samples it takes at once: a program that was exported with one takes one."""
    try:
        return _read(network, shape, name, BATCH), BATCH
    except DasError as error:
        if error.diagnostics[0].code == NOT_TRACED.code:
            with suppress(DasError):
                return _read(network, shape, name, 1), 1
        raise


def _read(
    network: nn.Module, shape: tuple[int, ...], name: str, batch: int, compare: Comparison = compared
) -> tuple[Imported, bool]:
    """What a network is, which is at rest; also whether its output hardly hangs on its input."""
    with torch.random.fork_rng(devices=[]):
        steps = steps_of(network, shape, batch)
        text, by_line = text_of_steps(steps, shape, name)
        try:
            program = elaborate(loads(text))
        except DasError as error:
            raise refused(error.diagnostics[0]) from None
        model = lower(program).eval()
    layers: dict[str, str] = {}
    for node, layer in model.layers():
        step = by_line.get(node.line)
        if step is not None and step.tensors:
            layers[node.name] = step.where
            layer.load_state_dict(_named(layer, step.tensors))
    certificate, faint = compare(network, model, shape, batch)
    if not certificate.holds:
        raise not_the_same(certificate.relative, ALLOWED)
    return Imported(program.space, model, program.cost, certificate, layers, steps.shared), faint


def _named(layer: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a step by the names that our layer has for them: a linear layer in groups has one for each."""
    own = {key: tensor.detach() for key, tensor in tensors.items()}
    if not isinstance(layer, PatternKernel):
        return own
    rows = enumerate(map(list, layer.outputs))
    return {f"parts.{number}.{key}": tensor[chosen] for number, chosen in rows for key, tensor in own.items()}


def text_of_steps(steps: Steps, shape: tuple[int, ...], name: str) -> tuple[str, dict[int, Step]]:
    """The text, and the step of each of its lines that begins one."""
    head = ["---", "das: 1", f"architecture: {name}", f"input: {'x'.join(map(str, shape))}", "---"]
    body = list(text_of(written(steps.all, INPUT, steps.output)))
    by_line = {k: of.step for k, (_, of) in enumerate(body, len(head) + 1) if of is not None and of.step is not None}
    # a layer that is said twice would be two, with weights that may then differ
    assert len({step.name for step in by_line.values()}) == len(by_line)
    return "\n".join([*head, *(line for line, _ in body), ""]), by_line


def _shape(given: int | Sequence[int]) -> tuple[int, ...]:
    """Raises: ValueError for what is no shape."""
    shape: list[Any] = [given] if isinstance(given, int) else [*given]
    sides = tuple(side for side in shape if isinstance(side, int) and side > 0)
    if not shape or len(sides) < len(shape):
        raise ValueError(f"`input` is the shape of one sample, like (3, 224, 224), and not {given!r}")
    return sides


def _name(of: str) -> str:
    """A name that a header can have."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", of).strip("-")[:64] or "network"
