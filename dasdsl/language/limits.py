"""Files are untrusted: what a file may hold at most. Each limit is enforced before the work that it bounds."""

from __future__ import annotations

from typing import Final

FILE: Final = 1 << 20
"""Characters of a file."""
COMPILED: Final = 1 << 24
"""Bytes of a compiled file (`IR.json`)."""
HEADER: Final = 1 << 14
"""Characters of a header: YAML is slow to read."""
LINE: Final = 1 << 16
"""Characters of a line of the body; discovered patterns make long lines."""
NESTING: Final = 64
"""Blocks within blocks, and brackets within brackets."""
OPERATORS: Final = 128
"""Operators `+ - * /` in one line: a tree of expressions is as deep as it has operators."""
LINES: Final = 1 << 17
"""Lines of a file, empty ones and comments included."""
STATEMENTS: Final = 20_480
"""Statements of a file, as written."""
UNROLLED: Final = 20_480
"""Statements of a network, once blocks and repeats are written out."""
CHANNELS: Final = 1 << 21
"""Channels that all statements of a network read and produce, together."""
SINGLE: Final = 15
"""Channels that each part of what a statement reads counts for beside its own; behind a `shuffle` each is a part."""
NUMBERS: Final = 10**12
"""Numbers in the output of one statement."""
COST: Final = (1 << 63) - 1
"""Params of a network, and its MACs."""
WAYS: Final = 1 << 21
"""Binary digits of the size of a space."""
DIGITS: Final = 12
"""Digits of an integer."""
MAGNITUDE: Final = 10**12
"""What arithmetic may reach on its way."""
SIZE: Final = 65_536
"""Channels, sides, steps, groups: any number of a statement."""
INPUT: Final = 1 << 20
"""One size of the input; its channels are bounded like all channels."""
OPTIONS: Final = 4_096
"""Options of one decision."""
POSITIONS: Final = 1 << 18
"""Positions named by the patterns of one statement."""
EXPANSION: Final = 1 << 21
"""Options and positions of a whole file, all statements together; and again once blocks are written out."""
ERRORS: Final = 100
"""Problems reported for one file; reading ends there."""
ERRORS_OF_A_LINE: Final = 8
"""Problems reported for one statement."""
NAME: Final = 64
"""Characters of a name."""
FULL_NAME: Final = 1_024
"""Characters of a statement's name with those of all that it stands in."""
