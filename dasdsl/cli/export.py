"""Leave the project behind: write an architecture with its weights as ONNX, a PyTorch program, or Python code."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from dasdsl.cli.support.console import message, print_json
from dasdsl.cli.support.extras import need
from dasdsl.cli.support.inputs import read_space, the_file

MISUSE = 2
WEIGHTS, ARCHITECTURE, REPORT = "weights.safetensors", "architecture.das", "report.json"


def add_arguments(parser: ArgumentParser) -> None:
    """`export [FILE] [--weights W] --to onnx|torch|python [-o OUT]`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="a .das file in which nothing is open, or the folder of a run"
    )
    parser.add_argument("--weights", metavar="W", help="its weights (weights.safetensors beside FILE)")
    parser.add_argument(
        "--to",
        required=True,
        choices=("onnx", "torch", "python"),
        help="an ONNX model, a program for torch.export.load, or code with a class and its weights",
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write (NAME.onnx, NAME.pt2 or NAME.py here)")
    parser.add_argument("--opset", type=int, metavar="N", help="onnx: the version of its operators (PyTorch's choice)")
    parser.add_argument(
        "--raw",
        action="store_true",
        help="what is exported normalises its inputs itself, as the report.json beside FILE says",
    )
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")


def run(options: Namespace) -> int:
    """Export."""
    if options.opset is not None and options.to != "onnx":
        message(f"dasdsl export: there are no operators of ONNX in `--to {options.to}`, so --opset cannot be given")
        return MISUSE
    if options.to == "onnx":
        need("onnx", "export --to onnx", "onnx", "onnxscript", "onnxruntime")
    given = Path(the_file(options.file))
    file = given / ARCHITECTURE if given.is_dir() else given
    space = read_space(str(file))
    weights = Path(options.weights) if options.weights else file.with_name(WEIGHTS)

    from dasdsl.exports.export import export
    from dasdsl.exports.scaling import told_in

    told = told_in(file.with_name(REPORT)) if options.raw else None
    made = export(space, weights, options.to, options.output, opset=options.opset, normalisation=told)
    if options.json:
        print_json(made.facts())
        return 0
    for path in made.files:
        message(f"wrote {path}")
    print(f"it computes what the network computes within {made.max_abs_error:.2g} on {made.samples} random inputs")
    return 0
