"""The page of a finished search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dasdsl.ir.elaborate import elaborate
from dasdsl.ir.facts import facts
from dasdsl.ir.program import Program
from dasdsl.language.space import Space
from dasdsl.report.page.search import page
from dasdsl.search.folder import Folder


def page_of(folder: Folder, report: Mapping[str, Any], space: Program, found: Space) -> str:
    """The text of `report.html`, by the report, the log, the space, and the architecture that was found in it."""
    return page(report, folder.told_so_far(), facts(space), facts(elaborate(found)), str(found))
