"""The way to a Jira: what is asked of it, and how it answers."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, Unavailable
from bos.ports import State
from bos.reads import account, needed, page_address, setting
from bos.wire import OverHttp, answered, exchange, quoted, strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES")
MORE = {"ADD_COMMENTS": "comment on issues", "CREATE_ATTACHMENTS": "attach files"}
PAGE = 100
_TITLE = "Jira"
_CLOUD, _OWN = "cloud", "data-center"
_GATEWAY = "/ex/jira/"
_FIELDS = ["labels", "status", "attachment"]
_PROJECT = re.compile("[A-Za-z][A-Za-z0-9_]{0,254}")
_OURS = frozenset({"project", "issuetype", "summary", "description", "labels"})
_WRONG, _GONE, _BUSY = (400, 422), 404, 429


def project_key(text: str) -> str:
    """Return the key of a project.

    Raises:
        Invalid: it is none.
    """
    if not _PROJECT.fullmatch(text):
        hint = "Write letters, digits and underscores, a letter first, such as PAY."
        raise Invalid(f"{text!r} is no key of a project.", hint=hint)
    return text


def further(text: str) -> dict[str, Any]:
    """Return the fields that each issue has besides what BOS fills, of a setting in JSON.

    Raises:
        Invalid: it is no JSON object, has one of those that BOS fills, names one twice, or a number or a character that
            JSON cannot say.
    """
    try:
        fields = json.loads(text, object_pairs_hook=_each_once, parse_float=_finite, parse_constant=_finite)
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid(
            "The further fields have half a character (a lone surrogate), which no text may have.",
            hint="Write the whole character.",
        ) from None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or _OURS & fields.keys():
        raise Invalid(
            "The further fields are no JSON object, or have a field that BOS fills itself.",
            hint=f'Write {{"priority": {{"name": "High"}}}}; BOS fills {", ".join(sorted(_OURS))}.',
        )
    return fields


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"The further fields name {twice!r} twice.", hint="Write each once.")
    return fields


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise Invalid(
            f"The further fields have {text[:30]}, which is no number of JSON.", hint="Write a finite number."
        )
    return number


@dataclass(frozen=True, slots=True)
class Issue:
    """What of an issue matters here; ``files`` are the names of its attachments."""

    id: str
    key: str
    labels: frozenset[str]
    state: State
    files: frozenset[str]


class Wire(OverHttp):
    """A Jira of either deployment."""

    def search(self, jql: str, *, most: int = 0) -> list[Issue]:
        """Return the issues a search finds: all of them, or the ``most`` that come first."""
        asked: dict[str, Any] = {"jql": jql, "fields": _FIELDS, "maxResults": most or PAGE}
        found: list[Issue] = []
        seen: set[str] = set()
        while True:
            answer = self.ask("POST", "search/jql" if self.cloud else "search", json=asked)
            found += map(_issue, _list(answer, "issues"))
            if most or (answer.get("isLast", True) if self.cloud else len(found) >= _total(answer)):
                return found
            token = str(answer.get("nextPageToken") if self.cloud else len(found))
            if token in seen:
                raise strange(_TITLE, "gives the same page of a search twice")
            seen.add(token)
            asked |= {"nextPageToken": token} if self.cloud else {"startAt": int(token)}

    def by_number(self, keys: list[str], *, ends: bool = False) -> list[Issue]:
        """Return those of the issues that are there; a Jira of one's own is asked for one after the other.

        ``ends``: where that is so, the first number that was not given yet ends the row.
        """
        if self.cloud:
            asked = {"issueIdsOrKeys": keys, "fields": _FIELDS}
            return [_issue(one) for one in _list(self.ask("POST", "issue/bulkfetch", json=asked), "issues")]
        found: list[Issue] = []
        for key in keys:
            there = self.single(key)
            if ends and not there:
                break
            found += there
        return found

    def single(self, key: str) -> list[Issue]:
        """Return an issue, if it is there."""
        response = self.exchange("GET", f"issue/{_part(key)}", params={"fields": ",".join(_FIELDS)})
        return [] if response.status_code == _GONE else [_issue(self.read(response))]

    def comments(self, issue: Issue) -> Iterator[dict[str, Any]]:
        """Return the comments of an issue, with their properties."""
        start = 0
        while True:
            params = {"startAt": start, "maxResults": PAGE, "expand": "properties"}
            answer = self.ask("GET", f"issue/{issue.id}/comment", params=params)
            some = _list(answer, "comments")
            yield from some
            start += len(some)
            if not some or start >= _total(answer):
                return

    def permissions(self) -> dict[str, bool]:
        """Return what BOS may do in the project, of what is asked for."""
        asked = {"projectKey": self.setting("project"), "permissions": ",".join([*NEEDED, *MORE])}
        response = self.exchange("GET", "mypermissions", params=asked)
        if response.status_code == _GONE:
            raise Invalid(
                f"Jira shows BOS no project {asked['projectKey']}.",
                where="project",
                hint="Check its key, and who may see it.",
            )
        told = self.read(response).get("permissions")
        if not isinstance(told, dict) or not all(isinstance(one, dict) for one in told.values()):
            raise strange(_TITLE)
        return {name: bool(one.get("havePermission")) for name, one in told.items()}

    @property
    def cloud(self) -> bool:
        """Return whether it is the cloud."""
        kind = self._target.settings.get("deployment", _CLOUD)
        if kind not in {_CLOUD, _OWN}:
            raise Invalid(f"{kind!r} is no deployment.", where="deployment", hint=f"Write {_CLOUD} or {_OWN}.")
        return kind == _CLOUD

    def setting(self, name: str) -> str:
        """Return a setting that has to be there."""
        return needed(self._target.settings, name, {"project": project_key, "email": account}[name])

    def page(self, key: str, more: str = "") -> str:
        """Return where a person sees an issue, if that is known. Raises as :meth:`site`."""
        site = self.site()
        return f"{site}/browse/{key}{more}" if site else ""

    def site(self) -> str:
        """Return where people open Jira, if that is known.

        Raises:
            Invalid: the setting ``site`` cannot be read.
        """
        address = self._target.address
        site = setting(self._target.settings, "site", page_address)
        return site or ("" if _GATEWAY in address else address.rstrip("/"))

    def ask(self, method: str, what: str, **content: Any) -> dict[str, Any]:
        """Return what Jira answers to a request; a list is told as ``values``."""
        return self.read(self.exchange(method, what, **content))

    def exchange(self, method: str, what: str, **content: Any) -> httpx.Response:
        """Return the answer to a request, whatever it is."""
        client, path = self._client(), f"rest/api/{3 if self.cloud else 2}/{what}"
        return exchange(client, client.build_request(method, path, **content), _TITLE)

    def _sign(self, client: httpx.Client) -> None:
        token = self._target.secret("token") or ""
        client.headers["Accept"] = "application/json"
        if self.cloud:
            client.auth = (self.setting("email"), token)
        else:
            client.headers["Authorization"] = f"Bearer {token}"

    def read(self, response: httpx.Response) -> dict[str, Any]:
        """Return an answer; what Jira says against a request is told in its words."""
        try:
            told = response.json()
        except ValueError:
            told = None
        if response.status_code in _WRONG:
            raise Invalid("Jira does not take this.", hint=f"It says: {self._words(told)}", code="system.content")
        try:
            answered(response, _TITLE)
        except Unavailable as error:
            if response.status_code == _BUSY and (reason := response.headers.get("RateLimit-Reason")):
                error.details["reason"] = quoted(reason)
            raise
        if isinstance(told, list):
            return {"values": told}
        if not isinstance(told, dict):
            raise strange(_TITLE)
        return told

    def _words(self, told: Any) -> str:
        told = told if isinstance(told, dict) else {}
        fields = told.get("errors")
        words = [*map(str, told.get("errorMessages") or ())]
        words += [f"{name}: {text}" for name, text in fields.items()] if isinstance(fields, dict) else []
        return quoted(" ".join(words) or "nothing", self._target.secret("token"))


def _issue(found: dict[str, Any]) -> Issue:
    try:
        fields = found["fields"]
        status = fields.get("status") or {}
        done = (status.get("statusCategory") or {}).get("key") == "done"
        return Issue(
            id=str(int(found["id"])),
            key=str(found["key"]),
            labels=frozenset(fields.get("labels") or ()),
            state=State(str(status.get("name", "")), done=done),
            files=frozenset(str(file["filename"]) for file in fields.get("attachment") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise strange(_TITLE) from None


def _list(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise strange(_TITLE)
    return found


def _total(answer: dict[str, Any]) -> int:
    """Return how many there are in all; an answer that does not say is none."""
    total = answer.get("total")
    if not isinstance(total, int):
        raise strange(_TITLE)
    return total


def _part(text: str) -> str:
    return "".join(one for one in text if one.isalnum() or one in "-_")
