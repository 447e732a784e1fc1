"""What a search is told: the header's `search:`, overridden by flags, completed by defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from math import ceil, isfinite
from typing import Any, Literal, Self, get_args

from dasdsl.frozen import frozen
from dasdsl.language.amounts import CostName, limit_text, read_limit
from dasdsl.language.suggest import listed
from dasdsl.lowering.gates.bank import Family
from dasdsl.search.devices import Precision
from dasdsl.search.problems import bad_setting

WHOLE = {"epochs": 1, "batch": 1, "finetune": 0, "seed": 0}
AT_LEAST_ZERO = ("gamma", "eta", "threshold", "tolerance", "weight_decay", "elimination", "shaving")
ABOVE_ZERO = ("learning_rate", "gate_learning_rate")
COSTS: tuple[CostName, ...] = get_args(CostName)
ONE_OF: Mapping[str, tuple[str | None, ...]] = {
    "recipe": get_args(Family),
    "cost": (None, *COSTS),
    "shrink": ("on", "off"),
    "precision": get_args(Precision),
}
USUAL_RATE = 1e-3
"""The learning rate of `paper`, and of trainings that are too short for trials."""
ENOUGH_STEPS = 1800
"""Steps after which the lab's searches had settled; the default number of epochs makes about as many."""


@frozen(slots=True)
class Settings:
    """All that decides a run, beside the space and the data. None is completed by `for_steps` and `for_recipe`.

    `gamma` and `eta` are for a loss of order 1: under `default` they are multiplied by the loss of the best constant
    prediction. `threshold` None is chosen on validation data: the largest whose metric stays within `tolerance` (of the
    RMSE, relative; of the accuracy, absolute). `epochs` are those of the search; `finetune` those after it. The
    baseline trains for both together. Between them is the elimination, of at most `elimination` times the search's
    steps; where there is a `limit` (`params=20%,macs=40M`), shaving stands in its place, of `shaving` times as many.
    The penalties weigh layers by their `cost`: None is the one that the limit names. `learning_rate` None is chosen by
    short trials (`rates`). With `shrink` what has become zero is no longer computed.
    Networks are trained on `device`, their products of this `precision`.
    """

    recipe: Family = "default"
    gamma: float | None = None
    eta: float | None = None
    cost: CostName | None = None
    threshold: float | None = None
    limit: str | None = None
    shaving: float = 1.0
    tolerance: float = 0.01
    epochs: int | None = None
    elimination: float | None = None
    finetune: int | None = None
    batch: int = 32
    learning_rate: float | None = None
    gate_learning_rate: float | None = None
    weight_decay: float | None = None
    validation: float = 0.15
    shrink: Literal["on", "off"] = "on"
    device: str = "cpu"
    precision: Precision = "float32"
    seed: int = 0

    @classmethod
    def of(cls, header: Mapping[str, Any], flags: Mapping[str, Any]) -> Self:
        """The header's values, overridden by the flags that were given.

        Raises: DasError E510 for a value outside of its range.
        """
        known = {field.name for field in fields(cls)}
        given = {name: value for source in (header, flags) for name, value in source.items() if value is not None}
        for name in given.keys() - known:
            raise bad_setting(name, "is not a setting of a search")
        if "limit" in given:
            given["limit"] = _limit(given["limit"])
        settings = cls(**given)
        settings._check()
        return settings

    def _check(self) -> None:
        for name, least in WHOLE.items():
            value = getattr(self, name)
            if value is not None and not (_is_number(value, whole=True) and value >= least):
                raise bad_setting(name, f"is {value}, but it must be a whole number, {least} or more")
        for name in AT_LEAST_ZERO:
            value = getattr(self, name)
            if value is not None and not (_is_number(value) and value >= 0):
                raise bad_setting(name, f"is {value}, but it must be 0 or more")
        for name in ABOVE_ZERO:
            value = getattr(self, name)
            if value is not None and not (_is_number(value) and value > 0):
                raise bad_setting(name, f"is {value}, but it must be above 0")
        if not (_is_number(self.validation) and 0 < self.validation < 1):
            raise bad_setting("validation", f"is {self.validation}, but it is a part of the training data, 0 to 1")
        self._check_words()

    def _check_words(self) -> None:
        for name, values in ONE_OF.items():
            if getattr(self, name) not in values:
                there = listed(value for value in values if value is not None)
                raise bad_setting(name, f"is `{getattr(self, name)}`, but there are {there}")
        if self.cost is not None and self.recipe == "paper":
            raise bad_setting("cost", "is for the recipe `default`; the penalties of `paper` are as in the paper")

    def completed(self, samples: int) -> Settings:
        """Everything that was left open, for this number of training samples.

        As many epochs as make 1,800 steps, at least 12 and at most 100; a quarter as many to fine-tune.
        """
        per_epoch = ceil(samples / self.batch)
        epochs = self.epochs or min(max(ceil(ENOUGH_STEPS / per_epoch), 12), 100)
        default = self.recipe == "default"
        return replace(
            self,
            gamma=(1e-2 if default else 1e-6) if self.gamma is None else self.gamma,
            eta=(2e-3 if default else 3e-6) if self.eta is None else self.eta,
            epochs=epochs,
            elimination=(8.0 if default else 0.0) if self.elimination is None else self.elimination,
            finetune=ceil(epochs / 4) if self.finetune is None else self.finetune,
            cost=self._named() if self.cost is None and default else self.cost,
        )

    def _named(self) -> CostName:
        """The cost that the limit names, where it names one."""
        named = set[str]() if self.limit is None else set(read_limit(self.limit))
        return "params" if named == {"params"} else "macs" if named == {"macs"} else "layers"

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def _limit(value: object) -> str:
    """A limit as text; it may be given as a mapping."""
    if not isinstance(value, str | Mapping):
        raise bad_setting("limit", f"is {value}, but it is `params=20%`, `macs=40M`, or both")
    try:
        return limit_text(read_limit(value))  # pyright: ignore[reportUnknownArgumentType] - keys become text
    except ValueError as error:
        raise bad_setting("limit", f"cannot be used: {error}") from None


def _is_number(value: object, *, whole: bool = False) -> bool:
    """Whether a value is a finite number; texts and truth values come from Python callers and from files."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2**63 if isinstance(value, int) else isfinite(value) and not whole
