"""A matching by augmenting paths is as large as there is one, and stays so through changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from networkx import Graph
from networkx.algorithms.bipartite import hopcroft_karp_matching

from dasdsl.search.elimination.seats import Seats

READERS = st.lists(st.frozensets(st.sampled_from("abc")), min_size=1, max_size=6)


def most(seats: Seats) -> int:
    """How many channels of the goal can have a place."""
    graph = Graph()
    graph.add_nodes_from(("channel", one) for one in seats.goal)
    for place, there in seats.now.items():
        fits = [("channel", channel) for channel, wanted in seats.goal.items() if wanted <= there]
        graph.add_edges_from((one, ("place", place)) for one in fits)
    return len(hopcroft_karp_matching(graph, [("channel", one) for one in seats.goal])) // 2


def holds(seats: Seats) -> bool:
    """Whether everyone stands where its readers are, alone."""
    fits = all(seats.goal[channel] <= seats.now[place] for channel, place in seats.place.items())
    return fits and {place: channel for channel, place in seats.place.items()} == seats.holder


@given(READERS, READERS)
def test_as_many_have_a_place_as_can(now: list[frozenset[str]], goal: list[frozenset[str]]) -> None:
    seats = Seats(dict(enumerate(now)), dict(enumerate(goal)))
    found = sum(seats.find_(channel) for channel in seats.goal)
    assert found == len(seats.place) == most(seats)
    assert holds(seats)


@given(READERS, st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=20))
def test_a_reader_goes_where_all_keep_a_place(goal: list[frozenset[str]], ends: list[tuple[int, str]]) -> None:
    seats = Seats({place: frozenset("abc") for place in range(len(goal))}, dict(enumerate(goal)))
    assert all(seats.find_(channel) for channel in seats.goal)
    for place, reader in ends:
        if place >= len(goal):
            continue
        before = dict(seats.now)
        gone = seats.end_(place, reader)
        assert len(seats.place) == len(goal)
        assert holds(seats)
        after = Seats({**before, place: before[place] - {reader}}, seats.goal)
        assert gone == (most(after) == len(goal))
        assert seats.now == (after.now if gone else before)
