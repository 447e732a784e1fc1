"""What a sweep varies: settings of a search, each over some values, or over a range that a sampler draws from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.search.problems import bad_sweep

Value = int | float | str
MOST_POINTS = 10_000
LOGARITHMIC = ("gamma", "eta", "threshold", "learning_rate", "gate_learning_rate", "weight_decay")
"""Settings that are drawn evenly on a logarithmic scale, where their range begins above 0."""


@frozen(slots=True)
class Values:
    """A setting that takes one of these values."""

    name: str
    values: tuple[Value, ...]


@frozen(slots=True)
class Range:
    """A setting between two values, both included."""

    name: str
    low: float
    high: float
    whole: bool
    log: bool


Varied = Values | Range


def facts(varied: Varied) -> dict[str, Any]:
    """As plain JSON values."""
    return asdict(varied)


def of_facts(told: Mapping[str, Any]) -> Varied:
    """Back from plain JSON values."""
    if "values" in told:
        return Values(told["name"], tuple(told["values"]))
    return Range(told["name"], told["low"], told["high"], told["whole"], told["log"])


def read_values(text: str) -> Values:
    """`gamma=1e-3,1e-2` or, of whole numbers, `seed=0..4`.

    Raises: DasError E513 where it is neither.
    """
    name, kind, told = _parts(text)
    if ".." in told and kind is int:
        low, high = _ends(text, told, kind)
        if high - low >= MOST_POINTS:
            raise bad_sweep(f"`{text}` has more than {MOST_POINTS:,} values")
        return Values(name, tuple(range(int(low), int(high) + 1)))
    values = tuple(_value(text, part, kind) for part in told.split(","))
    if len(set(values)) != len(values):
        raise bad_sweep(f"`{text}` names a value twice")
    return Values(name, values)


def read_varied(text: str) -> Varied:
    """`gamma=1e-4..1e-1` as a range, `recipe=default,paper` as values.

    Raises: DasError E513 where it is neither.
    """
    name, kind, told = _parts(text)
    if ".." not in told or kind is str:
        return read_values(text)
    low, high = _ends(text, told, kind)
    return Range(name, low, high, kind is int, name in LOGARITHMIC and low > 0)


def grid(varied: Sequence[Values]) -> list[dict[str, Value]]:
    """Every combination, the last setting changing fastest.

    Raises: DasError E513 where a setting is varied twice, or where there are too many points.
    """
    refuse_twice(varied)
    count = 1
    for one in varied:
        count *= len(one.values)
    if count > MOST_POINTS:
        raise bad_sweep(f"the grid has {count:,} points, and a sweep has at most {MOST_POINTS:,}")
    names = [one.name for one in varied]
    return [dict(zip(names, values, strict=True)) for values in product(*(one.values for one in varied))]


def refuse_twice(varied: Iterable[Varied]) -> None:
    """Nothing, where every setting is varied once.

    Raises: DasError E513.
    """
    seen: set[str] = set()
    for one in varied:
        if one.name in seen:
            raise bad_sweep(f"`{one.name}` is varied twice")
        seen.add(one.name)


def _parts(text: str) -> tuple[str, type[int | float | str], str]:
    """The setting, what its values are, and what is said of them."""
    # settings know of torch, which workers do without
    from dasdsl.search.settings import ABOVE_ZERO, AT_LEAST_ZERO, WHOLE

    key, equals, told = text.partition("=")
    name = key.strip().replace("-", "_")
    kinds: dict[str, type[int | float | str]] = {
        **dict.fromkeys(WHOLE, int),
        **dict.fromkeys((*AT_LEAST_ZERO, *ABOVE_ZERO, "validation"), float),
        "recipe": str,
        "limit": str,
        "shrink": str,
        "cost": str,
        "precision": str,
    }
    if not equals or not told.strip():
        raise bad_sweep(f"`{text}` says nothing of the form KEY=VALUES")
    if name == "device":
        raise bad_sweep("all points are trained on one device: give `--device` instead")
    if name not in kinds:
        raise bad_sweep(f"`{key.strip()}` is no setting of a search; there are {', '.join(kinds)}")
    return name, kinds[name], told


def _value(text: str, part: str, kind: type[int | float | str]) -> Value:
    try:
        return kind(part.strip())
    except ValueError:
        what = "whole number" if kind is int else "number"
        raise bad_sweep(f"`{part.strip()}` in `{text}` is no {what}") from None


def _ends(text: str, told: str, kind: type[int | float | str]) -> tuple[float, float]:
    low, high = (float(_value(text, end, kind)) for end in told.split("..", 1))
    if not low < high < float("inf"):
        raise bad_sweep(f"`{text}` has to go from a smaller value to a larger one")
    return low, high
