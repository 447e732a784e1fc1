"""Which layers read which channels, and how a network with more of both comes to what was there before."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.language import loads
from dasdsl.operations.core.decisions import Subset
from dasdsl.search.elimination.readings import by_all, order, places, readings, unwanted

BY = {name: frozenset(name) for name in ("a", "b", "c", "ab", "bc", "abc")}
TEXT = """---
das: 1
space: one
input: 2x6x6
---
conv filters 1x1 channels<=3
residual:
    conv filters 1x1 channels<=2
    conv filters 1x1 channels<=3
conv filters 1x1 channels 2
"""


def test_channels_that_are_tied_are_read_as_one() -> None:
    program = elaborate(loads(TEXT))
    found = readings(program, largest(program))
    assert found["residual1.conv2"] == dict.fromkeys(range(3), frozenset({"residual1.conv1", "conv2"}))
    assert found["residual1.conv1"] == dict.fromkeys(range(2), frozenset({"residual1.conv2"}))
    assert found.keys() == {"residual1.conv1", "residual1.conv2"}


def test_a_channel_of_a_sum_that_is_read_is_read_by_all_who_may() -> None:
    program = elaborate(loads(TEXT))
    whole = largest(program)
    names = {node.name: one.name for node in program.nodes for one in node.decisions if isinstance(one, Subset)}
    first, second = names["residual1.conv1"], names["conv2"]
    assert by_all(program, whole) == {}
    apart = whole | {first: (0,), second: (2,)}
    assert by_all(program, apart) == {first: (0, 2), second: (0, 2)}
    # what nobody reads stays so
    assert by_all(program, whole | {first: (1,), second: (1,)}) == {}


def test_each_channel_has_a_place_of_its_own() -> None:
    now = {0: BY["abc"], 3: BY["a"], 4: BY["abc"]}
    assert places(now, {0: BY["a"], 1: BY["ab"], 2: BY["c"]}) in ({0: 3, 1: 0, 2: 4}, {0: 3, 1: 4, 2: 0})
    assert places(now, {0: BY["b"], 1: BY["b"], 2: BY["b"]}) is None


def test_what_agrees_keeps_its_order() -> None:
    assert places({1: BY["ab"], 5: BY["b"], 7: BY["ab"]}, {0: BY["ab"], 1: BY["b"], 2: BY["ab"]}) == {0: 1, 1: 5, 2: 7}


def test_an_order_is_of_just_the_same() -> None:
    goal = {0: BY["a"], 1: BY["ab"]}
    assert order({2: BY["ab"], 3: BY["a"]}, goal) == {0: 3, 1: 2}
    assert order({2: BY["ab"], 3: BY["ab"]}, goal) is None
    assert order({2: BY["ab"], 3: BY["a"], 4: BY["a"]}, goal) is None


def test_the_cheapest_end_as_long_as_the_goal_can_be_reached() -> None:
    now, goal = {0: BY["abc"], 1: BY["abc"]}, {0: BY["ab"], 1: BY["abc"]}
    assert unwanted(now, goal, [(1, "a"), (0, "c"), (1, "c")], 2) == [(0, "c")]
    assert unwanted(now, goal, [(1, "c"), (0, "c")], 2) == [(1, "c")]
    assert unwanted(now, goal, [(1, "c")], 0) == []


@given(
    st.lists(st.frozensets(st.sampled_from("abc"), min_size=1), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_goal_is_always_reached(goals: list[frozenset[str]], random: Random) -> None:
    """From everything read by everyone, whatever is cheapest."""
    goal = dict(enumerate(goals))
    now = dict.fromkeys(range(len(goal)), BY["abc"])
    every = [(channel, reader) for channel in now for reader in "abc"]
    random.shuffle(every)
    many = 3 * len(goal) - sum(map(len, goals))
    for channel, reader in unwanted(now, goal, every, many):
        now[channel] -= {reader}
    assert order(now, goal) is not None
