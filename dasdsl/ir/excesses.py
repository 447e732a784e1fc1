"""Problems of a network that holds too much (codes E340 to E344)."""

from __future__ import annotations

from dasdsl.frozen import frozen
from dasdsl.language import limits
from dasdsl.operations.core.axes import Shape
from dasdsl.operations.core.faults import show
from dasdsl.operations.core.problems import HEAD, Problem, catalogued


@catalogued
@frozen(kw_only=True)
class TooManyChannels(Problem):
    """The channels that all statements of a network read and produce are at most 2,097,152 together.

    Each part of what is read (a path of a `concat`, and behind a `shuffle` each channel) counts for 15 more.
    """

    code = "E340"
    example = HEAD + "4x8x8\n---\nrepeat 100: conv filters 1x1 channels 65536\n"

    def message(self) -> str:
        """What is wrong."""
        return f"more than {limits.CHANNELS:,} channels in all statements together"

    def help(self) -> str:
        """What to do."""
        return "write fewer channels, or fewer layers"


@catalogued
@frozen(kw_only=True)
class TooManyNumbers(Problem):
    """What a statement makes has at most 1,000,000,000,000 numbers for one input."""

    code = "E341"
    example = HEAD + "4x8x8\n---\nupsample 65536\nupsample 65536\n"

    shape: Shape

    def message(self) -> str:
        """What is wrong."""
        return f"the output here is {show(self.shape)}, more than {limits.NUMBERS:,} numbers"

    def help(self) -> str:
        """What to do."""
        return "use smaller factors and pads, or fewer channels"


@catalogued
@frozen(kw_only=True)
class TooCostly(Problem):
    """A network has at most 9,223,372,036,854,775,807 params and as many MACs: what 64 bits hold."""

    code = "E342"
    example = HEAD + "65536x65536x8\n---\nconv filters 65536x8 channels 65536\n"

    what: str

    def message(self) -> str:
        """What is wrong."""
        return f"up to here the network has more than {limits.COST:,} {self.what}"

    def help(self) -> str:
        """What to do."""
        return "write smaller filters, fewer channels, or larger strides before"


@catalogued
@frozen(kw_only=True)
class TooManyWays(Problem):
    """The size of a space has at most 2,097,152 binary digits. A pattern of `groups<=p` brings one for each input."""

    code = "E343"
    example = HEAD + "4096x8x8\n---\nconv filters 1x1 channels<=4096 groups<=4096\nconv filters 1x1 channels 1\n"

    def message(self) -> str:
        """What is wrong."""
        return f"up to here the size of the space has more than {limits.WAYS:,} binary digits"

    def help(self) -> str:
        """What to do."""
        return "write fewer patterns (`groups<=4`), or fewer channels"


@catalogued
@frozen(kw_only=True)
class FullNameTooLong(Problem):
    """The name of a statement with those of all that it stands in has at most 1,024 characters."""

    code = "E344"
    example = (
        HEAD
        + "4x8x8\n---\n"
        + "".join(f"{' ' * 4 * depth}{'a' * 40}{depth} = residual:\n" for depth in range(25))
        + f"{' ' * 100}relu\n"
    )

    def message(self) -> str:
        """What is wrong."""
        return f"the full name of this statement has more than {limits.FULL_NAME:,} characters"

    def help(self) -> str:
        """What to do."""
        return "use shorter labels, or nest less"
