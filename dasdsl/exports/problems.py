"""Problems of an export (codes E6xx)."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Kind

DIFFERS = Kind(
    "E601",
    "what is exported computes something else",
    "What is exported is run beside the network on random inputs before it is written. Where the outputs differ by "
    "more than rounding, nothing is written.",
)
NOT_EXPORTED = Kind(
    "E602",
    "a form that cannot say the network",
    "The exporter of PyTorch, or the runtime that checks what it made, refuses the network.",
)
IN_THE_WAY = Kind(
    "E603",
    "a file is in the way",
    "Without `-o` an export is named after the space, and no file of that name is overwritten. With it the file that "
    "is named is, but the weights beside Python code overwrite only those of another export.",
)
NO_WEIGHTS = Kind(
    "E604",
    "no weights to export",
    "The weights of an architecture are a file of their own, which is looked for beside its text.",
)
BAD_OUTPUT = Kind(
    "E605",
    "a name that cannot be exported to",
    "An export is a file, and the code of a network is a module that Python can import, which imports torch itself.",
)
NO_SCALE = Kind(
    "E606",
    "no normalisation to put in front",
    "With `--raw` what is exported normalises its inputs itself, by what the `report.json` of the search says.",
)

NOT_FINITE = Kind(
    "E607", "weights that are no finite numbers", "What a network with such weights computes says nothing."
)


def no_scale(what: str, path: str | None = None) -> DasError:
    """A report that does not say how inputs are normalised."""
    return NO_SCALE.error(what, help="export without `--raw`, from the folder of a search", path=path)


def differs(form: str, error: float, allowed: float) -> DasError:
    """The outputs differ; both numbers are parts of the largest output."""
    return DIFFERS.error(
        f"what was exported to {form} differs from the network by {error:.2g} of its largest output, and {allowed:.0e} "
        "would be rounding; nothing was written",
        help="export to another form, and tell us of this network",
    )


def not_finite(name: str) -> DasError:
    """NaN or infinite weights."""
    return NOT_FINITE.error(
        f"`{name}` holds values that are no finite numbers", help="give the weights of a training that did not diverge"
    )


def not_in_opset(opset: int, found: int) -> DasError:
    """The exporter cannot say a network in operators of this version."""
    return NOT_EXPORTED.error(
        f"the network cannot be exported to onnx: operators of version {opset} cannot say it, "
        f"those of version {found} can",
        help="leave `--opset` out, or give another version",
    )


def companion_in_the_way(path: str) -> DasError:
    """The weights beside a module of Python's would overwrite a file that is none of ours."""
    return IN_THE_WAY.error(
        "the weights go into this file, which is there already and was not written by an export",
        help="export to another name: the weights have that of the module",
        path=path,
    )


def not_exported(form: str, reason: str) -> DasError:
    """The exporter failed."""
    return NOT_EXPORTED.error(
        f"the network cannot be exported to {form}: {reason}",
        help="export to another form (`--to python` is the plainest)",
    )


def in_the_way(path: str) -> DasError:
    """A file would be overwritten that nobody named."""
    return IN_THE_WAY.error(
        "this file is there already", help="name the file to write with `-o`; what is named is overwritten", path=path
    )


def weights_missing(path: str) -> DasError:
    """There is no file of weights."""
    return NO_WEIGHTS.error(
        "the weights of the architecture are not here",
        help="say where they are with `--weights W`, or give the folder of a run, for example runs/digits-1",
        path=path,
    )


def bad_output(path: str, what: str, remedy: str) -> DasError:
    """A name that does not do."""
    return BAD_OUTPUT.error(what, help=remedy, path=path)
