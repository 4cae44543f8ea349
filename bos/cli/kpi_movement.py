"""What ``bos kpi explain`` prints of a KPI that is no sum over parts."""

from bos.cli import output
from bos.model.answers.movement import Movement, MovementSide

_SPREAD = ("n", "median", "p95", "min", "max")


def moved(found: Movement, *, json: bool) -> None:
    """Print how a KPI moved: as a whole, how its values lie, and part by part."""
    if json:
        output.as_json(found.model_dump(mode="json"))
        return
    for when, side in (("Then", found.then), ("Now", found.now)):
        period = f"{output.when(side.start)} to {output.when(side.end)}"
        output.line(f"{when}: {_number(side.value)} {found.unit}, n {side.n}, {period}")
    output.line(f"Change: {_number(found.difference, sign=True)}. No exact sum: {found.reason}")
    if found.then.spread is not None:
        spreads = [(when, *_spread(side)) for when, side in (("then", found.then), ("now", found.now))]
        output.table(("Values", *_SPREAD), spreads, empty="")
    rows = [
        ("not recorded" if one.missing else one.of, _number(one.then), _number(one.now),
         _number(one.difference, sign=True), one.then_n, one.now_n)
        for one in found.parts
    ]  # fmt: skip
    of = "KPI" if found.parts_of == "kpi" else found.dimension or "Of"
    output.table((of, "Then", "Now", "Moved", "n then", "n now"), rows, empty="It has no parts to tell of.")
    for note in found.notes:
        output.line(f"Note: {note}")


def _spread(side: MovementSide) -> tuple[str, ...]:
    told = side.spread.model_dump() if side.spread is not None else {}
    return tuple(_number(told.get(name)) for name in _SPREAD)


def _number(value: float | None, *, sign: bool = False) -> str:
    return "-" if value is None else f"{value:{'+' if sign else ''}.12g}"
