"""Read another architecture off a finished search, by a threshold or a limit on its cost, without training."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from dasdsl.cli.support.console import message, print_json
from dasdsl.cli.support.memory import keep_freed
from dasdsl.cli.support.training import cost_limit, progress, real


def add_arguments(parser: ArgumentParser) -> None:
    """`discover DIR (--threshold T | --limit macs=40M) [--out DIR]`."""
    parser.add_argument("run", metavar="DIR", help="the folder of a search")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--threshold", type=real, metavar="T", help="drop what matters less (`default`: 0 to 1, of the most)"
    )
    how.add_argument(
        "--limit",
        type=cost_limit,
        metavar="L",
        help="shave it down to `params=10k`, `macs=40M`, `params=20%%` of the largest network, or two with a comma",
    )
    parser.add_argument("--out", metavar="OUT", help="write the text and the weights into this new or empty folder")
    parser.add_argument("--json", action="store_true", help="print facts as JSON in the place of the text")


def run(options: Namespace) -> int:
    """Discover."""
    from dasdsl.search import api
    from dasdsl.search.folder import new_folder
    from dasdsl.search.results import write_found

    folder = Path(options.run)
    budget: dict[str, Any] = {}
    if options.limit is None:
        found = api.rung(folder, options.threshold)
    else:
        keep_freed()
        with progress() as listener:
            found, budget = api.rung_within(folder, options.limit, listener)
    origin = found.architecture.header.found
    if options.out is not None:
        out = new_folder("", Path(options.out))
        write_found(out, found)
        message(f"wrote {out.architecture} and {out.weights}, without fine-tuning")
    if options.json:
        certificate = found.certificate
        print_json(
            {
                "threshold": None if origin is None else origin.threshold,
                "params": found.costs.params,
                "macs": found.costs.macs,
                **({"limit": budget["limit"], "share": budget["share"]} if budget else {}),
                "architecture": str(found.architecture),
                "certificate": {"max_abs_error": certificate.max_abs_error, "samples": certificate.samples},
            }
        )
    else:
        sys.stdout.write(str(found.architecture))
    return 0
