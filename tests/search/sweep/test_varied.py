"""What is varied: values, ranges, and every combination of values once."""

from __future__ import annotations

import pytest

from dasdsl.diagnostics import DasError
from dasdsl.search.sweep.varied import Range, Values, facts, grid, of_facts, read_values, read_varied


def test_values_have_the_type_of_their_setting() -> None:
    assert read_values("gamma=1e-3,1") == Values("gamma", (1e-3, 1.0))
    assert read_values("seed=0,3") == Values("seed", (0, 3))
    assert read_values("seed=0..3") == Values("seed", (0, 1, 2, 3))
    assert read_values("learning-rate=0.1") == read_values("learning_rate=0.1")
    assert read_values("recipe=default, paper") == Values("recipe", ("default", "paper"))


def test_ranges_are_logarithmic_where_that_is_usual() -> None:
    assert read_varied("gamma=1e-4..1e-1") == Range("gamma", 1e-4, 1e-1, whole=False, log=True)
    assert read_varied("gamma=0..1e-1") == Range("gamma", 0.0, 1e-1, whole=False, log=False)
    assert read_varied("tolerance=0.01..0.1") == Range("tolerance", 0.01, 0.1, whole=False, log=False)
    assert read_varied("batch=8..64") == Range("batch", 8, 64, whole=True, log=False)
    assert read_varied("recipe=default,paper") == Values("recipe", ("default", "paper"))


@pytest.mark.parametrize("text", ["gamma=1e-4..1e-1", "seed=0..2", "recipe=paper"])
def test_they_can_be_kept_as_facts(text: str) -> None:
    assert of_facts(facts(read_varied(text))) == read_varied(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gamma", "says nothing of the form KEY=VALUES"),
        ("gamma=", "says nothing of the form KEY=VALUES"),
        ("gama=1", "`gama` is no setting of a search"),
        ("device=cuda", "give `--device` instead"),
        ("seed=1.5", "`1.5` in `seed=1.5` is no whole number"),
        ("gamma=a", "`a` in `gamma=a` is no number"),
        ("gamma=1,1", "names a value twice"),
        ("seed=4..1", "has to go from a smaller value to a larger one"),
        ("seed=0..99999", "has more than 10,000 values"),
        ("gamma=1..inf", "has to go from a smaller value to a larger one"),
        ("gamma=nan..1", "has to go from a smaller value to a larger one"),
    ],
)
def test_what_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(DasError, match="E513") as caught:
        (read_varied if text.startswith("gamma") else read_values)(text)
    assert words in str(caught.value)


def test_a_grid_has_every_combination_once() -> None:
    points = grid([Values("gamma", (1.0, 2.0)), Values("seed", (0, 1, 2))])
    assert points[:4] == [
        {"gamma": 1.0, "seed": 0}, {"gamma": 1.0, "seed": 1}, {"gamma": 1.0, "seed": 2}, {"gamma": 2.0, "seed": 0},
    ]  # fmt: skip
    assert len({tuple(point.items()) for point in points}) == len(points) == 6


def test_a_grid_that_is_none_is_refused() -> None:
    with pytest.raises(DasError, match=r"`seed` is varied twice"):
        grid([Values("seed", (0,)), Values("seed", (1,))])
    with pytest.raises(DasError, match=r"the grid has 1,000,000 points"):
        grid([Values("seed", tuple(range(1000))), Values("epochs", tuple(range(1, 1001)))])
