"""Work beside the answers: nobody waits longer than they want to."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from dasdsl.lsp.background import KEPT, Counter, in_background
from dasdsl.lsp.documents import Document
from dasdsl.lsp.facts import Costs
from tests.lsp.client import server
from tests.lsp.texts import BRANCHES, HEAD


def test_a_result_and_an_error() -> None:
    async def ask() -> int:
        with pytest.raises(ZeroDivisionError):
            await in_background(lambda: 1 // 0)
        return await in_background(lambda: 7)

    assert asyncio.run(ask()) == 7


def test_costs_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Document] = []

    def counted(document: Document) -> Costs:
        asked.append(document)
        return {}

    monkeypatch.setattr("dasdsl.lsp.background.costs_of", counted)

    async def ask() -> int:
        counter = Counter()
        for number in (*range(KEPT + 2), KEPT + 1):
            assert await counter.costs(Document(str(number)), 10.0) == {}
        return len(counter.known)

    assert asyncio.run(ask()) == KEPT
    assert len(asked) == KEPT + 2


def test_who_waits_too_long_gets_them_later(monkeypatch: pytest.MonkeyPatch) -> None:
    go = Event()
    monkeypatch.setattr(
        "dasdsl.lsp.background.costs_of", lambda document: {len(document.source): ()} if go.wait() else {}
    )

    async def ask() -> None:
        counter = Counter()
        one, other = Document("1"), Document("12")
        assert await counter.costs(one, 0.01) is None
        assert await counter.costs(other, 0.01) is None
        go.set()
        assert await counter.costs(one, 10.0) == {1: ()}
        assert await counter.costs(other, 10.0) == {2: ()}

    asyncio.run(ask())


def test_work_that_fails_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dasdsl.lsp.background.costs_of", lambda _: 1 // 0)

    async def ask() -> None:
        counter = Counter()
        assert await counter.costs(Document("1"), 10.0) is None
        assert counter.known == {}

    asyncio.run(ask())


def test_the_end_does_not_wait_for_work() -> None:
    """A space whose costs take long: the server is told to stop while it counts, and does."""
    layer = "choose:\n    path: residual: conv filters <1..5>x<1..5> channels<=64\n    path: identity\n"
    with server() as client:
        client.open(HEAD + "conv filters 3x3 channels<=64\n" + layer * 60 + "flatten\nlinear channels 10\n")
        found = client.at("hover", 6, 1)["contents"]["value"]
        assert "3x8x8 → 64x8x8" in found


def test_costs_come_with_the_hover() -> None:
    with server() as client:
        client.open(BRANCHES)
        while "counting" in client.at("hover", 6, 8)["contents"]["value"]:
            pass
        assert "params 80 to 448" in client.at("hover", 6, 8)["contents"]["value"]
