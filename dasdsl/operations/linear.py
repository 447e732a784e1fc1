"""`linear channels C`: a fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dasdsl.frozen import frozen
from dasdsl.operations import core
from dasdsl.operations.core.axes import Shape, Site
from dasdsl.operations.core.fields import Field, Kind
from dasdsl.operations.core.kernel import Kernel
from dasdsl.operations.core.operation import operation
from dasdsl.operations.core.problems import Refused

if TYPE_CHECKING:
    from torch import nn


@operation
@frozen(kw_only=True)
class Linear(Kernel):
    """Fully connected layer; after `flatten` its reads are per channel, not per feature."""

    words = "linear"
    about = "a fully connected layer on a vector"
    also = ("dense", "fc", "fullyconnected", "gemm", "mlp")
    example = "linear channels<=8"
    fields = (
        Field("channels", Kind.COUNT, about="how many channels it produces: `48`, `<=48`, `<16|32|48>`"),
        Field("groups", Kind.GROUPS, default=1, about="a number, `<=p` for learned patterns, or the patterns"),
        Field("bias", Kind.WORD, default="on", words=("on", "off"), about="whether a bias is added"),
        Field("reads", Kind.READS, default=None, about="`any` to search what is read, `all`, or the channels"),
    )

    def shape(self, reads: tuple[Shape, ...]) -> Shape:
        """(C_in,) → (C,).

        Raises: Refused E104 where the input has space.
        """
        if len(reads[0]) != 1:
            raise Refused(core.faults.NeedsVector(shape=reads[0]))
        return (self.outputs,)

    def module(self, site: Site) -> nn.Module:
        """`nn.Linear` where everything is closed, else our own."""
        from dasdsl.layers.build import kernel

        return kernel(self, site, None)
