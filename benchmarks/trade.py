"""Networks of a size, by `dasdsl` and by its peers, each with as many epochs: what `steering.py` and `cifar.py` run."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
import torch_pruning
from tables import table
from torch import Tensor, nn
from workbench import Workbench, append, known

from dasdsl.inverse.discover import discover
from dasdsl.ir.closing import close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.extremes import largest
from dasdsl.ir.feasible import wanted
from dasdsl.ir.program import Program
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.decisions import Subset
from dasdsl.report.numbers import short
from dasdsl.search.budget.phase import meet
from dasdsl.search.folder import Folder
from dasdsl.search.rates import rated_
from dasdsl.search.run import seeded
from dasdsl.search.starting import Start

ROUNDS = 8
"""Times that a peer prunes, each followed by an epoch."""
PRUNINGS = 400
"""Steps in which a peer would prune everything: so fine are its steps."""
TAYLOR_BATCHES = 4
"""Batches whose gradients a Taylor importance is measured on."""


@dataclass(frozen=True)
class Target:
    """At most so many params and so many MACs; without either, whatever a method ends with."""

    params: int | None = None
    macs: int | None = None

    @property
    def text(self) -> str:
        """As a limit is written; empty for none."""
        return ",".join(f"{name}={value}" for name, value in asdict(self).items() if value is not None)


@dataclass(frozen=True)
class Point:
    """One network: where it comes from, what it costs, how good it is.

    `parts` are the mean losses on parts of the test data (blocks of a drive, classes), so that methods are compared in
    pairs.
    """

    bench: str
    method: str
    target: str
    seed: int
    params: int
    macs: int
    validation: float
    metric: float
    parts: list[float]
    seconds: float
    rate: float

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is the result of."""
        return self.bench, self.method, self.target, self.seed


@dataclass(frozen=True)
class Plan:
    """What is compared: spaces by name, the data, sizes, and epochs of each part of a method.

    A search has `search` epochs, then `reduce` to eliminate or shave, then `finetune`. A peer has `search` epochs, then
    as many as the other two to prune and train. What is trained from scratch has all of them. A search that starts from
    the network that peers start from has a third of these for each of its parts.
    """

    name: str
    spaces: Mapping[str, Path]
    source: str
    targets: tuple[Target, ...]
    search: int
    reduce: int
    finetune: int
    kept: tuple[str, ...] = ()
    """Layers whose outputs no peer may prune, beside the last."""
    folder: Path = field(default=Path("build/trade"))

    @property
    def epochs(self) -> int:
        """Of every method."""
        return self.search + self.reduce + self.finetune

    @property
    def results(self) -> Path:
        """Where points are kept, beside the code: a table can be printed, and gone on with, wherever that is."""
        return Path(__file__).parent / "points" / f"{self.name}.jsonl"


