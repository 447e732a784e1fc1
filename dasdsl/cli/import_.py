"""Read a network of PyTorch's as an architecture with its weights, to be diffed, opened and searched from."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import redirect_stdout
from pathlib import Path

from dasdsl.cli.support.console import message, print_json


def add_arguments(parser: ArgumentParser) -> None:
    """`import NETWORK --input 3x224x224 --allow-code [--weights W] [-o DIR]`."""
    parser.add_argument(
        "network",
        metavar="NETWORK",
        help="`package.module:object`, a class, a function or a module, or a file that torch.export.save wrote (.pt2)",
    )
    parser.add_argument(
        "--input", type=shape, required=True, metavar="S", help="the shape of one sample, channels first: 3x224x224"
    )
    parser.add_argument("--weights", metavar="W", help="its weights: .safetensors, or a state_dict of torch.save")
    parser.add_argument("--name", type=name, help="what the text calls it (the name of its class)")
    parser.add_argument("--allow-code", action="store_true", help="run the code that makes the network")
    parser.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help="a new or empty folder for text and weights; without it the text only",
    )
    parser.add_argument("--json", action="store_true", help="print facts as JSON in the place of the text")


def shape(text: str) -> tuple[int, ...]:
    """`3x224x224`."""
    sizes = text.split("x")
    if not all(size.isdecimal() and size.isascii() and 0 < int(size) < 2**31 for size in sizes):
        raise ArgumentTypeError(f"`{text}` is no shape; write it like `3x224x224`, channels first")
    return tuple(map(int, sizes))


def name(text: str) -> str:
    """A name that a header can have."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ArgumentTypeError(f"`{text}` is no name; it has letters, digits, `_` and `-`, at most 64")
    return text


def run(options: Namespace) -> int:
    """Import."""
    from dasdsl.imports.network import from_torch
    from dasdsl.imports.problems import not_allowed
    from dasdsl.imports.sources import network
    from dasdsl.report.numbers import short
    from dasdsl.search.folder import refuse_occupied

    if not options.allow_code:
        raise not_allowed(options.network)
    if options.out is not None:
        refuse_occupied(Path(options.out))
    with redirect_stdout(sys.stderr):
        # what the network prints is none of our results
        found = from_torch(network(options.network, options.weights), options.input, options.name)
    if options.out is not None:
        found.save(options.out)
    for name in found.shared:
        message(f"warning: `{name}` is used more than once; each use has weights of its own now")
    if options.json:
        print_json(found.facts())
        return 0
    sys.stdout.write(str(found.architecture))
    costs = f"{short(found.costs.params)} params, {short(found.costs.macs)} MACs"
    message(f"{costs}; it differs by {found.certificate.relative:.1g} of the largest output")
    if options.out is not None:
        message(f"wrote {options.out}/architecture.das and {options.out}/weights.safetensors")
    return 0
