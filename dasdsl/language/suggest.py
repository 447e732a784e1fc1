"""Did you mean: the word that is nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

LONGEST = 40
"""Comparing is quadratic in the length of a word; nobody misspells a word as long as this."""
MOST = 256
"""Words that are compared."""
LISTED = 24
"""Words that a sentence lists."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most likely stands for, None where nothing is near.

    One slip in a short word is enough to be far away in the usual ratio (`cov`, `relv`), hence the generous cut-off.
    """
    from difflib import get_close_matches

    if len(word) > LONGEST:
        return None
    by_lower = {candidate.lower(): candidate for candidate in islice(known, MOST)}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.65)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The help line for a misspelt word."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else otherwise


def listed(words: Iterable[str]) -> str:
    """Words in a sentence: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) > LISTED:
        return f"{', '.join(quoted[:LISTED])} and {len(quoted) - LISTED:,} others"
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else "none"
