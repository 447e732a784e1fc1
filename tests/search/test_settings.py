"""What a search is told: the header, flags over it, defaults below it."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields

import pytest

from dasdsl.cli.search import add_arguments
from dasdsl.diagnostics import DasError
from dasdsl.ir.examining import examined
from dasdsl.language.header.parts import Search
from dasdsl.language.header.reading import FLAGS
from dasdsl.search.settings import Settings


def test_flags_stand_over_the_header() -> None:
    found = Settings.of({"gamma": 1.0, "epochs": 5, "seed": None}, {"gamma": 2.0, "batch": None})
    assert (found.gamma, found.epochs, found.seed, found.batch) == (2.0, 5, 0, 32)


def test_what_a_header_cannot_say_has_a_flag_that_can() -> None:
    assert {field.name for field in fields(Settings)} == {*Search.model_fields, *FLAGS}
    for name in FLAGS:
        text = f"---\ndas: 1\nspace: a\ninput: 3\nsearch: {{{name}: 1}}\n---\nlinear channels 2\n"
        (found,) = examined(text, "a.das")
        flag = f"--{name.replace('_', '-')}"
        assert (found.code, found.line) == ("E036", 5)
        assert flag in str(found.help)
        assert flag in search_help()


def search_help() -> str:
    """What `dasdsl search --help` prints."""
    parser = ArgumentParser()
    add_arguments(parser)
    return parser.format_help()


def test_zero_is_a_value() -> None:
    found = Settings.of({"gamma": 1.0, "finetune": 3}, {"gamma": 0.0, "finetune": 0, "seed": 0}).completed(100)
    assert (found.gamma, found.finetune, found.seed) == (0.0, 0, 0)


@pytest.mark.parametrize(
    ("samples", "epochs", "finetune"), [(32 * 18, 100, 25), (32 * 36, 50, 13), (32 * 1000, 12, 3), (1, 100, 25)]
)
def test_as_many_epochs_as_make_enough_steps(samples: int, epochs: int, finetune: int) -> None:
    found = Settings().completed(samples)
    assert (found.epochs, found.finetune) == (epochs, finetune)


def test_recipes_have_their_own_strengths() -> None:
    for recipe in ("default", "paper"):
        found = Settings(recipe=recipe).completed(10)
        assert found.gamma is not None
        assert found.eta is not None
        assert Settings(recipe=recipe, gamma=0.5, eta=0.25).completed(10).gamma == 0.5
    assert Settings(recipe="paper").completed(10).gamma == 1e-6


def test_facts_are_what_settings_are_made_of() -> None:
    found = Settings(gamma=0.5, epochs=3).completed(10)
    assert Settings.of({}, found.facts()) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", -1),
        ("epochs", 1.5),
        ("epochs", "3"),
        ("epochs", True),
        ("batch", 0),
        ("batch", 2**63),
        ("finetune", -1),
        ("seed", -1),
        ("seed", 2**63),
        ("seed", 10**400),
        ("seed", 0.5),
        ("gamma", -1e-9),
        ("gamma", float("nan")),
        ("gamma", float("inf")),
        ("gamma", 10**400),
        ("gamma", "much"),
        ("eta", -1.0),
        ("threshold", -0.1),
        ("threshold", float("nan")),
        ("tolerance", -0.1),
        ("weight_decay", -1.0),
        ("learning_rate", 0.0),
        ("learning_rate", float("inf")),
        ("gate_learning_rate", 0.0),
        ("gate_learning_rate", float("nan")),
        ("validation", 0.0),
        ("validation", 1.0),
        ("validation", float("nan")),
        ("validation", "half"),
        ("recipe", "papre"),
        ("recipe", ["paper"]),
        ("epocs", 3),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(DasError) as caught:
        Settings.of({}, {name: value})
    found = caught.value.diagnostics[0]
    assert found.code == "E510"
    assert found.message.startswith(f"`{name}` ")
    assert found.help


@pytest.mark.parametrize(
    ("limit", "cost"),
    [(None, "layers"), ("params=20%", "params"), ("macs=40M", "macs"), ("params=20%,macs=40M", "layers")],
)
def test_the_cost_is_that_of_the_limit_where_it_names_one(limit: str | None, cost: str) -> None:
    assert Settings.of({}, {"limit": limit}).completed(100).cost == cost
    assert Settings.of({"cost": "both"}, {"limit": limit}).completed(100).cost == "both"
    assert Settings.of({}, {"recipe": "paper", "limit": limit}).completed(100).cost is None


def test_a_cost_that_there_is_not() -> None:
    with pytest.raises(DasError, match="`latency`, but there are `layers`, `params`, `macs` and `both`"):
        Settings.of({}, {"cost": "latency"})
    with pytest.raises(DasError, match="is for the recipe `default`"):
        Settings.of({"cost": "macs"}, {"recipe": "paper"})
