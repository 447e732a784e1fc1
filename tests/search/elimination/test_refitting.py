"""The same architecture comes back with other weights, and where a network was stuck it fits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

import pytest
import torch

from dasdsl.search.elimination import spare
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.refitting import DOUBTED, refit_
from dasdsl.search.elimination.spare import Trained, Wide
from tests.search.elimination.test_spare import BODIES, CHAIN, PLAN, piece


@pytest.mark.parametrize("case", BODIES)
def test_the_same_architecture_comes_back(case: str) -> None:
    own = piece(BODIES[case], samples=64)
    text, weights = str(own.cut.closing.space), own.kept().tensors
    plan = Plan(settle=0, brief=2, move=4, growth=8, most=10**6, rate=5e-3)
    error = refit_(own, "a name", plan)
    assert error == pytest.approx(own.error())
    assert own.work > 0
    assert str(own.cut.closing.space) == text
    own.recut_()
    assert str(own.cut.closing.space) == text
    assert own.error() == pytest.approx(error, rel=1e-4)
    assert any(bool((tensor != weights[name]).any()) for name, tensor in own.kept().tensors.items())


def test_it_is_the_same_each_time() -> None:
    plan = Plan(settle=0, brief=2, move=4, growth=8, most=10**6, rate=5e-3)
    one, two = piece(CHAIN, samples=64), piece(CHAIN, samples=64)
    before = torch.get_rng_state()
    assert refit_(one, "a name", plan) == refit_(two, "a name", plan)
    torch.set_rng_state(before)
    for name, tensor in one.kept().tensors.items():
        torch.testing.assert_close(tensor, two.kept().tensors[name], rtol=0, atol=0)


def test_without_a_place_for_spare_channels_nothing_happens() -> None:
    own = piece("conv filters 3x3 channels 2\n", samples=64)
    before = own.kept().tensors
    assert refit_(own, "a name", PLAN) is None
    assert own.work == 0
    for name, tensor in own.kept().tensors.items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


def test_networks_that_are_stuck_fit() -> None:
    """Most of them: which networks are stuck, and which of these stay so, hangs on how a processor rounds."""
    parts: list[float] = []
    for seed in range(9):
        own = piece(CHAIN, seed=seed)
        error = own.train_("as it is", 3 * PLAN.growth, 4 * PLAN.rate)
        found = refit_(own, "a name", PLAN)
        assert found is not None
        if error > 1e-3:
            parts.append(found / error)
        if len(parts) == 5:
            break
    assert len(parts) >= 3
    assert median(parts) < 1 / 4


def test_a_training_that_diverges_changes_nothing() -> None:
    own = piece(CHAIN, samples=64)
    before = own.kept().tensors
    wild = Plan(settle=0, brief=2, move=4, growth=20, most=10**6, rate=1e30)
    assert refit_(own, "a name", wild) == float("inf")
    for name, tensor in own.kept().tensors.items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


def test_what_is_not_promising_changes_nothing() -> None:
    """Its error with spare channels is not given back: the network itself has never had it."""
    own = piece(CHAIN, samples=64)
    before = own.kept().tensors
    plan = Plan(settle=0, brief=2, move=4, growth=8, most=10**6, rate=5e-3)
    assert refit_(own, "a name", plan, bound=0.0) == float("inf")
    assert own.work > 0
    for name, tensor in own.kept().tensors.items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


INF = float("inf")


@pytest.mark.parametrize(
    ("results", "told", "best"),
    [
        # a start ends midway where another was better there
        ([(0.5, 0.9), (0.2, 0.4), (0.6, 0.6), (0.1, 0.3)], [INF, 0.9, 0.4, 0.4], 3),
        # where starts are alike, luck is not what matters
        ([(0.5, 0.9), (0.6, 0.8), (0.1, 0.1)], [INF, 0.9], 0),
        # what is clean needs no other
        ([(0.5, 0.9), (1e-9, 0.1), (0.1, 0.1)], [INF, 0.9], 1),
        ([(1e-9, 0.9)], [INF], 0),
        ([(INF, INF), (0.5, 0.9), (0.2, 0.4), (0.6, 0.6)], [INF, INF, 0.9, 0.4], 2),
    ],
)
def test_the_best_of_some_starts_is_taken(
    results: list[tuple[float, float]], told: list[float], best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as luck matters, each `told` how bad it may be midway."""
    begun: list[tuple[Wide, float]] = []
    narrowed: list[Wide] = []

    def train(wide: Wide, _: str, __: Plan, most: float) -> Trained:
        begun.append((wide, most))
        return Trained(*results[len(begun) - 1])

    def narrow(wide: Wide, _: str, __: Plan) -> float:
        narrowed.append(wide)
        return INF

    monkeypatch.setattr(Wide, "train_", train)
    monkeypatch.setattr(Wide, "narrow_", narrow)
    assert refit_(piece(CHAIN, samples=64), "a name", PLAN, starts=(1, 3, 9, 27)) == INF
    assert [most for _, most in begun] == told
    assert narrowed == [begun[best][0]]
    weights = [wide.piece.model.get_parameter("conv1.weight") for wide, _ in begun]
    assert all(not torch.equal(one, other) for one, other in itertools.combinations(weights, 2))


