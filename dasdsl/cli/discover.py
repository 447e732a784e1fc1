"""Read another architecture off a finished search, by a threshold or a limit on its cost, without training."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dasdsl.cli.support.console import message, print_json
from dasdsl.cli.support.memory import keep_freed
from dasdsl.cli.support.training import cost_limit, progress, real

if TYPE_CHECKING:
    from dasdsl.inverse.discover import Found


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
    parser.add_argument(
        "--out", metavar="OUT", help="write the text, the weights and the facts into this new or empty folder"
    )
    parser.add_argument("--json", action="store_true", help="print facts as JSON in the place of the text")


def run(options: Namespace) -> int:
    """Discover."""
    from dasdsl.search import api
    from dasdsl.search.folder import Folder, new_folder
    from dasdsl.search.results import write_rung

    folder = Path(options.run)
    budget: dict[str, Any] = {}
    if options.limit is None:
        found = api.rung(folder, options.threshold)
    else:
        keep_freed()
        with progress() as listener:
            found, budget = api.rung_within(folder, options.limit, listener)
    facts = _facts(found, budget)
    if options.out is not None:
        out = new_folder("", Path(options.out))
        write_rung(out, Folder(folder), found, facts)
        message(f"wrote {out.architecture}, {out.weights} and {out.report}, without fine-tuning")
    if options.json:
        print_json(facts)
    else:
        sys.stdout.write(str(found.architecture))
    return 0


def _facts(found: Found, budget: dict[str, Any]) -> dict[str, Any]:
    origin, certificate = found.architecture.header.found, found.certificate
    return {
        "threshold": None if origin is None else origin.threshold,
        "params": found.costs.params,
        "macs": found.costs.macs,
        **({"limit": budget["limit"], "share": budget["share"]} if budget else {}),
        "architecture": str(found.architecture),
        "certificate": {"max_abs_error": certificate.max_abs_error, "samples": certificate.samples},
    }
