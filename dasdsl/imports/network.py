"""A network that exists already as an architecture: its text, its weights, and how far the two are apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.frozen import frozen
from dasdsl.imports.problems import not_one, not_the_same, not_traced, refused
from dasdsl.imports.steps import INPUT, Step, Steps
from dasdsl.imports.tracing import BATCH, guarded, prepared, steps_of
from dasdsl.imports.writing import text_of, written
from dasdsl.inverse.certificate import ALLOWED, Certificate
from dasdsl.ir.elaborate import elaborate
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.lowering.composite import CompositeModel, lower
from dasdsl.operations.core.operation import Cost
from dasdsl.search.folder import new_folder
from dasdsl.search.weights import write_weights

SAMPLES = 4
"""Random inputs that both networks are run on."""
FAINT = 1e-2
"""Outputs that differ by less, as a part of the largest one, hardly show what a network computes."""


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


def from_torch(module: nn.Module, input: Sequence[int], name: str | None = None) -> Imported:  # noqa: A002 - as in a text
    """Read a network of PyTorch's as an architecture of the language, with its weights.

    `input` is the shape of one sample, channels first, without the batch: (3, 224, 224). `name` is what the text calls
    it, by default the name of its class. The module stays as it is; it is read in evaluation mode, in float32.
    Raises: DasError E701 for a layer that no statement says, E702 where PyTorch cannot trace it, E703 where the text
    computes something else.
    """
    shape, network = tuple(input), prepared(module)
    called = _name(name or type(module).__name__)
    found, steps, moved = _read(network, shape, called)
    hidden = [weight for step in steps.all if (weight := step.tensors.get("weight")) is not None]
    if moved >= FAINT:
        hidden = [weight for weight in hidden if not bool(weight.any())]
    if hidden:
        # behind weights that are all zero, or by which signals fade, nothing is seen: with others the text has to
        # compute the same, too
        generator = torch.Generator().manual_seed(1)
        for weight in hidden:
            weight.data.normal_(std=(2 / weight[0].numel()) ** 0.5, generator=generator)
        _read(network, shape, called, finely=True)
    return found


def _read(
    network: nn.Module, shape: tuple[int, ...], name: str, *, finely: bool = False
) -> tuple[Imported, Steps, float]:
    """What a network is, which is at rest; the steps that it was read off, and how much its output hangs on inputs.

    `finely`: it is compared in float64 where it can be, and left so. With random weights signals can grow until the
    smallest rounding decides which half of a relu they come to.
    """
    with torch.random.fork_rng(devices=[]):
        steps = steps_of(network, shape)
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
            layer.load_state_dict({key: tensor.detach() for key, tensor in step.tensors.items()})
    certificate, moved = _finely(network, model, shape) if finely else _compared(network, model, shape)
    if not certificate.holds:
        raise not_the_same(certificate.relative, ALLOWED)
    return Imported(program.space, model, program.cost, certificate, layers, steps.shared), steps, moved


def text_of_steps(steps: Steps, shape: tuple[int, ...], name: str) -> tuple[str, dict[int, Step]]:
    """The text, and the step of each of its lines that begins one."""
    head = ["---", "das: 1", f"architecture: {name}", f"input: {'x'.join(map(str, shape))}", "---"]
    body = list(text_of(written(steps.all, INPUT, steps.output)))
    by_line = {k: of.step for k, (_, of) in enumerate(body, len(head) + 1) if of is not None and of.step is not None}
    # a layer that is said twice would be two, with weights that may then differ
    assert len({step.name for step in by_line.values()}) == len(by_line)
    return "\n".join([*head, *(line for line, _ in body), ""]), by_line


def _finely(network: nn.Module, model: nn.Module, shape: tuple[int, ...]) -> tuple[Certificate, float]:
    try:
        return _compared(network.double(), model.double(), shape, torch.float64)
    except DasError:
        # it makes float32 numbers of its own
        return _compared(network.float(), model.float(), shape)


def _compared(
    network: nn.Module, model: nn.Module, shape: tuple[int, ...], dtype: torch.dtype = torch.float32
) -> tuple[Certificate, float]:
    """Run both on random inputs; also how far apart the outputs of different inputs are, as a part of the largest."""
    generator = torch.Generator().manual_seed(0)
    error, largest, apart = 0.0, 1e-12, 0.0
    for _ in range(SAMPLES // BATCH):
        x = torch.randn(BATCH, *shape, generator=generator, dtype=dtype)
        with torch.no_grad():
            # what it reads it may change
            wanted = guarded(lambda x=x: network(x.clone()), not_traced)
            found = model(x)
        if not isinstance(wanted, Tensor) or wanted.shape != found.shape:
            # one tensor in a list or under a name: what is imported gives the tensor itself
            raise not_one("gives something else than one tensor that it computes")
        difference = float((wanted - found).abs().max())
        # a NaN must not pass as equal
        error = difference if difference != difference else max(error, difference)
        largest = max(largest, float(wanted.abs().max()))
        apart = max(apart, float((wanted - wanted.mean(dim=0)).abs().max()))
    return Certificate(error, error / largest, SAMPLES), apart / largest


def _name(of: str) -> str:
    """A name that a header can have."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", of).strip("-")[:64] or "network"
