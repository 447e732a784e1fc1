"""The problems of a line that the grammar does not know (codes E020 to E029): one a line."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.language.errors.text import BODY
from dasdsl.operations.core.problems import Problem, catalogued


@catalogued
@frozen(kw_only=True)
class Unexpected(Problem):
    """Something stands where it cannot."""

    code = "E020"
    example = BODY + "conv filters 3x3 channels = 4\n"

    found: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"unexpected `{self.found}`"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class EndsEarly(Problem):
    """The line stops in the middle of something."""

    code = "E021"
    example = BODY + "conv filters 1x1 channels 4*\n"

    expected: str

    def message(self) -> str:
        """What is wrong."""
        return "the line ends too early"

    def help(self) -> str:
        """What to do."""
        return f"what may follow is {self.expected}"


@catalogued
@frozen(kw_only=True)
class Unclosed(Problem):
    """A bracket is opened and not closed on the same line; lines are not continued."""

    code = "E022"
    example = BODY + "conv filters <1..5x3 channels 4\n"

    opened: str
    closed: str
    number: str = ""
    """What follows, where that is a number alone, and more may be meant than a bracket."""

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.opened}` is not closed"

    def help(self) -> str:
        """What to do."""
        if self.number:
            return f"at most {self.number} is written `<={self.number}`; a choice is closed with `>`"
        return f"add `{self.closed}`; a statement stands on one line"


@catalogued
@frozen(kw_only=True)
class NotAscii(Problem):
    """Outside of comments the language is written in ASCII."""

    code = "E023"
    example = BODY + "conv filters 3×3 channels 4\n"

    character: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.character}` (U+{ord(self.character):04X}) is not part of the language"

    def help(self) -> str:
        """What to do."""
        looks = {"×": "x", "≤": "<=", "–": "-", "—": "-", "−": "-", "…": "..", "→": "->", "\xa0": " ", "‥": ".."}
        meant = looks.get(self.character)
        return f"write `{meant}`" if meant else "names are made of the letters a to z, digits and `_`"


@catalogued
@frozen(kw_only=True)
class UnknownCharacter(Problem):
    """A character that means nothing in the language."""

    code = "E024"
    example = BODY + "conv filters {3x3} channels 4\n"

    character: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.character}` is not part of the language"

    def help(self) -> str:
        """What to do."""
        closest = {
            "{": "options stand in a choice: `<3|5>`, `<1..5>`",
            "}": "options stand in a choice: `<3|5>`, `<1..5>`",
            '"': "names are written without quotes",
            "'": "names are written without quotes",
            "%": "probabilities are written as `0.2`",
            "^": "arithmetic has `+ - * /`",
            ".": "decimals are written as `0.5`, ranges as `1..5`",
            "\\": "a statement stands on one line; lines are not continued",
            "!": "comments start with `#`",
        }
        return closest.get(self.character, "delete it; comments start with `#`")


@catalogued
@frozen(kw_only=True)
class BadNumber(Problem):
    """Integers are decimal, without leading zeros and underscores, and end where a letter begins."""

    code = "E025"
    example = BODY + "conv filters 3x3 channels 016\n"

    text: str
    remedy: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.text}` is not a number"

    def help(self) -> str:
        """What to do."""
        return self.remedy


@catalogued
@frozen(kw_only=True)
class NumberTooLong(Problem):
    """An integer has at most 12 digits."""

    code = "E026"
    example = BODY + "conv filters 3x3 channels 1000000000000000000000\n"

    digits: int

    def message(self) -> str:
        """What is wrong."""
        return f"a number with {self.digits:,} digits"

    def help(self) -> str:
        """What to do."""
        return f"numbers have at most {limits.DIGITS} digits"


@catalogued
@frozen(kw_only=True)
class TooBig(Problem):
    """A decimal must be a number that a computer can hold."""

    code = "E027"
    example = BODY + "leaky 1e999\n"

    text: str

    def message(self) -> str:
        """What is wrong."""
        return f"`{self.text}` is too large"

    def help(self) -> str:
        """What to do."""
        return "write a number below 1e308"


@catalogued
@frozen(kw_only=True)
class TooManyOperators(Problem):
    """A line holds at most 128 operators."""

    code = "E028"
    example = BODY + "linear channels 1" + "+1" * (limits.OPERATORS + 1) + "\n"

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.OPERATORS} operators in one line"

    def help(self) -> str:
        """What to do."""
        return "name parts of the expression in `define`"


@catalogued
@frozen(kw_only=True)
class NestedChoice(Problem):
    """`<…>` does not nest."""

    code = "E029"
    example = BODY + "conv filters 3x3 channels <4|<8|16>>\n"

    def message(self) -> str:
        """What is wrong."""
        return "a choice within a choice"

    def help(self) -> str:
        """What to do."""
        return "write all options in one choice: `<4|8|16>`"
