"""What became of each open value, as the page shows it: options with the chosen one, or the channels that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dasdsl.frozen import frozen

MOST_OPTIONS, MOST_CHANNELS = 16, 512


@frozen(slots=True)
class Chip:
    """One option, and whether it is what was chosen."""

    text: str
    chosen: bool


@frozen(slots=True)
class Outcome:
    """A decision and what it became: in words and, where there are not too many, option by option."""

    name: str
    line: int
    said: str
    chips: tuple[Chip, ...] = ()
    squares: tuple[bool, ...] = ()
    """For each channel that could be read, whether it is."""


def outcomes(space: Mapping[str, Any], decided: Mapping[str, Any]) -> list[Outcome]:
    """All decisions of a space, by what `compile --json` and the report say."""
    return [_outcome(decision, decided[decision["name"]]) for decision in space["decisions"]]


def _outcome(decision: Mapping[str, Any], became: Any) -> Outcome:  # noqa: ANN401 - by the decision's kind
    name, line, options = decision["name"], decision["line"], decision["options"]
    if decision["kind"] == "subset":
        total, kept = options["channels"], {*became}
        # where only some positions of an axis are open, their numbers go further
        shown = total if total <= MOST_CHANNELS and max(kept, default=0) < total else 0
        return Outcome(name, line, f"{len(kept)} of {total}", squares=tuple(place in kept for place in range(shown)))
    if decision["kind"] == "patterns":
        return Outcome(name, line, _patterns(became, options))
    said = [_said(option) for option in options]
    chosen = _said(became)
    shown = tuple(Chip(text, text == chosen) for text in said) if len(said) <= MOST_OPTIONS else ()
    return Outcome(name, line, chosen if shown else f"{chosen}, of {said[0]} to {said[-1]}", shown)


def _patterns(sets: Sequence[Sequence[int]], options: Mapping[str, int]) -> str:
    """How many patterns there are, and how many inputs they read."""
    patterns = {tuple(one) for one in sets}
    sizes = sorted({len(one) for one in patterns})
    read = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    return f"{len(patterns)} of at most {options['patterns']} patterns, each of {read} of {options['inputs']} inputs"


def _said(option: Any) -> str:  # noqa: ANN401 - a number, or a shape
    return "x".join(map(str, option)) if isinstance(option, list) else str(option)