class Trade:
    """All methods with one seed."""

    def __init__(self, plan: Plan, seed: int, done: dict[tuple[str, str, str, int], Point]) -> None:
        self.plan, self.seed, self.done = plan, seed, done
        self._benches: dict[tuple[str, str], Workbench] = {}
        self._trained: dict[str, Workbench] = {}
        self._pruned: dict[tuple[str, Target, float], nn.Module] = {}

    def bench(self, space: str, recipe: str = "default") -> Workbench:
        """The search of a space under a recipe."""
        key = space, recipe
        if key not in self._benches:
            plan, reduced = self.plan, self.plan.reduce / self.plan.search
            flags = {
                "seed": self.seed,
                "recipe": recipe,
                "epochs": plan.search if recipe == "default" else plan.search + plan.reduce,
                "finetune": plan.finetune,
                "elimination": reduced if recipe == "default" else 0.0,
                "shaving": reduced,
            }
            folder = plan.folder / f"{plan.name}-{space}-{recipe}-{self.seed}"
            self._benches[key] = Workbench(plan.spaces[space], plan.source, flags, folder)
        return self._benches[key]

    def from_trained(self, space: str) -> Workbench:
        """The search of a space that starts from the trained largest network, as a peer does."""
        if space not in self._trained:
            plan, part = self.plan, (self.plan.reduce + self.plan.finetune) // 3
            flags = {"seed": self.seed, "epochs": part, "finetune": part, "elimination": 0.0, "shaving": 1.0}
            folder = plan.folder / f"{plan.name}-{space}-trained-{self.seed}"
            start = Start(discover(self.pretrained()).model, "trained", "trained")
            self._trained[space] = Workbench(plan.spaces[space], plan.source, flags, folder, start)
        return self._trained[space]

    @property
    def plain(self) -> Workbench:
        """The bench whose largest network everything begins with."""
        return self.bench(next(iter(self.plan.spaces)))

    # ---- methods -----------------------------------------------------------------------------------------------------

    def parts(self) -> Iterator[tuple[str, Target, Callable[[], tuple[Workbench, nn.Module]]]]:
        """Every method at every size, the cheapest first."""
        plan, free = self.plan, Target()
        yield "largest", free, lambda: (self.plain, self.scratch(self.largest(), plan.epochs))
        yield f"largest, {plan.search} epochs", free, lambda: (self.plain, self.pretrained())
        for space in plan.spaces:
            yield f"{space}: default", free, lambda space=space: self.eliminated(space)
            for target in plan.targets:
                yield (
                    f"{space}: limit",
                    target,
                    lambda space=space, target=target: self.limited(self.bench(space), target),
                )
            for target in plan.targets:
                method = f"{space}: from the trained network"
                yield method, target, lambda space=space, target=target: self.limited(self.from_trained(space), target)
        for target in plan.targets:
            for kind in ("magnitude", "Taylor"):
                method = f"Torch-Pruning, {kind}"
                yield method, target, lambda kind=kind, target=target: (self.plain, self.pruned(kind, target))
            method = "Torch-Pruning, magnitude, at the rate of the search"
            yield method, target, lambda target=target: (self.plain, self.pruned("magnitude", target, searched=True))
            yield "narrower", target, lambda target=target: (self.plain, self.narrower(target))
        for space in plan.spaces:
            yield f"{space}: paper", free, lambda space=space: self.paper(space)

    def eliminated(self, space: str) -> tuple[Workbench, nn.Module]:
        """What elimination leaves, under the default tolerance."""
        bench = self.bench(space)
        model = bench.phases.eliminated(bench.composite, bench.threshold)
        assert model is not None
        return bench, bench.discovered(model)

    def limited(self, bench: Workbench, target: Target) -> tuple[Workbench, nn.Module]:
        """What shaving leaves."""
        composite = bench.composite
        limit, _ = wanted(bench.program, target.text)
        assert limit is not None
        with tempfile.TemporaryDirectory() as folder:
            met = meet(bench.trainer, composite, limit, bench.threshold, bench.steps, Path(folder))
        return bench, bench.discovered(met.model)

    def paper(self, space: str) -> tuple[Workbench, nn.Module]:
        """The paper's recipe and its ladder."""
        bench = self.bench(space, "paper")
        return bench, bench.discovered(bench.composite, bench.threshold)

    def largest(self) -> Program:
        """The largest network of the space."""
        program = self.plain.program
        return elaborate(close(program, largest(program)).space)

    def scratch(self, program: Program, epochs: int) -> CompositeModel:
        """A network trained alone, at the rate of its best trial."""
        bench = self.plain
        with tempfile.TemporaryDirectory() as folder:
            rated_(bench.trainer, Folder(Path(folder)), "scratch", lambda: self.fresh(program), epochs)
        model = self.fresh(program)
        bench.trained(model, f"scratch-{epochs}", epochs)
        return model

    def fresh(self, program: Program) -> CompositeModel:
        """A network with the weights of the seed."""
        return seeded(program, self.plain.settings)

    def pretrained(self) -> CompositeModel:
        """The largest network, trained for as long as a search; kept, with its rate."""
        file, rate = self.plain.folder.path / "pretrained.pt", self.plain.folder.path / "pretrained-rate"
        if not file.exists():
            model = self.scratch(self.largest(), self.plan.search)
            torch.save(model.state_dict(), file)
            rate.write_text(str(self.plain.trainer.rate))
        model = self.fresh(self.largest())
        model.load_state_dict(torch.load(file, weights_only=True))
        self.plain.trainer.rate = float(rate.read_text())
        return model.eval()

    def narrower(self, target: Target) -> CompositeModel:
        """The largest network with all numbers of channels lower by one factor, trained alone."""
        program = self.plain.program
        low, high = 0.0, 1.0
        for _ in range(20):
            middle = (low + high) / 2
            fits = within(self.narrowed(program, middle), target)
            low, high = (middle, high) if fits else (low, middle)
        return self.scratch(self.narrowed(program, low), self.plan.epochs)

    def narrowed(self, program: Program, factor: float) -> Program:
        """The largest network with this part of the channels that are open."""
        outcomes = largest(program)
        for decision in program.decisions:
            if isinstance(decision, Subset) and len(decision.positions) > prod(program.space.header.input[:1]):
                count = max(round(factor * len(decision.positions)), 1)
                outcomes[decision.name] = tuple(decision.positions[:count])
        return elaborate(close(program, outcomes).space)

    # ---- Torch-Pruning -----------------------------------------------------------------------------------------------

    def pruned(self, kind: str, target: Target, *, searched: bool = False) -> nn.Module:
        """The largest network, pruned in rounds until its params are those of the target, each followed by an epoch.

        Without a number of params it is pruned until its MACs are. The learning rate goes down from half of what it was
        before, over all of these epochs together; or of that which the search of the space has.
        """
        model, bench = copy.deepcopy(self.pretrained()), self.plain
        if searched:
            bench.trainer.rate = bench.rate
        key = kind, target, bench.trainer.rate
        if key in self._pruned:
            # the rate of its own trials is that of the search
            return self._pruned[key]
        shape = (1, *bench.program.space.header.input)
        last = target.params or target.macs or 0

        def cost() -> int:
            return size(model) if target.params else operations(model, shape)

        pruner = self.pruner(model, kind)
        after = self.plan.reduce + self.plan.finetune
        first = cost()
        for number in range(ROUNDS):
            goal = first * (last / first) ** ((number + 1) / ROUNDS)
            for _ in range(PRUNINGS):
                if cost() <= goal:
                    break
                self.measure_gradients(model)
                pruner.step()
                # a layer of few inputs crashes on images that lie as those of more are laid out
                model.look_again_()
            model.zero_grad(set_to_none=True)
            ends = [0.5 + 0.5 * (number + more) / after for more in (0, 1)]
            bench.trained(model, f"pruned-{number}", 1, *ends)
        bench.trained(model, "pruned-last", after - ROUNDS, 0.5 + 0.5 * ROUNDS / after, 1.0)
        self._pruned[key] = model
        return model

    def pruner(self, model: CompositeModel, kind: str) -> torch_pruning.BasePruner:
        """Global, over channels in groups that depend on each other; the last layer and those that are kept stay."""
        layers = [module for module in model.modules() if isinstance(module, nn.Linear | nn.Conv2d)]
        ignored = [layers[-1], *(model.layer(name) for name in self.plan.kept)]
        importances = torch_pruning.importance
        chosen = importances.GroupMagnitudeImportance if kind == "magnitude" else importances.GroupTaylorImportance
        return torch_pruning.BasePruner(
            model,
            torch.zeros(1, *self.plain.program.space.header.input),
            importance=chosen(),
            global_pruning=True,
            pruning_ratio=1.0,
            max_pruning_ratio=0.95,
            iterative_steps=PRUNINGS,
            ignored_layers=ignored,
        )

    def measure_gradients(self, model: nn.Module) -> None:
        """Gradients of the loss on a few batches of the training data."""
        trainer = self.plain.trainer
        model.eval().zero_grad(set_to_none=True)
        for part in trainer.order("taylor", 0).split(trainer.settings.batch)[:TAYLOR_BATCHES]:
            x, y = trainer.data.batch(trainer.train, part)
            trainer.task.loss(model(x), y).backward()

    # ---- results -----------------------------------------------------------------------------------------------------

    def run(self, only: str) -> None:
        """What is missing of the methods whose name contains a text."""
        for method, target, made in self.parts():
            key = self.plan.name, method, target.text, self.seed
            if key in self.done or only not in method:
                continue
            start = time.perf_counter()
            bench, model = made()
            point = self.point(method, target, bench, model, time.perf_counter() - start)
            self.done[key] = point
            append(self.plan.results, asdict(point))

    def point(self, method: str, target: Target, bench: Workbench, model: nn.Module, seconds: float) -> Point:
        """What a network costs and how good it is."""
        trainer, shape = bench.trainer, (1, *bench.program.space.header.input)
        return Point(
            bench=self.plan.name,
            method=method,
            target=target.text,
            seed=self.seed,
            params=size(model),
            macs=operations(model, shape),
            validation=trainer.task.evaluate(model, bench.data, trainer.validation),
            metric=trainer.task.evaluate(model, bench.data, bench.data.test),
            parts=parts(bench, model),
            seconds=round(seconds, 1),
            rate=trainer.rate,
        )


