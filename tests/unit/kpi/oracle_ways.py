"""The ways of a graph, in plain Python: paths are walked one by one."""

from itertools import pairwise

from bos.kpi.printer import print_selection


def turns(found, parts, rule, signals):
    """Return (kinds of an instant, kinds of the next) wherever no way leads from any of the one to any of the other."""
    moments = {}
    for row in found:
        kinds = {i for i, part in enumerate(parts) if row in part}
        if kinds:
            moments.setdefault(row["event_time"], set()).update(kinds)
    course = [moments[at] for at in sorted(moments)]
    return [
        (before, then)
        for before, then in pairwise(course)
        if not any(may_follow(rule, i, j, signals) for i in before for j in then)
    ]


def may_follow(rule, i, j, signals):
    """Whether a path of edges leads from the step of a kind to that of another, all in between of steps unseen."""
    start, goal = (signals[rule.of[kind].signal].place.step for kind in (i, j))
    seen = {signals[one.signal].place.step for one in rule.of if one.where is None}
    if start == goal and i != j:
        return True
    paths = [(start,)]
    while paths:
        path = paths.pop()
        for source, target in signals[rule.of[i].signal].place.edges:
            if source != path[-1]:
                continue
            if target == goal:
                return True
            if target not in seen and target not in path[1:]:
                paths.append((*path, target))
    return False


def prove_turn(first, parts, rule, proof, marks):
    """Assert that two events are of the first two instants between which no way leads, and are called by their kind."""
    of_marks = tuple(
        {i for i, part in enumerate(parts) for row in part if row["event_time"] == mark["event_time"]} for mark in marks
    )
    assert of_marks == first
    kinds = [next(one for one, part in zip(rule.of, parts, strict=True) if row in part) for row in marks]
    assert [mark.what for mark in proof.events] == [print_selection(one) for one in kinds]
