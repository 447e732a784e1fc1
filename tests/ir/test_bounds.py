"""What a network may hold once it is written out."""

from __future__ import annotations

import pytest

from dasdsl.ir.examining import examined
from dasdsl.language import limits

WIDE = "conv filters 1x1 channels 65536\n"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (WIDE + "relu\n" * 30, []),
        (WIDE + "relu\n" * 31, ["E340"]),
        # behind a shuffle each channel is a part of its own
        (WIDE + "shuffle 2\n" * 2, []),
        (WIDE + "shuffle 2\nrelu\n", []),
        (WIDE + "shuffle 2\nrelu\nrelu\n", ["E340"]),
        # as much as a network of the literature has of them
        (
            "conv filters 1x1 channels 976\nshuffle 2\nrelu\n"
            + "conv filters 1x1 channels 976\nshuffle 2\nrelu\n" * 50,
            [],
        ),
    ],
)
def test_channels_are_counted_with_the_parts_they_stand_in(body: str, codes: list[str]) -> None:
    assert limits.CHANNELS // 65536 == 32
    assert [found.code for found in examined(f"---\ndas: 1\nspace: a\ninput: 1x1x1\n---\n{body}", "a.das")] == codes
