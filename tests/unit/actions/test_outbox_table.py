"""The table of the docs says of every message of the outbox which systems can be told of it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import get_args

from bos.actions import telling
from bos.model.connection import Told
from bos.outgoing.connectors import installed

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "connectors.md"


def topics():
    """Return every topic that the code puts into the outbox, read off its calls."""
    found = set()
    for path in sorted((ROOT / "bos" / "actions").rglob("*.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                found |= {topic for topic in _told(call, module) if isinstance(topic, str)}
    return found


def _told(call, module):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    if name in {"tell", "_tell_role"} and call.args:
        for argument in call.args[: 1 if owner == "unit" else 2]:
            for one in (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,):
                yield _value(one, module)
    if (owner, name) == ("outbox", "add") and isinstance(call.args[1], ast.List):
        yield from (_value(pair.elts[0], module) for pair in call.args[1].elts)


def _value(node, module):
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return getattr(getattr(module, node.value.id, None), node.attr, None)
    return None


def table():
    """Return the columns of the table, and its rows by their message."""
    lines = PAGE.read_text(encoding="utf-8").split("test_outbox_table.py -->\n")[1].split("\n\n")[0].splitlines()
    head, _, *rows = ([cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines)
    return head[1:-1], {row[0]: row[1:] for row in rows}


def test_every_message_of_the_outbox_stands_in_the_table_with_what_can_be_told_of_it():
    sinks, rows = table()
    assert set(sinks) == {name for name, connector in installed().items() if hasattr(connector, "send")}
    assert topics() == set(rows)
    told = {message for message, cells in rows.items() if set(cells[:-1]) == {"yes"}}
    assert {message for message, cells in rows.items() if set(cells[:-1]) == {"no"}} == set(rows) - told
    assert told == set(telling._WORDS) == set(get_args(Told))
    assert all(cells[-1] for cells in rows.values())


def test_the_outbox_says_what_each_message_has():
    from bos.actions.outbox import relay  # noqa: PLC0415 - its words are what is looked at

    assert [topic for topic in topics() if f"``{topic}``" not in relay.__doc__] == []
