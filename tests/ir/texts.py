"""Small spaces from the few words that a test is about."""

from dasdsl.ir.closing import Closing, close
from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.program import Program
from dasdsl.language.reading import loads
from dasdsl.language.space import Space
from dasdsl.operations.core.decisions import Outcome


def space(body: str, shape: str = "4x8x8", define: str = "") -> Space:
    names = f"define: {define}\n" if define else ""
    return loads(f"---\ndas: 1\nspace: small\ninput: {shape}\n{names}---\n{body}\n")


def program(body: str, shape: str = "4x8x8", define: str = "") -> Program:
    return elaborate(space(body, shape, define))


def closed(program: Program, **outcomes: Outcome) -> Closing:
    """Closed by outcomes whose names have `_` in the place of dots."""
    return close(program, {name.replace("_", "."): outcome for name, outcome in outcomes.items()})


def body_of(closing: Closing) -> list[str]:
    """The statements of a closed text."""
    return str(closing.space).split("---\n")[2].splitlines()
