"""Where an architecture stands in a space: the outcomes that close the space to it, and which channel is which.

Statements are matched in their order. Which channel of the space stands for one of the architecture does not matter as
far as nothing tells the space's channels apart, so they are taken from the first on.
"""

from __future__ import annotations

from collections.abc import Mapping

from dasdsl.frozen import frozen
from dasdsl.ir.alike import SAME, Choices, Differs, choices
from dasdsl.ir.deciding import Selection, decide
from dasdsl.ir.liveness import Collapsed, solve
from dasdsl.ir.problems import not_a_member
from dasdsl.ir.program import INPUT, Node, Program
from dasdsl.language.suggest import listed
from dasdsl.operations.core.axes import Axis, Unit
from dasdsl.operations.core.decisions import Assignment, Outcomes, Subset
from dasdsl.operations.core.kernel import Kernel, Sets
from dasdsl.operations.core.values import Patterns

Channels = Mapping[str, tuple[int, ...]]
"""For each source of the architecture, the channels of the space's source that stand for its own."""


@frozen
class Membership:
    """An architecture as a member of a space.

    `outcomes` close the space to it. `program` is the space without the branches that it has not. `nodes` are the nodes
    of the space by those of the architecture.
    """

    outcomes: Outcomes
    program: Program
    nodes: Mapping[str, str]
    channels: Channels


def locate(found: Program, space: Program) -> Membership:
    """Where an architecture stands in a space.

    Raises: DasError E322 where it is none of the space's, with the statement and what differs.
    """
    try:
        _same_input(found, space)
        return _locate(found, decide(found, space))
    except Differs as differs:
        node = differs.node
        what = f"`{node.name}` {differs.what}"
        raise not_a_member(what, differs.remedy, space.space.source.path, node.line or None) from None


def _same_input(found: Program, space: Program) -> None:
    if found.space.input != space.space.input:
        mine, theirs = ("x".join(str(size) for size in program.space.input) for program in (found, space))
        what, remedy = f"its input is {theirs}, that of the architecture {mine}", f"write `input: {mine}`"
        raise not_a_member(what, remedy, space.space.source.path)


def _locate(found: Program, selection: Selection) -> Membership:
    space = selection.program
    pairs = _pairs(found, space)
    nodes = {INPUT: INPUT} | {mine.name: theirs.name for mine, theirs in pairs}
    outcomes = _options(pairs, selection.outcomes)
    channels = dict(_channels(found, space, nodes))
    for mine, theirs in pairs:
        if tuple(nodes[name] for name in mine.inputs) != theirs.inputs:
            raise Differs(theirs, f"reads {listed(theirs.inputs)} here, and others in the architecture", SAME)
        if theirs.op.pins and len(mine.site.axis) != len(theirs.site.axis):
            together = f"reads {len(theirs.site.axis)} channels together"
            raise Differs(theirs, f"{together} here and {len(mine.site.axis)} in the architecture")
        if mine.kernel is not None and theirs.kernel is not None:
            sets = _sets(mine, mine.kernel, theirs.site.axis, channels, nodes)
            if len(space.ties.group(theirs.name)) == 1:
                channels[mine.name] = _outputs(space, theirs, sets, channels[mine.name], outcomes)
            outcomes |= _connections(theirs, sets, channels[mine.name])
    member = Membership(outcomes, space, nodes, channels)
    _compare(found, space, member)
    return member


def _options(pairs: list[tuple[Node, Node]], made: Mapping[str, int]) -> Outcomes:
    """What every decision between options becomes: of the counts that have all the channels the smallest."""
    allowed: Choices = {name: {index} for name, index in made.items()}
    for mine, theirs in pairs:
        for name, indices in choices(mine, theirs).items():
            allowed[name] = allowed.get(name, indices) & indices
            if not allowed[name]:
                raise Differs(theirs, f"needs another option of `{name}` than the statements before it")
    return {name: min(indices) for name, indices in allowed.items()}


