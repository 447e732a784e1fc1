"""The training loop: its batches, its order, what it does about values that are no numbers."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dasdsl.data import load
from dasdsl.data.sets import Data
from dasdsl.diagnostics import DasError
from dasdsl.lowering.composite import CompositeModel
from dasdsl.search.checkpoint import read_state
from dasdsl.search.events import Event
from dasdsl.search.interrupts import Interrupted
from dasdsl.search.loop import Phase, Schedule, Trainer
from dasdsl.search.settings import Settings
from dasdsl.search.states import pack
from dasdsl.search.task import Task
from tests.lowering.texts import composite
from tests.search.runs import tiny_data

BODY = "conv filters <1..3>x3 channels<=4 stride 3\nnorm batch\nrelu\ndropout 0.2\nflatten\nlinear channels 3"


def trainer(tmp_path: Path, samples: int = 20, **settings: object) -> Trainer:
    data = load(tiny_data(tmp_path / "data.npz", samples=samples))
    chosen = Settings.of({}, {"batch": 8, "epochs": 2} | settings)
    return Trainer(data, data.train, data.test, Task.of(data, data.train), chosen)


def network(body: str = BODY) -> CompositeModel:
    return composite(body, shape="1x6x6")


def sizes(of: Trainer, model: CompositeModel) -> list[int]:
    """The size of each batch that a model was trained on."""
    seen: list[int] = []

    def record(module: torch.nn.Module, args: tuple[Tensor, ...]) -> None:
        if module.training:
            seen.append(len(args[0]))

    model.register_forward_pre_hook(record)
    of.fit(model, Phase("search", 2, Schedule()))
    return seen


@pytest.mark.parametrize(
    ("samples", "batch", "expected"),
    [(20, 8, [8, 8, 4]), (24, 8, [8, 8, 8]), (25, 8, [8, 8, 9]), (5, 8, [5]), (9, 8, [9]), (3, 1, [1, 1, 1])],
)
def test_batches(samples: int, batch: int, expected: list[int], tmp_path: Path) -> None:
    of = trainer(tmp_path, samples, batch=batch)
    assert of.steps_per_epoch == len(expected)
    assert sizes(of, network(BODY.replace("norm batch\n", ""))) == expected * 2


def test_a_sample_left_over_does_not_break_a_norm_over_the_batch(tmp_path: Path) -> None:
    """PyTorch's batch norm refuses a single value a channel."""
    body = "flatten\nlinear channels<=4\nnorm batch\nrelu\nlinear channels 3"
    assert sizes(trainer(tmp_path, samples=17), network(body)) == [8, 9] * 2


@pytest.mark.parametrize(("samples", "batch"), [(20, 1), (4, 1)])
def test_batches_of_one_are_refused_where_a_norm_needs_more(samples: int, batch: int, tmp_path: Path) -> None:
    model = network("flatten\nlinear channels<=4\nnorm batch\nrelu\nlinear channels 3")
    with pytest.raises(DasError) as caught:
        trainer(tmp_path, samples, batch=batch).fit(model, Phase("search", 1, Schedule()))
    assert caught.value.diagnostics[0].code == "E510"
    assert "`norm1` normalises over the batch" in caught.value.diagnostics[0].message


def test_the_order_is_a_function_of_seed_phase_and_epoch(tmp_path: Path) -> None:
    one, other = trainer(tmp_path, seed=1), trainer(tmp_path, seed=2)
    orders = [one.order("search", 0), one.order("search", 1), one.order("finetune", 0), other.order("search", 0)]
    for index, order in enumerate(orders):
        assert sorted(order.tolist()) == list(range(20))
        for later in orders[index + 1 :]:
            assert order.tolist() != later.tolist()
    torch.rand(7)
    assert one.order("search", 0).tolist() == orders[0].tolist()


def test_rates_warm_up_and_fall() -> None:
    whole = Schedule()
    factors = [whole.factor(step / 1000) for step in range(1001)]
    assert factors[0] < 0.05
    assert max(factors) > 0.99
    assert factors[-1] == pytest.approx(0.02)
    assert factors[30:] == sorted(factors[30:], reverse=True)
    # a phase that is the second half of a training goes on where the first ended
    first, second = Schedule(0.0, 0.5), Schedule(0.5, 1.0)
    assert first.factor(1.0) == second.factor(0.0) == whole.factor(0.5)


# ---- going on --------------------------------------------------------------------------------------------------------


