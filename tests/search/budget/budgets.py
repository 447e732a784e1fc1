"""Decided networks with a trainer, to be brought to a limit, in a second or less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dasdsl.ir.counting import count
from dasdsl.ir.limit import Limit
from dasdsl.lowering.composite import CompositeModel
from dasdsl.operations.core.operation import Cost
from dasdsl.search.budget.loop import Budget
from dasdsl.search.budget.plan import Plan
from dasdsl.search.loop import Trainer
from tests.search.planted import taught, trainer, whole

WIDE = """---
das: 1
space: wide
input: 3x6x6
---
conv filters <1..3>x<1..3> channels<=8
relu
conv filters <1..3>x<1..3> channels<=6
relu
flatten
linear channels 2
"""
GROUPED = WIDE.replace("channels<=6", "channels<=6 groups<=2")
COUNTED = WIDE.replace("channels<=8", "channels <2|4|8>")
BRANCHED = WIDE.replace(
    "relu\nflatten",
    "choose:\n    path: conv filters 3x3 channels 4\n    path: conv filters 1x1 channels 4\n"
    "optional: conv filters 3x3 channels 4\npool global avg\nflatten",
)
TEACHER = """---
das: 1
space: wide
input: 3x6x6
---
conv filters 2x3 channels 3
relu
conv filters 3x1 channels 3
relu
flatten
linear channels 2
"""


def teaching() -> Trainer:
    """A trainer on what a small network makes of noise."""
    return trainer(taught(TEACHER, samples=256))


def cost_of(model: CompositeModel) -> Cost:
    """What a decided network costs."""
    return count(model.program, model.outcomes())


def limit_of(model: CompositeModel, text: str) -> Limit:
    """A limit on its space."""
    return Limit.of(text, model.program)


def plan_of(model: CompositeModel, limit: Limit, of: Trainer, steps: int) -> Plan:
    """For a search of so many steps, with few measurements."""
    cost = cost_of(model)
    plan = Plan.of(of.settings, steps, of.rate, cost, limit) if steps else Plan.without_training(cost, limit)
    return replace(plan, measured=4)


def brought(text: str, limit: str, *, steps: int = 0, states: Path | None = None, of: Trainer | None = None) -> Budget:
    """The largest network of a space, brought to a limit."""
    model = whole(text)
    to, teacher = limit_of(model, limit), of or teaching()
    budget = Budget(teacher, model, to, plan_of(model, to, teacher, steps), states)
    budget.run()
    return budget
