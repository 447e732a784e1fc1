"""Texts that come from files, where they are drawn."""

from __future__ import annotations


def printable(text: str, kept: str = "") -> str:
    """What has no place in a drawing or on a page, or in XML at all, becomes a mark; the signs of `kept` stay."""
    return "".join(sign if sign.isprintable() or sign in kept else "\N{REPLACEMENT CHARACTER}" for sign in text)
