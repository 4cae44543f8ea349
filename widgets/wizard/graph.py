"""The flow as a picture: steps in rows from the first to the last, ways as lines, loops dashed."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import Any

WIDE, HIGH, GAP, DOWN = 168, 44, 24, 46
LONGEST = 22


def ranks(flow: dict[str, Any]) -> dict[str, int]:
    """Return the row of each step: one below the lowest step before it; a way back does not count."""
    order = [step["id"] for step in flow["steps"]]
    place = {name: n for n, name in enumerate(order)}
    row = dict.fromkeys(order, 0)
    forward = [
        (edge["source"], edge["target"])
        for edge in flow["edges"]
        if edge["source"] in place and edge["target"] in place and place[edge["source"]] < place[edge["target"]]
    ]
    for source, target in sorted(forward, key=lambda way: place[way[0]]):
        row[target] = max(row[target], row[source] + 1)
    return row


def svg(flow: dict[str, Any]) -> str:
    """Return the drawing; it follows the page's colours and says in words what it shows."""
    row = ranks(flow)
    rows = defaultdict(list)
    for step in flow["steps"]:
        rows[row[step["id"]]].append(step)
    widest = max((len(steps) for steps in rows.values()), default=1)
    width = widest * (WIDE + GAP) + 96
    height = (max(rows, default=0) + 1) * (HIGH + DOWN)
    spots: dict[str, tuple[float, float]] = {}
    for line, steps in rows.items():
        left = (width - len(steps) * (WIDE + GAP) + GAP) / 2
        for n, step in enumerate(steps):
            spots[step["id"]] = (left + n * (WIDE + GAP), line * (HIGH + DOWN) + 8)
    ways = [_way(edge, spots) for edge in flow["edges"] if edge["source"] in spots and edge["target"] in spots]
    nodes = [_node(step, *spots[step["id"]]) for step in flow["steps"]]
    words = f"{len(flow['steps'])} steps and {len(flow['edges'])} ways between them; the list beside it says the same."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}"><title>The flow as a picture</title><desc>{escape(words)}</desc>'
        '<defs><marker id="wz-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="var(--bos-ink-soft)"/></marker></defs>'
        f"{''.join(ways)}{''.join(nodes)}</svg>"
    )


def _node(step: dict[str, Any], x: float, y: float) -> str:
    title = str(step["title"] or step["id"])
    short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    return (
        f'<g><title>{escape(title)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{WIDE}" height="{HIGH}" rx="7" '
        'fill="var(--bos-accent-soft)" stroke="var(--bos-accent)"/>'
        f'<text x="{x + WIDE / 2:.0f}" y="{y + HIGH / 2 + 5:.0f}" text-anchor="middle" font-size="14" '
        f'font-family="inherit" fill="var(--bos-ink)">{escape(short)}</text></g>'
    )


def _way(edge: dict[str, Any], spots: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = spots[edge["source"]], spots[edge["target"]]
    if y2 > y1:
        a, b = x1 + WIDE / 2, x2 + WIDE / 2
        top, end = y1 + HIGH, y2
        bend = (end - top) / 2
        path, dash = f"M{a:.0f} {top:.0f}C{a:.0f} {top + bend:.0f} {b:.0f} {end - bend:.0f} {b:.0f} {end:.0f}", ""
    else:
        a, b = x1 + WIDE, x2 + WIDE
        far = max(a, b) + 40
        level, end = y1 + HIGH / 2, y2 + HIGH / 2
        path = f"M{a:.0f} {level:.0f}C{far:.0f} {level:.0f} {far:.0f} {end:.0f} {b:.0f} {end + 6:.0f}"
        dash = ' stroke-dasharray="5 4"'
    label = f"<title>{escape(str(edge.get('label') or ''))}</title>" if edge.get("label") else ""
    look = f'fill="none" stroke="var(--bos-ink-soft)" stroke-width="1.4" marker-end="url(#wz-arrow)"{dash}'
    return f'<path d="{path}" {look}>{label}</path>'
