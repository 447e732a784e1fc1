"""What joins channels."""

from __future__ import annotations

from dasdsl.imports.calls import Call, says
from dasdsl.imports.problems import Unsaid
from dasdsl.imports.steps import Written


@says("cat", "concat", "concatenate", anywhere=True)
def joined(call: Call) -> Written:
    """`concat`, of channels."""
    values = call.values("tensors")
    if not call.of_channels():
        raise Unsaid("it joins along another side than the channels")
    return Written(values, ("concat",), joins=True) if len(values) > 1 else Written(values)
