"""`dasdsl explain`."""

from __future__ import annotations

import json

import pytest

from dasdsl.cli import main
from dasdsl.cli.support.pages import pages


@pytest.mark.parametrize("code", ["E103", "e103"])
def test_a_page_has_the_example_and_its_exact_output(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("E103: ")
    assert "    conv filters <1..5> channels<=24 stride 2\n" in shown
    assert "    error[E103]: `filters` has rank 1, but" in shown
    assert "         |              ^^^^^^\n" in shown


@pytest.mark.parametrize("code", sorted(pages()))
def test_every_code_has_a_page(code: str) -> None:
    page = pages()[code]
    assert page.summary
    assert page.text().isprintable() or "\x1b" not in page.text()
    assert not page.example or f"[{code}]" in page.output()


@pytest.mark.parametrize(("code", "meant"), [("E1033", "E103"), ("e50", "E050")])
def test_unknown_codes(code: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 1
    assert f"did you mean `{meant}`?" in capsys.readouterr().err


def test_all_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == sorted(pages())


def test_facts_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "E070"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"code", "explanation", "example", "output"}
    assert main(["explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(pages())
