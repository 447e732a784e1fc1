"""The coordinator of a sweep on this machine: starts workers, replaces those that die, reports when all is done."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

from dasdsl.diagnostics import DasError
from dasdsl.files import write_atomically
from dasdsl.report.page.sweep import page
from dasdsl.search.interrupts import Flag, stop_requests
from dasdsl.search.problems import no_workers
from dasdsl.search.sweep.children import start
from dasdsl.search.sweep.index import Index, set_aside
from dasdsl.search.sweep.places import Places, write_json
from dasdsl.search.sweep.plan import Plan
from dasdsl.search.sweep.summary import summary

POLL = 0.2
LOOK = 2.0
"""Seconds between looks at who is gone."""
DEATHS = 5
"""So many workers in a row may end before a point is done."""

Told = Callable[[Mapping[str, Any], int, int], None]
"""Is told of each result, how many points are done, and how many there are."""


def conduct(places: Places, workers: int, url: str | None, told: Told) -> dict[str, Any]:
    """Run all points that have no result yet with so many workers; the report, which is written too.

    Raises: DasError E514, E515, E516; Interrupted after Ctrl-C, with the states of all searches saved.
    """
    plan = places.plan()
    index = opened(places, plan, url)
    try:
        with stop_requests() as stop:
            _Crew(places, plan, index, url, told).run(workers, stop)
    finally:
        index.close()
    return report(places, plan)


def report(places: Places, plan: Plan) -> dict[str, Any]:
    """Write the report of a sweep whose points all have a result."""
    facts = summary(places, plan)
    write_json(places.report, facts)
    write_atomically(places.page, page(facts))
    return facts


def report_if_done(places: Places) -> None:
    """The last worker of a sweep without a coordinator writes its report."""
    plan = places.plan()
    if all(places.result(point.number) is not None for point in plan.points):
        report(places, plan)


def opened(places: Places, plan: Plan, url: str | None) -> Index:
    """The queue, made again from the results where it is not there or cannot be read."""
    try:
        index = Index(places, plan, url)
    except DasError:
        if url is not None or plan.storage is not None or not places.index.exists():
            raise
        set_aside(places.index)
        index = Index(places, plan, url)
    index.refill()
    return index


class _Crew:
    """The workers of this machine."""

    def __init__(self, places: Places, plan: Plan, index: Index, url: str | None, told: Told) -> None:
        self.places, self.plan, self.index, self.told = places, plan, index, told
        self.command = ["sweep", "--worker", places.path, *([] if url is None else ["--storage", url])]
        self.crew: list[subprocess.Popen[bytes]] = []
        self.seen: set[int] = set()
        self.deaths = 0

    def run(self, workers: int, stop: Flag) -> None:
        """Until every point has a result.

        Raises: Interrupted where it was stopped; workers and searches have then ended.
        """
        looked = 0.0
        waiting = len(self.plan.points)
        try:
            while not self._done():
                stop.check()
                if time.monotonic() - looked > LOOK:
                    looked, waiting = time.monotonic(), self.index.refill()
                self._relieve()
                while len(self.crew) < workers and waiting > 0:
                    self.crew.append(start(*self.command))
                    waiting -= 1
                time.sleep(POLL)
        finally:
            self._dismiss()

    def _done(self) -> bool:
        for point in self.plan.points:
            if point.number in self.seen:
                continue
            result = self.places.result(point.number)
            if result is not None:
                self.seen.add(point.number)
                self.deaths = 0
                self.told(result, len(self.seen), len(self.plan.points))
        return len(self.seen) == len(self.plan.points)

    def _relieve(self) -> None:
        """Forget workers that have ended.

        Raises: DasError E515 where they die one after the other.
        """
        ended = [worker for worker in self.crew if worker.poll() is not None]
        self.crew = [worker for worker in self.crew if worker.returncode is None]
        self.deaths += sum(worker.returncode != 0 for worker in ended)
        if self.deaths > DEATHS:
            raise no_workers(str(self.places.path), self.deaths)

    def _dismiss(self) -> None:
        """Ask the workers to stop, and wait until they have; a second Ctrl-C does not wait."""
        for worker in self.crew:
            if worker.poll() is None:
                worker.send_signal(signal.SIGINT)
        try:
            for worker in self.crew:
                worker.wait()
        except KeyboardInterrupt:
            for worker in self.crew:
                worker.kill()
            raise
