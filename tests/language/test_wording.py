"""Messages call things what the text calls them, not what the code does."""

from __future__ import annotations

import pytest

from dasdsl.ir.examining import examined

HEAD = "---\ndas: 1\nspace: a\ninput: 4x8x8\n---\n"
BLOCK = "block body(c):\n    conv filters 1x1 channels c\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("repeat <=3: relu", "the number of copies cannot be `<=3`"),
        ("conv filters <=5 channels 3", "`filters` cannot be `<=5`"),
        ("shuffle <1|2>", "the number of groups cannot be open, but `<1|2>` is"),
        ("pool max <=2", "the window's size cannot be open, but `<=2` is"),
        ("conv filters 3x3 channels 4 stride <1|2>", "`stride` cannot be open, but `<1|2>` is"),
        (f"{BLOCK}body(3) 4", "`body()` does not take `4` here"),
        ("relu 4", "`relu` does not take `4` here"),
    ],
)
def test_a_message_names_what_was_written(body: str, message: str) -> None:
    assert message in [found.message for found in examined(f"{HEAD}{body}\n", "a.das")]


@pytest.mark.parametrize(
    ("body", "help_"),
    [
        ("pool avg 3 counted on", "`counted` takes no value: it is written, or left out"),
        ("pool avg 3 counted true stride 2", "`counted` takes no value: it is written, or left out"),
        ("pool max 3 counted", "its fields are `stride` and `pad`; `counted` is a field of `pool avg`"),
        ("relu groups 3", "it has no fields; `groups` is a field of `conv` and `linear`"),
        ("relu foo 3", "it has no fields"),
    ],
)
def test_a_field_that_is_not_one_of_the_statement(body: str, help_: str) -> None:
    (found,) = examined(f"{HEAD}{body}\n", "a.das")
    assert (found.code, found.help) == ("E052", help_)


@pytest.mark.parametrize(
    ("body", "help_"),
    [
        ("conv filters 3x3 channels 4,8,16", "options stand in a choice: `<4|8|16>`"),
        ("conv filters 3x3, 5x5 channels 4", "options stand in a choice: `<3x3|5x5>`"),
        ("conv filters <3, 5> channels 4", "options stand in a choice: `<3|5>`"),
        ("conv filters (3,3) channels 4", "sides are written `3x3`; "),
        ("leaky 0,1", "a decimal is written `0.1`"),
        ("conv filters 3x3, channels 4", "fields are separated by spaces"),
        ("relu, 3", "fields are separated by spaces"),
    ],
)
def test_a_comma_is_told_what_stands_for_it(body: str, help_: str) -> None:
    (found,) = examined(f"{HEAD}{body}\n", "a.das")
    assert found.code == "E020"
    assert found.help is not None
    assert found.help.startswith(help_)
