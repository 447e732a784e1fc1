"""Diagnostics as a terminal shows them."""

from __future__ import annotations

from dasdsl.diagnostics import Diagnostic
from dasdsl.language import diagnose, render
from dasdsl.language.errors.values import UnknownName
from dasdsl.operations.core.values import Span


def at(line: int, column: int, end: int, message: str = "wrong", remedy: str | None = None) -> Diagnostic:
    return Diagnostic("E1", "error", message, remedy, "a.das", line, column, line, end)


def test_the_look() -> None:
    problem = UnknownName(span=Span(12, 6, 9), name="kxk", remedy="write `k x k`")
    source = "\n" * 11 + "conv kxk\n"
    assert render([diagnose(problem, "a.das")], {"a.das": source}) == (
        "error[E070]: unknown name `kxk`\n  a.das:12:6\n  12 | conv kxk\n     |      ^^^\n  help: write `k x k`\n"
    )


def test_places_that_are_not_there() -> None:
    assert render([Diagnostic("E1", "error", "wrong")]) == "error[E1]: wrong\n"
    assert render([at(99, 1, 2)], {"a.das": "x"}) == "error[E1]: wrong\n  a.das:99:1\n"
    assert render([at(1, 5, 6)], {"a.das": "ab"}) == "error[E1]: wrong\n  a.das:1:5\n   1 | ab\n     |   ^\n"


def test_wide_and_combining_characters_keep_the_caret_in_place() -> None:
    shown = render([at(1, 4, 5)], {"a.das": "世e\u0301x"})
    assert shown.split("\n")[3] == "     |    ^"


def test_what_fools_a_terminal_is_escaped() -> None:
    shown = render([at(1, 2, 3, "\x1b[2J", "\u202e")], {"a.das": "\x1b\u202ex\ty\udcff"})
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "   1 | \\x1b\\u202ex y\\udcff\n     |     ^^^^^^\n" in shown


def test_long_lines_are_cut_around_the_place() -> None:
    shown = render([at(1, 5000, 5003)], {"a.das": "a" * 4999 + "bcd" + "e" * 5000}).split("\n")
    assert len(shown[2]) < 180
    assert shown[2][shown[3].index("^") :].startswith("bcde")
    assert shown[3].count("^") == 3


def test_byte_order_mark_and_line_ends_do_not_count() -> None:
    shown = render([at(2, 1, 3)], {"a.das": "\ufeffx\r\nyz\r\n"})
    assert "   2 | yz\n     | ^^\n" in shown


def test_colours_are_only_there_when_asked_for() -> None:
    assert "\x1b[" in render([at(1, 1, 2)], {"a.das": "x"}, color=True)
    assert "\x1b[" not in render([at(1, 1, 2)], {"a.das": "x"})
