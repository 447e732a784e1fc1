"""Numbers as people read them."""

from __future__ import annotations

from math import floor, inf, log10

STEPS = (("G", 1e9), ("M", 1e6), ("k", 1e3))


def short(number: float) -> str:
    """Three significant digits: `252k`, `26.9M`, `831`."""
    for suffix, size in STEPS:
        if number >= size * 0.9995:
            return f"{_three(number / size)}{suffix}"
    return f"{number:.0f}"


def _three(value: float) -> str:
    rounded = float(f"{value:.2e}")
    return f"{rounded:.{max(0, 2 - floor(log10(rounded)))}f}"


def amount(text: str) -> float:
    """`40M`, `2.5k`, `831` as a number.

    Raises: ValueError where it is none, or is negative.
    """
    sizes = {suffix.lower(): size for suffix, size in STEPS}
    size = sizes.get(text[-1:].lower(), 1.0)
    value = float(text if size == 1.0 else text[:-1]) * size
    if not 0 <= value < inf:
        raise ValueError(text)
    return value


def share(part: float, whole: float) -> str:
    """`12.3 %` of the whole."""
    return f"{100 * part / whole:.3g} %" if whole else "-"


def metric(name: str, value: float | None) -> str:
    """A metric: accuracy in percent, anything else to four digits; `-` where it is not a finite number."""
    if value is None:
        return "-"
    return f"{100 * value:.2f} %" if name == "accuracy" else f"{value:.4f}"


def duration(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 7 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
