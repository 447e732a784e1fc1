"""The problems of blocks: their heads, where they stand, and how they are used (codes E060, E065 to E069, W061)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language.errors.text import BODY
from dasdsl.operations.core.problems import Problem, catalogued


@catalogued
@frozen(kw_only=True)
class UnknownBlock(Problem):
    """A block is defined before it is used."""

    code = "E065"
    example = BODY + "block body(c):\n    conv filters 3x3 channels c\nbodi(4)\n"

    name: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unknown block `{self.name}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class WrongArguments(Problem):
    """The use of a block gives a value to each of its parameters."""

    code = "E066"
    example = BODY + "block body(c, k):\n    conv filters k x k channels c\nbody(4)\n"

    name: str
    found: int
    wanted: int
    line: int

    def message(self) -> str:
        """What is wrong."""
        arguments = "1 argument" if self.wanted == 1 else f"{self.wanted} arguments"
        return f"`{self.name}` takes {arguments}, not {self.found}"

    def help(self) -> str:
        """What to do."""
        return f"it is defined on line {self.line}"


@catalogued
@frozen(kw_only=True)
class BlockPlace(Problem):
    """Blocks are defined at the top level."""

    code = "E067"
    example = BODY + "residual:\n    block body(c):\n        conv filters 3x3 channels c\n    body(4)\n"

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"the block `{self.name}` is defined inside of another block"

    def help(self) -> str:
        """What to do."""
        return "define it at the top level, before it is used"


@catalogued
@frozen(kw_only=True)
class RepeatedBlock(Problem):
    """A block is defined once."""

    code = "E068"
    example = BODY + "block body(c):\n    conv filters 3x3 channels c\nblock body(c):\n    relu\nbody(4)\n"

    name: str
    line: int

    def message(self) -> str:
        """What is wrong."""
        return f"the block `{self.name}` is already defined on line {self.line}"

    def help(self) -> str:
        """What to do."""
        return "choose another name"


@catalogued
@frozen(kw_only=True)
class BadHead(Problem):
    """A block has a name, and right behind it, in parentheses, its parameters: names that stand for nothing else."""

    code = "E069"
    example = BODY + "block body (c):\n    conv filters 3x3 channels c\nbody(4)\n"

    what: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return self.what

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class RecursiveBlock(Problem):
    """A block cannot use itself: that would never end."""

    code = "E060"
    example = BODY + "block body(c):\n    relu\n    body(c)\nbody(4)\n"

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"the block `{self.name}` uses itself"

    def help(self) -> str:
        """What to do."""
        return f"to stack copies, write `repeat 3: {self.name}(…)` behind the block"


@catalogued
@frozen(kw_only=True)
class UnusedBlock(Problem):
    """A block is defined, but nothing uses it."""

    code = "W061"
    severity = "warning"
    example = BODY + "block body(c):\n    conv filters 3x3 channels c\nconv filters 3x3 channels 4\n"

    name: str

    def message(self) -> str:
        """What is wrong."""
        return f"nothing uses the block `{self.name}`"

    def help(self) -> str:
        """What to do."""
        return f"write `{self.name}(…)` where it is wanted, or delete it"