def _pairs(found: Program, space: Program) -> list[tuple[Node, Node]]:
    """The nodes side by side.

    Raises: Differs where one is another, or where there are not equally many.
    """
    for mine, theirs in zip(found.nodes, space.nodes, strict=False):
        if mine.op.words != theirs.op.words:
            raise Differs(theirs, f"is `{theirs.op.words}` here and `{mine.op.words}` in the architecture", SAME)
    if len(found.nodes) < len(space.nodes):
        raise Differs(space.nodes[len(found.nodes)], "is not in the architecture", SAME)
    if len(found.nodes) > len(space.nodes):
        what = f"is the last statement here, and `{found.nodes[len(space.nodes)].name}` follows in the architecture"
        raise Differs(space.output, what, SAME)
    return list(zip(found.nodes, space.nodes, strict=True))


# ---- channels --------------------------------------------------------------------------------------------------------

Kind = tuple[str, ...]
"""The sources of channels that are tied to each other, those of the space, sorted; each with who names it by number."""


def _channels(found: Program, space: Program, nodes: Mapping[str, str]) -> Channels:
    """Channels that are tied stand for channels that are tied, k-th of a kind for k-th of that kind."""
    there = _kinds(space, _themselves(space))
    channels: dict[str, dict[int, int]] = {name: {} for name in found.sources}
    for kind, classes in _kinds(found, nodes).items():
        room = there.get(kind, [])
        if len(classes) > len(room):
            of = [len(units) for units in (classes, room)]
            raise Differs(space[kind[0]], f"has at most {of[1]} channels here and {of[0]} in the architecture")
        for units, others in zip(classes, room, strict=False):
            for (source, channel), (_, other) in zip(units, others, strict=True):
                channels[source][channel] = other
    return {name: tuple(places[channel] for channel in sorted(places)) for name, places in channels.items()}


def _kinds(program: Program, nodes: Mapping[str, str]) -> dict[Kind, list[list[Unit]]]:
    """The classes of tied channels by their kind, in the order in which they appear; each in the order of its kind."""
    kinds: dict[Kind, list[list[Unit]]] = {}
    numbered = _numbered(program, nodes)
    seen: set[Unit] = set()
    for name, source in program.sources.items():
        for unit in ((name, channel) for channel in range(source.size)):
            if unit not in seen:
                units = sorted(program.ties.of(unit), key=lambda other: (nodes[other[0]], other[1]))
                seen.update(units)
                kind = tuple(name for one in units for name in (nodes[one[0]], *numbered.get(one, ())))
                kinds.setdefault(kind, []).append(units)
    return kinds


def _themselves(program: Program) -> Mapping[str, str]:
    return {INPUT: INPUT} | {node.name: node.name for node in program.nodes}


def _numbered(program: Program, nodes: Mapping[str, str]) -> Mapping[Unit, tuple[str, ...]]:
    """For each channel the nodes of the space that name it by number: one of one part is none of another."""
    found: dict[Unit, tuple[str, ...]] = {}
    for node in program.nodes:
        if node.op.numbered:
            for unit in node.axis.units:
                found[unit] = (*found.get(unit, ()), f"> {nodes[node.name]}")
    return found


def positions(mine: Axis, theirs: Axis, channels: Channels, nodes: Mapping[str, str]) -> tuple[int, ...]:
    """For each position of an axis of the architecture, the one of the space's axis that stands for it.

    Of a part of the space's axis nothing may be left, but those that are stand in their order.
    """
    out: list[int] = []
    others, start = iter(theirs.parts), 0
    for part in mine.parts:
        wanted = [channels[part.source][channel] for channel in part.channels]
        for other in others:
            place = {channel: start + index for index, channel in enumerate(other.channels)}
            start += len(other.channels)
            if other.source == nodes[part.source] and all(channel in place for channel in wanted):
                out += [place[channel] for channel in wanted]
                break
    assert len(out) == len(mine), (mine, theirs)
    return tuple(out)


