"""A Jira that is not there: issues, comments and files, a search that lags behind, and both deployments."""

import base64
import re
from itertools import count
from types import SimpleNamespace

from tests.unit.connectors.double import Double, files_of

TOKEN, EMAIL = "planted-token", "bos@bank.example"
ALL = ("BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS", "CREATE_ATTACHMENTS")
SEARCHED = {"jql", "fields", "maxResults", "nextPageToken", "reconcileIssues"}


class JiraDouble(Double):
    """``lags``: the search knows none of the issues created from now on."""

    def __init__(self, *, own=False, prefix=""):
        super().__init__()
        self.own = own
        self.root = f"{prefix}/rest/api/{2 if own else 3}/"
        self.issues, self.hidden = [], set()
        self.numbers, self.ids = count(1), count(10_000)
        self.lags = False
        self.may = set(ALL)
        self.limit, self.page, self.same_token = 1_000_000, 2, False
        self.refused = None

    def add(self, labels=(), *, status="To Do", category="new"):
        """Create an issue and return it."""
        id_ = str(next(self.ids))
        issue = SimpleNamespace(
            id=id_, key=f"PAY-{next(self.numbers)}", labels=list(labels), fields={}, comments=[], files=[],
            status=status, category=category,
        )  # fmt: skip
        self.issues.append(issue)
        if self.lags:
            self.hidden.add(id_)
        return issue

    def shown(self, issue):
        status = {"name": issue.status, "statusCategory": {"key": issue.category}}
        files = [{"filename": name} for name, _ in issue.files]
        return {
            "id": issue.id,
            "key": issue.key,
            "fields": {"labels": issue.labels, "status": status, "attachment": files},
        }

    def answer(self, asked):
        wanted = f"Bearer {TOKEN}" if self.own else f"Basic {base64.b64encode(f'{EMAIL}:{TOKEN}'.encode()).decode()}"
        if asked.headers.get("authorization") != wanted:
            return 401, b"Client must be authenticated"
        if not asked.path.startswith(self.root):
            return 404, b"<html>"
        what = asked.path.removeprefix(self.root)
        for pattern, method in ROUTES:
            if found := re.fullmatch(pattern, f"{asked.method} {what}"):
                return getattr(self, method)(asked, *found.groups())
        return 410 if what == "search" else 404, {"errorMessages": ["CHANGE-2046"]}

    def myself(self, _):
        return 200, {"displayName": "BOS of the bank"}

    def permissions(self, asked):
        if asked.query["projectKey"] != ["PAY"]:
            return 404, {"errorMessages": ["No project could be found with key"]}
        return 200, {"permissions": {name: {"havePermission": name in self.may} for name in ALL}}

    def meta(self, _):
        return 200, {"enabled": True, "uploadLimit": self.limit}

    def search(self, asked):
        if self.own:
            return self.old_search(asked)
        if set(asked.json) - SEARCHED:
            return 400, {
                "errorMessages": ["Invalid request payload. Refer to the REST API documentation and try again."]
            }
        found = self.matching(asked.json["jql"])
        first = int(asked.json.get("nextPageToken", "p0")[1:])
        size = min(asked.json["maxResults"], self.page)
        answer = {
            "issues": [self.shown(one) for one in found[first : first + size]],
            "isLast": first + size >= len(found),
        }
        if not answer["isLast"]:
            answer["nextPageToken"] = f"p{first if self.same_token else first + size}"
        return 200, answer

    def old_search(self, asked):
        found = self.matching(asked.json["jql"])
        first = asked.json.get("startAt", 0)
        some = found[first : first + min(asked.json["maxResults"], self.page)]
        return 200, {"startAt": first, "total": len(found), "issues": [self.shown(one) for one in some]}

    def matching(self, jql):
        known = [one for one in reversed(self.issues) if one.id not in self.hidden and "BROWSE_PROJECTS" in self.may]
        if labels := re.fullmatch(r"labels in \((.+)\) ORDER BY created DESC", jql):
            wanted = set(re.findall(r'"([^"]+)"', labels[1]))
            return [one for one in known if wanted & set(one.labels)]
        assert jql == 'project = "PAY" ORDER BY key DESC'
        return known

    def fetch(self, asked):
        assert len(asked.json["issueIdsOrKeys"]) <= 100
        found = [self.find(one) for one in asked.json["issueIdsOrKeys"]]
        return 200, {"issues": [self.shown(one) for one in found if one], "issueErrors": []}

    def find(self, name):
        return next((one for one in self.issues if name in (one.id, one.key, getattr(one, "old", None))), None)

    def get(self, _, name):
        issue = self.find(name)
        return (200, self.shown(issue)) if issue else (404, {"errorMessages": ["Issue does not exist"]})

    def create(self, asked):
        fields = asked.json["fields"]
        if self.refused:
            return 400, {"errorMessages": [], "errors": self.refused}
        issue = self.add(fields["labels"])
        issue.fields = fields
        return 201, {"id": issue.id, "key": issue.key, "self": f"{self.url}{self.root}issue/{issue.id}"}

    def comment(self, asked, name):
        issue = self.find(name)
        one = {"id": str(next(self.ids)), **asked.json}
        issue.comments.append(one)
        return 201, one

    def comments(self, asked, name):
        issue, first = self.find(name), int(asked.query["startAt"][0])
        assert asked.query["expand"] == ["properties"]
        return 200, {"comments": issue.comments[first : first + 1], "total": len(issue.comments), "startAt": first}

    def attach(self, asked, name):
        assert asked.headers["x-atlassian-token"] == "no-check"
        files, _ = files_of(asked)
        ((file, (_, content)),) = files.items()
        if len(content) > self.limit:
            return 413, b""
        self.find(name).files.append((file, content))
        return 200, [{"filename": file}]


ROUTES = (
    ("GET myself", "myself"),
    ("GET mypermissions", "permissions"),
    ("GET attachment/meta", "meta"),
    ("POST search/jql", "search"),
    ("POST issue/bulkfetch", "fetch"),
    ("GET issue/([^/]+)", "get"),
    ("POST issue", "create"),
    ("POST issue/([^/]+)/comment", "comment"),
    ("GET issue/([^/]+)/comment", "comments"),
    ("POST issue/([^/]+)/attachments", "attach"),
)


class OwnJiraDouble(JiraDouble):
    """Jira Data Center: the old search, no ``bulkfetch``."""

    def __init__(self):
        super().__init__(own=True)

    def answer(self, asked):
        if asked.path == f"{self.root}search":
            asked.path += "/jql"
        elif asked.path.endswith(("/bulkfetch", "/jql")):
            return 404, b""
        return super().answer(asked)
