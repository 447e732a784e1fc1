"""Problems of a run (codes E5xx): they are about what is trained and written, so they have no place in a text."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, problem


def nothing_open(name: str) -> DasError:
    """A space with nothing left to decide was given to `search`."""
    return problem(
        "E501",
        f"there is nothing to search in `{name}`: nothing is open in it",
        help="open something (`channels<=48`, `filters <1..5>x<1..5>`), or train it as it is with `dasdsl train`",
    )


def something_open(name: str) -> DasError:
    """A space with something open was given where an architecture is wanted."""
    return problem(
        "E502",
        f"`{name}` still has something open, so it is no architecture that could be trained on its own",
        help="search it with `dasdsl search`, or close it",
    )


def diverged(phase: str, step: int, what: str) -> DasError:
    """The loss or a parameter is no longer a number."""
    return problem(
        "E503",
        f"{what} is not a finite number at step {step} of {phase}; the last good state is kept",
        help="lower `learning_rate` or `gamma`, and look for outliers in the data",
    )


def not_a_run(path: str, missing: str) -> DasError:
    """A folder was given as a run that is none."""
    return problem(
        "E504",
        f"this is no folder of a search: `{missing}` is missing",
        help="give the folder that `dasdsl search` wrote, for example runs/digits-1",
        path=path,
    )


def locked(path: str) -> DasError:
    """Another process works in the folder of this run."""
    return problem(
        "E505",
        "another process is at work in this folder",
        help="wait for it, or choose another folder with `--out`",
        path=path,
    )


def occupied(path: str) -> DasError:
    """The folder given with `--out` holds something already."""
    return problem(
        "E506",
        "this folder is not empty, and a run never overwrites another",
        help="choose another folder, or go on with the run in it: `dasdsl search --resume DIR`",
        path=path,
    )


def broken(path: str, what: str) -> DasError:
    """A file of a run can't be read."""
    return problem("E507", f"this file of the run is broken: {what}", help="restore it, or search again", path=path)


def misfit(path: str, what: str) -> DasError:
    """Weights that do not belong to the architecture."""
    return problem(
        "E508",
        f"these weights do not fit the architecture: {what}",
        help="give the `weights.safetensors` that was written beside this `.das` file",
        path=path,
    )


def collapsed_everywhere() -> DasError:
    """Every rung of the ladder collapses."""
    return problem(
        "E509",
        "the network collapses at every threshold: some layer's gates are all zero",
        help="lower `gamma` (or `eta`), or train longer",
    )


def bad_setting(name: str, why: str) -> DasError:
    """A setting outside of its range."""
    return problem("E510", f"`{name}` {why}", help="`dasdsl search --help` says what each setting takes")