def within(program: Program, target: Target) -> bool:
    """Whether a network has no more params and MACs."""
    cost = program.cost
    return not (target.params and cost.params > target.params) and not (target.macs and cost.macs > target.macs)


def size(model: nn.Module) -> int:
    """Params of a network as it is, whoever made it."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def operations(model: nn.Module, shape: tuple[int, ...]) -> int:
    """MACs of the convolutions and linear layers, counted while it runs on one sample."""
    total = 0

    def count(module: nn.Module, _: Any, out: Tensor) -> None:  # noqa: ANN401 - the inputs, as hooks get them
        nonlocal total
        weight = next(iter(module.parameters()))
        total += out[0].numel() * weight[0].numel()

    hooks = [one.register_forward_hook(count) for one in model.modules() if not list(one.children()) and heavy(one)]
    model.eval()(torch.zeros(shape))
    for hook in hooks:
        hook.remove()
    return total


def heavy(module: nn.Module) -> bool:
    """Whether it multiplies with a kernel."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.dim() > 1


@torch.no_grad()
def parts(bench: Workbench, model: nn.Module) -> list[float]:
    """Mean losses on the blocks or the classes of the test data."""
    test, task = bench.data.test, bench.trainer.task
    of = test.groups if test.groups is not None else test.y
    out: list[float] = []
    for group in of.unique().tolist():
        chosen = torch.nonzero(of == group).flatten()
        losses = [
            float(task.loss(model(x), y)) * len(x)
            for x, y in (bench.data.batch(test, part) for part in chosen.split(256))
        ]
        out.append(sum(losses) / len(chosen))
    return out


