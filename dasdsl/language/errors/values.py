"""The problems of values: names, arithmetic, what may be open and how much (codes E070 to E089)."""

from __future__ import annotations

import re

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.language.errors.text import BODY
from dasdsl.operations.core.problems import HEAD, Problem, catalogued


@catalogued
@frozen(kw_only=True)
class UnknownName(Problem):
    """A name that `define` does not give a value to, above the place where it is used."""

    code = "E070"
    example = BODY + "conv filters kxk channels 4\n"

    name: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unknown name `{self.name}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class Inexact(Problem):
    """Arithmetic is exact, on integers: a division must leave no remainder."""

    code = "E071"
    example = HEAD + "4x8x8\ndefine: {c: 9}\n---\nlinear channels (c+8)/2\n"

    left: int
    right: int
    choice: str = ""
    """The option of a shared decision by which it is so."""

    def message(self) -> str:
        """What is wrong."""
        start = f"with `{self.choice}` " if self.choice else ""
        if self.right == 0:
            return f"{start}{self.left}/0 is a division by zero"
        return f"{start}{self.left}/{self.right} leaves a remainder of {self.left % self.right}"

    def help(self) -> str:
        """What to do."""
        return "choose numbers that divide"


@catalogued
@frozen(kw_only=True)
class NotOpenable(Problem):
    """The field is closed: only `filters`, `channels`, `groups` and `dilation` can be open."""

    code = "E072"
    example = BODY + "conv filters 3x3 channels 4 stride <1|2>\n"

    field: str
    written: str
    alternatives: tuple[str, ...]

    def message(self) -> str:
        """What is wrong."""
        return f"{self.field} cannot be open, but `{self.written}` is"

    def help(self) -> str:
        """What to do."""
        if not self.alternatives:
            return "write one value"
        # a field without a word of its own is described, and its value follows the statement's
        word = f"{self.field.strip('`')} " if self.field.startswith("`") else ""
        first, second = (f"`path: … {word}{option}`" for option in (*self.alternatives, "…")[:2])
        return f"write one of them; or `choose:` with {first} and {second}, all of one shape"


@catalogued
@frozen(kw_only=True)
class WrongForm(Problem):
    """The value is written in a form that this field does not take."""

    code = "E073"
    example = BODY + "conv filters <=5 channels 3x3\n"

    field: str
    written: str
    forms: str

    def message(self) -> str:
        """What is wrong."""
        return f"{self.field} cannot be `{self.written}`" if self.field else f"`{self.written}` is no whole number"

    def help(self) -> str:
        """What to do."""
        return f"write {self.forms}"


@catalogued
@frozen(kw_only=True)
class MixedOptions(Problem):
    """The options of a choice are all numbers, or all filter shapes with equally many sides."""

    code = "E074"
    example = BODY + "conv filters <3x3|5> channels 4\n"

    def message(self) -> str:
        """What is wrong."""
        return "options of different kinds in one choice"

    def help(self) -> str:
        """What to do."""
        return "write numbers only (`<3|5>`), or shapes with equally many sides (`<3x3|1x7>`)"


@catalogued
@frozen(kw_only=True)
class ArithmeticInChoice(Problem):
    """`<…>` takes numbers and names, no arithmetic, and no name that is open itself."""

    code = "E075"
    example = HEAD + "4x8x8\ndefine: {c: 8}\n---\nconv filters 3x3 channels <c|2*c>\n"

    written: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.written}` cannot be an option"

    def help(self) -> str:
        """What to do."""
        if sides := re.fullmatch(r"(\d+)-(\d+)", self.written):
            return f"a range is written `<{sides[1]}..{sides[2]}>`"
        return "give it a name of its own in `define`, and write that"


@catalogued
@frozen(kw_only=True)
class BadRange(Problem):
    """A range runs upwards, and its steps meet its end."""

    code = "E076"
    example = BODY + "conv filters <1..8 by 2>x3 channels 4\n"

    first: int
    last: int
    step: int

    def message(self) -> str:
        """What is wrong."""
        if self.step < 1:
            return f"a range with steps of {self.step}"
        if self.last < self.first:
            return f"the range from {self.first} to {self.last} is empty"
        return f"steps of {self.step} from {self.first} do not meet {self.last}"

    def help(self) -> str:
        """What to do."""
        if self.step < 1:
            return "steps are positive: `<1..9 by 2>`"
        if self.last < self.first:
            return f"write `{self.last}..{self.first}`"
        return f"let it end at {self.last - (self.last - self.first) % self.step}"


@catalogued
@frozen(kw_only=True)
class TooManyOptions(Problem):
    """A decision has at most 4,096 options."""

    code = "E077"
    example = BODY + "conv filters 3x3 channels <1..60000>\n"

    number: int

    def message(self) -> str:
        """What is wrong."""
        return f"{self.number:,} options in one choice, more than {limits.OPTIONS:,}"

    def help(self) -> str:
        """What to do."""
        return "use steps (`<16..4096 by 16>`), or `<=` to search each channel on its own"


@catalogued
@frozen(kw_only=True)
class NumberOutOfRange(Problem):
    """A number is smaller or larger than this field allows."""

    code = "E078"
    example = BODY + "conv filters 3x3 channels 0\n"

    field: str
    number: str
    least: str
    most: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.field}` cannot be {self.number}"

    def help(self) -> str:
        """What to do."""
        return f"write a number from {self.least} to {self.most}"


@catalogued
@frozen(kw_only=True)
class TwoDecisions(Problem):
    """An expression depends on one shared decision at most."""

    code = "E079"
    example = HEAD + "4x8x8\ndefine: {a: <1|2>, b: <3|4>}\n---\nconv filters 3x3 channels a*b\n"

    names: tuple[str, ...]

    def message(self) -> str:
        """What is wrong."""
        return f"one expression with two shared decisions, {' and '.join(f'`{name}`' for name in self.names)}"

    def help(self) -> str:
        """What to do."""
        return "write one decision an expression"


@catalogued
@frozen(kw_only=True)
class BarePad(Problem):
    """In `pad`, `/` separates before from after; an expression there needs parentheses."""

    code = "E080"
    example = BODY + "conv filters 3x3 channels 4 pad 4/2/1\n"

    written: str

    def message(self) -> str:
        """What is wrong."""
        return f"in `pad {self.written}` it is unclear which `/` separates before from after"

    def help(self) -> str:
        """What to do."""
        return "put the division into parentheses: `pad (4/2)/1`"


@catalogued
@frozen(kw_only=True)
class NotAscending(Problem):
    """Positions in `[…]` are written in ascending order, each once."""

    code = "E081"
    example = BODY + "conv filters 3x3 channels 4 reads [2,0-1]\n"

    number: int

    def message(self) -> str:
        """What is wrong."""
        return f"{self.number} stands behind a number that is not smaller"

    def help(self) -> str:
        """What to do."""
        return "write positions in ascending order, each once: `[0-2,5]`"


@catalogued
@frozen(kw_only=True)
class TooManyPositions(Problem):
    """The patterns of a statement, and all options and positions of a network, are bounded in number."""

    code = "E082"
    example = BODY + "".join(f"conv filters 3x3 channels 4 reads [0-65535] bias {b}\n" for b in ("on", "off") * 33)

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.POSITIONS:,} positions in one statement, or {limits.EXPANSION:,} in all together"

    def help(self) -> str:
        """What to do."""
        return "write `all` where everything is read"