# ---- connections -----------------------------------------------------------------------------------------------------


def _sets(mine: Node, kernel: Kernel, theirs: Axis, channels: Channels, nodes: Mapping[str, str]) -> Sets:
    """For each output of a layer of the architecture the positions it reads, as positions of the space."""
    place = positions(mine.site.axis, theirs, channels, nodes)
    return tuple(tuple(sorted(place[position] for position in chosen)) for chosen in kernel.sets(mine.site, {}))


def _outputs(space: Program, node: Node, sets: Sets, places: tuple[int, ...], outcomes: Outcomes) -> tuple[int, ...]:
    """The outputs that stand for those of the architecture: where patterns are closed, each that reads the same."""
    kernel = node.kernel
    assert kernel is not None
    closed = isinstance(kernel.groups, Patterns) or (isinstance(kernel.groups, int) and kernel.groups > 1)
    if not closed:
        return places
    there = kernel.sets(node.site, outcomes)
    if all(there[place] == chosen for place, chosen in zip(places, sets, strict=True)):
        return places
    numbered = _numbered(space, _themselves(space))
    left: dict[tuple[tuple[int, ...], tuple[str, ...]], list[int]] = {}
    for place, other in enumerate(there):
        left.setdefault((other, numbered.get((node.name, place), ())), []).append(place)
    found: list[int] = []
    for place, chosen in zip(places, sets, strict=True):
        same = left.get((chosen, numbered.get((node.name, place), ())))
        if not same:
            raise Differs(node, "has other patterns here than in the architecture")
        found.append(same.pop(0))
    return tuple(found)


def _connections(node: Node, sets: Sets, places: tuple[int, ...]) -> Outcomes:
    """What a layer of the space is to read: nothing for an output that the architecture has not, where that can be."""
    out: Outcomes = {}
    patterns = list(dict.fromkeys(sets))
    for decision in node.decisions:
        match decision:
            case Subset(positions=searched):
                read = {position for chosen in sets for position in chosen}
                out[decision.name] = tuple(position for position in searched if position in read)
            case Assignment(patterns=most, outputs=outputs):
                if len(patterns) > most:
                    raise Differs(node, f"has at most {most} patterns here and {len(patterns)} in the architecture")
                chosen = dict(zip(places, sets, strict=True))
                other = () if () in patterns or len(patterns) < most else patterns[0]
                out[decision.name] = tuple(chosen.get(output, other) for output in range(outputs))
            case _:
                pass
    return out


def _compare(found: Program, space: Program, member: Membership) -> None:
    """What is left of the space must be what is left of the architecture, constants folded on both sides."""
    try:
        there = solve(space, member.outcomes)
    except Collapsed as collapsed:
        raise Differs(space[collapsed.layer], "would read nothing here") from None
    here = solve(found, {})
    for node in found.nodes:
        theirs, live = space[member.nodes[node.name]], here.live.get(node.name, ())
        places = tuple(member.channels[node.name][channel] for channel in live) if live else ()
        if node.kernel is not None:
            place = positions(node.site.axis, theirs.site.axis, member.channels, member.nodes)
            wanted = [tuple(sorted(place[p] for p in here.sets[node.name][channel])) for channel in live]
            got = [there.sets[theirs.name][channel] for channel in places]
            if wanted != got:
                raise _reads_others(theirs, wanted, got)
    for name, live in here.live.items():
        theirs = member.nodes[name]
        if set(there.live[theirs]) != {member.channels[name][channel] for channel in live}:
            what = f"keeps {len(there.live[theirs])} channels here and has {len(live)} in the architecture"
            raise Differs(space[theirs], what)


def _reads_others(node: Node, wanted: list[tuple[int, ...]], got: list[tuple[int, ...]]) -> Differs:
    patterns = len(set(wanted))
    if patterns > len(set(got)):
        return Differs(node, f"reads one set of channels here and has {patterns} patterns in the architecture")
    return Differs(node, "cannot read here what it reads in the architecture, and nothing else")
