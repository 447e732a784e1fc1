"""Lines and points over two axes as SVG. Colours are classes of the page, so that it may be dark or light."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from dasdsl.frozen import frozen
from dasdsl.report.numbers import short
from dasdsl.report.page.ticks import Scale

WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 24, 14, 40
DOT = 4

Place = tuple[float, float]
Say = Callable[[float], str]


@frozen(slots=True)
class Line:
    """A curve with a name; `colour` is the number of its class."""

    name: str
    points: tuple[Place, ...]
    colour: int


@frozen(slots=True)
class Point:
    """A mark, with what is said of it; a `large` one stands out."""

    place: Place
    says: str
    colour: int
    large: bool = False


@frozen(slots=True)
class Axis:
    """What an axis is called, and how its numbers are said."""

    name: str
    say: Say = short
    logarithmic: bool = False
    whole: bool = False

    def scale(self, values: Iterable[float]) -> Scale:
        """The scale that all values are on."""
        return Scale.of(values, logarithmic=self.logarithmic, whole=self.whole)

    def marks(self, scale: Scale) -> list[tuple[float, str]]:
        """Where there are marks, and what they say; none says what the one before says."""
        said = [(tick, self.say(tick)) for tick in scale.ticks()]
        return [
            mark for before, mark in zip([None, *said], said, strict=False) if before is None or before[1] != mark[1]
        ]


@frozen(slots=True)
class Chart:
    """Curves and marks over two axes."""

    title: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    points: tuple[Point, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be drawn."""
        return not self.points and not any(line.points for line in self.lines)

    def svg(self) -> str:
        """The drawing; every text in it is escaped."""
        places = [*(place for line in self.lines for place in line.points), *(point.place for point in self.points)]
        x, y = self.x.scale(place[0] for place in places), self.y.scale(place[1] for place in places)

        def at(place: Place) -> Place:
            across, up = x.along(place[0]), y.along(place[1])
            return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

        parts = [
            *(_across(at((x.least, tick))[1], says) for tick, says in self.y.marks(y)),
            *(_below(at((tick, y.least))[0], says) for tick, says in self.x.marks(x)),
            f'<text class="name" x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 6}">{escape(self.x.name)}</text>',
            *(_curve(line, [at(place) for place in line.points]) for line in self.lines),
            *(_mark(point, at(point.place)) for point in self.points),
        ]
        label = escape(f"{self.title}: {self.y.name} by {self.x.name}", quote=True)
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
        )


def _across(y: float, says: str) -> str:
    grid = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{grid}<text class="tick left" x="{LEFT - 6}" y="{y + 4:.1f}">{escape(says)}</text>'


def _below(x: float, says: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{escape(says)}</text>'


def _curve(line: Line, places: Sequence[Place]) -> str:
    if len(places) == 1:
        return _mark(Point(line.points[0], line.name, line.colour), places[0])
    said = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline class="line c{line.colour}" points="{said}"><title>{escape(line.name)}</title></polyline>'


def _mark(point: Point, place: Place) -> str:
    x, y = place
    size = 2 * DOT if point.large else DOT
    kind = "dot large" if point.large else "dot"
    says = escape(point.says)
    return f'<circle class="{kind} c{point.colour}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"><title>{says}</title></circle>'
