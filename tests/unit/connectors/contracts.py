"""Requests held against what a vendor says of its own interface (OpenAPI 3)."""

import re
from functools import cached_property
from json import loads

from jsonschema import Draft4Validator

TYPES = {"integer": r"-?\d+", "boolean": "true|false", "number": r"-?[\d.]+"}


class Contract:
    """An OpenAPI document; ``base`` is what its paths come after in the double's addresses."""

    def __init__(self, path, *, base=""):
        self._path = path
        self._base = base
        self._seen = {}

    @cached_property
    def document(self):
        return patched(loads(self._path.read_text(encoding="utf-8")))

    @cached_property
    def _routes(self):
        routes = []
        for path, methods in self.document["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(path)))
            routes += [(pattern, path.count("{"), name.upper(), entry) for name, entry in methods.items()]
        return sorted(routes, key=lambda route: route[1])  # /issue/bulkfetch before /issue/{issueIdOrKey}

    def problems(self, asked):
        """Return what is wrong with a request, in words; one that came before is not looked at again."""
        seen = (asked.method, asked.path, repr(asked.query), asked.kind.partition(";")[0], repr(asked.json))
        if seen not in self._seen:
            self._seen[seen] = self._problems(asked)
        return self._seen[seen]

    def _problems(self, asked):
        path = asked.path[len(self._base) :]
        entry = next((e for p, _, name, e in self._routes if name == asked.method and p.fullmatch(path)), None)
        if entry is None:
            return [f"{asked.method} {path} is not there"]
        return [*self._query(asked, entry), *self._content(asked, entry)]

    def _query(self, asked, entry):
        known = {one["name"]: one for one in map(self._resolved, entry.get("parameters", ())) if one["in"] == "query"}
        for name, values in asked.query.items():
            if name not in known:
                yield f"{name} is no parameter"
                continue
            schema = self._resolved(known[name]["schema"])
            one = self._resolved(schema.get("items", schema))
            for value in (part for text in values for part in (text.split(",") if "items" in schema else [text])):
                if not re.fullmatch(TYPES.get(one.get("type"), ".*"), value):
                    yield f"{name}: {value!r} is no {one['type']}"
                if "enum" in one and value not in one["enum"]:
                    yield f"{name}: {value!r} is none of {one['enum']}"
        for name, one in known.items():
            if one.get("required") and name not in asked.query:
                yield f"{name} is missing"

    def _content(self, asked, entry):
        body = self._resolved(entry.get("requestBody", {}))
        kinds = body.get("content", {})
        if not kinds:
            if asked.body:
                yield "it has a body, and nothing is said of one"
            return
        kind = asked.kind.partition(";")[0]
        if kind not in kinds:
            yield f"a body of {kind or 'no kind'}, where {', '.join(kinds)} is said"
        elif asked.json is not None:
            schema = {**self.document, **kinds[kind]["schema"]}
            for error in Draft4Validator(schema).iter_errors(asked.json):
                yield f"{'/'.join(map(str, error.path))}: {error.message[:200]}"

    def _resolved(self, schema):
        while "$ref" in schema:
            found = self.document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema


def patched(node):
    """Return a document with what is known to be wrong with it made good.

    A body of a page is ``oneOf`` two shapes of which one has no constraints, so both match; and what may be null is
    said in OpenAPI's way, which JSON Schema does not know.
    """
    if isinstance(node, list):
        return [patched(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: patched(one) for name, one in node.items()}
    if isinstance(made.get("oneOf"), list):
        made["anyOf"] = made.pop("oneOf")
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
