"""Maxima of functions, classes and files; the medians are printed (`make lint` shows them)."""

import ast
import re
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[3]
CODE = ("bos", "widgets", "connectors", "benchmarks", "docs", "tests", "data")
SKIPPED = {"node_modules", "__pycache__", "dist"}
BUDGETS = {"function": 60, "class": 250, "file": 400}
JAVASCRIPT_COMMENT = r"//[^\n]*|/\*.*?\*/"
JAVASCRIPT_TEXT = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
JAVASCRIPT_NOISE = re.compile(f"{JAVASCRIPT_COMMENT}|{JAVASCRIPT_TEXT}", re.DOTALL)
JAVASCRIPT_BODY = re.compile(r"(?:(\w+)\s*\([^(){}]*(?:\([^()]*\)[^(){}]*)*\)|=>)\s*\{")
JAVASCRIPT_BLOCKS = {"if", "for", "while", "switch", "catch", "with"}


def sources(*suffixes):
    found = [
        path
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and not SKIPPED & set(path.parts)
    ]
    return sorted(found)


def python_spans(text):
    """Yield (kind, name, lines) of every function and class, its decorators not counted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            yield kind, node.name, node.end_lineno - node.lineno + 1


def javascript_spans(text):
    """Yield (kind, name, lines) of every function: a body in braces after `name(…)` or `=>`."""
    bare = JAVASCRIPT_NOISE.sub(lambda noise: "\n" * noise[0].count("\n") or "_", text)
    for start in JAVASCRIPT_BODY.finditer(bare):
        if start[1] in JAVASCRIPT_BLOCKS:
            continue
        depth, end = 1, start.end()
        while depth and end < len(bare):
            depth += {"{": 1, "}": -1}.get(bare[end], 0)
            end += 1
        yield "function", start[1] or "=>", bare.count("\n", start.start(), end) + 1


def measure():
    """Every function, class and file as (kind, where, lines)."""
    sizes = []
    for path in sources(".py", ".js", ".mjs"):
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT).as_posix()
        sizes.append(("file", where, text.count("\n")))
        spans = python_spans(text) if path.suffix == ".py" else javascript_spans(text)
        sizes.extend((kind, f"{where}: {name}", lines) for kind, name, lines in spans)
    return sizes


def test_no_function_class_or_file_is_over_its_budget():
    sizes = measure()
    assert len(sizes) > 100
    for kind, budget in BUDGETS.items():
        lines = sorted(n for k, where, n in sizes if k == kind and not where.startswith(("tests/", "benchmarks/")))
        p90 = quantiles(lines, n=10)[-1]
        print(f"{kind}: {len(lines)}, median {median(lines):g}, p90 {p90:g}, max {lines[-1]} of {budget}")  # noqa: T201
    assert [f"{where} has {n} lines" for kind, where, n in sizes if n > BUDGETS[kind]] == []


def test_a_python_function_is_measured_from_def_to_its_last_line():
    text = "@wrap\n@again\ndef f():\n    a = 1\n\n    return a\n\n\nclass C:\n    async def g(self):\n        pass\n"
    assert list(python_spans(text)) == [("function", "f", 4), ("class", "C", 3), ("function", "g", 2)]


def test_a_javascript_function_is_measured_from_its_head_to_its_brace():
    text = """function outer(a, b = g()) { // {
      if (a) {
        return "}";
      }
      const inner = (x) => {
        return `}
        `;
      };
    }
    class C { method() { return 1; } }
    """
    assert list(javascript_spans(text)) == [("function", "outer", 9), ("function", "=>", 4), ("function", "method", 1)]
