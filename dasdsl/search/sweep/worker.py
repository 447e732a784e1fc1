"""One worker: takes a point, runs its search in a process of its own, writes its result, takes the next."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dasdsl.frozen import frozen
from dasdsl.search.interrupts import Flag
from dasdsl.search.sweep.children import start, told_since
from dasdsl.search.sweep.index import HEARTBEAT, Claim, Index
from dasdsl.search.sweep.places import Places, read_json
from dasdsl.search.sweep.plan import Plan, Point
from dasdsl.search.sweep.varied import Value

POLL = 0.1
ATTEMPTS = 3
"""How often a search may be ended by something else before its point counts as failed."""
INTERRUPTED = (130, 143)
"""What a search ends with that was asked to stop, by Ctrl-C or by a batch system."""


@frozen(slots=True)
class Ended:
    """How a search ended, and what it told."""

    code: int
    told: str

    @property
    def own(self) -> bool:
        """Whether it came to an end of its own: with a report, or with an error that it would meet again."""
        return self.code >= 0 and self.code not in INTERRUPTED


def work(places: Places, url: str | None, stop: Flag) -> bool:
    """Take points until none waits or a stop is asked for; whether a stop was asked for.

    Raises: DasError E514 for a folder of no sweep, E516 where the storage fails.
    """
    plan = places.plan()
    index = Index(places, plan, url)
    try:
        while not stop.raised:
            claim = index.take()
            if claim is None and not index.refill():
                return False
            if claim is not None:
                _settle(places, plan, index, claim, stop)
    finally:
        index.close()
    return True


def _settle(places: Places, plan: Plan, index: Index, claim: Claim, stop: Flag) -> None:
    """Bring one point to its result, or give it back."""
    number = claim.point.number
    with places.held(number) as mine:
        if not mine:
            index.drop(claim)
            return
        index.own(claim)
        result = places.result(number) or _search(places, plan, claim, stop, _beating(index, claim))
        if result is None:
            index.drop(claim)
            return
        index.finish(claim, result)


def _beating(index: Index, claim: Claim) -> Callable[[], None]:
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last >= HEARTBEAT:
            last = time.monotonic()
            index.beat(claim)

    return beat


def _search(places: Places, plan: Plan, claim: Claim, stop: Flag, beat: Callable[[], None]) -> dict[str, Any] | None:
    """The search of a point, from its beginning or from where it was left; None where it was stopped."""
    number = claim.point.number
    described = {"point": number, "space": claim.point.space, "label": claim.point.label}
    described |= {"settings": dict(claim.settings)}
    places.begin(number, described)
    ended = Ended(INTERRUPTED[0], "")
    for _ in range(ATTEMPTS):
        # a search that outlived its worker is let finish: it holds its folder
        while places.is_searched(number) and not stop.raised:
            beat()
            time.sleep(POLL)
        if stop.raised:
            return None
        ended = _run(places, arguments(places, plan, claim.point, claim.settings), number, stop, beat)
        if stop.raised and ended.code in INTERRUPTED:
            return None
        if ended.own:
            break
    result = {**described, **outcome(places, number, ended)}
    places.finish(number, result)
    return result


def _run(places: Places, search: list[object], number: int, stop: Flag, beat: Callable[[], None]) -> Ended:
    """One process of a search, until it ends. A stop reaches it as Ctrl-C would; a second one kills it."""
    log = places.log(number)
    asked = False
    with log.open("ab") as told:
        offset = told.tell()
        process = start(*search, stderr=told)
        try:
            while process.poll() is None:
                if stop.raised and not asked:
                    asked = True
                    process.send_signal(signal.SIGINT)
                beat()
                time.sleep(POLL)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return Ended(process.returncode, told_since(log, offset))


def arguments(places: Places, plan: Plan, point: Point, settings: Mapping[str, Value]) -> list[object]:
    """What `dasdsl` is called with for a point: to begin, or to go on."""
    run = places.run(point.number)
    if places.begun(point.number):
        return ["search", "--resume", run]
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in {**plan.fixed, **settings}.items()]
    reading = [f"--{name}={value}" for name, value in plan.reading.items()]
    flags += [f"--tracker={name}" for name in plan.trackers]
    return ["search", places.space(point.space), "--data", plan.data, *reading, *flags, "--out", run]


def outcome(places: Places, number: int, ended: Ended) -> dict[str, Any]:
    """What a point came to: the figures of its report, or why there is none."""
    report = read_json(places.run(number) / "report.json") if ended.code == 0 else None
    if report is None:
        return {"state": "failed", "error": why(ended), "code": ended.code}
    tuned = report["finetuned"]
    return {
        "state": "done",
        "metric_name": report["metric_name"],
        "validation": tuned["validation"],
        "metric": tuned["metric"],
        "params": tuned["params"],
        "macs": tuned["macs"],
        "threshold": report["threshold"],
        "baseline": report["baseline"],
        "seconds": report["seconds"],
        "run": str(Path(places.run(number)).relative_to(places.path)),
    }


def why(ended: Ended) -> str:
    """The error that a search told, from the line that begins with it."""
    if not ended.own:
        return f"the search was ended from outside {ATTEMPTS} times (the last time with {ended.code})"
    lines = ended.told.rstrip().split("\n")
    first = next((k for k, line in enumerate(lines) if "error" in line), max(len(lines) - 1, 0))
    return "\n".join(lines[first:])
