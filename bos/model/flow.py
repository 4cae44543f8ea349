"""The business flow: steps as a graph, with branches, loops and repeats."""

from __future__ import annotations

from bos.model.document import Line, Part, Slug, Text, Title


class Step(Part):
    """A node of the flow.

    ``correlation_key`` names the fields that tell which case an event of this step belongs to; empty means the
    flow's own. ``calendar`` is the id of the calendar document whose clock runs in this step.
    """

    id: Slug
    title: Title
    description: Text = ""
    correlation_key: tuple[Line, ...] = ()
    calendar: Slug | None = None


class Edge(Part):
    """A way from one step to another; a loop is an edge back, a repeat an edge to the same step."""

    id: Slug
    source: Slug
    target: Slug
    label: Line = ""


class Flow(Part):
    """The process, seen end to end. ``correlation_key`` holds for every step that names none of its own."""

    correlation_key: tuple[Line, ...] = ()
    calendar: Slug | None = None
    steps: tuple[Step, ...] = ()
    edges: tuple[Edge, ...] = ()
