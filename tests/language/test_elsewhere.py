"""Whoever writes what other tools call things is told what they are called here."""

from __future__ import annotations

import pytest

from dasdsl.language.reading import examine
from dasdsl.language.words import called_elsewhere, openers, statements
from dasdsl.operations.core.fields import ELSEWHERE, plainly
from dasdsl.operations.core.operation import registry

HEAD = "---\ndas: 1\nspace: a\ninput: 3x8x8\n---\n"
SPACES = "fields are separated by spaces; the arguments of a call by `,`, without a space before `(`"
MEANT = {
    "maxpool 2": "did you mean `pool max`?",
    "MaxPool2d 2": "did you mean `pool max`?",
    "max_pool2d 2": "did you mean `pool max`?",
    "batchnorm": "did you mean `norm batch`?",
    "dense channels 10": "did you mean `linear`?",
    "leaky_relu 0.1": "did you mean `leaky`?",
    "conv kernel 3x3 channels 4": "did you mean `filters`?",
    "conv kernel_size 3x3 channels 4": "did you mean `filters`?",
    "conv filters 3x3 units 4": "did you mean `channels`?",
    "conv filters 3x3 channels 4 padding 1": "did you mean `pad`?",
    "pool avg 3 stride 1 pad 1 count_include_pad": "did you mean `counted`?",
    "pool max 3 stride 2 ceil_mode": "did you mean `pad`?",
    "pool max 3 stride <1|2>": (
        "write one of them; or `choose:` with `path: … stride 1` and `path: … stride 2`, all of one shape"
    ),
    "pool max <2|3>": "write one of them; or `choose:` with `path: … 2` and `path: … 3`, all of one shape",
    "conv filters {1..5}x3 channels 4": "options stand in a choice: `<3|5>`, `<1..5>`",
    "conv filters 3x3 channels <8": "at most 8 is written `<=8`; a choice is closed with `>`",
    "conv filters 3x3 channels <8 stride 2": "at most 8 is written `<=8`; a choice is closed with `>`",
    "conv filters 3x3 channels <4|8": "add `>`; a statement stands on one line",
    "conv filters <3x3 channels 8": "add `>`; a statement stands on one line",
    "conv filters 3x3 channels 4, relu": "a statement ends with its line",
    "conv filters 3x3 channels 4,relu": "a statement ends with its line",
    "conv filters 3x3, channels 4": SPACES,
}


@pytest.mark.parametrize("line", MEANT)
def test_what_is_meant_is_said(line: str) -> None:
    _, found = examine(HEAD + line + "\n", "a")
    assert MEANT[line] in [one.help for one in found]


def test_no_name_stands_for_two_and_none_is_a_word_of_the_language() -> None:
    names = [name for operation in registry().values() for name in operation.also]
    assert len(set(names)) == len(names)
    assert not set(names) & openers()
    assert all(name == plainly(name) for name in names)
    assert called_elsewhere("Batch_Norm") == "norm batch"
    assert called_elsewhere("conv") is None


def test_fields_that_other_tools_call_something_else_exist() -> None:
    fields = {one.name for found in statements().values() for one in found}
    assert set(ELSEWHERE) <= fields
    assert all(name == plainly(name) for found in ELSEWHERE.values() for name in found)
