"""Measure an architecture with its weights on the test data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from dasdsl.cli.support.console import print_json
from dasdsl.cli.support.inputs import add_data_arguments, data_of, read_space


def add_arguments(parser: ArgumentParser) -> None:
    """`eval [FILE] --weights W --data D`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a .das file in which nothing is open")
    parser.add_argument("--weights", required=True, metavar="W", help="the weights.safetensors that belongs to it")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    add_data_arguments(parser)


def run(options: Namespace) -> int:
    """Evaluate."""
    from dasdsl.report.numbers import metric, short
    from dasdsl.search import api

    space = read_space(options.file)
    source, reading = data_of(options, space)
    facts = api.evaluate(space, Path(options.weights), source, reading)
    if options.json:
        print_json(facts)
    else:
        value = metric(facts["metric_name"], facts["metric"])
        costs = f"{short(facts['params'])} params, {short(facts['macs'])} MACs"
        print(f"{facts['metric_name']} {value} on {facts['samples']} samples, {costs}")
    return 0
