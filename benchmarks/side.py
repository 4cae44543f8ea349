"""What both sides of bench_pm4py.py share: times, the peak of memory, and the form of the answers; standard library."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TOP = 10
"""Variants that are shown with their steps; of all of them there is a digest."""


def timed(took: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """Return what the work gives, and note its seconds."""
    begun = time.perf_counter()
    found = work()
    took[name] = time.perf_counter() - begun
    return found


def peak() -> int:
    """Return the most memory this process held so far, in MB (Linux; elsewhere 0)."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return int(found[1]) // 1024 if found else 0


def told(
    variants: Sequence[tuple[list[str], int]], rework: Mapping[str, int], durations: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Return the answers in one form: variants by how many cases took them, steps that came again, figures of spans."""
    ordered = sorted(variants, key=lambda one: (-one[1], one[0]))
    return {
        "variants": len(ordered),
        "cases": sum(count for _, count in ordered),
        "top": [[path, count] for path, count in ordered[:TOP]],
        "all variants": hashlib.sha256(json.dumps(ordered).encode()).hexdigest(),
        "rework": dict(sorted(rework.items())),
        "durations": {name: list(figures) for name, figures in durations.items()},
    }
