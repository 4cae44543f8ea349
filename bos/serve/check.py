"""What one look of ``bos doctor`` found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``detail`` is what was found, ``hint`` what to do when it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    hint: str = ""