# ---- tables ----------------------------------------------------------------------------------------------------------


def measured(plan: Plan, seeds: range, only: str) -> list[Point]:
    """Run what is missing; all that is there."""
    done = {point.key: point for point in (Point(**facts) for facts in known(plan.results))}
    for seed in seeds:
        Trade(plan, seed, done).run(only)
    return [point for point in done.values() if point.bench == plan.name and point.seed in seeds]


def shown(points: list[Point], reference: str) -> str:
    """A line for each method at each size: means over the seeds, and the difference to a method in pairs of parts."""
    lines: list[tuple[object, ...]] = []
    base = {point.seed: point for point in points if point.method == reference}
    for method, target in dict.fromkeys((point.method, point.target) for point in points):
        own = [point for point in points if (point.method, point.target) == (method, target)]
        metrics = [point.metric for point in own]
        pairs = [
            mine - other
            for point in own
            if point.seed in base
            for mine, other in zip(point.parts, base[point.seed].parts, strict=True)
        ]
        error = stdev(pairs) / len(pairs) ** 0.5 if len(pairs) > 1 else float("nan")
        lines.append(
            (
                method,
                target or "–",
                len(own),
                short(mean(point.params for point in own)),
                short(mean(point.macs for point in own)),
                f"{mean(metrics):.4f}" + (f" ± {stdev(metrics):.4f}" if len(metrics) > 1 else ""),
                f"{mean(pairs):+.5f} ± {error:.5f}" if pairs and method != reference else "",
                f"{mean(point.seconds for point in own):.0f}",
            )
        )
    head = ("method", "limit", "seeds", "params", "MACs", "test: mean ± SD", f"loss − {reference}", "seconds")
    return table(head, lines)
