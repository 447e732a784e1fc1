"""Networks with a layer less, seen with spare channels: what is enough is taken, and what is too little is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dasdsl.lowering.composite import CompositeModel
from dasdsl.lowering.settling import decide_
from dasdsl.search.elimination.loop import Elimination
from dasdsl.search.elimination.plan import Plan
from dasdsl.search.elimination.sounding import is_enough
from dasdsl.search.elimination.spare import Trained, Wide
from dasdsl.search.elimination.state import Course
from dasdsl.search.interrupts import Interrupted
from tests.search.elimination.test_loop import Stopping
from tests.search.planted import taught, trainer, whole

HEAD = "---\ndas: 1\narchitecture: planted\ninput: 3x6x6\n---\n"
LAYER = "conv filters 3x3 channels 4\nleaky 0.1\n"
LAST = "conv filters 1x1 channels 2\n"
SPACE = (
    HEAD.replace("architecture:", "space:")
    + LAYER
    + "optional:\n    conv filters 3x3 channels 4\n    leaky 0.1\n" * 2
    + LAST
)
PLAN = Plan(settle=20, brief=10, move=60, growth=300, most=7000, rate=5e-3)


def teacher(layers: int) -> str:
    return HEAD + LAYER * layers + LAST


def layers(model: CompositeModel) -> int:
    return 1 + sum(outcome == 0 for name, outcome in model.outcomes().items() if name.endswith("present"))


def largest(seed: int = 0) -> CompositeModel:
    model = whole(SPACE, seed=seed)
    decide_(model, {"optional1.present": 0, "optional2.present": 0})
    return model


@pytest.mark.parametrize("truth", [1, 2])
def test_what_a_network_does_not_need_goes_before_it_has_learnt_anything(truth: int) -> None:
    model, said = largest(), list[str]()
    assert layers(model) == 3
    progress = Elimination(trainer(taught(teacher(truth))), model, PLAN, say=said.append).run()
    assert layers(model) == truth
    assert len(progress.kept) == 3 - truth
    assert sum("enough" in line for line in said) == 3 - truth
    assert progress.course == Course()


def test_what_lacks_a_layer_begins_from_the_largest() -> None:
    model, said = largest(), list[str]()
    decide_(model, {"optional1.present": 1, "optional2.present": 1})
    progress = Elimination(trainer(taught(teacher(2))), model, PLAN, say=said.append).run()
    assert layers(model) == 2
    assert any("better" in line and "optional1.present = 1, optional2.present = 1" in line for line in said)
    assert progress.error < 1e-2


def test_a_branch_of_which_nothing_is_left_is_not_begun_from() -> None:
    branch = "conv filters 3x3 channels<=4\n        leaky 0.1\n"
    choice = f"choose:\n    path: identity\n    path:\n        {branch}"
    space = HEAD.replace("architecture:", "space:") + LAYER.replace("channels 4", "channels<=4") + choice + LAST
    model, said = whole(space), list[str]()
    decide_(model, {"choose1.choice": 0, "choose1.path2.conv1.reads": ()})
    plan = Plan(settle=20, brief=5, move=20, growth=60, most=600, rate=1e-2)
    Elimination(trainer(taught(teacher(2))), model, plan, say=said.append).run()
    assert any("fresh weights" in line for line in said)
    assert not any("choose1.choice = 2, with spare channels" in line for line in said)


def test_two_ways_to_the_same_network_are_one() -> None:
    model, said = largest(), list[str]()
    plan = Plan(settle=20, brief=10, move=60, growth=200, most=2500, rate=5e-3)
    learner, told = trainer(taught(teacher(3))), list[tuple[str, list[str]]]()
    elimination = Elimination(learner, model, plan, say=said.append)
    learner.listener = lambda _: told.append((elimination.progress.stage, list(elimination.progress.failed)))
    elimination.run()
    assert layers(model) == 3
    assert sum("too little" in line for line in said) == 1
    # both by the one look; what is tried after it depends on how far the trainings get
    *_, failed = (failed for stage, failed in told if stage == "sound")
    assert failed == ["optional1.present = 0", "optional2.present = 0"]


def test_what_is_looked_at_once_more_is_a_network_not_a_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two moves to the same one are one, beside another that is looked at too."""
    elimination = Elimination(trainer(taught(teacher(3))), largest(), PLAN)
    course, texts = elimination.progress.course, {"a": "one", "b": "one", "c": "two", "d": "three"}
    course.taken.error = 1e-3
    elimination.progress.failed, elimination.progress.errors = list("abcd"), [0.02, 0.02, 0.03, 0.04]
    monkeypatch.setattr(elimination, "_text_after", texts.__getitem__)
    assert [elimination._unlucky() for _ in range(3)] == ["a", "c", None]
    assert course.again == ["one", "two"]