@pytest.mark.parametrize(("left", "starts"), [(INF, 4), (1e5 + 1, 1), (2e5 + 1, 2), (1.0, 0)])
def test_no_start_is_begun_that_is_more_work_than_is_left(
    left: float, starts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes so much work here that nothing is left for another one, or just enough."""
    begun: list[Wide] = []

    def train(wide: Wide, _: str, __: Plan, ___: float) -> Trained:
        begun.append(wide)
        wide.piece.work = 1e5
        return Trained(0.5 / 4 ** len(begun), 1.0 / 4 ** len(begun))

    monkeypatch.setattr(Wide, "train_", train)
    monkeypatch.setattr(Wide, "narrow_", lambda *_: INF)
    plan = Plan(settle=0, brief=2, move=4, growth=30, most=10**6, rate=5e-3)
    error = refit_(piece(CHAIN, samples=64), "a name", plan, left=left, starts=(1, 3, 9, 27))
    assert len(begun) == starts
    assert error == (INF if starts else None)


@pytest.mark.parametrize(("rate", "paces"), [(5e-4, [1, 3, 9, 10]), (4e-3, [1, 1.25, 1.25, 1.25]), (5e-3, [1] * 4)])
def test_each_start_has_a_higher_rate_up_to_the_highest(
    rate: float, paces: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short trials may have told one that is too low."""
    begun: list[float] = []

    def train(wide: Wide, _: str, __: Plan, ___: float) -> Trained:
        begun.append(wide.piece.pace)
        return Trained(INF, INF)

    monkeypatch.setattr(Wide, "train_", train)
    plan = Plan(settle=0, brief=2, move=4, growth=8, most=10**6, rate=rate)
    assert refit_(piece(CHAIN, samples=64), "a name", plan, starts=(1, 3, 9, 27)) == INF
    assert begun == pytest.approx(paces)


@pytest.mark.parametrize(
    ("starts", "first", "second", "pace"),
    [
        ((1, 3), 0.02, 0.006, 3.0),
        ((1, 3), 0.02, 0.008, 1.0),
        # what is far from fitted owes less to luck
        ((1, 3), 0.9, 0.5, 3.0),
        ((1, 3), 0.9, 0.7, 1.0),
        # where the usual rate is doubted it comes second
        (DOUBTED, 0.5, 0.9, 10.0),
        (DOUBTED, 0.9, 0.5, 1.0),
        (DOUBTED, 1e-9, 0.9, 10.0),
    ],
)
def test_a_rate_that_is_far_better_is_that_of_what_comes_after(
    starts: Sequence[float], first: float, second: float, pace: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is better by less may be luck."""
    scale = piece(CHAIN, samples=64).trainer.task.scale
    results = iter([Trained(first * scale, 0.9), Trained(second * scale, 0.5)])
    monkeypatch.setattr(Wide, "train_", lambda *_: next(results))
    monkeypatch.setattr(Wide, "narrow_", lambda *_: INF)
    own = piece(CHAIN, samples=64)
    plan = Plan(settle=0, brief=2, move=4, growth=8, most=10**6, rate=5e-4)
    assert refit_(own, "a name", plan, starts=starts) == INF
    assert own.pace == pytest.approx(pace)
    wide = Wide.of(own, "another", plan)
    assert wide is not None
    assert wide.piece.pace == own.pace


@pytest.mark.parametrize(("error", "looked"), [(0.9, False), (1e-3, True)])
def test_what_is_far_from_clean_is_not_looked_at_for_it(
    error: float, looked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    own = piece(CHAIN, samples=64)
    wide = Wide.of(own, "a name", PLAN)
    assert wide is not None
    monkeypatch.setattr(spare, "cut_back_", lambda *_: error * own.trainer.task.scale)
    monkeypatch.setattr(wide.piece, "train_", lambda *told: seen.append(told[3]) or 0.5)
    assert wide.narrow_("a name", PLAN) == 0.5
    assert [one is not None for one in seen] == [looked]
