"""A small reader of SPL: the commands BOS writes, run over rows in memory, by what Splunk's manual says of them.

It takes the manual by its traps: texts that look like numbers compare as numbers; ``stats by`` drops rows without a
key; a comparison with nothing is neither true nor false; backticks are macros, even between quotes.
"""

import math
import operator
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|'(?P<field>[^']+)'|(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<op>==|!=|<=|>=|[-+*/.,()<>=]))""",
    re.DOTALL,
)
COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
FUNCTIONS = {"sum", "avg", "min", "max", "count", "dc", "first", "last", "latest"}


def number(value):
    """Return a value as a number, if it looks like one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except ValueError:
        return None


def unquoted(text):
    """Return the text that a constant stands for."""
    assert "`" not in text, "a macro would be put in here"
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def tokens(text):
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        assert match, f"no SPL: {text[at:]!r}"
        kind = match.lastgroup
        found.append((kind, match[kind]))
        at = match.end()
    return found


class Expression:
    """Reads an expression of ``eval`` and ``where``, and computes it for a row."""

    def __init__(self, text, zone="UTC"):
        self.left, self.at, self.zone = tokens(text), 0, zone

    def peek(self):
        return self.left[self.at] if self.at < len(self.left) else (None, None)

    def take(self, *values):
        if self.peek()[0] in {"op", "name"} and self.peek()[1] in values:
            self.at += 1
            return self.left[self.at - 1][1]
        return None

    def parse(self):
        node = self.either()
        assert self.at == len(self.left), f"left over: {self.left[self.at :]}"
        return node

    def either(self):
        node = self.both()
        while self.take("OR"):
            node = binary(kleene, True, node, self.both())
        return node

    def both(self):
        node = self.compared()
        while self.take("AND"):
            node = binary(kleene, False, node, self.compared())
        return node

    def compared(self):
        node = self.joined()
        while op := self.take(*COMPARE):
            node = binary(compare, op, node, self.joined())
        return node

    def joined(self):
        node = self.added()
        while self.take("."):
            node = binary(concatenated, ".", node, self.added())
        return node

    def added(self):
        node = self.multiplied()
        while op := self.take("+", "-"):
            node = binary(arithmetic, op, node, self.multiplied())
        return node

    def multiplied(self):
        node = self.atom()
        while op := self.take("*", "/"):
            node = binary(arithmetic, op, node, self.atom())
        return node

    def atom(self):  # noqa: PLR0911 - one for each kind
        kind, value = self.peek()
        self.at += 1
        if kind == "text":
            constant = unquoted(value)
            return lambda _: constant
        if kind == "field":
            return lambda row: row.get(value)
        if kind == "number":
            return lambda _: float(value)
        if (kind, value) == ("op", "("):
            node = self.either()
            assert self.take(")")
            return node
        if (kind, value) == ("op", "-"):
            node = self.atom()
            return lambda row: arithmetic("-", 0, node(row))
        assert kind == "name", (kind, value)
        if not self.take("("):
            return lambda row: row.get(value)
        return self.called(value)

    def called(self, name):
        inside = []
        while not self.take(")"):
            inside.append(self.either())
            self.take(",")
        zone = self.zone
        return lambda row: call(name, [lambda node=node: node(row) for node in inside], zone)


def binary(compute, how, one, two):
    return lambda row: compute(how, one(row), two(row))


def kleene(decisive, one, two):
    found = {truth(one), truth(two)}
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def truth(value):
    assert value is None or isinstance(value, bool), f"no condition: {value!r}"
    return value


def compare(op, one, two):
    if one is None or two is None:
        return None
    first, second = number(one), number(two)
    if first is not None and second is not None:
        return COMPARE[op](first, second)
    return COMPARE[op](shown(one), shown(two))


def shown(value):
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def concatenated(_, one, two):
    return None if one is None or two is None else shown(one) + shown(two)


def arithmetic(op, one, two):
    one, two = number(one), number(two)
    if one is None or two is None or (op == "/" and two == 0):
        return None
    return {"+": one + two, "-": one - two, "*": one * two, "/": one / two if two else None}[op]


def call(name, inside, zone):  # noqa: PLR0911 - one for each kind of function
    if name == "if":
        return inside[1]() if truth(inside[0]()) is True else inside[2]()
    if name == "case":
        return next((then() for when, then in zip(inside[::2], inside[1::2], strict=True) if when() is True), None)
    values = [one() for one in inside]
    if name in {"null", "true"}:
        return True if name == "true" else None
    if name in {"isnull", "isnotnull"}:
        return (values[0] is None) == (name == "isnull")
    if name == "min":
        return min((number(value) for value in values if value is not None), default=None)
    if any(value is None for value in values):
        return None
    return {
        "tonumber": lambda: number(*values),
        "tostring": lambda: shown(*values),
        "floor": lambda: math.floor(values[0]),
        "round": lambda: round(values[0], int(values[1])),
        "lower": values[0].lower if isinstance(values[0], str) else values[0].__str__,
        "match": lambda: re.search(values[1], shown(values[0])) is not None,
        "substr": lambda: values[0][int(values[1]) - 1 :],
        "urldecode": lambda: unquote(values[0]),
        "strftime": lambda: f"{datetime.fromtimestamp(values[0], ZoneInfo(zone)):{values[1]}}",
        "relative_time": lambda: snapped(values[0], values[1], zone),
    }[name]()


def snapped(at, how, zone):
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    start = {
        "@d": day,
        "@w1": day - timedelta(days=day.weekday()),
        "@mon": day.replace(day=1),
        "@q": day.replace(day=1, month=day.month - (day.month - 1) % 3),
    }[how]
    return start.replace(tzinfo=ZoneInfo(zone)).timestamp()


def parts(text, mark):
    """Split at a mark outside of quotes and brackets."""
    found, depth, quote, at = [""], 0, "", 0
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\" and quote == '"':
                found[-1] += text[at : at + 2]
                at += 2
                continue
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char == mark and not depth:
            found.append("")
            at += 1
            continue
        found[-1] += char
        at += 1
    return found


def run(text, sources, zone="UTC"):
    """Run a search over sources (what stands after ``search`` → rows); return its rows."""
    first, *commands = parts(text, "|") if not text.startswith("|") else parts(text[1:], "|")
    rows = generated(first.strip(), sources, zone)
    for command in commands:
        rows = step(command.strip(), rows, zone)
    return rows


def generated(command, sources, zone):
    if command.startswith("multisearch"):
        inside = re.findall(r"\[(.*)\]\n?", command)
        return [row for one in inside for row in run(one, sources, zone)]
    assert command.startswith("search ")
    return [dict(row) for row in sources[command.removeprefix("search ").strip()]]


def step(command, rows, zone):
    name, _, rest = command.partition(" ")
    if name == "eval":
        for one in parts(rest, ","):
            target, _, expression = one.partition("=")
            node = Expression(expression, zone).parse()
            for row in rows:
                row[target.strip()] = node(row)
        return rows
    if name == "where":
        node = Expression(rest, zone).parse()
        return [row for row in rows if truth(node(row)) is True]
    if name == "sort":
        return ordered(rest, rows)
    if name == "table":
        return [{key: row.get(key) for key in rest.split()} for row in rows]
    return {"stats": stats, "eventstats": eventstats, "streamstats": streamstats}[name](rest, rows)


def ordered(rest, rows):
    assert rest.startswith("0 "), "a sort without 0 keeps 10,000 rows"
    for key in reversed(rest[2:].split(", ")):
        kind, field = re.fullmatch(r"(?:(str|num)\()?(\w+)\)?", key).groups()
        read = number if kind == "num" or (kind is None and field == "_time") else str
        rows = sorted(rows, key=lambda row, field=field, read=read: (row.get(field) is None, read(row.get(field)) or 0))
    return rows


def aggregates(rest):
    told, _, keys = rest.partition(" by ")
    found = re.findall(r"(\w+)\((\w+)\) as (\w+)", told)
    assert " ".join(f"{f}({x}) as {name}" for f, x, name in found) == told.strip()
    return found, keys.split()


def groups(rows, keys):
    found = {}
    for row in rows:
        key = tuple(row.get(name) for name in keys)
        if None not in key:
            found.setdefault(key, []).append(row)
    return found if keys else {(): rows}


def aggregated(function, field, rows):  # noqa: PLR0911 - one for each kind of function
    assert function in FUNCTIONS
    values = [row[field] for row in rows if row.get(field) is not None]
    if function in {"count", "dc"}:
        return len(values) if function == "count" else len({shown(value) for value in values})
    if not values:
        return None
    if function == "latest":
        return max(((row["_time"], row[field]) for row in rows if row.get(field) is not None), key=lambda one: one[0])[
            1
        ]
    if function in {"first", "last"}:
        return values[0 if function == "first" else -1]
    numbers = [number(value) for value in values]
    if None in numbers:
        assert function in {"min", "max"}, f"{function} of texts"
        return {"min": min, "max": max}[function](map(shown, values))
    if function in {"sum", "avg"}:
        return math.fsum(numbers) / (len(numbers) if function == "avg" else 1)
    return {"min": min, "max": max}[function](numbers)


def stats(rest, rows):
    found, keys = aggregates(rest)
    return [
        dict(zip(keys, key, strict=True)) | {name: aggregated(f, field, own) for f, field, name in found}
        for key, own in groups(rows, keys).items()
    ]


def eventstats(rest, rows):
    found, keys = aggregates(rest)
    for own in groups(rows, keys).values():
        values = {name: aggregated(f, field, own) for f, field, name in found}
        for row in own:
            row.update(values)
    return rows


def streamstats(rest, rows):
    found, keys = aggregates(rest)
    for own in groups(rows, keys).values():
        for i, row in enumerate(own):
            row.update({name: aggregated(f, field, own[: i + 1]) for f, field, name in found})
    return rows
