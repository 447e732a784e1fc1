"""Two edits of one file, merged statement by statement and key by key."""

from dasdsl.language.merging.conflicts import Conflict
from dasdsl.language.merging.merge import Merge, merge

__all__ = ["Conflict", "Merge", "merge"]
