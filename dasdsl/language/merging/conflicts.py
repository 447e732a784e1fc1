"""What both sides changed, each in its own way."""

from __future__ import annotations

from dasdsl.frozen import frozen


@frozen(slots=True)
class Side:
    """How it reads on one side ("" where it is not there), and the line of that side's file."""

    text: str
    line: int | None = None

    def told(self, name: str) -> str:
        """What it says and where, or that nothing is there."""
        first, *more = self.text.split("\n")
        said = f"`{first}` …" if more else f"`{first}`" if first else "nothing"
        return f"{said} in {name}" if self.line is None else f"{said} in {name}:{self.line}"


@frozen(slots=True)
class Conflict:
    """A place that both sides changed: a statement or `header`, what about it ("" for all of it), and both sides.

    Where both added statements, the place is before or after a statement.
    """

    place: str
    what: str
    a: Side
    b: Side

    def told(self, names: tuple[str, str]) -> str:
        """The conflict on one line; `names` are those of the two files."""
        where = self.place if self.place.startswith(("before ", "after ")) else f"at {self.place}"
        what = f", {self.what}" if self.what else ""
        return f"conflict {where}{what}: {self.a.told(names[0])}, {self.b.told(names[1])}"

    def facts(self) -> dict[str, object]:
        """For JSON."""
        sides = {"a": self.a.text, "b": self.b.text, "line_a": self.a.line, "line_b": self.b.line}
        return {"place": self.place, "what": self.what, **sides}


def beside(lines: tuple[str, ...], comment: str) -> tuple[str, ...]:
    """Lines with a comment behind the last one."""
    return (*lines[:-1], f"{lines[-1]}  {comment}") if comment else lines
