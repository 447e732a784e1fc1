"""Problems of the inverse pass (codes E4xx): they are about a trained network, so they have no place in a text."""

from __future__ import annotations

from dasdsl.diagnostics import DasError, Kind

COLLAPSED = Kind(
    "E401",
    "the network collapses",
    "At this threshold a layer reads nothing, so the network's output would not depend on its input.",
)
NOT_EQUAL = Kind(
    "E402",
    "the discrete network differs",
    "The discrete network must compute what the clamped composite computes, up to rounding; where it does not, nothing "
    "is written.",
)
UNDECIDED = Kind(
    "E403",
    "a decision is still divided",
    "Filter shapes, dilations and numbers of groups do not nest, so no option stands for several of them. Clamping "
    "keeps the one with the largest gate.",
)
NOT_FINITE = Kind(
    "E404",
    "weights are no finite numbers",
    "A training that diverged leaves infinities or NaN, of which no threshold makes an architecture.",
)


def not_finite(layer: str) -> DasError:
    """The weights of this layer are no numbers; "" where gates are."""
    what = f"of `{layer}`" if layer else "of gates"
    return NOT_FINITE.error(
        f"values {what} are infinite or no numbers", help="train again, with a smaller `learning_rate` or `gamma`"
    )


def undecided(names: tuple[str, ...]) -> DasError:
    """A composite that is not clamped is to be read as it is."""
    return UNDECIDED.error(
        f"several options of {', '.join(f'`{name}`' for name in names)} are still in use",
        help="give a threshold, `dasdsl.discover(model, threshold=0.1)`, or call `model.clamp_(0.1)` before",
    )


def collapsed(layer: str, threshold: float | None, largest: float | None) -> DasError:
    """A layer reads nothing at this threshold; `largest` is the largest at which every layer reads something."""
    at = "" if threshold is None else f" at threshold {threshold:g}"
    advice = "train longer, or with a smaller `gamma`"
    works = f"no threshold works: {advice}" if largest is None else f"the largest threshold that works is {largest:.6g}"
    return COLLAPSED.error(f"the network collapses{at}: `{layer}` reads nothing any more", help=works)


def not_equal(difference: float, relative: float, allowed: float) -> DasError:
    """The certificate does not hold."""
    return NOT_EQUAL.error(
        f"the discrete network differs from the clamped composite by {difference:.3g} "
        f"({relative:.3g} of its output; {allowed:g} is allowed)",
        help="this is a fault in dasdsl, or values beyond float32; please report the space and the seed",
    )
