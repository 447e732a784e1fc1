"""A matching of channels with places, kept from one change to the next: a library would begin anew at each."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Seats:
    """Channels of a goal at places of now that at least their readers read, found by augmenting paths (Berge, 1957).

    `place` is where each channel stands, `holder` who stands at each place.
    """

    now: dict[int, frozenset[str]]
    goal: Mapping[int, frozenset[str]]
    place: dict[int, int] = field(default_factory=dict[int, int])
    holder: dict[int, int] = field(default_factory=dict[int, int])

    def find_(self, channel: int) -> bool:
        """Give a channel a place, for which others may change theirs; nothing happens where that is not to be had."""
        asks = dict[int, int]()
        queue = deque([channel])
        while queue:
            asking = queue.popleft()
            for place, there in self.now.items():
                if place in asks or not self.goal[asking] <= there:
                    continue
                asks[place] = asking
                if place not in self.holder:
                    self._move_(place, asks)
                    return True
                queue.append(self.holder[place])
        return False

    def _move_(self, place: int | None, asks: Mapping[int, int]) -> None:
        while place is not None:
            mover = asks[place]
            left, self.place[mover], self.holder[place] = self.place.get(mover), place, mover
            place = left

    def end_(self, place: int, reader: str) -> bool:
        """Let a reader go from a place; nothing happens where a channel would be left without one."""
        before, channel = self.now[place], self.holder.get(place)
        self.now[place] = before - {reader}
        if channel is None or reader not in self.goal[channel]:
            return True
        del self.holder[place], self.place[channel]
        if self.find_(channel):
            return True
        self.now[place], self.place[channel], self.holder[place] = before, place, channel
        return False
