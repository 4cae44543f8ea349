"""What ``bos kpi explain`` prints of a KPI that is no sum over parts."""

from bos.cli import output
from bos.model.answers.movement import Moved, Movement, MovementSide

_SPREAD = ("n", "median", "p95", "min", "max")


def moved(found: Movement, *, json: bool) -> None:
    """Print how a KPI moved: as a whole, how its values lie, and part by part."""
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    for when, side in (("Then", found.then), ("Now", found.now)):
        period = f"{output.when(side.start)} to {output.when(side.end)}"
        output.line(f"{when}: {output.told(side.value, found.unit)}, n {side.n}, {period}")
    output.line(f"Change: {output.change(found.difference, found.unit)}. No exact sum: {found.reason}")
    if found.then.spread is not None:
        spreads = [(when, *_spread(side, found.unit)) for when, side in (("then", found.then), ("now", found.now))]
        output.table(("Values", *_SPREAD), spreads, empty="")
    rows = [_part(one, one.unit if found.parts_of == "kpi" else found.unit) for one in found.parts]
    of = "KPI" if found.parts_of == "kpi" else found.dimension or "Of"
    output.table((of, "Then", "Now", "Moved", "n then", "n now"), rows, empty="It has no parts to tell of.")
    for note in found.notes:
        output.line(f"Note: {note}")


def _part(one: Moved, unit: str) -> tuple[object, ...]:
    told = (output.told(one.then, unit), output.told(one.now, unit), output.change(one.difference, unit))
    return ("not recorded" if one.missing else one.of, *told, one.then_n, one.now_n)


def _spread(side: MovementSide, unit: str) -> tuple[str, ...]:
    told = side.spread.model_dump() if side.spread is not None else {}
    n, *values = (told.get(name) for name in _SPREAD)
    return ("-" if n is None else str(n), *(output.told(value, unit) for value in values))
