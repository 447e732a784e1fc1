"""What a search tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

from dasdsl.frozen import frozen


@frozen(slots=True)
class Event:
    """One moment of a phase: `step` of `steps` done; `facts` (loss, metric, …) at the end of an epoch.

    `warning` is what the person at the terminal should know at once. Where a step was told before, what is told `again`
    is newer, and not for the log, which has one line for each.
    """

    phase: str
    step: int
    steps: int
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    warning: str = ""
    again: bool = False


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Listen to nothing."""
