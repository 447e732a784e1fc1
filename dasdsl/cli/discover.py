"""Read another architecture off a finished search, at another threshold, without training."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from dasdsl.cli.support.console import message, print_json


def add_arguments(parser: ArgumentParser) -> None:
    """`discover DIR --threshold T [--out DIR]`."""
    parser.add_argument("run", metavar="DIR", help="the folder of a search")
    parser.add_argument("--threshold", type=float, required=True, metavar="T", help="what is below goes")
    parser.add_argument("--out", metavar="OUT", help="write the text and the weights into this new or empty folder")
    parser.add_argument("--json", action="store_true", help="print facts as JSON in the place of the text")


def run(options: Namespace) -> int:
    """Discover."""
    from dasdsl.search import api
    from dasdsl.search.folder import new_folder
    from dasdsl.search.run import write_found

    found = api.rung(Path(options.run), options.threshold)
    if options.out is not None:
        folder = new_folder("", Path(options.out))
        write_found(folder, found)
        message(f"wrote {folder.architecture} and {folder.weights}, without fine-tuning")
    if options.json:
        certificate = found.certificate
        print_json(
            {
                "threshold": options.threshold,
                "params": found.costs.params,
                "macs": found.costs.macs,
                "architecture": str(found.architecture),
                "certificate": {"max_abs_error": certificate.max_abs_error, "samples": certificate.samples},
            }
        )
    else:
        sys.stdout.write(str(found.architecture))
    return 0
