"""A Confluence that is not there: spaces, pages with versions and properties, and files by its first interface."""

import base64
import re
from itertools import count
from types import SimpleNamespace
from xml.etree import ElementTree as ET

from tests.unit.connectors.double import Double, files_of

TOKEN, EMAIL = "planted-token", "bos@bank.example"
NAMES = 'xmlns:ac="http://ac" xmlns:ri="http://ri"'


class ConfluenceDouble(Double):
    """``hidden`` are titles of pages that are there and not shown."""

    def __init__(self, prefix=""):
        super().__init__()
        self.v2, self.v1 = f"{prefix}/wiki/api/v2/", f"{prefix}/wiki/rest/api/"
        self.pages, self.ids, self.hidden = [], count(98_304), set()
        self.page, self.same_cursor, self.limit = 1, False, 1_000_000

    def add(self, title, value="<p>Written by a person.</p>"):
        one = SimpleNamespace(
            id=str(next(self.ids)),
            title=title,
            value=value,
            number=1,
            properties=[],
            files=[],
            parent=None,
            texts=[value],
        )
        self.pages.append(one)
        return one

    def shown(self, one):
        body = {"storage": {"representation": "storage", "value": one.value}}
        return {"id": one.id, "status": "current", "title": one.title, "version": {"number": one.number}, "body": body}

    def answer(self, asked):
        if asked.headers.get("authorization") != f"Basic {base64.b64encode(f'{EMAIL}:{TOKEN}'.encode()).decode()}":
            return 401, b""
        for root, routes in ((self.v2, V2), (self.v1, V1)):
            for pattern, method in routes if asked.path.startswith(root) else ():
                if found := re.fullmatch(pattern, f"{asked.method} {asked.path.removeprefix(root)}"):
                    return getattr(self, method)(asked, *found.groups())
        return 404, {"errors": [{"status": 404, "title": "Not Found"}]}

    def paged(self, asked, found):
        first = int(asked.query.get("cursor", ["0"])[0])
        answer = {"results": found[first : first + self.page], "_links": {"base": "https://bank.atlassian.net/wiki"}}
        if first + self.page < len(found):
            after = first if self.same_cursor else first + self.page
            answer["_links"]["next"] = f"/wiki/api/v2/x?limit=1&cursor={after}"
        return 200, answer

    def spaces(self, asked):
        keys = asked.query["keys"][0].split(",")
        return self.paged(
            asked, [one for one in ({"id": "7", "key": "OTHER"}, {"id": "8", "key": "PAY"}) if one["key"] in keys]
        )

    def find(self, asked):
        assert asked.query["space-id"] == ["8"]
        found = [one for one in self.pages if one.title == asked.query["title"][0] and one.title not in self.hidden]
        return self.paged(asked, [self.shown(one) for one in found])

    def get(self, _, name):
        found = [one for one in self.pages if one.id == name]
        return (200, self.shown(found[0])) if found else (404, {"errors": []})

    def create(self, asked):
        said = asked.json
        if any(one.title == said["title"] for one in self.pages):
            title = "A page with this title already exists: A page already exists with the same TITLE in this space"
            return 400, {"errors": [{"status": 400, "code": "INVALID_REQUEST_PARAMETER", "title": title}]}
        if bad := unreadable(said["body"]["value"]):
            return bad
        page = self.add(said["title"], said["body"]["value"])
        page.parent = said.get("parentId")
        return 200, self.shown(page)

    def renew(self, asked, name):
        (page,) = [one for one in self.pages if one.id == name]
        if asked.json["version"]["number"] != page.number + 1:
            return 409, {"errors": [{"status": 409, "title": "Version must be incremented"}]}
        if bad := unreadable(asked.json["body"]["value"]):
            return bad
        page.value, page.number = asked.json["body"]["value"], page.number + 1
        page.texts.append(page.value)
        return 200, self.shown(page)

    def properties(self, asked, name):
        (page,) = [one for one in self.pages if one.id == name]
        return self.paged(asked, [one for one in page.properties if one["key"] == asked.query["key"][0]])

    def tell(self, asked, name):
        (page,) = [one for one in self.pages if one.id == name]
        if any(one["key"] == asked.json["key"] for one in page.properties):
            return 409, {"errors": [{"status": 409, "title": "exists"}]}
        page.properties.append({"id": str(next(self.ids)), **asked.json, "version": {"number": 1}})
        return 200, page.properties[-1]

    def retell(self, asked, name, number):
        (page,) = [one for one in self.pages if one.id == name]
        (one,) = [one for one in page.properties if one["id"] == number]
        if asked.json["version"]["number"] != one["version"]["number"] + 1:
            return 409, {"errors": [{"status": 409, "title": "stale"}]}
        one |= asked.json
        return 200, one

    def attachments(self, asked, name):
        (page,) = [one for one in self.pages if one.id == name]
        return self.paged(
            asked, [{"id": f"att{n}", "title": f.name, "comment": f.comment} for n, f in enumerate(page.files)]
        )

    def attach(self, asked, name):
        assert asked.headers["x-atlassian-token"] == "nocheck"
        (page,) = [one for one in self.pages if one.id == name]
        files, rest = files_of(asked)
        ((title, (kind, content)),) = files.items()
        if len(content) > self.limit:
            return 413, b""
        assert rest["minorEdit"] == "true"
        old = next((one for one in page.files if one.name == title), None)
        new = SimpleNamespace(
            name=title, kind=kind, content=content, comment=rest["comment"], number=old.number + 1 if old else 1
        )
        page.files = [one for one in page.files if one is not old] + [new]
        return 200, {"results": [{"title": title}]}


def unreadable(value):
    """Return the answer to a body that is no XHTML."""
    try:
        ET.fromstring(f"<x {NAMES}>{value}</x>")  # noqa: S314 - a test's own
    except ET.ParseError as error:
        return 400, {"errors": [{"status": 400, "title": f"Error parsing xhtml: {error}"}]}
    return None


V2 = (
    ("GET spaces", "spaces"),
    ("GET pages", "find"),
    ("POST pages", "create"),
    (r"GET pages/(\d+)", "get"),
    (r"PUT pages/(\d+)", "renew"),
    (r"GET pages/(\d+)/properties", "properties"),
    (r"POST pages/(\d+)/properties", "tell"),
    (r"PUT pages/(\d+)/properties/(\d+)", "retell"),
    (r"GET pages/(\d+)/attachments", "attachments"),
)
V1 = ((r"PUT content/(\d+)/child/attachment", "attach"),)
