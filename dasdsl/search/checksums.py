"""JSON that says its own SHA-256, verified byte by byte before anything is parsed.

The last key of the object, `sha256`, is the digest of all bytes before it. What follows it is fixed, so no byte of the
file is outside of the check: one that is changed, added or cut off is seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

KEY, END = b'"sha256": "', b'"\n}\n'
DIGITS = 64
"""Hexadecimal digits of a SHA-256."""


def sha256(data: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(data).hexdigest()


def with_checksum(value: Mapping[str, Any]) -> bytes:
    """An object as JSON for people too, its digest at the end. The object itself has no key `sha256`."""
    text = json.dumps({**value, "sha256": ""}, indent=2).encode()
    body = text.removesuffix(b'"\n}')
    return body + sha256(body).encode() + END


def verified(data: bytes) -> dict[str, Any]:
    """The object that was written, without its digest.

    Raises: ValueError where a byte is not as it was written.
    """
    body, digest, end = data[: -DIGITS - len(END)], data[-DIGITS - len(END) : -len(END)], data[-len(END) :]
    if end != END or not body.endswith(KEY):
        raise ValueError("its end is missing or changed")
    if sha256(body).encode() != digest:
        raise ValueError("its content is not what its SHA-256 says")
    value: dict[str, Any] = json.loads(data)
    value.pop("sha256", None)
    return value