@pytest.mark.parametrize(
    ("error", "best", "enough"),
    [
        # clean: how clean is luck
        (0.9e-4, 1e-7, True),
        (1.1e-4, 1e-7, False),
        # fitted: starts differ by a factor of three
        (0.0029, 0.001, True),
        (0.0031, 0.001, False),
        # never more than so much
        (0.029, 0.012, True),
        (0.032, 0.012, False),
        # far from fitted: alike, or a layer too few (depth 2048: 3 of 4 layers were enough, 2 too few)
        (0.0251, 0.0222, True),
        (0.1256, 0.0222, False),
        (0.12, 0.09, True),
        (0.14, 0.09, False),
        # too far to tell
        (0.21, 0.19, False),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_what_is_enough_hangs_on_how_far_both_are_from_fitted(
    error: float, best: float, enough: bool, scale: float
) -> None:
    assert is_enough(scale * error, scale * best, scale) == enough


def test_what_fits_already_is_not_looked_at() -> None:
    data = taught(teacher(2))
    model, said = largest(), list[str]()
    decide_(model, {"optional1.present": 1})
    learner = trainer(data)
    Elimination(learner, model, Plan(settle=900, brief=10, move=60, growth=200, most=900, rate=5e-3)).run()
    Elimination(learner, model, Plan(settle=0, brief=1, move=2, growth=2, most=50, rate=1e-4), say=said.append).run()
    assert not any("enough" in line or "too little" in line for line in said)


def test_without_steps_for_it_nothing_is_looked_at() -> None:
    said = list[str]()
    plan = Plan(settle=20, brief=2, move=10, growth=40, most=60, rate=5e-3)
    progress = Elimination(trainer(taught(teacher(1))), largest(), plan, say=said.append).run()
    assert not any("spare channels" in line for line in said)
    assert progress.course.starts == 0


PARTS = Plan(settle=20, brief=5, move=20, growth=60, most=600, rate=1e-2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Elimination:
    """One that nobody stops, after its end."""
    states = tmp_path_factory.mktemp("undisturbed")
    elimination = Elimination(trainer(taught(teacher(1))), largest(), PARTS, states)
    elimination.run()
    return elimination


@pytest.mark.parametrize("after", [1, 2, 4])
def test_it_goes_on_where_it_was_stopped(tmp_path: Path, undisturbed: Elimination, after: int) -> None:
    stopped = trainer(taught(teacher(1)))
    stopped.listener = Stopping(stopped, after)
    with pytest.raises(Interrupted):
        Elimination(stopped, largest(), PARTS, tmp_path).run()
    again = largest(seed=5)
    assert Elimination(trainer(taught(teacher(1))), again, PARTS, tmp_path).run() == undisturbed.progress
    for name, tensor in undisturbed.piece.model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor, rtol=0, atol=0, msg=name)


def test_what_may_have_had_bad_luck_is_looked_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    results, told = [(1e-6, 0.1), (0.05, 0.1), (1e-7, 0.1), (0.5, 0.5)], list[float]()

    def train(_: Wide, __: str, ___: Plan, most: float = 0.0) -> Trained:
        told.append(most)
        return Trained(*results[min(len(told), len(results)) - 1])

    monkeypatch.setattr(Wide, "train_", train)
    monkeypatch.setattr(Wide, "narrow_", lambda *_: float("inf"))
    said = list[str]()
    Elimination(trainer(taught(teacher(1))), largest(), PLAN, say=said.append).run()
    assert said[:4] == [
        "with spare channels and fresh weights: 0.00000",
        "optional1.present = 0, with spare channels: 0.05000, too little",
        "optional1.present = 0, with spare channels: 0.00000, enough",
        # so far from it that no weights will tell
        "optional2.present = 0, with spare channels: 0.50000, too little",
    ]
    assert not any("with spare channels: 0.5" in line for line in said[4:])
