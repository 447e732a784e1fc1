"""Which of torchvision's image classifiers `dasdsl import` reads, and how far their texts are from them.

    pip install -c constraints.txt -e '.[peers]'
    python benchmarks/importing.py [--only NAME] [--size 224]

One or more of each family, with random weights. A line each: params, MACs, lines of the text, the largest difference as
a part of the largest output, seconds; or why it cannot be imported.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any

import torch
from tables import machine, table

import dasdsl
from dasdsl.report.numbers import short

NAMES = (
    "alexnet",
    "vgg11",
    "vgg16_bn",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "wide_resnet50_2",
    "densenet121",
    "squeezenet1_0",
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    "mnasnet1_0",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "googlenet",
    "inception_v3",
    "shufflenet_v2_x1_0",
    "convnext_tiny",
    "swin_t",
    "vit_b_16",
    "maxvit_t",
)


def models() -> Any:  # noqa: ANN401 - the module
    """Torchvision's models: its compiled operators, which no classifier needs, may be for another build of torch."""
    register = torch.library.register_fake
    torch.library.register_fake = lambda *_, **__: lambda function: function  # type: ignore[assignment]
    try:
        from torchvision import models
    finally:
        torch.library.register_fake = register
    return models


def row(made: Any, name: str, size: int) -> tuple[object, ...]:  # noqa: ANN401
    """A line of the table."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = made.get_model(name, weights=None)
    for extra in ("aux_logits", "transform_input"):
        if hasattr(module, extra):
            setattr(module, extra, False)
    start = time.perf_counter()
    try:
        found = dasdsl.from_torch(module, (3, size, size), name)
    except dasdsl.DasError as error:
        return name, "–", "–", "–", error.diagnostics[0].message, f"{time.perf_counter() - start:.1f}"
    lines = len(str(found.architecture).splitlines())
    costs = short(found.costs.params), short(found.costs.macs)
    return name, *costs, lines, f"{found.certificate.relative:.0e}", f"{time.perf_counter() - start:.1f}"


def main() -> None:
    """Import each, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="networks whose name contains this")
    parser.add_argument("--size", type=int, default=224, help="of the images")
    options = parser.parse_args()
    print(machine())
    made = models()
    rows = [row(made, name, options.size) for name in NAMES if options.only in name]
    head = ("network", "params", "MACs", "lines", "largest difference, or why not", "seconds")
    print(table(head, rows))


if __name__ == "__main__":
    main()