class Stop:
    """Asks for a stop after a number of steps."""

    def __init__(self, of: Trainer, after: int) -> None:
        self.of, self.after = of, after
        of.listener = self

    def __call__(self, event: Event) -> None:
        if event.step == self.after:
            self.of.stop.raised = True


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_an_interrupted_training_ends_as_an_uninterrupted_one(after: int, tmp_path: Path) -> None:
    """Weights, gates, moments, running statistics, random numbers and the facts of the epoch, bit by bit."""
    plain = trainer(tmp_path)
    torch.manual_seed(5)
    expected = network()
    start = copy.deepcopy(expected)
    torch.manual_seed(5)
    wanted = plain.fit(expected, Phase("search", 2, Schedule(), 1e-2, states=tmp_path / "whole"))

    torch.manual_seed(5)
    stopping = trainer(tmp_path)
    Stop(stopping, after)
    phase = Phase("search", 2, Schedule(), 1e-2, states=tmp_path / "parts")
    model = copy.deepcopy(start)
    with pytest.raises(Interrupted):
        stopping.fit(model, phase)
    torch.manual_seed(99)
    resumed = copy.deepcopy(start)
    facts = trainer(tmp_path).fit(resumed, phase)
    assert facts == wanted
    for (name, tensor), other in zip(expected.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(other, tensor, rtol=0, atol=0, msg=name)
    one, other = (read_state(tmp_path / folder)[0] for folder in ("whole", "parts"))
    assert one is not None
    assert other is not None
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


def test_a_finished_phase_is_not_trained_again(tmp_path: Path) -> None:
    phase = Phase("search", 2, Schedule(), states=tmp_path / "states")
    model = network()
    facts = trainer(tmp_path).fit(model, phase)
    other = network()
    again = trainer(tmp_path)
    seen: list[Event] = []
    again.listener = seen.append
    assert again.fit(other, phase) == facts
    assert not seen
    assert not other.training
    for tensor, expected in zip(other.state_dict().values(), model.state_dict().values(), strict=True):
        torch.testing.assert_close(tensor, expected, rtol=0, atol=0)


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    phase = Phase("search", 2, Schedule(), states=tmp_path / "states")
    trainer(tmp_path).fit(network(), phase)
    for other in (network(BODY.replace("<=4", "<=5")), network(BODY.replace("norm batch\n", ""))):
        with pytest.raises(DasError) as caught:
            trainer(tmp_path).fit(other, phase)
        assert caught.value.diagnostics[0].code == "E507"


def test_a_broken_state_is_told(tmp_path: Path) -> None:
    phase = Phase("search", 2, Schedule(), states=tmp_path / "states")
    trainer(tmp_path).fit(network(), phase)
    for path in (tmp_path / "states").glob("*.safetensors"):
        path.write_bytes(b"")
    again = trainer(tmp_path)
    again.fit(network(), phase)
    assert len(again.warnings) == 1
    assert "is broken; this phase begins again" in again.warnings[0]


# ---- values that are no numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1e20, 1e38])
@pytest.mark.parametrize("body", [BODY, "flatten\nlinear channels 3 reads any"])
def test_a_diverging_training_stops_and_saves_nothing(rate: float, body: str, tmp_path: Path) -> None:
    of = trainer(tmp_path, learning_rate=rate, gate_learning_rate=rate)
    phase = Phase("search", 2, Schedule(), states=tmp_path / "states")
    with pytest.raises(DasError) as caught:
        of.fit(network(body), phase)
    found = caught.value.diagnostics[0]
    assert found.code == "E503"
    assert "of search" in found.message
    assert read_state(tmp_path / "states") == (None, [])


def test_a_weight_that_is_no_number_is_seen_at_the_end_of_the_epoch(tmp_path: Path) -> None:
    """The loss of the last step was finite; what that step did to the weights is not."""
    of = trainer(tmp_path)
    model = network()

    def spoil(event: Event) -> None:
        if event.step == 2:
            with torch.no_grad():
                # nothing reads it before the end of the epoch
                model.rms("linear1")[0] = float("inf")

    of.listener = spoil
    with pytest.raises(DasError) as caught:
        of.fit(model, Phase("search", 1, Schedule(), states=tmp_path / "states"))
    assert "a weight is not a finite number at step 3 of search" in caught.value.diagnostics[0].message


# ---- tasks -----------------------------------------------------------------------------------------------------------


def regression(y: Tensor) -> Data:
    from torch.utils.data import TensorDataset

    x = torch.arange(float(len(y))).view(-1, 1)
    return load((TensorDataset(x, y), TensorDataset(x, y)))


def test_the_scale_is_the_loss_of_the_best_constant() -> None:
    y = torch.tensor([[0.0, 1.0], [2.0, 1.0], [0.0, 1.0], [2.0, 3.0]])
    data = regression(y)
    task = Task.of(data, data.train)
    assert task.metric_name == "rmse"
    assert task.scale == pytest.approx(float((y - y.mean(dim=0)).square().mean()))
    constant = regression(torch.ones(4, 1))
    assert Task.of(constant, constant.train).scale == 1.0


def test_the_metric_of_a_whole_split(tmp_path: Path) -> None:
    """Batches of evaluation make no difference; the mode of the model stays."""
    data = load(tiny_data(tmp_path / "data.npz", samples=300))
    task = Task.of(data, data.train)
    model = network().train()
    found = task.evaluate(model, data, data.test)
    assert model.training
    model.eval()
    x, y = data.batch(data.test, torch.arange(300))
    assert found == pytest.approx(float((model(x).argmax(dim=1) == y).double().mean()))


def test_what_is_within_a_tolerance() -> None:
    accuracy = Task("classification", "accuracy", 1.0)
    assert accuracy.within(0.90, 0.92, 0.02)
    assert not accuracy.within(0.89, 0.92, 0.02)
    rmse = Task("regression", "rmse", 1.0)
    assert rmse.within(0.204, 0.2, 0.02)
    assert not rmse.within(0.3, 0.2, 0.02)
    # a thousandth of the variance never counts
    assert rmse.within(0.03, 0.001, 0.02)
    for task in (accuracy, rmse):
        assert not task.within(float("nan"), 0.5, 0.02)


def test_everything_that_the_next_step_depends_on_is_packed() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameter_groups(1e-3))
    model(torch.randn(4, 1, 6, 6)).sum().backward()
    optimizer.step()
    tensors = pack(model, optimizer)
    parameters = len(list(model.parameters()))
    assert sum(name.startswith("optimizer/") for name in tensors) == 3 * parameters
    assert {name.removeprefix("model/") for name in tensors if name.startswith("model/")} == set(model.state_dict())
