"""What PyTorch's own exporters make of the code of a network, as the bytes of a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from dasdsl.diagnostics import DasError
from dasdsl.exports.problems import not_exported, not_in_opset
from dasdsl.ir.program import Program
from dasdsl.language.reports import visible
from dasdsl.lowering.quiet import quiet

if TYPE_CHECKING:
    from torch.export import ExportedProgram

Run = Callable[[Tensor], Tensor]
"""What was exported, as the runtime that it is meant for computes it."""
INPUT, OUTPUT, BATCH = "input", "output", "batch"
"""What the graph calls what it reads, what it makes, and the size that may be any."""


def torch_file(module: nn.Module, example: Tensor) -> tuple[bytes, Run]:
    """A `.pt2` file, which `torch.export.load` reads; any batch size.

    Raises: DasError E602 where PyTorch refuses.
    """
    with _refused("torch"):
        buffer = io.BytesIO()
        torch.export.save(_traced(module, example), buffer)
        data = buffer.getvalue()
        loaded = torch.export.load(io.BytesIO(data)).module()
    return data, _guarded("torch", loaded)


def onnx_file(module: nn.Module, example: Tensor, program: Program, opset: int | None) -> tuple[bytes, Run]:
    """An `.onnx` file that holds the weights and, as metadata, the text of the architecture; any batch size.

    Raises: DasError E602 where PyTorch or ONNX Runtime refuses.
    """
    import onnxruntime

    with _refused("onnx"):
        made: Any = torch.onnx.export(
            _traced(module, example),
            (example,),
            dynamo=True,
            input_names=[INPUT],
            output_names=[OUTPUT],
            opset_version=opset,
            verbose=False,
        )
        proto = made.model_proto
        _cleaned(proto)
        versions = [one.version for one in proto.opset_import if not one.domain]
        if opset is not None and versions != [opset]:
            raise not_in_opset(opset, versions[0])
        facts = {"dasdsl.architecture": str(program.space), "dasdsl.params": program.cost.params}
        for key, value in {**facts, "dasdsl.macs": program.cost.macs}.items():
            proto.metadata_props.add(key=key, value=str(value))
        data: bytes = proto.SerializeToString()
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return data, _guarded("onnx", lambda x: torch.from_numpy(session.run([OUTPUT], {INPUT: x.numpy()})[0]))


def _guarded(form: str, run: Run) -> Run:
    """The same, where a runtime that fails says so."""

    def guarded(x: Tensor) -> Tensor:
        with _refused(form):
            return run(x)

    return guarded


def _traced(module: nn.Module, example: Tensor) -> ExportedProgram:
    """Any batch size; without the lines of the file that it was read from, which is gone."""
    batch = torch.export.Dim(BATCH)
    traced = torch.export.export(module, (example,), dynamic_shapes={"x": {0: batch}})
    for node in traced.graph.nodes:
        node.meta.pop("stack_trace", None)
    return traced


def _cleaned(proto: Any) -> None:  # noqa: ANN401 - a message of protobuf's
    """Take out what the exporter notes of where each operation stood in the code; the batch gets its name."""
    ends = (*proto.graph.value_info, *proto.graph.input, *proto.graph.output)
    batch = proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for part in (*proto.graph.node, *ends):
        del part.metadata_props[:]
    for side in (side for end in ends for side in end.type.tensor_type.shape.dim):
        if side.dim_param == batch:
            side.dim_param = BATCH


@contextmanager
def _refused(form: str) -> Generator[None]:
    """Whatever an exporter raises or says is told in one line, or not at all."""
    try:
        with quiet():
            yield
    except DasError:
        raise
    except Exception as error:  # noqa: BLE001 - exporters raise anything
        raise not_exported(form, visible(str(error).strip().split("\n")[0])) from None
