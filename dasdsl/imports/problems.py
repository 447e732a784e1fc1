"""Problems of an import (codes E7xx)."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Diagnostic, Kind

NOT_SAID = Kind(
    "E701",
    "a layer that no statement says",
    "The language has statements for the layers of convolutional networks and perceptrons. What is neither, or is used "
    "in a way that the statement does not allow, cannot be imported.",
)
NOT_TRACED = Kind(
    "E702",
    "a network that PyTorch cannot trace",
    "A network is read off the graph that `torch.export` makes of it. What depends on values, or takes or gives "
    "anything but one tensor, has no such graph.",
)
NOT_THE_SAME = Kind(
    "E703",
    "what is imported computes something else",
    "The text with its weights is run beside the network on random inputs. Where the outputs differ by more than "
    "rounding, it is refused.",
)

NOT_FOUND = Kind(
    "E704",
    "no network to import",
    "A network is an object of Python's, or a file with a program of PyTorch's. Both are code, which is run only with "
    "`--allow-code`.",
)
BAD_WEIGHTS = Kind(
    "E705",
    "weights of another network",
    "Names or shapes in the file differ from those of the network, or it holds none.",
)


HELP = "say it with other layers, or give a part of the network that has none of this"


class Unsaid(Exception):
    """A layer that no statement says: why, and what would help."""

    def __init__(self, why: str, help: str = HELP) -> None:  # noqa: A002 - the word of diagnostics
        self.why = why
        self.help = help
        super().__init__(why)


def not_said(where: str, error: Unsaid) -> DasError:
    """A layer, by its name in the network, that cannot be imported."""
    return NOT_SAID.error(f"{where}: {error.why}", help=error.help)


def not_copied(error: BaseException) -> DasError:
    """A network that Python cannot copy."""
    return NOT_TRACED.error(
        f"this network cannot be copied: {_first(error)}",
        help="give weights to it first; take off `torch.nn.utils.weight_norm` (`remove_weight_norm`), and pruning "
        "(`torch.nn.utils.prune.remove`)",
    )


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]


def not_traced(error: BaseException) -> DasError:
    """The exporter of PyTorch failed."""
    return NOT_TRACED.error(
        f"PyTorch cannot trace this network: {_first(error)}",
        help="the shape is that of one sample, channels first and without the batch, like 3x224x224; see whether "
        "`torch.export.export(module.eval(), (x,))` says more, with x of shape (2, *input); a `.pt2` "
        "file has to be exported with one sample, two, or any number of them (`dynamic_shapes`)",
    )


def not_one(what: str) -> DasError:
    """A network with more than one input or output."""
    return NOT_TRACED.error(
        f"this network {what}", help="import the part of it that takes one tensor (N, *input) and gives one"
    )


def refused(diagnostic: Diagnostic) -> DasError:
    """The text that was made says something that the language does not allow."""
    return NOT_SAID.error(f"the network has no text: {diagnostic.message}", help=diagnostic.help or HELP)


def not_the_same(relative: float, allowed: float) -> DasError:
    """The outputs differ; both numbers are parts of the largest output."""
    return NOT_THE_SAME.error(
        f"the text differs from the network by {relative:.2g} of its largest output, and {allowed:.0e} would be "
        "rounding",
        help="see whether the network is random, keeps something in evaluation mode, or adds other numbers than 1e-5 "
        "to small variances; if not, tell us of it",
    )


def not_found(what: str) -> DasError:
    """No network where the command was to find one."""
    return NOT_FOUND.error(
        what,
        help="name it like `torchvision.models:resnet18` or `my_module:Net`, or give a file of `torch.export.save`",
    )


def not_allowed(source: str) -> DasError:
    """To make a network is to run code."""
    return NOT_FOUND.error(
        f"to import `{source}` is to run code, and that was not allowed",
        help="give `--allow-code`, where you trust it",
    )


def weights_refused(path: str, why: str) -> DasError:
    """Weights that are not those of the network."""
    return BAD_WEIGHTS.error(
        f"these are no weights of the network: {why}",
        help="give a `state_dict`, as `torch.save` or safetensors has written it",
        path=path,
    )
